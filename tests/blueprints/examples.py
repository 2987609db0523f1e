"""What stands for the variables in the addresses of routes, so that the walk over all of them opens real pages."""

# Whoever adds a route with a new variable adds a line: how to find, or make, such a thing in an organization.

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.models.billing_groups import BillingGroup
from portal.models.documents import TaxInvoice
from portal.models.invoices import Invoice
from tests import customers
from tests.mails import a_refused_mail, in_mailbox
from tests.teams import a_team, a_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from tests.world import World


def _invoice(session: Session, world: World, slug: str) -> Invoice:
    """The organization's one closed month, which nothing pays for."""
    organization = world.organizations[slug]
    found = session.scalar(select(Invoice).where(Invoice.organization_id == organization.id))
    if found:
        return found
    group = session.scalars(select(BillingGroup).where(BillingGroup.organization_id == organization.id)).one()
    customer = customers.Customer(organization, group, world.projects[slug][0])
    customers.live_at(session, customer)
    customers.use(session, customer, date(2024, 1, 10), "100")
    return customers.close(session, customer, "2024-01")[0]


def _tax_number(session: Session, world: World, slug: str) -> str:
    invoice = _invoice(session, world, slug)
    query = select(TaxInvoice.number).where(TaxInvoice.organization_id == invoice.organization_id)
    return session.scalars(query).one()


# (session, world, slug of the organization) → the value; made once for each organization, and committed.
EXAMPLES: dict[str, Callable[[Session, World, str], object]] = {
    "slug": lambda _session, _world, slug: slug,
    "project": lambda _session, world, slug: world.projects[slug][0].hex_id,
    "organization_id": lambda _session, world, slug: world.organizations[slug].hex_id,
    "number": lambda session, world, slug: _invoice(session, world, slug).number,
    "position": lambda _session, _world, _slug: 1,
    "tax_number": _tax_number,
    "catalogue": lambda _session, world, slug: world.organizations[slug].catalogue,
    # Of nobody: to end it changes nothing, for whoever asks.
    "session_id": lambda _session, _world, _slug: "0" * 24,
    "person_id": lambda _session, world, _slug: world.people[0].user_id,
    "delivery_id": lambda session, _world, slug: a_refused_mail(session, f"bob@{slug}.example"),
    "entry_id": lambda session, _world, _slug: in_mailbox(session),
    "month": lambda _session, _world, _slug: "2024-01",
    "unit": lambda session, world, slug: a_unit(session, world, slug).hex_id,
    "team": lambda session, world, slug: a_team(session, world, slug).hex_id,
    "filename": lambda _session, _world, _slug: "mark.svg",
}
