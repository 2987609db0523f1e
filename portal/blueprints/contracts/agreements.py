"""Staff upload the signed agreement of a contract."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField

from portal import catalogues, clock
from portal.blueprints.contracts.routes import bp, found_contract, found_organization
from portal.domain import pdf_files
from portal.domain.errors import Refusal
from portal.domain.permissions import StaffRole
from portal.services import agreements, contract_papers
from portal.web import db, files, htmx
from portal.web.access import staff_only
from portal.web.fields import Form
from portal.web.idempotency import once
from portal.web.identity import current_user

PAGE = "contracts/agreement.html"
# What is a little too large comes in, to be refused beside its field.
_MOST_RECEIVED = 4 * pdf_files.MOST_BYTES


class AgreementForm(Form):
    """A PDF."""

    file = FileField("Agreement")


@bp.url_value_preprocessor
def _receive_more(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    if endpoint == f"{bp.name}.{upload_agreement.__name__}":
        request.max_content_length = _MOST_RECEIVED


@bp.get("/contracts/<contract_id>/agreement")
@staff_only(StaffRole.SALES)
def agreement(organization_id: str, contract_id: str) -> ResponseReturnValue:
    """The form, and the agreements that were uploaded before."""
    return htmx.page(PAGE, None, **_drawn(organization_id, contract_id, AgreementForm()))


@bp.post("/contracts/<contract_id>/agreement")
@staff_only(StaffRole.SALES)
@once
def upload_agreement(organization_id: str, contract_id: str) -> ResponseReturnValue:
    """Keep the file as the contract's agreement."""
    contract = found_contract(found_organization(organization_id), contract_id)
    form, file = AgreementForm(), request.files.get("file")
    content = file.read() if file else b""
    try:
        kept = agreements.upload(
            db.session(),
            files.store(),
            contract,
            name=(file and file.filename) or "",
            content=content,
            at=clock.now(),
            by=current_user(),
        )
    except Refusal as refusal:
        form.file.errors = [str(refusal)]
        return htmx.refused(PAGE, **_drawn(organization_id, contract_id, form))
    flash(f"{kept.name} is the agreement of this contract.")
    return redirect(url_for(".agreement", organization_id=organization_id, contract_id=contract_id), 303)


def _drawn(organization_id: str, contract_id: str, form: AgreementForm) -> dict[str, Any]:
    organization = found_organization(organization_id)
    contract = found_contract(organization, contract_id)
    key = contract.subscription.id
    return {
        "form": form,
        "customer": organization,
        "contract": contract,
        "kind": catalogues.load(organization.catalogue).subscription_types[contract.subscription.type],
        "papers": contract_papers.of_subscriptions(db.session(), [key])[key],
    }
