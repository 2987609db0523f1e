"""What stands for the variables in the addresses of routes, so that the walk over all of them opens real pages."""

# Whoever adds a route with a new variable adds a line: how to find, or make, such a thing in an organization.

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import catalogues, clock
from portal.domain import membership
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.domain.permissions import Grants
from portal.domain.tier_requests import TierState
from portal.models.billing_groups import BillingGroup
from portal.models.credit_rows import CreditKind
from portal.models.documents import TaxInvoice
from portal.models.invoices import Invoice
from portal.models.links import Link
from portal.models.organizations import Membership, Organization, User
from portal.models.support_choices import TierRequest
from portal.services import (
    account_teams,
    billing_profiles,
    credit_rows,
    finance_requests,
    invitations,
    leads,
    organizations,
    support_blocks,
    tier_turns,
)
from portal.services.credit_rows import Grant
from portal.services.finance_requests import NewContact
from portal.services.leads import Question
from tests import customers
from tests.case_examples import a_case_of, a_file_of_a_case, a_view_of, somebody_on_cc
from tests.chats import a_chat_id, an_incident_id
from tests.codes import sell
from tests.desk_examples import a_macro, a_quarantined_mail, an_answer_from_outside, an_assessed_severity
from tests.mails import a_refused_mail, in_mailbox
from tests.members import mailed_token, sender
from tests.papers import an_agreement, an_order_form
from tests.teams import a_team, a_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from portal.models.invitations import Invitation
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


def _owner(session: Session, world: World, slug: str) -> Membership:
    """Who is the last that must remain: nobody else can change them, and they cannot remove themselves."""
    user_id = next(one.user_id for one in world.people if one.slug == slug)
    return session.scalars(select(Membership).where(Membership.user_id == user_id)).one()


def _invitation(session: Session, world: World, slug: str, address: str) -> Invitation:
    by = session.get_one(User, _owner(session, world, slug).user_id)
    offer = Grants(membership.remaining_roles(catalogues.load(world.organizations[slug].catalogue).roles))
    organization = session.get_one(Organization, world.organizations[slug].id)
    return invitations.invite(session, sender(organization, by), [address], offer=offer, at=clock.now())[0]


def _code(session: Session, world: World, slug: str) -> str:
    """Of an activation code that can be applied; other vendors sell none, and so have none."""
    organization = session.get_one(Organization, world.organizations[slug].id)
    customer = customers.Customer(
        organization, billing_profiles.own_group(session, organization), world.projects[slug][0]
    )
    if organization.catalogue != "atlas":
        return "0" * 24
    return sell(session, customer, on=clock.today())[0].hex_id


def _lead(session: Session, world: World, slug: str) -> str:
    organization = session.get_one(Organization, world.organizations[slug].id)
    by, question = session.get_one(User, _owner(session, world, slug).user_id), Question(message="Call us.")
    return leads.ask(session, organization, question, by=by, at=clock.now(), base_url="http://localhost").hex_id


def _token(session: Session, world: World, slug: str) -> str:
    """Of an invitation of somebody without an account."""
    address = f"token@{slug}.example"
    _invitation(session, world, slug, address)
    return mailed_token(session, address)


def _customer(session: Session, world: World, slug: str) -> customers.Customer:
    """The organization with its own billing group."""
    organization = session.get_one(Organization, world.organizations[slug].id)
    return customers.Customer(organization, billing_profiles.own_group(session, organization), world.projects[slug][0])


def _contract_id(session: Session, world: World, slug: str) -> str:
    """Of an elastic contract, where the vendor sells one; else of none."""
    if not catalogues.load(world.organizations[slug].catalogue).subscription_types:
        return "0" * 24
    return customers.go_elastic(session, _customer(session, world, slug), clock.today()).hex_id


def _credit_id(session: Session, world: World, slug: str) -> str:
    customer = _customer(session, world, slug)
    days = Days(clock.today(), date(2999, 1, 1))
    wanted = Grant(kind=CreditKind.PROMOTIONAL, total=Money(100_00, USD), days=days)
    return credit_rows.grant(session, customer.organization, customer.group, wanted, at=clock.now()).hex_id


def _request_id(session: Session, world: World, slug: str) -> str:
    """Of a request for another billing contact."""
    customer = _customer(session, world, slug)
    if billing_profiles.own_profile(session, customer.organization) is None:
        customers.live_at(session, customer)
    contact = NewContact(name="Cleo", email=f"cleo@{slug}.example")
    by = session.get_one(User, _owner(session, world, slug).user_id)
    return finance_requests.ask_for_contact(
        session, customer.organization, contact, reason="Alma left", at=clock.now(), by=by
    ).hex_id


def _link_id(session: Session, world: World, slug: str) -> str:
    """Of a link to an organization that nobody of the world is in."""
    payer = world.organizations[slug]
    linked = organizations.create_organization(
        session, f"of-{slug}", name=f"Of {slug}", catalogue=payer.catalogue, at=clock.now()
    )
    link = Link(payer_id=payer.id, linked_id=linked.id, linked_at=clock.now())
    session.add(link)
    session.flush()
    return link.hex_id


