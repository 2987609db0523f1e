"""A person chats with people of support, one chat at a time; what was said stays, and nobody else reads it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from portal import catalogues
from portal.database import writing
from portal.domain import chats as rules
from portal.domain.chats import MOST_MESSAGES, STALE_AFTER, Hours, Speaker
from portal.domain.errors import AlreadyDone, Refusal, TooSoon
from portal.domain.response_targets import Via
from portal.domain.support_plans import ChannelKind
from portal.domain.throttles import CHAT
from portal.models.chats import Chat, ChatMessage
from portal.models.organizations import Organization, User
from portal.services import chat_cases, chat_queue, chats, conversations, support_blocks
from portal.services.case_doing import Doing
from tests.builders import a_project, an_organization
from tests.chats import AT, acme_with, an_agent, messages, said
from tests.members import BASE, a_member
from tests.supported import a_supported

MINUTE = timedelta(minutes=1)


@pytest.fixture
def acme(session):
    return acme_with(session)


@pytest.mark.parametrize(
    ("catalogue", "plan", "kind"),
    [
        ("atlas", "basic", ChannelKind.CHAT),
        ("atlas", "enterprise", ChannelKind.CHAT),
        ("aiven", "basic", None),
        ("aiven", "enterprise", None),
        ("aiven", None, None),
        ("neon", "community", ChannelKind.AI_CHAT),
        ("neon", "enterprise", ChannelKind.AI_CHAT),
    ],
)
def test_a_plan_has_the_chat_that_its_vendor_says(catalogue, plan, kind):
    known = catalogues.load(catalogue)
    found = rules.channel_of(tuple(known.channels.values()), known.support_plans[plan] if plan else None)
    assert (found.kind if found else None) is kind


@pytest.mark.parametrize(
    ("at", "is_open", "changes_at"),
    [
        ("2026-11-20T08:59:59", False, "2026-11-20T09:00:00"),
        ("2026-11-20T09:00:00", True, "2026-11-20T17:00:00"),
        ("2026-11-20T16:59:59", True, "2026-11-20T17:00:00"),
        ("2026-11-20T17:00:00", False, "2026-11-23T09:00:00"),
        ("2026-11-22T12:00:00", False, "2026-11-23T09:00:00"),
    ],
)
def test_people_answer_in_the_hours_of_their_calendar(at, is_open, changes_at):
    channel = catalogues.load("atlas").channels["chat"]
    hours = chats.hours_of(channel, at=datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert hours == Hours(is_open, datetime.fromisoformat(changes_at).replace(tzinfo=UTC))
    assert chats.hours_of(catalogues.load("neon").channels["ai_chat"], at=AT) is None


def test_who_writes_waits_until_somebody_answers_and_all_is_kept_in_its_order(session, acme):
    organization, alma = acme
    chat = chats.say(session, organization, "It stopped.", by=alma, at=AT)
    assert chats.say(session, organization, "At noon.", by=alma, at=AT + MINUTE) is chat
    waiting = chat.waiting_since, chat_queue.count_waiting(session)
    assert waiting == (AT, 1)
    ada = an_agent(session)
    chat_queue.reply(session, chat, "Which one?", by=ada, at=AT + 2 * MINUTE)
    assert (chat.waiting_since, chat.taken_by_id, chat_queue.count_waiting(session)) == (None, ada.id, 0)
    assert said(session, chat) == ["It stopped.", "At noon.", "Ada is here to answer.", "Which one?"]
    assert [one.speaker for one in messages(session, chat)] == [
        Speaker.CUSTOMER, Speaker.CUSTOMER, Speaker.REMARK, Speaker.STAFF,
    ]  # fmt: skip


def test_a_plan_without_a_chat_refuses_politely(session):
    organization = an_organization(session, "borealis", catalogue="aiven")
    boris = a_member(session, organization, "Boris", "super_admin").user
    with pytest.raises(Refusal, match="Your plan has no chat"):
        chats.say(session, organization, "Hello?", by=boris, at=AT)
    assert session.scalar(select(Chat)) is None


def test_who_gets_no_support_writes_to_no_person(session, acme):
    """NE-16."""
    organization, alma = acme
    support_blocks.block(session, organization, "Insulted people of support.", by=an_agent(session), at=AT, user=alma)
    with pytest.raises(Refusal, match="Insulted people"):
        chats.say(session, organization, "Hello?", by=alma, at=AT)
    bob = a_member(session, organization, "Bob", "ORG_OWNER").user
    assert said(session, chats.say(session, organization, "Hello?", by=bob, at=AT)) == ["Hello?"]


def test_who_writes_too_often_waits(session, acme):
    organization, alma = acme
    for _ in range(CHAT.attempts):
        chats.say(session, organization, "Hello?", by=alma, at=AT)
    with pytest.raises(TooSoon):
        chats.say(session, organization, "Hello?", by=alma, at=AT)


def test_a_chat_is_its_persons_alone_in_its_organization_alone(session, acme):
    organization, alma = acme
    bob = a_member(session, organization, "Bob", "ORG_OWNER").user
    other = an_organization(session, "other")
    chat = chats.say(session, organization, "Secret", by=alma, at=AT)
    assert chats.find(session, organization, alma, chat.hex_id) is chat
    assert chats.find(session, organization, bob, chat.hex_id) is None
    assert chats.find(session, other, alma, chat.hex_id) is None
    assert chats.under_way(session, organization, bob, at=AT) is None
    assert chats.under_way(session, other, alma, at=AT) is None
    assert not chats.own(session, organization, bob, before=None, limit=9)


def test_an_ended_chat_takes_no_answer_and_the_next_message_begins_another(session, acme):
    organization, alma = acme
    chat, ada = chats.say(session, organization, "One", by=alma, at=AT), an_agent(session)
    chats.end(session, chat, by=alma, at=AT + MINUTE)
    chats.end(session, chat, by=ada, at=AT + 2 * MINUTE)
    assert (chat.ended_at, chat.ended_by_id) == (AT + MINUTE, alma.id)
    assert said(session, chat) == ["One", "Alma ended the chat."]
    with pytest.raises(AlreadyDone):
        chat_queue.take(session, chat, by=ada, at=AT)
    with pytest.raises(AlreadyDone):
        chat_queue.reply(session, chat, "Late", by=ada, at=AT)
    second = chats.say(session, organization, "Two", by=alma, at=AT + 3 * MINUTE)
    assert second is not chat
    assert chats.own(session, organization, alma, before=None, limit=9) == [second, chat]
    assert chats.own(session, organization, alma, before=second.id, limit=9) == [chat]
    assert chats.firsts_of(session, [chat, second]) == {chat.id: "One", second.id: "Two"}


def test_an_answered_chat_is_over_after_a_day_and_one_that_waits_is_not(session, acme):
    organization, alma = acme
    chat = chats.say(session, organization, "One", by=alma, at=AT)
    late = AT + 3 * STALE_AFTER
    assert chats.under_way(session, organization, alma, at=late) is chat
    chat_queue.reply(session, chat, "Yes?", by=an_agent(session), at=AT)
    assert chats.under_way(session, organization, alma, at=AT + STALE_AFTER - MINUTE) is chat
    assert chats.under_way(session, organization, alma, at=AT + STALE_AFTER) is None
    assert chats.say(session, organization, "Two", by=alma, at=AT + STALE_AFTER) is not chat
    assert chat.ended_at == AT + STALE_AFTER


def test_a_full_chat_ends_and_another_begins(session, acme):
    organization, alma = acme
    chat = chats.say(session, organization, "first", by=alma, at=AT)
    for _ in range(MOST_MESSAGES - 2):
        chats.write(session, chat, Speaker.STAFF, "x", by=alma, at=AT)
    assert chats.say(session, organization, "last", by=alma, at=AT) is chat
    assert chats.say(session, organization, "one more", by=alma, at=AT) is not chat


def test_who_waits_longest_is_first_in_the_queue_and_who_has_an_answer_last(session):
    organization, alma = acme_with(session)
    asked = []
    for number, name in enumerate(("Bob", "Cleo", "Dora")):
        user = a_member(session, organization, name, "ORG_OWNER").user
        asked.append(chats.say(session, organization, name, by=user, at=AT + number * MINUTE))
    first, second, third = asked
    chat_queue.reply(session, first, "Yes?", by=an_agent(session), at=AT + 5 * MINUTE)
    assert chat_queue.under_way(session) == [second, third, first]
    chats.end(session, second, by=alma, at=AT)
    assert chat_queue.under_way(session) == [third, first]
    assert chat_queue.ended(session, before=None, limit=9) == [second]


def test_a_colleague_may_take_over_and_everybody_reads_it(session, acme):
    organization, alma = acme
    chat, ada, ben = (
        chats.say(session, organization, "One", by=alma, at=AT),
        an_agent(session),
        an_agent(session, "Ben"),
    )
    chat_queue.take(session, chat, by=ada, at=AT)
    chat_queue.take(session, chat, by=ada, at=AT)
    chat_queue.take(session, chat, by=ben, at=AT)
    assert chat.taken_by_id == ben.id
    assert said(session, chat)[1:] == ["Ada is here to answer.", "Ben took over the chat."]
    assert chat.waiting_since == AT


def test_two_windows_of_one_person_write_in_one_chat(session, engine):
    """The second one waits until the first is through, and finds its chat."""
    organization, alma = acme_with(session)
    session.commit()
    chats.say(session, organization, "One", by=alma, at=AT)

    def write_meanwhile():
        with writing(engine).begin() as other:
            chats.say(
                other, other.get_one(Organization, organization.id), "Two", by=other.get_one(User, alma.id), at=AT
            )

    window = threading.Thread(target=write_meanwhile)
    window.start()
    window.join(0.4)
    assert window.is_alive(), "it did not wait"
    session.commit()
    window.join(10)
    [chat] = session.scalars(select(Chat)).all()
    assert sorted(said(session, chat)) == ["One", "Two"]


def test_what_was_said_never_changes(session, acme):
    chats.say(session, acme[0], "One", by=acme[1], at=AT)
    for statement in (update(ChatMessage).values(text="Two"), delete(ChatMessage)):
        with pytest.raises(DBAPIError, match="cannot change"), session.begin_nested():
            session.execute(statement)


def test_a_chat_becomes_a_case_with_all_that_was_said(session):
    acme = a_supported(session)
    organization, alma = acme.organization, acme.owner
    chat = chats.say(session, organization, "It **stopped**.\nAt noon.", by=alma, at=AT)
    chat_queue.reply(session, chat, "I look.", by=an_agent(session), at=AT + MINUTE)
    doing = Doing(by=alma, at=AT + 2 * MINUTE, base_url=BASE, via=Via.CHAT)
    case = chat_cases.turn(session, chat, None, doing)
    assert (case.subject, case.via, case.requester_id) == ("Chat: It **stopped**. At noon.", Via.CHAT, alma.id)
    assert case.severity == "4"
    body = next(one.body for one in conversations.entries(session, case, for_staff=False) if one.body)
    assert f"**{alma.name}**, 2026-11-20 12:00 UTC:\n\n> It **stopped**.\n> At noon." in body
    assert "**Ada**, 2026-11-20 12:01 UTC:\n\n> I look." in body
    assert (chat.case_id, chat.ended_at) == (case.id, doing.at)
    assert f"case {case.id} now." in said(session, chat)[-2]
    with pytest.raises(AlreadyDone):
        chat_cases.turn(session, chat, None, doing)


def test_signs_that_no_subject_has_keep_no_chat_from_becoming_a_case(session):
    acme = a_supported(session)
    text = "Data\N{SOFT HYPHEN}base\N{NO-BREAK SPACE}down \N{RIGHT-TO-LEFT OVERRIDE}\N{WOMAN}\N{ZERO WIDTH JOINER}"
    chat = chats.say(session, acme.organization, text, by=acme.owner, at=AT)
    doing = Doing(by=acme.owner, at=AT, base_url=BASE, via=Via.CHAT)
    assert chat_cases.turn(session, chat, None, doing).subject == "Chat: Database down \N{WOMAN}"


def test_a_chat_that_is_too_long_for_a_case_is_cut_between_messages_and_says_so(session):
    acme = a_supported(session)
    organization, alma = acme.organization, acme.owner
    chat = chats.say(session, organization, "begin", by=alma, at=AT)
    for _ in range(20):
        chats.write(session, chat, Speaker.CUSTOMER, "x" * 4_000, by=alma, at=AT)
    case = chat_cases.turn(session, chat, None, Doing(by=alma, at=AT, base_url=BASE, via=Via.CHAT))
    body = next(one.body for one in conversations.entries(session, case, for_staff=False) if one.body)
    assert body.endswith("The chat itself has it all.)*")
    assert "begin" in body


def test_a_plan_that_opens_no_cases_makes_none_of_a_chat(session, acme):
    organization, alma = acme
    a_project(session, organization)
    chat = chats.say(session, organization, "One", by=alma, at=AT)
    with pytest.raises(Refusal, match="does not include"):
        chat_cases.turn(session, chat, None, Doing(by=alma, at=AT, base_url=BASE, via=Via.CHAT))
    assert chat.case_id is None
