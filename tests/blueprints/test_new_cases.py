"""Opening a case: the form of each vendor, who gets it, and what is wrong beside each field."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import func, select

from portal import catalogues, clock
from portal.domain.case_forms import Required
from portal.models.attachments import Attachment
from portal.models.case_entries import CaseParticipant
from portal.models.cases import Case, CaseProject
from portal.models.organizations import Organization
from portal.services import support_blocks
from tests.blueprints.casework import (
    FIRST_PEOPLE,
    STAFF,
    a_case,
    closed,
    does,
    filled_in,
    legacy_rules,
    lets_open_cases,
    reading,
    signed_in,
    writing,
)
from tests.blueprints.examples import EXAMPLES

DATABASES = ("sqlite",)
NEW, POST = "/orgs/{}/support/cases/new", "/orgs/{}/support/cases"


@pytest.fixture
def supported(app, world):
    lets_open_cases(app, world)


def only_case(app):
    with reading(app) as session:
        return session.scalars(select(Case)).one()


def errors(page):
    return {error["id"].removesuffix("-error"): " ".join(error.text.split()) for error in page.soup.select("p.error")}


@pytest.mark.parametrize("slug", FIRST_PEOPLE)
@pytest.mark.usefixtures("supported")
def test_the_form_of_each_vendor_opens_a_case(app, world, slug):
    visitor = signed_in(app, FIRST_PEOPLE[slug])
    page = visitor.get(NEW.format(slug))
    catalogue = catalogues.load(world.organizations[slug].catalogue)
    assert page.h1 == catalogue.words.case_form
    for severity in catalogue.severities.values():
        assert severity.description in page.text
        assert all(example in page.text for example in severity.examples)
    opened = page.submit(POST.format(slug), **filled_in(world, slug))
    assert opened.status == 303
    shown = opened.follow()
    assert shown.h1 == "Nothing connects"
    assert "Since noon." in shown.text
    assert f"Your {catalogue.words.case} has the number" in shown.text


@pytest.mark.parametrize("slug", FIRST_PEOPLE)
@pytest.mark.usefixtures("supported")
def test_each_field_that_is_missing_is_named_beside_itself_and_what_was_typed_stays(app, world, slug):
    fields = catalogues.load(world.organizations[slug].catalogue).case_form
    needed = {key for key, field in fields.items() if field.required is Required.YES} - {"subject"}
    page = (
        signed_in(app, FIRST_PEOPLE[slug])
        .get(NEW.format(slug))
        .submit(POST.format(slug), subject="Only this", severity="")
    )
    assert page.status == 422
    assert set(errors(page)) == needed
    assert page.soup.find(id="subject")["value"] == "Only this"


@pytest.mark.usefixtures("supported")
def test_a_subject_is_taken_as_it_is_pasted(app, world):
    page = signed_in(app).get(NEW.format("acme"))
    pasted = (
        "Down since\N{NO-BREAK SPACE}nine, data\N{SOFT HYPHEN}base \N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}"
    )
    assert page.submit(POST.format("acme"), **filled_in(world, "acme", subject=pasted)).status == 303
    with reading(app) as session:
        subject = session.scalars(select(Case.subject)).one()
    assert subject == "Down since nine, database \N{WOMAN}\N{PERSONAL COMPUTER}"


@pytest.mark.parametrize(
    ("field", "entered", "words"),
    [
        ("subject", "x" * 1_000_000, "takes at most 255 characters; this is 1,000,000."),
        ("subject", "Hello\r\nBcc: all@acme.example", "is one line of text"),
        ("cc", " ".join(f"p{n}@acme.example" for n in range(500)), "At most 48 addresses can be on CC"),
        ("cc", "a@b.example\nnot-an-address", "“not-an-address” is not an e-mail address"),
        ("severity", "99", "Choose one of the list"),
        ("scope", "0" * 24, "Choose the organization or project."),
    ],
)
@pytest.mark.usefixtures("supported")
def test_bad_input_is_answered_beside_the_field(app, world, field, entered, words):
    page = signed_in(app).get(NEW.format("acme"))
    page = page.submit(POST.format("acme"), **filled_in(world, "acme", **{field: entered, "description": "Kept text"}))
    assert page.status == 422
    assert words in errors(page)[field]
    assert "Kept text" in page.soup.find(id="description").text
    with reading(app) as session:
        assert not session.scalar(select(func.count()).select_from(Case))


@pytest.mark.usefixtures("supported")
def test_a_critical_ticket_tells_the_impact(app, world):
    visitor = signed_in(app, FIRST_PEOPLE["cobalt"])
    page = visitor.get(NEW.format("cobalt"))
    assert "Needed for Severity 1 (Critical)." in page.text
    assert "Critical and High are not for matters of low impact" in page.text
    page = page.submit(POST.format("cobalt"), **filled_in(world, "cobalt", severity="1", business_impact="Bad"))
    assert "takes at least 30 characters" in errors(page)["business_impact"]
    impact = "Nobody in any country can buy anything."
    assert (
        page.submit(POST.format("cobalt"), business_impact=impact, **filled_in(world, "cobalt", severity="1")).status
        == 303
    )
    assert only_case(app).business_impact == impact


@pytest.mark.usefixtures("supported")
def test_a_ticket_names_the_projects_and_services_that_are_affected(app, world):
    shop, lab = world.projects["borealis"]
    visitor = signed_in(app, FIRST_PEOPLE["borealis"])
    rows = {"projects-0-project": shop.hex_id, "projects-0-service": "kafka-1", "projects-1-service": "pg"}
    page = visitor.get(NEW.format("borealis")).submit(POST.format("borealis"), **filled_in(world, "borealis", **rows))
    assert errors(page) == {"projects-1-project": "Choose the project of this service."}
    assert page.soup.find(id="projects-0-service")["value"] == "kafka-1"
    rows["projects-1-project"] = lab.hex_id
    shown = page.submit(POST.format("borealis"), **filled_in(world, "borealis", **rows)).follow()
    assert "shop, kafka-1" in shown.text
    with reading(app) as session:
        found = session.execute(select(CaseProject.project_id, CaseProject.service).order_by(CaseProject.service)).all()
        assert [tuple(one) for one in found] == [(shop.id, "kafka-1"), (lab.id, "pg")]


@pytest.mark.usefixtures("supported")
def test_files_and_people_on_cc_go_with_the_case_and_a_refused_file_costs_nothing(app, world):
    visitor = signed_in(app)
    page = visitor.get(NEW.format("acme"))
    asked = {field["name"]: field.get("value", "") for field in page.soup.select("form.case-form input[type=hidden]")}
    asked |= filled_in(world, "acme", cc="oncall@acme.example, nobody@nowhere.example")
    files = [(BytesIO(b"MZ\x90\x00" + b"\0" * 60), "picture.png"), (BytesIO(b"a line\n"), "mongod.log")]
    refused = visitor.client.post(POST.format("acme"), data={**asked, "files": files})
    assert refused.status_code == 422
    text = refused.get_data(as_text=True)
    assert "picture.png" in text
    assert "Since noon." in text
    kept = visitor.get(NEW.format("acme"))
    assert "mongod.log" in kept.text
    assert kept.submit(POST.format("acme"), **filled_in(world, "acme", cc=asked["cc"])).status == 303
    with reading(app) as session:
        assert session.scalars(select(Attachment.name).where(Attachment.entry_id.is_not(None))).all() == ["mongod.log"]
        assert session.scalars(select(CaseParticipant.address).order_by(CaseParticipant.id)).all() == [
            "oncall@acme.example",
            "nobody@nowhere.example",
        ]


@pytest.mark.usefixtures("supported")
def test_two_clicks_are_one_case(app, world):
    page = signed_in(app).get(NEW.format("acme"))
    first, second = (page.submit(POST.format("acme"), **filled_in(world, "acme")) for _ in range(2))
    assert first.location == second.location
    assert only_case(app).subject == "Nothing connects"


def test_the_first_visit_waits_once_where_the_vendor_says_so(app, world):
    """SYNC-1."""
    lets_open_cases(app, world, is_first_visit=True)
    visitor = signed_in(app)
    shop = world.projects["acme"][0].hex_id
    page = visitor.get(f"{NEW.format('acme')}?project={shop}")
    assert page.h1 == "One moment, please"
    page = page.submit().follow()
    assert page.h1 == "Create New Case"
    assert page.soup.select_one(f"option[value='{shop}']").has_attr("selected")
    assert visitor.get(NEW.format("acme")).h1 == "Create New Case"
    assert signed_in(app, FIRST_PEOPLE["borealis"]).get(NEW.format("borealis")).h1 == "Create ticket"


@pytest.mark.parametrize(
    ("slug", "words", "link"),
    [
        ("acme", "Basic does not include support cases.", "/orgs/acme/support"),
        ("borealis", "Without a paid service there are no tickets", "https://aiven.io/community/forum/"),
        ("cobalt", "Community does not include tickets.", "https://discord.gg/92vNTzKDGp"),
    ],
)
def test_without_a_plan_that_opens_cases_the_vendors_other_ways_are_shown(app, world, slug, words, link):
    """AV-40, NE-11."""
    visitor = signed_in(app, FIRST_PEOPLE[slug])
    page = visitor.get(NEW.format(slug))
    assert words in page.text
    assert page.soup.find("a", href=link)
    assert not page.soup.find(id="description")
    answer = visitor.client.post(
        POST.format(slug), data={"csrf_token": page.soup.find(attrs={"name": "csrf_token"})["value"]}
    )
    assert answer.status_code == 422


@pytest.mark.usefixtures("supported")
def test_who_is_kept_from_support_reads_why_and_opens_nothing(app, world):
    """NE-16."""
    visitor = signed_in(app)
    page = visitor.get(NEW.format("acme"))
    with writing(app) as session:
        acme = session.get_one(Organization, world.organizations["acme"].id)
        by = does(session, STAFF).who
        support_blocks.block(session, acme, "Insults in three cases.", by=by, at=clock.now())
    assert page.submit(POST.format("acme"), **filled_in(world, "acme")).status == 422
    assert "Insults in three cases." in visitor.get(NEW.format("acme")).text


def test_an_organization_without_projects_cannot_open_one(app, world):
    lets_open_cases(app, world, without_projects=True)
    page = signed_in(app).get(NEW.format("acme"))
    assert "An organization without a project cannot open a support case." in page.text


@pytest.mark.usefixtures("supported")
def test_the_page_of_an_invoice_leads_to_a_case_about_it(app, world):
    """NE-31, NE-23."""
    with writing(app) as session:
        number = str(EXAMPLES["number"](session, world, "cobalt"))
        foreign = str(EXAMPLES["number"](session, world, "acme"))
    visitor = signed_in(app, FIRST_PEOPLE["cobalt"])
    page = visitor.get(f"/orgs/cobalt/billing/invoices/{number}").click("Report a problem with this invoice")
    assert page.soup.select_one("#severity input[checked], input[name=severity][checked]")["value"] == "3"
    asked = filled_in(world, "cobalt", invoice=foreign)
    assert "invoice" in errors(page.submit(POST.format("cobalt"), **asked))
    shown = page.submit(POST.format("cobalt"), **{**asked, "invoice": number, "severity": "3"}).follow()
    assert number in shown.text
    acme = signed_in(app)
    assert "Report a problem" not in acme.get(f"/orgs/acme/billing/invoices/{foreign}").text


@pytest.mark.usefixtures("supported")
def test_a_closed_case_is_followed_by_a_linked_one(app, world):
    """CASE-5."""
    number = closed(app, a_case(app, world))
    visitor = signed_in(app)
    page = visitor.get(f"/orgs/acme/support/cases/{number}").click("Open a follow-up")
    shown = page.submit(POST.format("acme"), **filled_in(world, "acme")).follow()
    assert f"opened this as a follow-up of support case {number}" in shown.text
    assert "as a follow-up" in visitor.get(f"/orgs/acme/support/cases/{number}").text


# 1.4, 3.5 and 7.1: what each role may raise; None is the whole organization, else the project by its place.
RAISES: dict[str, dict[str, list[int | None]]] = {
    "acme": {
        "ORG_OWNER": [None, 0, 1],
        "ORG_READ_ONLY": [0, 1],
        "ORG_BILLING_ADMIN": [],
        "ORG_BILLING_READ_ONLY": [],
        "ORG_GROUP_CREATOR": [],
        "ORG_MEMBER": [],
        "GROUP_OWNER": [0],
        "GROUP_READ_ONLY": [0],
        "GROUP_BACKUP_MANAGER": [0],
    },
    "borealis": {
        "super_admin": [None, 0, 1],
        "member": [None],
        "project_admin": [None, 0],
        "operator": [None, 0],
        "developer": [None, 0],
        "read_only": [None, 0],
    },
    "cobalt": {"admin": [None, 0, 1], "member": [None, 0, 1], "collaborator": []},
}
LEGACY = {**RAISES["acme"], "ORG_READ_ONLY": [], "GROUP_READ_ONLY": []}


def check_what_each_raises(app, world, slug, table):
    """Who may raise nothing has neither the form nor the route; others cannot choose what they may not raise."""
    places: dict[int | None, str] = {
        None: "organization",
        **{n: project.hex_id for n, project in enumerate(world.projects[slug])},
    }
    has_scope = "scope" in catalogues.load(world.organizations[slug].catalogue).case_form
    for role, raised in table.items():
        visitor = signed_in(app, f"{role.lower()}@{slug}.example")
        page = visitor.get(NEW.format(slug))
        assert page.status == (200 if raised else 403), role
        offered = {option["value"] for option in page.soup.select("#scope option")} - {""}
        assert offered == ({places[place] for place in raised} if has_scope else set()), role
        token = visitor.get("/account").soup.find(attrs={"name": "csrf_token"})["value"]
        for place, key in places.items():
            asked = filled_in(world, slug, scope=key, csrf_token=token)
            answer = visitor.post(POST.format(slug), asked).status
            may = place in raised or (not has_scope and bool(raised))
            assert answer == (303 if may else 422 if raised else 403), (role, place)


@pytest.mark.parametrize("slug", FIRST_PEOPLE)
@pytest.mark.usefixtures("supported")
def test_each_role_raises_what_its_table_says(app, world, slug):
    check_what_each_raises(app, world, slug, RAISES[slug])


@pytest.mark.usefixtures("supported")
def test_under_the_older_rules_those_who_only_read_raise_nothing(app, world, monkeypatch, tmp_path):
    legacy_rules(monkeypatch, tmp_path)
    check_what_each_raises(app, world, "acme", LEGACY)
