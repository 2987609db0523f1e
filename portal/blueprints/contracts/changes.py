"""Staff change contracts and credits."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.contracts import desk
from portal.blueprints.contracts.amendment_form import AmendmentForm
from portal.blueprints.contracts.desk import Desk
from portal.blueprints.contracts.forms import (
    CommitmentEndForm,
    EndForm,
    ReinstatementForm,
    StartForm,
    VoidingForm,
)
from portal.blueprints.contracts.routes import bp, found_contract, found_credits, found_organization
from portal.domain.money import USD, decimal_text
from portal.domain.permissions import StaffRole
from portal.models.organizations import Organization
from portal.services import amendments, credit_changes, people
from portal.services.contracts import Contract
from portal.services.credit_rows import CreditRow
from portal.web import db
from portal.web.access import staff_only
from portal.web.idempotency import once
from portal.web.identity import current_user

# The last part of the address → what is done, as title and button, and what to know of it before.
_OF_CONTRACTS = {
    "amendment": (
        "Amend the terms",
        "Amend",
        "Prices and amounts count for every month that is not closed, from its first day on.",
    ),
    "start": (
        "Move the start",
        "Move the start",
        "To any day from today on, while it has not begun. The last day stays.",
    ),
    "end": (
        "Extend or end",
        "Change the last day",
        "A later last day extends it, an earlier one ends it. A month’s share stays; prepayments are not given back.",
    ),
}
_OF_CREDITS = {
    "start": ("Move the start", "Move the start", "To any day from today on, while they have not begun."),
    "end": ("Move the end", "Change the last day", "A later last day extends them, also where they have expired."),
    "voiding": (
        "Void the credits",
        "Void the credits",
        "They cannot be drawn any more. What closed months drew stays drawn. What was paid is not given back.",
    ),
    "reinstatement": ("Take the voiding back", "Take the voiding back", "They can be drawn again, on the same days."),
}
_CREDIT_FORMS = {
    "start": StartForm,
    "end": EndForm,
    "voiding": VoidingForm,
    "reinstatement": ReinstatementForm,
}


@bp.get("/contracts/<contract_id>/<any(amendment, start, end):action>")
@staff_only(StaffRole.SALES)
def review_contract(organization_id: str, contract_id: str, action: str) -> ResponseReturnValue:
    """The form of a change of a contract, and what it would do."""
    return desk.review(_of_contract(organization_id, contract_id, action))


@bp.post("/contracts/<contract_id>/<any(amendment, start, end):action>")
@staff_only(StaffRole.SALES)
@once
def change_contract(organization_id: str, contract_id: str, action: str) -> ResponseReturnValue:
    """Change the contract."""
    return desk.make(_of_contract(organization_id, contract_id, action))


@bp.get("/credits/<credit_id>/<any(start, end, voiding, reinstatement):action>")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
def review_credits(organization_id: str, credit_id: str, action: str) -> ResponseReturnValue:
    """The form of a change of credits, and what it would do."""
    return desk.review(_of_credits(organization_id, credit_id, action))


@bp.post("/credits/<credit_id>/<any(start, end, voiding, reinstatement):action>")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
@once
def change_credits(organization_id: str, credit_id: str, action: str) -> ResponseReturnValue:
    """Change the credits."""
    return desk.make(_of_credits(organization_id, credit_id, action))


def _of_contract(organization_id: str, contract_id: str, action: str) -> Desk:
    organization = found_organization(organization_id)
    contract = found_contract(organization, contract_id)
    form = _contract_form(organization, contract, action)
    title, button, note = _OF_CONTRACTS[action]
    kind = catalogues.load(organization.catalogue).subscription_types[contract.subscription.type]
    return Desk(
        organization=organization,
        form=form,
        title=title,
        of=f"{kind.name} of {organization.name}",
        note=note,
        back=url_for(".contract", organization_id=organization_id, contract_id=contract_id),
        preview=lambda: amendments.preview(db.session(), organization, contract, form.amendment(), on=clock.today()),
        make=lambda: amendments.amend(
            db.session(),
            organization,
            contract,
            form.amendment(),
            seen=form.seen,
            reason=form.why,
            at=clock.now(),
            by=current_user(),
        ),
        button=button,
        is_danger=action == "end",
    )


def _of_credits(organization_id: str, credit_id: str, action: str) -> Desk:
    organization = found_organization(organization_id)
    row = found_credits(organization, credit_id)
    form = _CREDIT_FORMS[action](entered=_dates_of(row))
    title, button, note = _OF_CREDITS[action]
    return Desk(
        organization=organization,
        form=form,
        title=title,
        of=f"Credits of {organization.name}",
        note=note,
        back=url_for(".credit", organization_id=organization_id, credit_id=credit_id),
        preview=lambda: credit_changes.preview(db.session(), organization, row, form.change(), on=clock.today()),
        make=lambda: credit_changes.make(
            db.session(),
            organization,
            row,
            form.change(),
            seen=form.seen,
            reason=form.why,
            at=clock.now(),
            by=current_user(),
        ),
        button=button,
        is_danger=action == "voiding",
    )


def _contract_form(organization: Organization, contract: Contract, action: str) -> AmendmentForm | StartForm | EndForm:
    held = _terms_of(contract)
    if action == "start":
        return StartForm(entered=held)
    if action == "end":
        return CommitmentEndForm(entered=held) if amendments.has_pool(contract) else EndForm(entered=held)
    form = AmendmentForm(entered=held)
    session = db.session()
    sellers = {user.id: user for user in people.staff_with(session, StaffRole.SALES)}
    if (key := contract.terms.sales_representative_id) and (known := people.find_user(session, key)):
        sellers[key] = known
    form.offer(contract, catalogues.load(organization.catalogue), sellers)
    return form


def _terms_of(contract: Contract) -> dict[str, object]:
    """What the forms are filled in with."""
    terms = contract.terms
    held: dict[str, object] = {name: getattr(terms, name) for name in ("elastic", "pay_now_allowed")}
    held |= {name: getattr(terms, name) or "" for name in ("support_plan", "billing_contact", "purchase_order")}
    held |= {name: format(getattr(terms, name), "f") for name in ("unit_price", "elastic_unit_price")}
    return held | {
        "version": terms.version,
        "starts_on": terms.starts_on,
        "last_on": contract.term.last_on,
        "commitment": decimal_text(terms.commitment_cents, USD) if terms.commitment_cents else "",
        "sales_representative": str(terms.sales_representative_id or ""),
    }


def _dates_of(row: CreditRow) -> dict[str, object]:
    return {"version": row.terms.version, "starts_on": row.days.starts_on, "last_on": row.days.last_on}