def _agreement(session: Session, world: World, slug: str) -> str:
    by = session.get_one(User, _owner(session, world, slug).user_id)
    return an_agreement(session, _customer(session, world, slug).organization, by)


def _team_member_id(session: Session, world: World, slug: str) -> str:
    by, organization = session.get_one(User, _owner(session, world, slug).user_id), _customer(session, world, slug)
    return account_teams.add(
        session, organization.organization, name="Ida", works_as="Sales", email="ida@x.example", by=by, at=clock.now()
    ).hex_id


def _block_id(session: Session, world: World, slug: str) -> str:
    """Of a member who cannot sign in, so that nobody whom a walk meets is kept from support."""
    organization = _customer(session, world, slug).organization
    by = session.get_one(User, _owner(session, world, slug).user_id)
    user = session.get_one(User, next(one.user_id for one in world.deactivated if one.slug == slug))
    return support_blocks.block(session, organization, "Insults in tickets.", by=by, at=clock.now(), user=user).hex_id


def _plan(_session: Session, world: World, slug: str) -> str:
    """A plan that can be chosen, or asked for."""
    catalogue = catalogues.load(world.organizations[slug].catalogue)
    return list(catalogue.pricing_plans or catalogue.support_plans)[1]


def _tier_request_id(session: Session, world: World, slug: str) -> str:
    """Of a request that nobody has looked at."""
    customer, today = _customer(session, world, slug), clock.today()
    request = TierRequest(
        organization_id=customer.organization.id,
        tier=_plan(session, world, slug),
        start_on=today.replace(day=1),
        billing_group_id=customer.group.id,
        expected_from_on=today,
        expected_to_on=today,
        asked_at=clock.now(),
    )
    session.add(request)
    session.flush()
    tier_turns.add(session, request, TierState.SUBMITTED, number=1, at=clock.now(), by=None)
    return request.hex_id


# (session, world, slug of the organization) → the value; made once for each organization, and committed.
EXAMPLES: dict[str, Callable[[Session, World, str], object]] = {
    "slug": lambda _session, _world, slug: slug,
    "project": lambda _session, world, slug: world.projects[slug][0].hex_id,
    "organization_id": lambda _session, world, slug: world.organizations[slug].hex_id,
    "number": lambda session, world, slug: _invoice(session, world, slug).number,
    "position": lambda _session, _world, _slug: 1,
    "tax_number": _tax_number,
    "form_number": lambda session, world, slug: an_order_form(session, _customer(session, world, slug).organization),
    "agreement_id": _agreement,
    "catalogue": lambda _session, world, slug: world.organizations[slug].catalogue,
    # Of nobody: to end it changes nothing, for whoever asks.
    "session_id": lambda _session, _world, _slug: "0" * 24,
    "person_id": lambda _session, world, _slug: world.people[0].user_id,
    "delivery_id": lambda session, _world, slug: a_refused_mail(session, f"bob@{slug}.example"),
    "entry_id": lambda session, _world, _slug: in_mailbox(session),
    "month": lambda _session, _world, _slug: "2024-01",
    "member_id": lambda session, world, slug: _owner(session, world, slug).id,
    "invitation_id": lambda session, world, slug: _invitation(session, world, slug, f"to@{slug}.example").hex_id,
    "token": _token,
    # Of nobody: whoever asks is told that it is not theirs.
    "membership_id": lambda _session, _world, _slug: 10**9,
    "unit": lambda session, world, slug: a_unit(session, world, slug).hex_id,
    "team": lambda session, world, slug: a_team(session, world, slug).hex_id,
    "code_id": _code,
    "contract_id": _contract_id,
    "credit_id": _credit_id,
    "request_id": _request_id,
    "action": lambda _session, _world, _slug: "end",
    "lead_id": _lead,
    "link_id": _link_id,
    "team_member_id": _team_member_id,
    "block_id": _block_id,
    "plan": _plan,
    "tier_request_id": _tier_request_id,
    "version": lambda _session, world, slug: catalogues.load_policies(world.organizations[slug].catalogue)[0].version,
    "chat_id": a_chat_id,
    "incident_id": an_incident_id,
    "resource": lambda _session, _world, _slug: "connection-errors",
    "case_number": lambda session, world, slug: a_case_of(session, world, slug).id,
    "view_id": lambda session, world, slug: a_view_of(session, world, slug).hex_id,
    "participant_id": lambda session, world, slug: somebody_on_cc(session, world, slug).id,
    "file_id": lambda session, world, slug: a_file_of_a_case(session, world, slug).hex_id,
    "mail_id": lambda session, world, slug: a_quarantined_mail(session, world, slug).hex_id,
    "macro_id": lambda session, world, slug: a_macro(session, world, slug).hex_id,
    "case_entry_id": lambda session, world, slug: an_answer_from_outside(session, world, slug).hex_id,
    "change_id": lambda session, world, slug: an_assessed_severity(session, world, slug).hex_id,
    "name": lambda _session, _world, _slug: "mongod.log",
    "filename": lambda _session, _world, _slug: "mark.svg",
}
