"""Staff: the activation codes of an organization, taking one back and sending another."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.codes.selling import found_organization, seller_to, staff_bp
from portal.domain.activation_codes import CodeState
from portal.domain.permissions import StaffRole
from portal.models.activation_codes import ActivationCode
from portal.models.organizations import Organization
from portal.services import activation_codes, people
from portal.web import contract_terms, db, htmx
from portal.web.access import staff_only
from portal.web.fields import Form, text_field
from portal.web.idempotency import once
from portal.web.identity import current_user
from portal.web.paging import PAGE_SIZE, place_before

LIST, CODE = "codes/issued.html", "codes/issued_code.html"
# Text, tone and icon: the arguments of the macro `badge`.
STATES = {
    CodeState.ISSUED: ("Issued", "info", "send"),
    CodeState.REDEEMED: ("Applied", "ok", "circle-check"),
    CodeState.EXPIRED: ("Expired", "warn", "clock"),
    CodeState.VOID: ("Taken back", "", "circle-minus"),
}


class VoidForm(Form):
    """Why a code is taken back."""

    reason = text_field("Reason", required="Enter why the code is taken back.", longest=500)


@staff_bp.get("/codes")
@staff_only(StaffRole.SALES)
def index(organization_id: str) -> ResponseReturnValue:
    """Every code of the organization, the newest first."""
    organization, start = found_organization(organization_id), place_before()
    catalogue = catalogues.load(organization.catalogue)
    # One more than fits says whether there is another page.
    found = activation_codes.of_organization(db.session(), organization, before=start, limit=PAGE_SIZE + 1)
    return htmx.page(
        LIST,
        sold_to=organization,
        codes=found[:PAGE_SIZE],
        start=start,
        older=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
        today=clock.today(),
        types=catalogue.subscription_types,
        title=catalogue.title,
        STATES=STATES,
    )


@staff_bp.get("/codes/<code_id>")
@staff_only(StaffRole.SALES)
def code(organization_id: str, code_id: str) -> ResponseReturnValue:
    """What was sold, what became of the code, and what can be done about it."""
    organization = found_organization(organization_id)
    return htmx.page(CODE, form=VoidForm(), **_context(organization, _found(organization, code_id)))


@staff_bp.post("/codes/<code_id>/voiding")
@staff_only(StaffRole.SALES)
@once
def void_code(organization_id: str, code_id: str) -> ResponseReturnValue:
    """Take it back, for a reason that is kept."""
    organization, form = found_organization(organization_id), VoidForm()
    if not form.validate():
        return htmx.refused(CODE, form=form, refused=True, **_context(organization, _found(organization, code_id)))
    reason = form.reason.data or ""
    activation_codes.void(db.session(), organization, code_id, by=current_user(), reason=reason, at=clock.now())
    flash("The code is taken back. It can no longer be applied.")
    return redirect(url_for(".code", organization_id=organization_id, code_id=code_id), 303)


@staff_bp.post("/codes/<code_id>/replacement")
@staff_only(StaffRole.SALES)
@once
def replace_code(organization_id: str, code_id: str) -> ResponseReturnValue:
    """Mail another code for the same terms; this one can no longer be applied."""
    organization = found_organization(organization_id)
    new = activation_codes.send_again(db.session(), seller_to(organization), code_id, at=clock.now())
    flash(f"A new code is on its way to {new.sent_to}. The old one no longer works.")
    return redirect(url_for(".index", organization_id=organization_id), 303)


def _found(organization: Organization, code_id: str) -> ActivationCode:
    found = activation_codes.find(db.session(), organization, code_id)
    if found is None:
        abort(404)
    return found


def _context(organization: Organization, found: ActivationCode) -> dict[str, Any]:
    today, catalogue = clock.today(), catalogues.load(organization.catalogue)
    # One that was applied began on that day, whatever day it is now.
    terms = activation_codes.terms_of(found, applied_on=found.redeemed_at.date() if found.redeemed_at else today)
    representative = people.find_name(db.session(), terms.sales_representative_id)
    return {
        "sold_to": organization,
        "code": found,
        "state": found.state(today),
        "terms": terms,
        "name": catalogue.subscription_types[terms.type].name,
        "rows": contract_terms.agreed_rows(terms, catalogue, representative=representative),
        "claims": contract_terms.claim_rows(terms),
        "STATES": STATES,
        "CodeState": CodeState,
    }
