"""Cases: opened by rule, answered, changed and closed; each step by the services that pages and mails go through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from portal.domain.cases import CaseState, Happening, ResponseResult, Video, Visibility, result
from portal.domain.errors import AlreadyDone, Overtaken, Refusal
from portal.domain.permissions import Grants
from portal.models.case_entries import CaseEntry
from portal.models.history import Activity
from portal.models.outbox import Message, Recipient
from portal.services import case_access, case_changes, case_people, case_severities, cases, conversations
from portal.services.case_access import CaseRights
from portal.services.cases import NotFilledIn
from tests.supported import AT, BASE_URL, a_case, a_person, a_supported, an_agent

HOUR = timedelta(hours=1)


@pytest.fixture
def acme(session):
    return a_supported(session)


@pytest.fixture
def case(session, acme):
    return a_case(session, acme)


def bodies(session, case, *, for_staff):
    return [entry.body for entry in conversations.entries(session, case, for_staff=for_staff) if entry.body]


def mails(session):
    """Subject and recipients of every mail, in the order of posting."""
    rows = session.execute(
        select(Message.id, Message.subject, Recipient.address)
        .join(Recipient, Recipient.message_id == Message.id)
        .where(Message.key.like("case%"))
        .order_by(Message.id, Recipient.address)
    ).all()
    grouped: dict[tuple[int, str], list[str]] = {}
    for id_, subject, address in rows:
        grouped.setdefault((id_, subject), []).append(address)
    return [(subject, addresses) for (_, subject), addresses in grouped.items()]


def test_a_new_case_has_what_was_asked_and_owes_a_response_by_its_plan(session, acme, case):
    assert (case.state, case.severity, case.requester) == (CaseState.NEW, "2", acme.owner)
    assert case.due_at == AT + 4 * HOUR
    assert bodies(session, case, for_staff=False) == ["Since noon."]
    fed = session.scalars(select(Activity.text).where(Activity.type == "CASE_CREATED")).all()
    assert fed == [f"Case created. {case.id}"], "who may not see the case reads the feed"
    assert len(case.reply_token) * 4 >= 128


def test_without_a_plan_that_opens_cases_none_is_opened(session):
    basic = a_supported(session, "basic", plan="basic")
    with pytest.raises(Refusal, match="Basic does not include"):
        a_case(session, basic)


def test_what_is_missing_is_said_field_by_field(session, acme):
    with pytest.raises(NotFilledIn) as refused:
        a_case(session, acme, subject=" ", severity="7", description="")
    assert list(refused.value.fields) == ["subject", "severity", "description"]
    with pytest.raises(NotFilledIn) as refused:
        a_case(session, acme, subject="A\nBcc: all@acme.example")
    assert list(refused.value.fields) == ["subject"]


@pytest.mark.parametrize(
    "cc", [["no address"], ["a@b.example\r\nBcc: c@d.example"], [f"p{n}@a.example" for n in range(49)]]
)
def test_addresses_that_cannot_be_on_cc_refuse_the_whole_case(session, acme, cc):
    with pytest.raises(Refusal):
        a_case(session, acme, cc=cc)


def test_only_a_public_comment_by_staff_ends_the_clock(session, acme, case):
    """SL-7."""
    conversations.note(session, case, "Looks like the firewall.", acme.staff(AT + HOUR))
    case_severities.assess(session, case, "3", "One of two paths works.", acme.staff(AT + HOUR))
    conversations.comment(session, case, "Anything new?", acme.customer(AT + HOUR))
    assert case.first_responded_at is None
    conversations.comment(session, case, "We are on it.", acme.staff(AT + 2 * HOUR))
    conversations.comment(session, case, "Solved?", acme.staff(AT + 9 * HOUR))
    assert case.first_responded_at == AT + 2 * HOUR
    assert result(cases.owed(case), answered_at=case.first_responded_at, at=AT) is ResponseResult.MET


def test_a_severity_raised_before_the_response_counts_from_the_change(session, acme):
    """SL-10: lowered it counts from the creation again."""
    case = a_case(session, acme, severity="4")
    assert case.due_at == AT + 8 * HOUR
    case_severities.request(session, case, "1", acme.customer(AT + HOUR))
    assert case.due_at == AT + 3 * HOUR
    case_severities.assess(session, case, "4", "A question.", acme.staff(AT + 2 * HOUR))
    assert case.due_at == AT + 8 * HOUR
    conversations.comment(session, case, "Like this.", acme.staff(AT + 3 * HOUR))
    case_severities.assess(session, case, "1", "Production after all.", acme.staff(AT + 4 * HOUR))
    assert case.due_at == AT + 8 * HOUR


def test_a_raise_that_would_be_later_keeps_the_sooner_due_time(session, acme):
    case = a_case(session, acme, severity="2")
    case_severities.request(session, case, "1", acme.customer(AT + 3 * HOUR))
    assert case.due_at == AT + 4 * HOUR
    owed = cases.owed(case)
    assert owed
    assert owed.is_met(AT + 4 * HOUR)
    assert not owed.is_met(AT + 4 * HOUR + timedelta(seconds=1))


def test_staff_explain_a_severity_and_the_customer_may_disagree(session, acme, case):
    """NE-20, NE-22."""
    with pytest.raises(Refusal, match="Explain"):
        case_severities.assess(session, case, "4", " ", acme.staff())
    change = case_severities.assess(session, case, "4", "There is a workaround.", acme.staff())
    case_severities.disagree(session, change, "It takes a day.", acme.customer())
    with pytest.raises(AlreadyDone):
        case_severities.disagree(session, change, "Again.", acme.customer())
    case_severities.settle(session, change, "Severity 3.", acme.staff())
    assert bodies(session, case, for_staff=False)[1:] == ["There is a workaround.", "It takes a day.", "Severity 3."]
    case_severities.request(session, case, "1", acme.customer())
    assert (case.severity, case.requested_severity) == ("4", "1")


def test_the_severity_of_what_is_closed_stays(session, acme, case):
    """CASE-5."""
    change = case_severities.assess(session, case, "4", "There is a workaround.", acme.staff())
    case_changes.merge(session, case, a_case(session, acme), acme.staff())
    for late in (
        lambda: case_severities.request(session, case, "1", acme.customer()),
        lambda: case_severities.assess(session, case, "3", "After all.", acme.staff()),
        lambda: case_severities.disagree(session, change, "It takes a day.", acme.customer()),
    ):
        with pytest.raises(Refusal, match="closed"):
            late()


def test_a_note_and_an_outsiders_answer_are_for_staff_alone(session, acme, case):
    conversations.note(session, case, "Secret", acme.staff())
    outside = conversations.comment_from_outside(
        session, case, "From outside", "o@out.example", acme.customer(), ignored=["x@out.example"]
    )
    assert bodies(session, case, for_staff=False) == ["Since noon."]
    assert bodies(session, case, for_staff=True) == ["Since noon.", "Secret", "From outside"]
    assert conversations.find_entry(session, case, outside.hex_id, for_staff=False) is None
    conversations.publish(session, case, outside, acme.staff())
    assert bodies(session, case, for_staff=False) == ["Since noon.", "From outside"]
    assert not case_people.current(session, case)


def test_a_written_entry_cannot_change(session, case):
    session.flush()
    with pytest.raises(DatabaseError, match="cannot change"), session.begin_nested():
        session.execute(text("UPDATE case_entries SET body = 'else'"))


def test_the_state_follows_the_conversation(session, acme, case):
    """CASE-3, CASE-4, CASE-5."""
    conversations.comment(session, case, "Which region?", acme.staff())
    assert case.state is CaseState.OPEN
    case_changes.set_state(session, case, CaseState.PENDING, acme.staff())
    conversations.comment(session, case, "Frankfurt.", acme.customer())
    assert case.state is CaseState.OPEN
    with pytest.raises(Refusal, match="how it was solved"):
        case_changes.set_state(session, case, CaseState.SOLVED, acme.staff())
    case_changes.set_state(session, case, CaseState.SOLVED, acme.staff(), reason="workaround")
    case_changes.reopen(session, case, "It is back.", acme.customer(AT + 24 * HOUR))
    assert (case.state, case.close_reason) == (CaseState.OPEN, None)
    case_changes.solve(session, case, acme.customer(AT + 25 * HOUR))
    assert case_changes.close_due(session, at=AT + 25 * HOUR + timedelta(days=7, seconds=-1), base_url=BASE_URL) == []
    assert case_changes.close_due(session, at=AT + 25 * HOUR + timedelta(days=7), base_url=BASE_URL) == [case.id]
    with pytest.raises(Refusal, match="follow-up"):
        conversations.comment(session, case, "Again!", acme.customer())
    follow_up = a_case(session, acme, follows=case)
    told = [entry.happening for entry in conversations.entries(session, case, for_staff=False)]
    assert (follow_up.follows_id, told[-1]) == (case.id, Happening.FOLLOWED_BY)


def test_being_on_hold_is_no_news_for_customers(session, acme, case):
    conversations.comment(session, case, "Asking the provider.", acme.staff())
    case_changes.set_state(session, case, CaseState.ON_HOLD, acme.staff())
    assert Happening.STATE not in {entry.happening for entry in conversations.entries(session, case, for_staff=False)}


def test_who_takes_a_case_that_somebody_took_meanwhile_is_told(session, acme, case):
    other = an_agent(session, "other@portal.example")
    case_changes.assign(session, case, acme.agent, acme.staff())
    assert case.state is CaseState.OPEN
    with pytest.raises(Overtaken):
        case_changes.assign(session, case, other, acme.staff(), seen=None)
    case_changes.assign(session, case, other, acme.staff(), seen=acme.agent.id)
    with pytest.raises(Refusal, match="does not answer"):
        case_changes.assign(session, case, acme.owner, acme.staff(), seen=other.id)


def test_a_merged_case_goes_on_in_its_target(session, acme, case):
    first = a_case(session, acme, cc=["cc@acme.example"])
    case_changes.merge(session, first, case, acme.staff())
    assert (first.state, case_changes.target_of(session, first)) == (CaseState.CLOSED, case)
    assert [one.address for one in case_people.current(session, case)] == ["cc@acme.example"]
    with pytest.raises(Refusal):
        case_changes.merge(session, case, first, acme.staff())
    elsewhere = a_case(session, a_supported(session, "other"))
    with pytest.raises(Refusal, match="same organization"):
        case_changes.merge(session, case, elsewhere, acme.staff())


def test_a_video_chat_is_for_plans_that_have_it(session, acme, case):
    with pytest.raises(Refusal, match="no video"):
        case_changes.ask_for_video(session, case, acme.customer())
    case.video = Video.ASKED
    case_changes.answer_video(session, case, granted=True, text="At 15:00 UTC.", doing=acme.staff())
    assert case.video is Video.GRANTED


def test_mail_goes_to_everybody_on_the_case_but_its_author(session, acme):
    """CASE-10, CC-11, CC-13."""
    follower = a_person(session, acme.organization, "all@acme.example", Grants(frozenset({"ORG_OWNER"})))
    case_people.follow_all(session, acme.organization, acme.customer(by=follower))
    case = a_case(session, acme, cc=["CC@acme.example", "cc@acme.example", acme.owner.email])
    conversations.note(session, case, "Secret", acme.staff())
    conversations.comment(session, case, "Hello", acme.customer(), cc=["new@acme.example"])
    subject = f"[#{case.id}] Nothing connects"
    assert mails(session) == [
        (subject, [acme.owner.email]),
        (subject, ["cc@acme.example"]),
        (subject, ["all@acme.example"]),
        (subject, ["cc@acme.example"]),
        (subject, ["new@acme.example"]),
        (subject, ["all@acme.example"]),
    ]
    assert not any("Secret" in one for one in session.scalars(select(Message.text)))


def test_an_address_on_cc_becomes_the_users_who_signs_up_with_it(session, acme):
    """CC-4, CC-9."""
    case = a_case(session, acme, cc=["New@Elsewhere.example"])
    other = a_supported(session, "other")
    user = a_person(session, other.organization, "new@elsewhere.example", Grants(frozenset({"ORG_MEMBER"})))
    assert case_access.rights(session, case, user) == CaseRights(may_see=True, may_comment=True, is_cc=True)
    case_people.remove_cc(session, case, case_people.current(session, case)[0], acme.customer())
    assert case_access.rights(session, case, user) == CaseRights()


@pytest.mark.parametrize(
    ("grants", "of_project", "of_organization"),
    [
        (lambda p: Grants(frozenset({"ORG_OWNER"})), (True, True), (True, True)),
        (lambda p: Grants(frozenset({"ORG_READ_ONLY"})), (True, True), (True, False)),
        (lambda p: Grants(frozenset({"ORG_BILLING_ADMIN"})), (False, False), (False, False)),
        (
            lambda p: Grants(frozenset({"ORG_MEMBER"}), {p: frozenset({"GROUP_READ_ONLY"})}),
            (True, True),
            (False, False),
        ),
        (lambda p: Grants(frozenset({"ORG_MEMBER"})), (False, False), (False, False)),
    ],
)
def test_roles_decide_who_sees_and_answers_the_cases_of_others(session, acme, grants, of_project, of_organization):
    """3.5, policy 2024."""
    user = a_person(session, acme.organization, "some@acme.example", grants(acme.project.id))
    for case, expected in (
        (a_case(session, acme, project=acme.project), of_project),
        (a_case(session, acme), of_organization),
    ):
        rights = case_access.rights(session, case, user)
        assert (rights.may_see, rights.may_manage) == expected


def test_a_shared_list_lets_members_read_and_no_more(session, acme, case):
    """AV-52."""
    member = a_person(session, acme.organization, "m@acme.example", Grants(frozenset({"ORG_MEMBER"})))
    case_people.share_list(session, acme.organization, acme.staff())
    assert case_access.rights(session, case, member) == CaseRights(may_see=True, is_member=True)
    case_people.unshare_list(session, acme.organization)
    assert not case_access.rights(session, case, member).may_see


def test_events_that_staff_alone_see_are_internal(session, acme, case):
    case_changes.assign(session, case, acme.agent, acme.staff())
    case_changes.link(session, case, a_case(session, acme), acme.staff())
    shown = session.scalars(select(CaseEntry.happening).where(CaseEntry.visibility == Visibility.INTERNAL)).all()
    assert {Happening.ASSIGNED, Happening.LINKED} <= set(shown)
