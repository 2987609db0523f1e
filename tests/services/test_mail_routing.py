"""Mail into cases: the token in the address and who is on the case decide, and nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.cases import CaseState, Happening, Visibility
from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.incoming.states import IncomingState
from portal.domain.permissions import Grants
from portal.domain.response_targets import Via
from portal.domain.throttles import INCOMING_SENDER, Hit
from portal.models.cases import Case
from portal.models.incoming_mail import IncomingMail
from portal.models.outbox import Message
from portal.services import (
    attachments,
    case_changes,
    case_people,
    conversations,
    incoming_mail,
    mail_routing,
    people,
    quarantine,
    support_blocks,
    throttles,
)  # fmt: skip
from portal.services.incoming_mail import Arrival
from tests.attached import PROGRAM
from tests.incoming import LINE, part, parts, raw
from tests.mailed import RELAY, SUPPORT, Post, a_desk, address_of, cobalt, posted, proven
from tests.supported import AT, BASE_URL, a_case, a_person, a_supported

OUTSIDER = "partner@elsewhere.example"
NEON = "support@neon.tech"


@pytest.fixture
def acme(session):
    return a_supported(session)


@pytest.fixture
def case(session, acme):
    return a_case(session, acme, cc=["cc@acme.example", OUTSIDER])


@pytest.fixture
def post(session, tmp_path):
    return Post(session, a_desk(tmp_path))


def newest(session, case, *, for_staff=True):
    return [entry for entry in conversations.entries(session, case, for_staff=for_staff) if entry.body][-1]


def bodies(session, case, *, for_staff=False):
    return [entry.body for entry in conversations.entries(session, case, for_staff=for_staff) if entry.body]


def on_cc(session, case):
    return [participant.address for participant in case_people.current(session, case)]


# Answers that land


def test_the_requester_answers_and_everybody_else_hears_of_it(session, post, acme, case):
    body = f"It works.\n\nOn 16/09/2024 14:55, Support wrote:\n> {LINE}\n> Does it?"
    mail = post.writes(acme.owner.email, body, to=address_of(case))
    entry = newest(session, case, for_staff=False)
    assert (mail.state, mail.case_id, mail.entry_id) == (IncomingState.PROCESSED, case.id, entry.id)
    assert (entry.body, entry.via, entry.author, entry.visibility) == (
        "It works.",
        Via.EMAIL,
        acme.owner,
        Visibility.PUBLIC,
    )
    assert "> Does it?" in entry.quoted
    assert posted(session, f"case entry {entry.hex_id}%") == [
        ("cc@acme.example", f"[#{case.id}] Nothing connects"),
        (OUTSIDER, f"[#{case.id}] Nothing connects"),
    ]


def test_nobody_reads_the_token_of_a_case_in_what_a_mail_quotes(session, post, acme, case):
    """MAIL-48."""
    address = address_of(case)
    quoted = f"It works.\n\nOn 16/09/2024 14:55, Support <{address}> wrote:\n> {LINE}\n> Does it?"
    post.writes(acme.owner.email, quoted, to=address)
    post.writes(OUTSIDER, f"Better write to {address.upper()}, or mailto:{address.replace('+', '%2B')}", to=address)
    held = post.writes("stranger@elsewhere.example", quoted, to=address)
    quarantine.release(session, held, case, by=acme.agent, desk=post.desk, at=AT)
    told = [entry.body + entry.quoted for entry in conversations.entries(session, case, for_staff=True)]
    told += session.scalars(select(Message.text))
    assert not [text for text in told if case.reply_token in text.casefold()]
    assert [SUPPORT in text.casefold() for text in told[2:5]] == [True] * 3


def test_mail_servers_may_change_the_case_of_an_address(session, post, acme, case):
    mail = post.writes(acme.owner.email.upper(), "It works.", to=address_of(case).upper())
    assert mail.state is IncomingState.PROCESSED


def test_the_address_counts_also_where_the_relay_names_another(session, post, acme, case):
    content = raw("It works.", sender=acme.owner.email, to=address_of(case))
    assert post.brings(content, to="inbox@portal.example").state is IncomingState.PROCESSED


def test_an_outsiders_answer_is_for_staff_and_adds_nobody(session, post, case):
    """CC-5, CC-6, CC-7."""
    mail = post.writes(OUTSIDER, "Try this.", to=address_of(case), Cc="friend@elsewhere.example, cc@acme.example")
    entry = newest(session, case)
    assert (mail.state, entry.visibility, entry.author_address) == (
        IncomingState.PROCESSED,
        Visibility.STAFF_ONLY,
        OUTSIDER,
    )
    assert entry.ignored_addresses == ["friend@elsewhere.example"]
    assert on_cc(session, case) == ["cc@acme.example", OUTSIDER]
    assert "Try this." not in bodies(session, case)
    assert posted(session, f"case entry {entry.hex_id}%") == []


def test_an_outsider_who_signs_up_answers_as_a_user(session, post, acme, case):
    """CC-4: the earlier mail stays staff's."""
    post.writes(OUTSIDER, "Before", to=address_of(case))
    people.create_user(session, OUTSIDER, name="Pat Partner", password_hash="", at=AT)
    post.writes(OUTSIDER, "After", to=address_of(case))
    assert bodies(session, case)[-1] == "After"
    assert "Before" not in bodies(session, case)


