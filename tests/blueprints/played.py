"""Customers who are played over HTTP on the days of the specification: the clock goes where the player says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal import catalogues, clock
from portal.domain.periods import Month
from portal.domain.permissions import Grants
from portal.models.invoices import Invoice
from portal.models.organizations import Organization
from portal.services import closing, months, organizations, people
from tests import customers
from tests.blueprints.casework import signed_in, writing
from tests.supported import a_person

if TYPE_CHECKING:
    import pytest
    from flask import Flask

OWNER = "owner@played.example"


@dataclass
class Game:
    """One portal, its clock, and as many customers as are asked for; one person owns them all."""

    app: Flask
    at: datetime = field(default_factory=lambda: datetime(2024, 1, 1, tzinfo=UTC))
    visitors: dict[str, Any] = field(default_factory=dict)

    def go(self, when: str) -> None:
        """It is this UTC instant now; sessions of another day are over."""
        self.at = datetime.fromisoformat(when).replace(tzinfo=UTC)
        self.visitors.clear()

    def visitor(self, email: str = OWNER) -> Any:
        """A browser of the person, of today."""
        if email not in self.visitors:
            self.visitors[email] = signed_in(self.app, email)
        return self.visitors[email]

    def customer(self, slug: str) -> customers.Customer:
        """An organization of atlas since 2024 that pays by card."""
        with writing(self.app) as session:
            made = customers.a_customer(session, slug, country="US", region="NY")
            owner = people.find_user_by_email(session, OWNER)
            grants = Grants(frozenset({"ORG_OWNER"}))
            if owner is None:
                a_person(session, made.organization, OWNER, grants)
            else:
                organizations.add_member(
                    session,
                    made.organization,
                    owner,
                    roles=catalogues.load("atlas").roles,
                    at=self.at,
                    organization_roles=["ORG_OWNER"],
                    project_roles={},
                )
            return made

    def page(self, slug: str, path: str = "", **more: Any) -> Any:
        """A page below the support page of the customer."""
        return self.visitor().get(f"/orgs/{slug}/support{path}", **more)

    def plan(self, slug: str) -> str:
        """The plan that the support page calls the current one."""
        return str(self.page(slug).soup.find(id="plan").text.strip())

    def confirms(self, slug: str, path: str, **entered: str) -> tuple[str, str]:
        """Look at the costs and confirm them: what was shown before, and the support page afterwards."""
        review = self.page(slug, path)
        answer = review.submit(**entered)
        assert answer.status == 303, answer.text
        return review.text, answer.follow().text

    def bill(self, slug: str, month: str) -> Any:
        """The page of the customer's invoice of the month; it and all before are closed on the first day after it."""
        last = Month.parse(month)
        self.go(f"{last.ends_before}T06:00")
        with writing(self.app) as session:
            organization = session.scalars(select(Organization).where(Organization.slug == slug)).one()
            while (period := months.next_to_close(session, organization)) <= last:
                closing.close_month(session, organization, period, at=self.at)
            number = session.scalars(
                select(Invoice.number).where(
                    Invoice.organization_id == organization.id, Invoice.period_on == last.first_on
                )
            ).one()
        return self.visitor().get(f"/orgs/{slug}/billing/invoices/{number}")


def begin(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Game:
    """A portal without customers, on New Year's Day of 2024."""
    game = Game(app)
    monkeypatch.setattr(clock, "now", lambda: game.at)
    return game


def due(page: Any) -> str:
    """What an invoice says is to be paid for the month."""
    return str(page.text.partition("Amount due ")[2].split()[0])
