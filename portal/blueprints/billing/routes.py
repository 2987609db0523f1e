"""The pages of billing: overview, list of invoices, one invoice, the pending one, one payment."""

from __future__ import annotations

from typing import TypeVar

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.billing import views, words
from portal.blueprints.billing.credits import credit_context
from portal.blueprints.billing.forms import InvoiceFilter
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.domain.periods import Month
from portal.domain.permissions import Action
from portal.services import (
    billing_overview,
    invoice_payments,
    invoices,
    organizations,
    parties,
    usage_details,
)
from portal.web import db, htmx
from portal.web.access import ORGANIZATION_PREFIX, current_organization, requires
from portal.web.paging import PAGE_SIZE, Paged, counted, page_number

T = TypeVar("T")

bp = Blueprint("billing", __name__, url_prefix=f"{ORGANIZATION_PREFIX}/billing")
for _filter in words.FILTERS:
    bp.add_app_template_filter(_filter)


@bp.get("")
@requires(Action.VIEW_BILLING)
def overview() -> ResponseReturnValue:
    """The pending invoice, the last one, what needs attention, how one pays, twelve months' usage, and the credits.

    For htmx only the chart of the twelve months.
    """
    session, organization, today = db.session(), current_organization(), clock.today()
    last = invoices.last_invoice(session, organization)
    payments = invoice_payments.payments_of(session, last) if last else ()
    pending = billing_overview.pending_invoice(session, organization, on=today)
    being_closed = billing_overview.being_closed(organization, last, on=today)
    return htmx.page(
        "billing/overview.html",
        "billing/_months_chart.html",
        today=today,
        pending=pending,
        being_closed=being_closed,
        last=last,
        last_payments=payments,
        due=invoices.by_currency([row.due for row in payments]),
        attention=billing_overview.needing_attention(session, organization, on=today),
        PENDING=InvoiceStatus.PENDING,
        **credit_context(organization, pending, open_from=being_closed),
        **views.months_chart(organization, pending, open_from=being_closed),
    )


@bp.get("/invoices")
@requires(Action.VIEW_BILLING)
def invoice_list() -> ResponseReturnValue:
    """All closed months, filtered, sorted and paged by what stands in the address."""
    session, organization = db.session(), current_organization()
    form = InvoiceFilter()
    pages = "billing/invoices.html", "billing/_invoices.html"
    if not form.validate():
        return htmx.refused(*pages, form=form, refused=True)
    query = form.query()
    found = invoices.list_invoices(session, organization, query, number=page_number(), size=PAGE_SIZE)
    paged = Paged(found.items, found.number, found.total)
    is_new = not found.total and not invoices.has_invoices(session, organization)
    said = counted(paged, "invoice", "invoices")
    return htmx.page(*pages, said=said, form=form, paged=paged, query=query, is_new=is_new, may_be_cut=found.may_be_cut)


@bp.get("/invoices/<number>")
@requires(Action.VIEW_BILLING)
def invoice(number: str) -> ResponseReturnValue:
    """One closed month: payments with their reasons, sums, every line."""
    session = db.session()
    found, profile = _found(invoices.find_with_profile(session, current_organization(), number))
    payments = invoice_payments.payments_of(session, found)
    return views.usage_page(
        "billing/invoice.html",
        Month.of(found.period_on),
        lambda: usage_details.summarize(session, found),
        lambda query, page: usage_details.find_lines(session, found, query, number=page, size=PAGE_SIZE),
        # The database refuses to change what is closed, all but the status, and that is drawn apart.
        frozen=found.hex_id,
        invoice=found,
        payments=payments,
        due=invoices.by_currency([row.due for row in payments]),
        totals=invoices.by_currency([row.total for row in payments if row.status is not PaymentStatus.CANCELLED]),
        buyer=parties.buyer(current_organization(), profile),
        profile=profile,
    )


@bp.get("/invoices/pending")
@requires(Action.VIEW_BILLING)
def pending() -> ResponseReturnValue:
    """The running month in the shape of an invoice, computed as of today."""
    session, organization = db.session(), current_organization()
    found = billing_overview.pending_invoice(session, organization, on=clock.today())
    projects = {project.id: project for project in organizations.projects_ever_of(session, organization)}
    return views.usage_page(
        "billing/pending.html",
        found.month,
        lambda: usage_details.summarize_lines(found.lines, projects),
        lambda query, page: usage_details.select_lines(found.lines, projects, query, number=page, size=PAGE_SIZE),
        pending=found,
        payments=found.payments,
        PENDING=InvoiceStatus.PENDING,
    )


@bp.get("/invoices/<number>/payments/<int:position>")
@requires(Action.VIEW_BILLING)
def payment(number: str, position: int) -> ResponseReturnValue:
    """One payment: its reasons, and which days it covered."""
    session = db.session()
    invoice = _found(invoices.find_invoice(session, current_organization(), number))
    rows = invoice_payments.payments_of(session, invoice)
    # Of a share only its payer knows the days.
    row = _found(next((row for row in rows if row.position == position and not row.paid_by), None))
    return htmx.page(
        "billing/payment.html",
        "billing/_payment_days.html",
        invoice=invoice,
        row=row,
        covered=invoice_payments.days_of(session, invoice, position),
    )


def _found(wanted: T | None) -> T:
    """What is not in the organization does not exist."""
    if wanted is None:
        abort(404)
    return wanted