def test_a_users_answer_brings_those_whom_it_names(session, post, acme, case):
    """CC-8."""
    post.writes(acme.owner.email, "Ann knows.", to=address_of(case), Cc=f"Ann <ANN@acme.example>, {SUPPORT}")
    assert on_cc(session, case) == ["cc@acme.example", OUTSIDER, "ann@acme.example"]
    entry = newest(session, case)
    assert ("ann@acme.example", f"[#{case.id}] Nothing connects") in posted(session, f"case entry {entry.hex_id}%")


def test_very_many_addresses_are_listed_and_the_words_count(session, post, acme, case):
    many = ", ".join(f"u{number}@x.example" for number in range(500))
    mail = post.writes(acme.owner.email, "Everybody!", to=address_of(case), Cc=many)
    entry = newest(session, case)
    assert (mail.state, entry.body, len(entry.ignored_addresses)) == (IncomingState.PROCESSED, "Everybody!", 100)
    assert len(on_cc(session, case)) == 2


def test_an_answer_opens_what_is_solved(session, post, acme, case):
    case_changes.solve(session, case, acme.customer())
    post.writes(acme.owner.email, "Not yet.", to=address_of(case))
    assert case.state is CaseState.OPEN


def test_an_answer_to_what_is_closed_opens_a_follow_up(session, post, acme, case):
    case_changes.solve(session, case, acme.customer())
    later = AT + timedelta(days=30)
    case_changes.close_due(session, at=later, base_url=BASE_URL)
    mail = post.writes(acme.owner.email, "Again!", to=address_of(case), at=later)
    follow_up = session.get_one(Case, mail.case_id)
    assert (follow_up.follows_id, follow_up.subject, follow_up.via) == (case.id, case.subject, Via.EMAIL)
    assert (follow_up.due_at, bodies(session, follow_up)[0]) == (None, "Again!")


def test_nobody_outside_opens_a_follow_up(session, post, acme, case):
    case_changes.solve(session, case, acme.customer())
    later = AT + timedelta(days=30)
    case_changes.close_due(session, at=later, base_url=BASE_URL)
    assert post.writes(OUTSIDER, "Again!", to=address_of(case), at=later).state is IncomingState.QUARANTINED


def test_an_answer_to_what_was_merged_lands_in_its_target(session, post, acme, case):
    target = a_case(session, acme, subject="All of it")
    case_changes.merge(session, case, target, acme.staff())
    mail = post.writes("cc@acme.example", "Me too.", to=address_of(case))
    assert (mail.case_id, newest(session, target).body) == (target.id, "Me too.")


