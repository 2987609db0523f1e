"""Visits of staff: who is in, until when, and what the file of staff's roles may not say."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import catalogues
from portal.database import writing
from portal.domain.catalogue_reading.staff import NEVER_FOR_STAFF, parse_staff_roles
from portal.domain.errors import Malformed, Refusal
from portal.domain.permissions import Action, StaffRole
from portal.models.history import Activity, StaffVisit
from portal.models.organizations import Organization, User
from portal.services import people, staff_visits
from tests.builders import an_organization
from tests.members import AT, a_user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

REASON = "asked for by phone"
MINUTE = timedelta(minutes=1)
# Long enough for a thread that nobody holds up, short enough to wait for one that is held up.
MOMENT_SECONDS = 0.4
PATIENCE_SECONDS = 10


@pytest.fixture
def agent(session: Session) -> User:
    user = a_user(session, "Agent", domain="portal.example")
    people.grant_staff_role(session, user, StaffRole.SUPPORT)
    return user


def test_a_visit_is_open_for_an_hour_and_not_before(session, agent):
    visit = staff_visits.enter(session, an_organization(session), by=agent, reason=REASON, at=AT)
    is_open = {
        minutes: staff_visits.find_open(session, agent.id, slug="acme", at=AT + minutes * MINUTE) == visit
        for minutes in (-1, 0, 59, 60, 61)
    }
    assert is_open == {-1: False, 0: True, 59: True, 60: False, 61: False}


def test_who_enters_again_leaves_first(session, agent):
    acme = an_organization(session)
    for minutes in (0, 5):
        staff_visits.enter(session, acme, by=agent, reason=REASON, at=AT + minutes * MINUTE)
    first, second = session.scalars(select(StaffVisit).order_by(StaffVisit.id))
    assert (first.left_at, second.left_at) == (AT + 5 * MINUTE, None)
    entered, left, again = session.scalars(select(Activity.text).order_by(Activity.id))
    assert entered == "Staff entered the organization. Agent (support), until 01:00 UTC: asked for by phone"
    assert left == "Staff left the organization. Agent"
    assert again.endswith("until 01:05 UTC: asked for by phone")


def test_leaving_is_of_one_organization_and_happens_once(session, agent):
    acme, other = an_organization(session), an_organization(session, "other")
    for organization in (acme, other):
        staff_visits.enter(session, organization, by=agent, reason=REASON, at=AT)
    for _ in range(2):
        staff_visits.leave(session, acme, by=agent, at=AT + MINUTE)
    assert staff_visits.find_open(session, agent.id, slug="acme", at=AT + MINUTE) is None
    assert staff_visits.find_open(session, agent.id, slug="other", at=AT + MINUTE)
    assert len(session.scalars(select(Activity).where(Activity.type == "STAFF_LEFT")).all()) == 1


@pytest.mark.parametrize("reason", ["", " " * 20, "see  ", "123456789"])
def test_a_reason_has_ten_characters(session, agent, reason):
    acme = an_organization(session)
    with pytest.raises(Refusal, match="at least 10 characters"):
        staff_visits.enter(session, acme, by=agent, reason=reason, at=AT)
    assert session.scalars(select(StaffVisit)).all() == []


@pytest.mark.parametrize("action", sorted(NEVER_FOR_STAFF))
def test_what_is_the_customers_alone_cannot_be_granted_to_staff(action: Action) -> None:
    key = "all_projects" if action.in_project else "organization"
    role = {"name": "Staff", "description": "Looks."}
    table = {"origin": "demo", "staff_roles": {str(one): role | {key: [str(action)]} for one in StaffRole}}
    with pytest.raises(Malformed, match=key):
        parse_staff_roles(table, "staff.toml")


def test_every_staff_role_may_look_at_an_organization_and_none_pays_for_it():
    roles = catalogues.load_staff_roles().organization.values()
    assert len(roles) == len(StaffRole)
    assert all(Action.VIEW_ORGANIZATION in role.organization for role in roles)
    assert not any(
        {Action.PAY_INVOICE, Action.BUY_CONSULTING, Action.CHANGE_SUPPORT_PLAN} & role.organization for role in roles
    )


def test_of_two_visits_that_begin_at_once_one_is_open(engine, session, agent):
    acme = an_organization(session)
    session.commit()
    staff_visits.enter(session, acme, by=agent, reason=REASON, at=AT)

    def enter_too():
        with writing(engine).begin() as other:
            by, organization = other.get_one(User, agent_id), other.get_one(Organization, acme_id)
            staff_visits.enter(other, organization, by=by, reason=REASON, at=AT + MINUTE)

    agent_id, acme_id = agent.id, acme.id
    thread = threading.Thread(target=enter_too)
    thread.start()
    thread.join(MOMENT_SECONDS)
    assert thread.is_alive(), "it did not wait"
    session.commit()
    thread.join(PATIENCE_SECONDS)
    assert session.scalars(select(StaffVisit.began_at).where(StaffVisit.left_at.is_(None))).all() == [AT + MINUTE]
