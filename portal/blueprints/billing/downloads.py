"""Files of billing: every kind of PDF as it was archived or uploaded, and the usage of an invoice as CSV."""

from __future__ import annotations

import hashlib

from flask import Response, abort, make_response, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal.blueprints.billing.routes import bp
from portal.domain.looks import Look
from portal.domain.permissions import Action
from portal.models.documents import DocumentKind
from portal.services import agreements, invoice_csv, invoices, rendering
from portal.web import db, files, htmx, work
from portal.web.access import current_catalogue, current_organization, requires

# A short document is drawn within this, where a worker is free.
_TRY_AGAIN_SECONDS = 5


@bp.get("/invoices/<number>/cloud-invoice.pdf")
@requires(Action.VIEW_BILLING)
def cloud_invoice_pdf(number: str) -> ResponseReturnValue:
    """The cloud invoice; the same bytes each time."""
    return _pdf(DocumentKind.CLOUD_INVOICE, number)


@bp.get("/tax-invoices/<tax_number>/tax-invoice.pdf")
@requires(Action.VIEW_BILLING)
def tax_invoice_pdf(tax_number: str) -> ResponseReturnValue:
    """The tax invoice of one payment; the same bytes each time."""
    return _pdf(DocumentKind.TAX_INVOICE, tax_number)


@bp.get("/order-forms/<form_number>/order-form.pdf")
@requires(Action.VIEW_BILLING)
def order_form_pdf(form_number: str) -> ResponseReturnValue:
    """The order form of a contract; the same bytes each time."""
    return _pdf(DocumentKind.ORDER_FORM, form_number)


@bp.get("/agreements/<agreement_id>/agreement.pdf")
@requires(Action.VIEW_BILLING)
def agreement_pdf(agreement_id: str) -> ResponseReturnValue:
    """The signed agreement of a contract, as it was uploaded."""
    found = agreements.find(db.session(), current_organization(), agreement_id)
    if found is None:
        abort(404)
    content = agreements.content_of(files.store(), found.sha256)
    response = _attachment(Response(content, mimetype="application/pdf"), f"agreement-{found.version}.pdf")
    # Somebody else made this file: should a browser show it, it runs nothing and loads nothing.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@bp.get("/invoices/<number>/usage.csv")
@requires(Action.VIEW_BILLING)
def usage_csv(number: str) -> ResponseReturnValue:
    """Every line of the invoice, and a negative row for what credits covered."""
    session, organization = db.session(), current_organization()
    invoice = invoices.find_invoice(session, organization, number)
    if invoice is None:
        abort(404)
    source = invoice_csv.source_of(organization, invoice, current_catalogue().payment_labels)
    return _attachment(
        Response(stream_with_context(invoice_csv.pieces(session, source)), mimetype="text/csv"), f"{number}.csv"
    )


def _pdf(kind: DocumentKind, number: str) -> ResponseReturnValue:
    session = db.session()
    document = invoices.find_document(session, current_organization(), kind, number)
    if document is None:
        abort(404)
    try:
        content = rendering.pdf_of(session, files.archive(), document)
    except rendering.NotMadeError:
        return _being_made(document.number)
    response = _attachment(Response(content, mimetype="application/pdf"), f"{document.number}.pdf")
    response.set_etag(hashlib.sha256(content).hexdigest())
    response.make_conditional(request)
    return response


def _being_made(number: str) -> Response:
    """A page instead of the file. Workers draw, bounded in time and memory: no request waits for a long document."""
    work.ask({Look.DOCUMENTS})
    page = htmx.page("billing/being_made.html", number=number)
    return make_response(page, 503, {"Retry-After": str(_TRY_AGAIN_SECONDS)})


def _attachment(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