def test_files_come_with_an_answer_and_a_bad_one_says_why(session, post, acme, case):
    picture = part(PROGRAM, "image/png", "base64", Content_Disposition='attachment; filename="screen.png"')
    log = part(b"refused\n", "text/plain", "base64", Content_Disposition='attachment; filename="mongod.log"')
    content = parts(part("See"), picture, log, sender=acme.owner.email, to=address_of(case))
    mail = post.brings(content, to=address_of(case))
    files = attachments.of_entries(session, [mail.entry_id], for_staff=False)[mail.entry_id]
    assert [(file.name, file.refusal is None) for file in files] == [("screen.png", False), ("mongod.log", True)]


def test_a_mail_of_a_megabyte_is_cut_and_said_to_go_on(session, post, acme, case):
    mail = post.writes(acme.owner.email, "word " * 200_000, to=address_of(case))
    assert mail.state is IncomingState.PROCESSED
    assert newest(session, case).body.endswith("(The mail goes on. Staff have it whole.)")


def test_the_same_mail_comes_once(session, post, acme, case):
    content = raw("It works.", sender=acme.owner.email, to=address_of(case))
    for _ in range(3):
        post.brings(content, to=address_of(case))
    assert bodies(session, case).count("It works.") == 1
    nameless = raw("Without a name", sender=acme.owner.email, to=address_of(case), message_id=None)
    for _ in range(3):
        post.brings(nameless, to=address_of(case))
    assert bodies(session, case).count("Without a name") == 1


# Forged ones


@pytest.fixture
def stranger(session, acme):
    return a_person(session, acme.organization, "colleague@acme.example", Grants(frozenset({"ORG_OWNER"})))


def unchanged(session, case):
    return bodies(session, case, for_staff=True) == ["Since noon."] and on_cc(session, case) == [
        "cc@acme.example",
        OUTSIDER,
    ]


@pytest.mark.parametrize("sender", ["eve@evil.example", "colleague@acme.example", "agent@portal.example"])
def test_who_is_not_on_the_case_answers_nothing(session, post, case, stranger, sender):
    mail = post.writes(sender, "Let me in", to=address_of(case))
    assert (mail.state, mail.case_id, unchanged(session, case)) == (IncomingState.QUARANTINED, None, True)


def test_a_number_and_references_open_nothing(session, post, acme, case):
    thread = f"<case-{case.id}@portal.example>"
    for to in (SUPPORT, f"support+{case.id}@portal.example", f"support+{'0' * 40}@portal.example"):
        headers = {"References": thread, "In_Reply_To": thread, "subject": f"Re: [#{case.id}] Nothing connects"}
        mail = post.writes(acme.owner.email, "Mine", to=to, **headers)
        assert mail.state is IncomingState.QUARANTINED
    assert unchanged(session, case)


def test_our_addresses_are_those_that_are_named():
    own = mail_routing.own_addresses("help@cloud.example", "Billing <Bills@cloud.example>")
    ours = [
        "HELP@cloud.example",
        f"help+{'a' * 40}@cloud.example",
        "bills@cloud.example",
        "billing@portal.example",
        NEON,
    ]
    assert [own.is_ours(one) for one in ours] == [True] * 5
    others = ["help+a@cloud.example", "help@evil.example", f"support+{'a' * 40}@cloud.example", "cloud.example", ""]
    assert [own.is_ours(one) for one in others] == [False] * 5


def test_another_cases_token_opens_only_that_case(session, post, acme, case):
    globex = a_supported(session, "globex")
    theirs = a_case(session, globex)
    mail = post.writes(
        "cc@acme.example", "Let me in", to=address_of(theirs), subject=f"Re: [#{case.id}] Nothing connects"
    )
    assert (mail.state, bodies(session, theirs, for_staff=True)) == (IncomingState.QUARANTINED, ["Since noon."])


def test_two_tokens_are_for_people_to_look_at(session, post, acme, case):
    other = a_case(session, acme)
    content = raw("Both", sender=acme.owner.email, to=f"{address_of(case)}, {address_of(other)}")
    assert post.brings(content, to="inbox@portal.example").state is IncomingState.QUARANTINED


