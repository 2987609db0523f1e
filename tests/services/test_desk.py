"""What agents work with: macros, who else looks, several cases at once, and two who take the same case."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.database import writing
from portal.domain.cases import CaseState
from portal.domain.errors import Overtaken, Refusal
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.models.onlookers import Onlooker
from portal.models.organizations import User
from portal.services import (
    case_bulk,
    case_changes,
    cases,
    conversations,
    customer_cards,
    macros,
    onlookers,
    support_blocks,
)
from portal.services.case_doing import Doing
from portal.services.cases import NewCase
from tests.supported import AT, BASE_URL, a_case, a_supported, an_agent

SECOND = timedelta(seconds=1)


@pytest.fixture
def acme(session):
    return a_supported(session)


def test_of_agents_who_take_a_case_at_once_one_has_it_and_the_others_are_told(session, engine, acme):
    case = a_case(session, acme).id
    agents = [an_agent(session, f"agent{number}@portal.example").id for number in range(4)]
    session.commit()
    told: list[Refusal | None] = []
    together = threading.Barrier(len(agents))

    def take(agent_id):
        together.wait()
        try:
            with writing(engine).begin() as own:
                agent = own.get_one(User, agent_id)
                doing = Doing(by=agent, at=AT, base_url=BASE_URL, as_staff=True)
                case_changes.assign(own, own.get_one(Case, case), agent, doing)
            told.append(None)
        except Refusal as refusal:
            told.append(refusal)

    threads = [threading.Thread(target=take, args=(agent_id,)) for agent_id in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(one) for one in told if one] == [Overtaken] * 3
    session.expire_all()
    assert session.get_one(Case, case).assignee_id in agents
    taken = select(func.count()).select_from(CaseEntry).where(CaseEntry.happening == "assigned")
    assert session.scalar(taken) == 1


def test_who_looks_at_a_case_is_seen_by_the_others_for_a_while(session, acme):
    case, other = a_case(session, acme), an_agent(session, "other@portal.example")
    onlookers.note(session, case.id, other.id, at=AT)
    onlookers.note(session, case.id, other.id, at=AT + SECOND)
    own, at = acme.agent.id, AT + SECOND
    assert onlookers.others(session, case, own, at=at) == [other]
    assert onlookers.others(session, case, other.id, at=at) == []
    assert onlookers.others(session, case, own, at=at + onlookers.LASTS) == []


def test_what_was_looked_at_long_ago_is_forgotten(session, acme):
    first, second = a_case(session, acme), a_case(session, acme)
    onlookers.note(session, first.id, acme.agent.id, at=AT)
    onlookers.note(session, second.id, acme.agent.id, at=AT + timedelta(hours=2))
    assert session.scalars(select(Onlooker.case_id)).all() == [second.id]


def test_a_macro_is_filled_in_once_and_what_stands_in_a_value_stays(session, acme):
    macro = macros.write(session, "Hello", "{requester} on {number} of {organization}", by=acme.agent, at=AT)
    case = a_case(session, acme, subject="{agent}")
    case.requester.name = "{agent}"
    assert macros.filled_in(macro, case, acme.agent) == f"{{agent}} on {case.id} of {acme.organization.name}"


def test_a_name_is_free_again_when_its_macro_is_removed(session, acme):
    macro = macros.write(session, "Hello", "Hello.", by=acme.agent, at=AT)
    with pytest.raises(Refusal, match="already"):
        macros.write(session, " Hello ", "Another.", by=acme.agent, at=AT)
    macros.remove(session, macro, by=acme.agent, at=AT)
    again = macros.write(session, "Hello", "Another.", by=acme.agent, at=AT)
    assert macros.names(session) == [(again.hex_id, "Hello")]
    assert macros.find(session, macro.hex_id) is None


def test_what_is_refused_of_one_case_leaves_it_and_the_others_alone(session, acme):
    open_one, solved = a_case(session, acme), a_case(session, acme)
    case_changes.set_state(session, solved, CaseState.SOLVED, acme.staff(), reason="resolved")
    before = len(conversations.entries(session, solved, for_staff=True))
    change = case_bulk.set_state(session, CaseState.SOLVED, "resolved", acme.staff())
    first, second = case_bulk.each(session, [solved, open_one], change)
    assert (first.case, first.refusal, open_one.state) == (open_one, None, CaseState.SOLVED)
    assert second.refusal == "The state is “Solved” already."
    assert len(conversations.entries(session, solved, for_staff=True)) == before


def test_half_of_a_change_that_is_refused_is_taken_back(session, acme):
    case = a_case(session, acme)

    def change(one):
        conversations.note(session, one, "Half.", acme.staff())
        raise Refusal("No.")

    (outcome,) = case_bulk.each(session, [case], change)
    assert outcome.refusal == "No."
    assert [entry.body for entry in conversations.entries(session, case, for_staff=True)] == ["Since noon."]


def test_a_case_that_staff_open_belongs_to_its_requester_and_nobody_has_answered_it(session, acme):
    wanted = NewCase(subject="She called", description="It is down.", severity="1", requester=acme.owner)
    case = cases.open_case(session, acme.organization, wanted, acme.staff())
    assert (case.requester, case.first_responded_at) == (acme.owner, None)
    (entry,) = conversations.entries(session, case, for_staff=False)
    assert (entry.author, entry.by_staff) == (acme.agent, True)


def test_who_is_kept_from_support_gets_no_case_by_staff_either(session, acme):
    reason = "Shouted at people."
    support_blocks.block(session, acme.organization, reason, by=acme.agent, at=AT, user=acme.owner)
    wanted = NewCase(subject="She called", description="It is down.", severity="1", requester=acme.owner)
    with pytest.raises(Refusal, match=reason):
        cases.open_case(session, acme.organization, wanted, acme.staff())


def test_the_card_of_a_customer_counts_what_is_under_way(session, acme):
    case, solved = a_case(session, acme), a_case(session, acme)
    case_changes.set_state(session, solved, CaseState.SOLVED, acme.staff(), reason="resolved")
    card = customer_cards.of_organization(session, acme.organization, on=AT.date())
    assert card.support.plan
    assert (card.count, list(card.cases), card.support.plan.key) == (1, [case], "pro")
