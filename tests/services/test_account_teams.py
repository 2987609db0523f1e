"""The account team: who is in it, who was, and what the organization reads of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal.domain.errors import AlreadyDone, Refusal
from portal.models.account_teams import AccountTeamMember
from portal.models.history import Activity
from portal.services import account_teams
from tests.builders import an_organization
from tests.members import AT, a_user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.organizations import Organization


def put(
    session: Session, organization: Organization, name: str = "Ida", email: str = "ida@portal.example"
) -> AccountTeamMember:
    by = a_user(session, f"Sales {name}", domain="portal.example")
    return account_teams.add(session, organization, name=name, works_as="Account executive", email=email, by=by, at=AT)


def test_a_team_is_those_who_are_in_it_now_in_the_order_in_which_they_came(session: Session) -> None:
    acme, beta = an_organization(session, "acme"), an_organization(session, "beta")
    ida, ole = put(session, acme), put(session, acme, "Ole", "ole@portal.example")
    put(session, beta, "Una", "una@portal.example")
    assert [one.name for one in account_teams.of(session, acme)] == ["Ida", "Ole"]
    account_teams.remove(session, acme, ida, by=a_user(session, "Boss", domain="portal.example"), at=AT)
    assert account_teams.of(session, acme) == [ole]
    assert session.scalar(select(func.count()).select_from(AccountTeamMember)) == 3, "who leaves keeps the row"


def test_the_organization_reads_of_it(session: Session) -> None:
    acme = an_organization(session, "acme")
    put(session, acme)
    session.flush()
    (text,) = session.scalars(select(Activity.text).where(Activity.type == "ACCOUNT_TEAM_CHANGED"))
    assert text == "Account team was changed. Ida (Account executive) looks after the organization"


def test_nobody_is_in_it_twice_and_who_left_may_come_back(session: Session) -> None:
    acme = an_organization(session, "acme")
    ida = put(session, acme)
    with pytest.raises(AlreadyDone):
        put(session, acme, "Another Ida", "IDA@portal.example")
    by = a_user(session, "Boss", domain="portal.example")
    account_teams.remove(session, acme, ida, by=by, at=AT)
    account_teams.remove(session, acme, ida, by=by, at=AT)
    put(session, acme, "Ida again")
    assert len(account_teams.of(session, acme)) == 1


def test_what_is_no_address_is_refused(session: Session) -> None:
    with pytest.raises(Refusal, match="Enter an e-mail address"):
        put(session, an_organization(session, "acme"), email="ida@portal.example\nBcc: all@portal.example")


def test_nobody_is_found_in_another_organization(session: Session) -> None:
    acme, beta = an_organization(session, "acme"), an_organization(session, "beta")
    ida = put(session, acme)
    assert account_teams.find(session, acme, ida.hex_id) is ida
    assert account_teams.find(session, beta, ida.hex_id) is None


def test_a_team_has_an_end(session: Session) -> None:
    acme = an_organization(session, "acme")
    for number in range(account_teams.MOST):
        put(session, acme, f"No. {number}", f"no{number}@portal.example")
    with pytest.raises(Refusal, match="at most 20 people"):
        put(session, acme, "One more", "more@portal.example")