def test_who_was_taken_off_answers_no_more(session, post, acme, case):
    participant = case_people.current(session, case)[1]
    case_people.remove_cc(session, case, participant, acme.customer())
    assert post.writes(OUTSIDER, "Still here", to=address_of(case)).state is IncomingState.QUARANTINED


def test_who_may_no_longer_sign_in_answers_no_more(session, post, acme, case):
    acme.owner.deactivated_at = AT
    assert post.writes(acme.owner.email, "Still here", to=address_of(case)).state is IncomingState.QUARANTINED


@pytest.mark.parametrize("verdicts", [f"{RELAY}; dmarc=fail", f"{RELAY}; spf=fail smtp.mailfrom=acme.example"])
def test_a_sender_that_our_relay_calls_forged_gets_no_notice(session, post, acme, case, verdicts):
    mail = post.writes(acme.owner.email, "Mine", to=address_of(case), Authentication_Results=verdicts)
    assert (mail.state, unchanged(session, case)) == (IncomingState.QUARANTINED, True)
    assert posted(session, "incoming%") == []


def test_a_mail_from_two_is_from_nobody(session, post, acme, case):
    content = raw("Mine", sender=f"{acme.owner.email}, eve@evil.example", to=address_of(case))
    assert post.brings(content, to=address_of(case)).state is IncomingState.QUARANTINED
    assert unchanged(session, case)


# Machines


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<dev.acme.example>"},
        {"X_Customer_Portal": "portal.example"},
        {"subject": "Automatic reply: [#1] Nothing connects"},
    ],
)
def test_what_no_person_wrote_lands_nowhere_and_is_not_answered(session, post, acme, case, headers):
    mail = post.writes(acme.owner.email, "I am away", to=address_of(case), **headers)
    assert (mail.state, bool(mail.reason), unchanged(session, case)) == (IncomingState.IGNORED, True, True)
    assert posted(session, "incoming%") == []


def test_a_mail_of_ours_is_known_by_its_name(session, post, acme, case):
    ours = session.scalars(select(Message.header_id).where(Message.reply_token == case.reply_token)).first()
    mail = post.writes(acme.owner.email, "Came round", to=address_of(case), message_id=ours)
    assert (mail.state, unchanged(session, case)) == (IncomingState.IGNORED, True)


def test_a_colleague_of_ours_on_cc_is_no_loop(session, post, acme):
    case = a_case(session, acme, cc=["engineer@portal.example"])
    mail = post.writes("engineer@portal.example", "Look here", to=address_of(case), message_id="<x@portal.example>")
    assert mail.state is IncomingState.PROCESSED


def test_a_notice_repeats_nothing_that_a_stranger_wrote(session, post, case):
    post.writes("eve@evil.example", "Buy at evil.example", to=address_of(case), subject="Buy at evil.example")
    said = session.execute(select(Message.subject, Message.text).where(Message.key.like("incoming%"))).one()
    assert "Buy" not in " ".join(said)


def test_a_bounce_says_whose_mail_did_not_arrive(session, post, case):
    status = part("Final-Recipient: rfc822; cc@acme.example\nAction: failed\n", "message/delivery-status")
    content = parts(
        part("Sorry"), status, kind="report; report-type=delivery-status", sender="<mailer-daemon@x.example>"
    )
    mail = post.brings(content, to=address_of(case), sender="")
    assert (mail.state, mail.reason) == (
        IncomingState.IGNORED,
        "It says that mail to cc@acme.example was not delivered.",
    )


def test_a_stranger_gets_one_notice_a_day(session, post, case):
    for hour in (0, 1, 23, 25, 29):
        post.writes("eve@evil.example", "Let me in", to=address_of(case), at=AT + timedelta(hours=hour))
    assert len(posted(session, "incoming%")) == 2
    assert {address for address, _ in posted(session, "incoming%")} == {"eve@evil.example"}


