"""Staff: the contracts and credits of an organization, each with the versions of what was agreed."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.contracts import views
from portal.domain.permissions import StaffRole
from portal.models.organizations import Organization
from portal.services import (
    agreed_versions,
    amendments,
    balances,
    contracts,
    credit_changes,
    credit_rows,
    staff_visits,
)
from portal.services.contracts import Contract
from portal.services.credit_rows import CreditRow
from portal.web import db, htmx
from portal.web.access import staff_only

bp = Blueprint("contracts", __name__, url_prefix="/staff/organizations/<organization_id>")


@bp.get("/contracts")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
def index(organization_id: str) -> ResponseReturnValue:
    """Every contract and all credits that the organization ever had, the oldest first."""
    session, organization = db.session(), found_organization(organization_id)
    agreed = contracts.of_organization(session, organization)
    granted = credit_rows.of_organization(session, organization)
    return htmx.page(
        "contracts/index.html",
        customer=organization,
        catalogue=catalogues.load(organization.catalogue),
        contracts=agreed,
        credits=granted,
        committed=balances.of_commitments(session, [one.subscription.id for one in agreed]),
        drawn=balances.of_credits(session, [one.credit.id for one in granted]),
        state_of=views.state_of(clock.today()),
    )


@bp.get("/contracts/<contract_id>")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
def contract(organization_id: str, contract_id: str) -> ResponseReturnValue:
    """One contract: its terms, what can be done about it, and its versions."""
    session, organization = db.session(), found_organization(organization_id)
    found = found_contract(organization, contract_id)
    balance = balances.of_commitments(session, [found.subscription.id]).get(found.subscription.id)
    versions = agreed_versions.of_contract(session, found)
    return htmx.page(
        "contracts/contract.html",
        customer=organization,
        contract=found,
        catalogue=catalogues.load(organization.catalogue),
        state=views.state_of(clock.today())(found.term),
        facts=views.contract_facts(session, organization, found, balance),
        versions=[(version, views.told(session, version, found.terms.currency)) for version in versions],
        has_begun=found.term.starts_on < clock.today(),
    )


@bp.get("/credits/<credit_id>")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
def credit(organization_id: str, credit_id: str) -> ResponseReturnValue:
    """Credits: what they are, what can be done about them, and the versions of their dates."""
    session, organization = db.session(), found_organization(organization_id)
    row = found_credits(organization, credit_id)
    drawn = balances.of_credits(session, [row.credit.id]).get(row.credit.id)
    versions = agreed_versions.of_credits(session, row)
    return htmx.page(
        "contracts/credit.html",
        customer=organization,
        row=row,
        catalogue=catalogues.load(organization.catalogue),
        state=views.state_of(clock.today())(row.days, voided=row.terms.voided),
        facts=views.credit_facts(row, drawn),
        versions=[(version, views.told(session, version)) for version in versions],
        has_begun=row.days.starts_on < clock.today(),
    )


def found_organization(hex_id: str) -> Organization:
    """The organization with this id, whoever belongs to it."""
    found = staff_visits.find_organization(db.session(), hex_id)
    if found is None:
        abort(404)
    return found


def found_contract(organization: Organization, hex_id: str) -> Contract:
    """The organization's contract with this id."""
    found = amendments.find(db.session(), organization, hex_id)
    if found is None:
        abort(404)
    return found


def found_credits(organization: Organization, hex_id: str) -> CreditRow:
    """The organization's credits with this id."""
    found = credit_changes.find(db.session(), organization, hex_id)
    if found is None:
        abort(404)
    return found
