"""Tickets of neon and who sees cases of atlas, played on the days of the specification (neon 5.2, 5.3, atlas 3.5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal import clock
from portal.domain.incoming.states import IncomingState
from portal.models.organizations import Organization
from portal.models.outbox import Message
from portal.services import pricing_choices
from tests.blueprints.casework import (
    FIRST_PEOPLE,
    STAFF,
    a_case,
    filled_in,
    legacy_rules,
    lets_open_cases,
    signed_in,
    writing,
)
from tests.mailed import Post, a_desk, proven

DATABASES = ("sqlite",)

ADMIN, IMPACT = FIRST_PEOPLE["cobalt"], "Nobody in any country can buy anything at all."
TICKETS, QUEUE = "/orgs/cobalt/support/cases", "/staff/cases"


@pytest.fixture
def go(monkeypatch):
    """Set the clock to a UTC instant."""

    def to(when):
        monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(when).replace(tzinfo=UTC))

    return to


def has(app, world, plan, variant=None):
    with writing(app) as session:
        cobalt = session.get_one(Organization, world.organizations["cobalt"].id)
        pricing_choices.change(
            session, cobalt, plan, at=clock.now(), by=None, variant=variant, reason="Sold", by_staff=True
        )


def opens(app, world, **otherwise):
    """The page of a ticket that the admin opens in the form."""
    page = signed_in(app, ADMIN).get(f"{TICKETS}/new")
    answer = page.submit(TICKETS, **filled_in(world, "cobalt", **otherwise))
    assert answer.status == 303, answer.text
    return answer.location.partition("?")[0].partition("#")[0]


def replies(app, case, text="We look."):
    path = f"{QUEUE}/{case.rpartition('/')[2]}"
    assert signed_in(app, STAFF).get(path).submit(f"{path}/entries", kind="reply", text=text, then="").status == 303


def promise(app, case):
    return " ".join(signed_in(app, ADMIN).get(case).soup.find(id="promise").text.split())


@pytest.mark.parametrize(("at", "kept"), [("2024-09-16T14:54:59", True), ("2024-09-16T14:55:00", False)])
def test_an_enterprise_is_promised_two_hours_of_business_and_read_to_the_second(app, world, go, at, kept):
    """SLA-E6, SLA-E24: Friday 16:55 in the vendor's hours, due on Monday at 14:55 UTC."""
    go("2024-09-14T00:55")
    has(app, world, "enterprise", "standard")
    case = opens(app, world, severity="1", business_impact=IMPACT)
    assert "16 Sep 2024, 14:55 UTC" in promise(app, case).replace("\N{NO-BREAK SPACE}", " ")
    go(at)
    replies(app, case)
    assert ("Answered in time" in promise(app, case)) is kept, promise(app, case)


def test_what_is_only_expected_is_never_late(app, world, go):
    """NE-4, NE-5: three business days of a Standard plan are long over."""
    go("2024-08-31T00:55")
    has(app, world, "launch")
    case = opens(app, world, severity="2")
    go("2024-10-01T12:00")
    said = promise(app, case)
    queue = signed_in(app, STAFF).get(QUEUE).text
    for word in ("verdue", "issed", "reached", " late"):
        assert word not in said
    assert "Overdue" not in queue.partition("Nothing connects")[2]


def test_a_mail_to_support_opens_a_ticket_without_a_promise(app, world, go, tmp_path):
    """NE-12, NE-5: its sender is answered with the number, and it is nobody's breach."""
    go("2024-09-14T00:55")
    has(app, world, "enterprise", "gold")
    with writing(app) as session:
        post, heads = Post(session, a_desk(tmp_path)), {"Subject": "No form", **proven(ADMIN)}
        mail = post.writes(ADMIN, "The form is down.", to="support@neon.tech", at=clock.now(), **heads)
        assert mail.state is IncomingState.PROCESSED
        number = mail.case_id
        answered = session.scalars(select(Message.subject).where(Message.key == f"case {number} opened")).one()
        assert f"[#{number}]" in answered
    go("2024-09-20T12:00")
    page = signed_in(app, ADMIN).get(f"{TICKETS}/{number}")
    assert "The form is down." in page.text
    assert "verdue" not in page.text
    assert "issed" not in page.text
    assert "No form" in signed_in(app, STAFF).get(QUEUE).text


def test_who_leaves_the_paid_plans_reads_old_tickets_and_opens_none(app, world):
    """NE-14, NE-11."""
    has(app, world, "launch")
    case = opens(app, world)
    with writing(app) as session:
        cobalt = session.get_one(Organization, world.organizations["cobalt"].id)
        pricing_choices.change(session, cobalt, "free", at=clock.now(), by=None, reason="Left", by_staff=True)
    visitor = signed_in(app, ADMIN)
    assert "Since noon." in visitor.get(case).text
    assert "Community does not include tickets." in visitor.get(f"{TICKETS}/new").text


# atlas 3.5: who sees a case of the project `shop`, one of `lab`, and one of the whole organization.
SEES = {
    "GROUP_READ_ONLY": (True, False, False),
    "GROUP_OWNER": (True, False, False),
    "ORG_READ_ONLY": (True, True, True),
    "ORG_BILLING_ADMIN": (False, False, False),
    "ORG_OWNER": (True, True, True),
}
LEGACY = {**SEES, "ORG_READ_ONLY": (False, False, False)}


@pytest.mark.parametrize("table", [SEES, LEGACY], ids=["2024", "legacy"])
def test_who_sees_cases_under_each_policy(app, world, monkeypatch, tmp_path, table):
    lets_open_cases(app, world)
    shop, lab = world.projects["acme"]
    numbers = [a_case(app, world, by="deactivated@acme.example", project=scope) for scope in (shop, lab, None)]
    if table is LEGACY:
        legacy_rules(monkeypatch, tmp_path)
    for role, sees in table.items():
        visitor = signed_in(app, f"{role.lower()}@acme.example")
        shown = tuple(visitor.get(f"/orgs/acme/support/cases/{number}").status == 200 for number in numbers)
        assert shown == sees, role
        listed = visitor.get("/orgs/acme/support/cases?tab=organization")
        links = {str(link["href"]).partition("?")[0].rpartition("/")[2] for link in listed.soup.select("main table a")}
        assert tuple(str(number) in links for number in numbers) == sees, role