def test_a_flood_of_one_sender_waits_for_people(session, post, acme, case):
    assert post.writes(acme.owner.email, "One", to=address_of(case)).state is IncomingState.PROCESSED
    throttles.count(session, [Hit(INCOMING_SENDER, acme.owner.email)] * (INCOMING_SENDER.attempts - 1), at=AT)
    assert post.writes(acme.owner.email, "Too many", to=address_of(case)).state is IncomingState.QUARANTINED
    assert posted(session, "incoming%") == []


# New cases


def test_a_proven_mail_opens_a_case_without_a_target_and_is_answered_with_its_number(session, post):
    """NE-5, NE-12."""
    organization, admin = cobalt(session)
    mail = post.writes(admin.email, "It is down.\n\n> FATAL", to=NEON, subject="Down", **proven(admin.email))
    case = session.get_one(Case, mail.case_id)
    assert (case.organization_id, case.requester_id, case.via, case.subject) == (
        organization.id,
        admin.id,
        Via.EMAIL,
        "Down",
    )
    assert (case.due_at, case.severity, bodies(session, case)) == (None, None, ["It is down.\n\n> FATAL"])
    assert posted(session) == [(admin.email, f"[#{case.id}] Down")]


def test_the_common_address_opens_cases_of_vendors_that_take_mail(session, post, acme):
    _, admin = cobalt(session)
    assert post.writes(admin.email, "Down", to=SUPPORT, **proven(admin.email)).state is IncomingState.PROCESSED
    assert (
        post.writes(acme.owner.email, "Down", to=SUPPORT, **proven(acme.owner.email)).state is IncomingState.QUARANTINED
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authentication_Results": f"{RELAY}; spf=pass smtp.mailfrom=e@evil.example; dkim=pass header.d=evil.example"},
        {"Authentication_Results": "mx.evil.example; dkim=pass header.d=cobalt.example"},
        {"Authentication_Results": f"{RELAY}; dkim=none; spf=softfail smtp.mailfrom=admin@cobalt.example"},
    ],
)
def test_a_mail_that_nothing_proves_opens_no_case(session, post, headers):
    _, admin = cobalt(session)
    mail = post.writes(admin.email, "It is down.", to=NEON, **headers)
    assert (mail.state, session.scalars(select(Case)).all()) == (IncomingState.QUARANTINED, [])


def test_strangers_and_agents_open_no_cases_by_mail(session, post, acme):
    cobalt(session)
    for sender in ("eve@evil.example", acme.agent.email):
        assert post.writes(sender, "Hello", to=NEON, **proven(sender)).state is IncomingState.QUARANTINED


def test_a_plan_without_tickets_is_refused_in_words(session, post):
    _, admin = cobalt(session, "free")
    mail = post.writes(admin.email, "It is down.", to=NEON, subject="Down", **proven(admin.email))
    assert (mail.state, "does not include tickets" in mail.reason) == (IncomingState.REFUSED, True)
    assert posted(session) == [(admin.email, "Your mail to support could not be taken")]


def test_whose_support_has_ended_opens_no_case_by_mail(session, post, acme):
    organization, admin = cobalt(session)
    support_blocks.block(session, organization, "Abusive words to our agents.", by=acme.agent, at=AT)
    mail = post.writes(admin.email, "It is down.", to=NEON, **proven(admin.email))
    assert mail.state is IncomingState.REFUSED


def test_who_belongs_to_two_organizations_is_asked_by_people(session, post):
    _, admin = cobalt(session)
    second, _ = cobalt(session, slug="nickel")
    from portal import catalogues
    from portal.services import organizations

    roles = catalogues.load("neon").roles
    organizations.add_member(session, second, admin, roles=roles, at=AT, organization_roles=frozenset({"admin"}))
    assert post.writes(admin.email, "Down", to=NEON, **proven(admin.email)).state is IncomingState.QUARANTINED


# The quarantine


