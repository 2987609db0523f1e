"""What people read in the mails of a case, and who gets which."""

from __future__ import annotations

import email
from datetime import timedelta
from email.policy import default

import pytest
from sqlalchemy import delete, select

from invoices.archive import Archive
from portal.domain.cases import CaseState
from portal.domain.incoming.quote_words import REPLY_LINE
from portal.domain.permissions import Grants
from portal.gateways.files import open_store
from portal.models.organizations import Membership, OrganizationRole
from portal.models.outbox import Message
from portal.services import (
    account_teams,
    case_changes,
    case_news,
    case_people,
    case_severities,
    conversations,
    organizations,
    sending,
)  # fmt: skip
from tests.mailed import posted
from tests.supported import AT, BASE_URL, a_case, a_person, a_supported

OUTSIDER = "partner@elsewhere.example"


@pytest.fixture
def acme(session):
    return a_supported(session)


@pytest.fixture
def case(session, acme):
    return a_case(session, acme, cc=[OUTSIDER])


def membership(session, user):
    return select(Membership.id).where(Membership.user_id == user.id).scalar_subquery()


def texts(session, key):
    return session.scalars(select(Message.text).where(Message.key.like(key)).order_by(Message.id)).all()


def test_each_mail_says_how_to_answer_and_only_users_get_a_link(session, acme, case):
    confirmation, news = texts(session, f"case {case.id} opened%")
    assert [text.startswith(f"{REPLY_LINE}\n\n") for text in (confirmation, news)] == [True, True]
    assert f"http://portal.example/cases/{case.id}" in confirmation
    assert "http" not in news
    assert "Since noon." in news


def test_the_same_mail_has_the_same_thread_on_every_try(session, acme, case, tmp_path):
    archive = Archive(open_store(tmp_path))
    claims = []
    while claim := sending.claim(session, at=AT):
        claims.append(claim)
    to = "help@cloud.example"
    mails = [sending.compose(session, archive, one, sender=None, support_address=to) for one in claims]
    again = [sending.compose(session, archive, one, sender=None, support_address=to) for one in claims]
    assert mails == again
    read = [email.message_from_bytes(one.content, policy=default) for one in mails if "[#" in one.subject]
    root = f"<case-{case.id}@portal.example>"
    assert {(str(one["References"]), str(one["In-Reply-To"])) for one in read} == {(root, root)}
    assert {str(one["Reply-To"]) for one in read} == {f"help+{case.reply_token}@cloud.example"}
    assert len({str(one["Message-ID"]) for one in read}) == len(read) == 2


def test_a_comment_reaches_each_person_once(session, acme, case):
    boss = a_person(session, acme.organization, "boss@acme.example", Grants(frozenset({"ORG_OWNER"})))
    case_people.follow_all(session, acme.organization, acme.customer(by=boss))
    case_people.add_cc(session, case, [boss.email], acme.customer())
    entry = conversations.comment(session, case, "We look at it.", acme.staff(), cc=["new@elsewhere.example"])
    told = [address for address, _ in posted(session, f"case entry {entry.hex_id}%")]
    assert told == [acme.owner.email, OUTSIDER, boss.email, "new@elsewhere.example"]
    for text in texts(session, f"case entry {entry.hex_id}%"):
        assert "Aki Agent wrote" in text
        assert "We look at it." in text
        assert "Since noon." not in text


def test_who_has_left_or_may_not_see_it_hears_nothing(session, acme):
    """CASE-11."""
    owner = Grants(frozenset({"ORG_OWNER"}))
    gone, plain, away = (
        a_person(session, acme.organization, f"{name}@acme.example", owner) for name in ("gone", "plain", "away")
    )
    for one in (gone, plain):
        case_people.follow_all(session, acme.organization, acme.customer(by=one))
    case = a_case(session, acme, cc=["away@acme.example"])
    away.deactivated_at = AT
    session.execute(delete(OrganizationRole).where(OrganizationRole.membership_id == membership(session, plain)))
    for kind in (OrganizationRole, Membership):
        own = OrganizationRole.membership_id if kind is OrganizationRole else Membership.id
        for one in (gone, acme.owner):
            session.execute(delete(kind).where(own == membership(session, one)))
    conversations.comment(session, case, "Secret-word", acme.staff())
    assert posted(session, "case entry%") == []


def test_changes_say_what_is_new_and_why(session, acme, case):
    case_severities.assess(session, case, "1", "Everything is down.", acme.staff())
    case_changes.set_state(session, case, CaseState.SOLVED, acme.staff(), reason="resolved")
    found = "\n".join(texts(session, "case entry%"))
    assert "The severity is now: " in found
    assert "Everything is down." in found
    assert "It is now: Solved." in found
    case_changes.close_due(session, at=AT + timedelta(days=30), base_url=BASE_URL)
    assert "Support changed the support case" in texts(session, "case entry%")[-1]
    assert "It is now: Closed." in texts(session, "case entry%")[-1]


def test_no_note_and_no_answer_of_an_outsider_is_in_any_mail(session, acme, case):
    """CC-13."""
    conversations.note(session, case, "Secret-word", acme.staff())
    conversations.comment_from_outside(session, case, "Secret-word too", OUTSIDER, acme.customer())
    conversations.comment(session, case, "Hello", acme.staff())
    assert not [text for text in texts(session, "%") if "Secret-word" in text]


def test_what_staff_alone_may_read_is_not_told_by_anybody(session, acme, case):
    """CC-13: also where a step were wrong, no mail would go."""
    note = conversations.note(session, case, "Secret-word", acme.staff())
    with pytest.raises(ValueError, match="mailed to nobody"):
        case_news.tell_commented(session, case, note, acme.staff(), added=())


def test_what_was_an_outsiders_is_told_as_theirs_when_it_is_published(session, acme, case):
    entry = conversations.comment_from_outside(session, case, "Try this.", OUTSIDER, acme.customer())
    conversations.publish(session, case, entry, acme.staff())
    assert [address for address, _ in posted(session, f"case entry {entry.hex_id}%")] == [acme.owner.email]
    assert f"{OUTSIDER} wrote" in texts(session, f"case entry {entry.hex_id}%")[0]


def test_no_sign_of_a_comment_gets_into_a_head(session, acme):
    case = a_case(session, acme, subject="Down", description="a\x07b\r\nBcc: eve@evil.example\u202e", cc=[OUTSIDER])
    text = texts(session, f"case {case.id} opened,%")[0]
    assert "ab\nBcc: eve@evil.example\n" in text


def test_the_account_team_hears_of_new_cases_on_bought_tiers_alone(session, acme):
    """AV-41."""
    for tier, told in (("enterprise", 1), ("basic", 0)):
        slug = f"boreal-{tier}"
        organization = organizations.create_organization(session, slug, name=slug, catalogue="aiven", at=AT)
        account_teams.add(
            session, organization, name="Tam", works_as="Manager", email=f"tam@{slug}.example", by=acme.agent, at=AT
        )
        case = a_case(session, acme)
        # What counts is the plan that was agreed on at the opening.
        case.organization, case.terms = organization, case.terms | {"plan": tier}
        case_news.tell_opened(session, case, acme.customer())
        key = f"case {case.id} opened, team%"
        assert [address for address, _ in posted(session, key)] == [f"tam@{slug}.example"] * told
