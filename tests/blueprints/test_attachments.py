"""Files of cases over HTTP: kept as soon as they are chosen, refused beside their field, given to who may read them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from flask import request, url_for
from sqlalchemy import select

from portal import clock, database
from portal.app import create_app
from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.response_targets import Via
from portal.gateways.scanning.clamd import Clamd
from portal.models.attachments import Attachment
from portal.models.case_entries import CaseEntry
from portal.models.organizations import Organization, User
from portal.services import attachments, case_people, cases, conversations, subscriptions
from portal.services.attachments import Draft
from portal.services.case_doing import Doing
from portal.services.cases import NewCase
from portal.web import db, htmx, uploads
from portal.web.access import signed_in as signed_in_only
from portal.web.idempotency import once
from portal.web.identity import current_user
from tests.attached import LOG, PNG, PROGRAM, a_file, a_shelf
from tests.billed import customer_of
from tests.customers import START, midnight
from tests.kept_templates import KEPT
from tests.pages import PARTIAL, Visitor

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from flask import Flask
    from werkzeug.test import TestResponse


DATABASES = ("sqlite",)

OWNER, READER = "org_owner@acme.example", "org_billing_admin@acme.example"
STRANGER, AGENT = "super_admin@borealis.example", "support@portal.example"
NEW = "/orgs/acme/support/files"
MIB = 1024 * 1024


def writing(app):
    return database.writing(app.extensions["database"]).begin()


def person(session, email) -> User:
    user: User = session.scalars(select(User).where(User.email == email)).one()
    return user


def doing(by: User | None, *, as_staff: bool = False) -> Doing:
    return Doing(by=by, at=clock.now(), base_url="http://localhost", as_staff=as_staff, via=Via.PORTAL)


@pytest.fixture
def case_number(app, world) -> int:
    """A case of acme, whose plan opens cases."""
    with writing(app) as session:
        customer = customer_of(session, world, "acme")
        terms = Terms(
            type=SubscriptionType.ELASTIC,
            starts_on=START,
            months=None,
            currency="EUR",
            unit_price=Decimal(1),
            elastic_unit_price=Decimal(1),
            support_plan="pro",
        )
        organization = session.get_one(Organization, customer.organization.id)
        subscriptions.activate(session, organization, customer.group, terms, at=midnight(START))
        wanted = NewCase(subject="Nothing connects", description="Since noon.", severity="2")
        return cases.open_case(session, organization, wanted, doing(person(session, OWNER))).id


def signed_in(app, email=OWNER) -> Visitor:
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


def multipart(fields: dict[str, str], *files: tuple[str, bytes]) -> bytes:
    """A form with files as a browser sends it; the test client would leave large ones open."""
    parts = [
        f'--part\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    for name, content in files:
        head = f'--part\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join([*parts, b"--part--\r\n"])


def send(visitor: Visitor, path: str, *files: tuple[str, bytes], fields=None, **headers) -> TestResponse:
    token = found(visitor.get(NEW).soup, "main form [name=csrf_token]")["value"]
    body = multipart({"csrf_token": str(token)} | (fields or {}), *files)
    return visitor.client.post(
        path, data=body, content_type="multipart/form-data; boundary=part", headers=headers or PARTIAL
    )


def sent_with(app, case_number: int, email=OWNER, *, as_staff=False, internal=False, **file) -> Attachment:
    """A file that came with a comment, or with an internal note."""
    with writing(app) as session:
        case = cases.find(session, case_number)
        assert case
        by = person(session, email)
        write = conversations.note if internal else conversations.comment
        entry = write(session, case, "See the file.", doing(by, as_staff=as_staff))
        draft = Draft(case.organization, by, case)
        shelf = a_shelf(app.extensions["settings"].files_dir, is_scanned=app.extensions["scanned"])
        taken = attachments.take(session, shelf, a_file(**file), draft, at=clock.now())
        return attachments.attach(session, entry, [taken.hex_id], draft)[0]


def paths(sent: Attachment, case_number: int) -> tuple[str, str, str]:
    """Where a member, who is on CC, and staff get the file."""
    name = f"files/{sent.hex_id}/{sent.name}"
    return f"/orgs/acme/support/{name}", f"/cases/{case_number}/{name}", f"/staff/{name}"


def found(soup: BeautifulSoup, css: str) -> Tag:
    """The part of a page that there is."""
    part = soup.select_one(css)
    assert part, css
    return part


def names(soup):
    return [one.get_text(" ", strip=True) for one in soup.select(".attachments > li > :is(a, span)")]


def test_a_chosen_file_is_kept_and_shown_at_once(app, case_number):
    owner = signed_in(app)
    for path in (NEW, f"/cases/{case_number}/files"):
        answer = send(owner, path, ("shot.png", PNG), ("mongod.log", LOG))
        assert answer.status_code == 200
        assert names(owner.get(path).soup) == [
            "shot.png 33 bytes Remove shot.png",
            "mongod.log 40 bytes Remove mongod.log",
        ]
    assert "Up to 5 files of 10 MiB each" in owner.get(NEW).text


def test_without_script_the_page_of_kept_files_does_the_same(app, case_number):
    owner = signed_in(app)
    answer = send(owner, NEW, ("mongod.log", LOG), Accept="text/html")
    assert (answer.status_code, answer.location) == (303, NEW)
    page = owner.get(NEW)
    remove = found(page.soup, ".attachments button")["formaction"]
    token = found(page.soup, "main form [name=csrf_token]")["value"]
    assert owner.post(str(remove), {"csrf_token": str(token)}).location == NEW
    assert names(owner.get(NEW).soup) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("dump.log", b"x" * (20 * MIB), "“dump.log” is too large: it has 20 MiB, and a file may have 10 MiB."),
        (
            "tool.png",
            PROGRAM,
            "“tool.png” is not a PNG picture, as its name says: it looks like a program for Windows.",
        ),
        ("bomb.zip", None, "“bomb.zip” unpacks to far more than it has itself, and is not taken."),
        ("empty.txt", b"", "“empty.txt” is empty."),
    ],
    ids=["20 MB", "program", "bomb", "empty"],
)
def test_a_bad_file_is_refused_beside_its_field_and_the_others_are_kept(app, case_number, name, content, words):
    if content is None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as container:
            container.writestr("zeros", bytes(64 * MIB))
        content = packed.getvalue()
    owner = signed_in(app)
    answer = send(owner, NEW, (name, content), ("mongod.log", LOG))
    page = owner._looked_at(answer, whole=False)
    assert answer.status_code == 422
    assert found(page.soup, "#files-error").get_text(strip=True).startswith(words)
    assert "files-error" in found(page.soup, "#files")["aria-describedby"]
    assert names(owner.get(NEW).soup) == ["mongod.log 40 bytes Remove mongod.log"]


def test_more_than_can_be_received_is_refused_in_its_own_size(app, case_number, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_RECEIVED", 2 * MIB)
    answer = send(signed_in(app), NEW, ("dump.log", b"x" * (3 * MIB)))
    assert answer.status_code == 413
    assert "Send at most 2 MiB at once" in answer.get_data(as_text=True)


def test_everywhere_else_a_form_stays_as_small_as_before(app, world):
    visitor = signed_in(app)
    token = found(visitor.get("/orgs/acme/billing/profile").soup, "main form [name=csrf_token]")["value"]
    body = multipart({"csrf_token": str(token)}, ("x.log", b"x" * (11 * MIB)))
    answer = visitor.client.post(
        "/orgs/acme/billing/profile", data=body, content_type="multipart/form-data; boundary=part"
    )
    assert answer.status_code == 413


def test_who_may_open_nothing_here_keeps_no_files_here(app, case_number):
    reader = signed_in(app, READER)
    assert reader.get(NEW).status == 422
    assert reader.get(f"/cases/{case_number}/files").status == 404
    assert signed_in(app, STRANGER).get(f"/cases/{case_number}/files").status == 404
    assert signed_in(app, AGENT).get(f"/cases/{case_number}/files").status == 200


def test_nobody_removes_what_another_one_chose(app, case_number):
    owner = signed_in(app)
    send(owner, NEW, ("mongod.log", LOG))
    remove = str(found(owner.get(NEW).soup, ".attachments button")["formaction"])
    other = signed_in(app, AGENT)
    token = found(other.get(f"/cases/{case_number}/files").soup, "main form [name=csrf_token]")["value"]
    assert other.post(remove, {"csrf_token": str(token)}).status == 404
    assert len(names(owner.get(NEW).soup)) == 1


def test_a_file_comes_back_to_the_byte_and_can_do_nothing(app, case_number):
    sent = sent_with(app, case_number, name="Größe 日本.png", content=PNG)
    with app.test_request_context():
        path = url_for("attachments.download", slug="acme", file_id=sent.hex_id, name=sent.name)
    answer = signed_in(app).client.get(path)
    assert (answer.status_code, answer.data, answer.content_length) == (200, PNG, len(PNG))
    headers = answer.headers
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Disposition"].startswith("attachment; filename")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]


def test_a_file_is_for_those_alone_who_may_read_it(app, case_number):
    public = sent_with(app, case_number)
    internal = sent_with(app, case_number, AGENT, as_staff=True, internal=True, name="secret.log", content=LOG * 2)
    with writing(app) as session:
        case = cases.find(session, case_number)
        assert case
        case_people.add_cc(session, case, [READER], doing(person(session, OWNER)))
    expected = {OWNER: (200, 200, 403), READER: (200, 200, 403), STRANGER: (404, 404, 403), AGENT: (404, 404, 200)}
    for email, statuses in expected.items():
        client = signed_in(app, email).client
        assert tuple(client.get(path).status_code for path in paths(public, case_number)) == statuses, email
        own, of_case, of_staff = (client.get(path).status_code for path in paths(internal, case_number))
        assert (own, of_case) == (404, 404)
        assert of_staff == (200 if email == AGENT else 403)
    nobody = Visitor(app).client
    assert {nobody.get(path).status_code for path in paths(public, case_number)} == {303}


def test_a_file_has_one_address_in_one_case_and_under_one_name(app, case_number):
    sent = sent_with(app, case_number)
    owner = signed_in(app).client
    assert owner.get(f"/cases/{case_number + 1}/files/{sent.hex_id}/{sent.name}").status_code == 404
    assert owner.get(f"/orgs/acme/support/files/{sent.hex_id}/index.html").status_code == 404


def test_while_a_file_is_being_checked_nobody_gets_it_and_it_says_so(settings, world):
    app = create_app(replace(settings, clamd=Clamd(port=9)))
    app.jinja_env.bytecode_cache = KEPT
    try:
        owner = signed_in(app)
        with writing(app) as session:
            acme = session.get_one(Organization, world.organizations["acme"].id)
            draft = Draft(acme, person(session, OWNER))
            attachments.take(session, a_shelf(settings.files_dir, is_scanned=True), a_file(), draft, at=clock.now())
        answer = send(owner, NEW, ("shot.png", PNG))
        page = owner._looked_at(answer, whole=False)
        assert names(page.soup)[1].startswith("shot.png 33 bytes Being checked")
        assert found(page.soup, "#attachments[data-poll]")
    finally:
        app.extensions["database"].dispose()


def test_what_nobody_gets_is_no_link_and_says_why(app, world):
    shown = signed_in(app, AGENT).get("/staff/components").soup.select("section[aria-labelledby=attachments] > ul > li")
    links = {one.get_text(" ", strip=True): one.find("a") is not None for one in shown}
    assert list(links.values()) == [True] * 6 + [False] * 2
    checking, infected, refused = list(links)[5:]
    assert checking.endswith("Being checked")
    assert infected.endswith("Infected Eicar-Test-Signature was found in it, so nobody gets this file.")
    assert refused.endswith("Not taken “tool.exe” could run, and is not taken.")


@pytest.fixture
def form(app: Flask, world) -> Flask:
    """A form with files that is refused unless it says `go`, and counts how often it was taken."""
    taken: list[tuple[str, ...]] = []

    def draft(**_values: object) -> Draft:
        return Draft(db.session().get_one(Organization, world.organizations["acme"].id), current_user())

    @app.post("/try-files")
    @signed_in_only
    @uploads.with_files(draft)
    @once
    def try_files():
        if request.form.get("subject") != "go":
            return htmx.refused("attachments/kept.html", chooser=uploads.chooser(draft()), case=None)
        taken.append(uploads.sent().hex_ids)
        # Sent with something, they are no draft's any more.
        for one in attachments.of_draft(db.session(), draft()):
            one.entry_id = entry_id(db.session())
        return "taken"

    app.extensions["taken"] = taken
    return app


def entry_id(session) -> int:
    first: int = session.scalars(select(CaseEntry.id)).first()
    return first


def test_a_file_in_a_form_that_is_refused_is_kept_with_it(form, case_number):
    owner = signed_in(form)
    refused = owner._looked_at(send(owner, "/try-files", ("mongod.log", LOG), fields={"subject": ""}))
    assert refused.status == 422
    kept = str(found(refused.soup, "[name=attachments]")["value"])
    assert names(refused.soup) == ["mongod.log 40 bytes Remove mongod.log"]
    answer = send(owner, "/try-files", fields={"subject": "go", "attachments": kept})
    assert (answer.status_code, form.extensions["taken"]) == (200, [(kept,)])


def test_the_same_form_with_files_sent_twice_leaves_no_file_behind(form, case_number):
    owner = signed_in(form)
    fields = {"subject": "go", "idempotency_key": "k" * 24}
    answers = [send(owner, "/try-files", ("mongod.log", LOG), fields=fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(form.extensions["taken"]) == 1
    assert names(owner.get(NEW).soup) == []