def test_staff_put_a_mail_into_a_case(session, post, acme, case):
    mail = post.writes("eve@evil.example", "I am Ann's colleague", to=address_of(case), Cc="x@evil.example")
    assert [one.id for one in quarantine.newest(session)] == [mail.id]
    found = quarantine.release(session, mail, case, by=acme.agent, desk=post.desk, at=AT)
    entry = newest(session, case)
    assert (found, entry.visibility, entry.author_address) == (case, Visibility.STAFF_ONLY, "eve@evil.example")
    assert (mail.state, mail.settled_by_id, quarantine.count(session)) == (IncomingState.PROCESSED, acme.agent.id, 0)
    with pytest.raises(AlreadyDone):
        quarantine.release(session, mail, case, by=acme.agent, desk=post.desk, at=AT)


def test_a_forged_mail_never_becomes_the_words_of_whom_it_names(session, post, acme, case):
    mail = post.writes(
        acme.owner.email, "Delete all", to=address_of(case), Authentication_Results=f"{RELAY}; dmarc=fail"
    )
    quarantine.release(session, mail, case, by=acme.agent, desk=post.desk, at=AT)
    entry = newest(session, case)
    assert (entry.body, entry.author, entry.visibility) == ("Delete all", None, Visibility.STAFF_ONLY)
    again = post.writes(
        acme.owner.email, "Delete it", to=address_of(case), Authentication_Results=f"{RELAY}; dmarc=fail"
    )
    with pytest.raises(Refusal, match="forged"):
        quarantine.release_as_new(session, again, acme.organization, by=acme.agent, desk=post.desk, at=AT)


def test_staff_make_a_case_of_a_mail(session, post, acme):
    organization, admin = cobalt(session)
    mail = post.writes(admin.email, "It is down.", to=NEON, subject="Down")
    case = quarantine.release_as_new(session, mail, organization, by=acme.agent, desk=post.desk, at=AT)
    assert (case.requester_id, case.subject, mail.case_id) == (admin.id, "Down", case.id)


def test_nobody_who_is_no_member_gets_a_case_of_an_organization(session, post, acme):
    organization, _ = cobalt(session)
    mail = post.writes(acme.owner.email, "It is down.", to=NEON)
    with pytest.raises(Refusal, match="belong"):
        quarantine.release_as_new(session, mail, organization, by=acme.agent, desk=post.desk, at=AT)


def test_staff_lay_a_mail_aside(session, post, acme, case):
    mail = post.writes("eve@evil.example", "Win!", to=address_of(case))
    quarantine.discard(session, mail, by=acme.agent, at=AT)
    assert (mail.state, quarantine.newest(session)) == (IncomingState.DISCARDED, [])
    assert quarantine.newest(session, states=frozenset({IncomingState.DISCARDED}), search="EVE") == [mail]


def test_what_is_kept_has_no_number_of_a_card(session, post, acme, case):
    mail = post.writes(acme.owner.email, "My card is 4111 1111 1111 1111", to=address_of(case))
    assert "1111 1111" not in newest(session, case).body
    found = quarantine.find(session, mail.hex_id)
    assert found
    assert b"4111" not in found.raw


def test_a_merged_case_tells_where_its_mail_goes(session, acme, case):
    """The events of merging are public: people read in the closed case where it goes on."""
    target = a_case(session, acme, subject="All of it")
    case_changes.merge(session, case, target, acme.staff())
    happened = [entry.happening for entry in conversations.entries(session, case, for_staff=False)]
    assert Happening.MERGED_INTO in happened


def test_a_mail_that_was_kept_twice_is_one_row(session):
    arrival = Arrival(raw("Hello"), "ann@acme.example", (SUPPORT,))
    assert [incoming_mail.receive(session, arrival, at=AT) for _ in range(2)] == [True, False]
    assert len(session.scalars(select(IncomingMail)).all()) == 1


def test_what_fails_again_and_again_is_shown_to_people(session):
    incoming_mail.receive(session, Arrival(raw("Hello")), at=AT)
    at = AT
    for _ in range(incoming_mail.MOST_TRIES):
        mail = incoming_mail.next_due(session, at=at)
        assert mail
        incoming_mail.put_off(session, mail.id, at=at)
        assert incoming_mail.next_due(session, at=at) is None
        at += timedelta(hours=1)
    assert [one.state for one in quarantine.newest(session)] == [IncomingState.QUARANTINED]
