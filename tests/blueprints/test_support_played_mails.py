"""Who hears of what by mail (CASE-10), played over HTTP event by event and read from the outbox."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal import clock
from portal.domain.permissions import Grants
from portal.models.organizations import Organization, User
from portal.models.outbox import Message, Recipient
from portal.services import account_teams
from tests.blueprints.casework import (
    FIRST_PEOPLE,
    STAFF,
    a_case,
    filled_in,
    lets_open_cases,
    reading,
    signed_in,
    writing,
)
from tests.blueprints.test_plan_changes import used
from tests.supported import a_person

DATABASES = ("sqlite",)

REQUESTER, COLLEAGUE = FIRST_PEOPLE["borealis"], "member@borealis.example"
FOLLOWER, TEAM, OUTSIDER = "chief@borealis.example", "ida@portal.example", "pat@partner.example"
ON_CASE = {REQUESTER, COLLEAGUE, OUTSIDER, FOLLOWER}


class Outbox:
    """What was posted since the last look."""

    def __init__(self, app) -> None:
        self.app, self.seen = app, 0
        self.texts: dict[str, str] = {}
        self.subjects: dict[str, str] = {}

    def news(self) -> set[str]:
        """Who was written to since then; nobody twice."""
        with reading(self.app) as session:
            rows = session.execute(
                select(Message.id, Recipient.address, Message.text, Message.subject)
                .join(Recipient, Recipient.message_id == Message.id)
                .where(Message.id > self.seen)
                .order_by(Message.id)
            ).all()
        self.seen = max([self.seen, *(row.id for row in rows)])
        to = [row.address for row in rows]
        assert len(to) == len(set(to)), f"somebody hears of it twice: {to}"
        self.texts, self.subjects = {row.address: row.text for row in rows}, {row.address: row.subject for row in rows}
        return set(to)


@pytest.fixture
def outbox(app):
    return Outbox(app)


@pytest.fixture
def looked_after(app, world):
    """Borealis has an account team, and a second super admin who follows all tickets."""
    with writing(app) as session:
        borealis = session.get_one(Organization, world.organizations["borealis"].id)
        agent = session.scalars(select(User).where(User.email == STAFF)).one()
        account_teams.add(session, borealis, name="Ida", works_as="Sales", email=TEAM, by=agent, at=clock.now())
        a_person(session, borealis, FOLLOWER, Grants(frozenset({"super_admin"})))
    page = signed_in(app, FOLLOWER).get("/orgs/borealis/support/cases?tab=organization")
    page.submit("/orgs/borealis/support/cases/following", follow="yes")


def opened(app, world, slug="borealis", **otherwise):
    """The address of a case that the first person of the organization opens in the form."""
    page = signed_in(app, FIRST_PEOPLE[slug]).get(f"/orgs/{slug}/support/cases/new")
    answer = page.submit(f"/orgs/{slug}/support/cases", **filled_in(world, slug, **otherwise))
    assert answer.status == 303, answer.text
    return answer.location.partition("?")[0].partition("#")[0]


@pytest.fixture
def case(app, world, looked_after, outbox):
    """A ticket with a colleague and an outsider on CC, on a bought tier; its mails are read."""
    lets_open_cases(app, world)
    path = opened(app, world, cc=f"{COLLEAGUE} {OUTSIDER}")
    assert outbox.news() == ON_CASE | {TEAM}, "the opening"
    return path


def at_desk(app, case, action, **entered):
    """An agent sends this form of the case."""
    path = f"/staff/cases/{case.rpartition('/')[2]}"
    answer = signed_in(app, STAFF).get(path).submit(f"{path}/{action}", **entered)
    assert answer.status == 303, answer.text


def comments(app, case, email, text, **entered):
    answer = signed_in(app, email).get(case).submit(f"{case}/comments", text=text, **entered)
    assert answer.status == 303, answer.text


def test_the_opening_is_confirmed_and_told_with_what_was_asked(app, world, looked_after, outbox):
    """AV-41, AV-42."""
    lets_open_cases(app, world)
    number = opened(app, world, cc=f"{COLLEAGUE} {OUTSIDER}").rpartition("/")[2]
    assert outbox.news() == ON_CASE | {TEAM}
    assert all(f"[#{number}]" in outbox.subjects[one] for one in ON_CASE), "an answer can be matched"
    assert "Since noon." in outbox.texts[OUTSIDER]


def test_without_a_bought_tier_the_account_team_is_not_told(app, world, looked_after, outbox):
    """AV-41: basic comes with the first paid service."""
    used(app, world)
    signed_in(app, REQUESTER).get("/orgs/borealis/support/cases/new")
    opened(app, world, cc=COLLEAGUE)
    assert outbox.news() == {REQUESTER, COLLEAGUE, FOLLOWER}


def test_a_comment_is_told_to_all_but_its_author(app, case, outbox):
    """Of the requester, of a colleague on CC, of staff; the account team hears of none."""
    for email in (REQUESTER, COLLEAGUE):
        comments(app, case, email, "Look at this.")
        assert outbox.news() == ON_CASE - {email}
        assert "Look at this." in outbox.texts[OUTSIDER]
    at_desk(app, case, "entries", kind="reply", text="We look.", then="")
    assert outbox.news() == ON_CASE


def test_a_change_is_told_with_what_is_new(app, case, outbox):
    """NE-20: the state and the severity with its reason, of staff and of the customer."""
    at_desk(app, case, "state", state="pending")
    assert outbox.news() == ON_CASE
    assert "It is now: Awaiting your reply." in outbox.texts[OUTSIDER]
    at_desk(app, case, "severity", severity="low", explanation="There is a workaround.")
    assert outbox.news() == ON_CASE
    assert "The severity is now: Low.\n\nThere is a workaround." in outbox.texts[REQUESTER]
    page = signed_in(app, REQUESTER).get(case)
    assert page.submit(f"{case}/severity", severity="critical").status == 303
    assert outbox.news() == ON_CASE - {REQUESTER}
    assert "Critical is asked for." in outbox.texts[OUTSIDER], "what staff have assessed stays"
    assert signed_in(app, REQUESTER).get(case).submit(f"{case}/solution").status == 303
    assert outbox.news() == ON_CASE - {REQUESTER}
    assert "It is now: Solved." in outbox.texts[COLLEAGUE]


def test_a_comment_that_opens_it_again_says_so_in_the_same_mail(app, case, outbox):
    """CASE-10: one mail tells both."""
    at_desk(app, case, "state", state="pending")
    outbox.news()
    comments(app, case, COLLEAGUE, "Here is the log.")
    assert outbox.news() == ON_CASE - {COLLEAGUE}
    assert "Here is the log.\n\nIt is now: Open." in outbox.texts[REQUESTER]
    comments(app, case, COLLEAGUE, "And another one.")
    outbox.news()
    assert "It is now" not in outbox.texts[REQUESTER]


def test_asking_for_a_video_chat_is_told(app, world, outbox):
    """NE-3."""
    lets_open_cases(app, world)
    case = f"/orgs/cobalt/support/cases/{a_case(app, world, 'cobalt', cc=[OUTSIDER])}"
    outbox.news()
    assert signed_in(app, FIRST_PEOPLE["cobalt"]).get(case).submit(f"{case}/video").status == 303
    assert outbox.news() == {OUTSIDER}
    assert "A video chat is asked for." in outbox.texts[OUTSIDER]


def test_who_comes_on_cc_gets_the_comment_and_not_the_history(app, case, outbox):
    """CASE-10."""
    comments(app, case, REQUESTER, "Ann knows more.", cc="ann@partner.example")
    assert outbox.news() == ON_CASE - {REQUESTER} | {"ann@partner.example"}
    assert "Ann knows more." in outbox.texts["ann@partner.example"]
    assert "Since noon." not in outbox.texts["ann@partner.example"]
    assert "Now on CC: ann@partner.example" in outbox.texts[FOLLOWER]


def test_whom_staff_put_on_cc_is_told_to_all(app, case, outbox):
    """Staff need no comment for it."""
    at_desk(app, case, "copies", addresses="ann@partner.example")
    assert outbox.news() == ON_CASE | {"ann@partner.example"}
    assert "Now on CC: ann@partner.example." in outbox.texts[REQUESTER]
    assert "Since noon." not in outbox.texts["ann@partner.example"]


def test_a_note_is_told_to_nobody(app, case, outbox):
    """CC-13."""
    at_desk(app, case, "entries", kind="note", text="They owe us.", then="")
    assert outbox.news() == set()


def test_a_request_for_a_tier_is_told_when_asked_turned_down_and_active(app, world, looked_after, outbox):
    """MAIL-24: to who asked, the super admins and the account team."""
    group = used(app, world).group.id
    path = "/orgs/borealis/support/plans/priority"
    everybody = {REQUESTER, FOLLOWER, TEAM}
    desk = f"/staff/organizations/{world.organizations['borealis'].hex_id}/support"
    for states in (["rejected"], ["in_setup", "active"]):
        page = signed_in(app, REQUESTER).get(path)
        month = page.soup.find("input", attrs={"name": "start_month"})["value"]
        costs = page.visitor.get(f"{path}?start_month={month}&billing_group={group}", budget=30)
        assert costs.submit().status == 303
        assert outbox.news() == everybody
        for state in states:
            page = signed_in(app, "sales@portal.example").get(desk)
            action = page.soup.find("form", attrs={"aria-label": "Decide on the request"})["action"]
            decided = {"decision-state": state, "decision-reason": "Please pay first."}
            assert page.submit(action, **decided).status == 303, state
            assert outbox.news() == (set() if state == "in_setup" else everybody)
