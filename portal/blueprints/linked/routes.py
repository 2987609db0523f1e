"""Linked organizations: who is linked, linking more of them, and ending a link (atlas 13.6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms.validators import InputRequired

from portal import clock
from portal.domain.errors import Refusal
from portal.domain.periods import Month
from portal.domain.permissions import Action
from portal.models.links import Link
from portal.models.organizations import Organization
from portal.services import families, linked_overview, links
from portal.web import db, htmx
from portal.web.access import ORGANIZATION_PREFIX, current_organization, requires
from portal.web.fields import CheckboxGroup, Form
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user

CHOOSE, REVIEW = "linked/choose.html", "linked/review.html"

bp = Blueprint("linked", __name__, url_prefix=f"{ORGANIZATION_PREFIX}/billing/linked")


class ChoiceForm(Form):
    """Which organizations are to be linked, by their ids."""

    organization = CheckboxGroup("Organizations", validators=[InputRequired("Choose at least one organization.")])


@bp.get("")
@requires(Action.VIEW_LINKED_INVOICES)
def index() -> ResponseReturnValue:
    """Whom the organization pays for, or who pays for it, and the invoices of those that it paid for."""
    session, organization, today = db.session(), current_organization(), clock.today()
    own_link = families.link_of(session, organization)
    return htmx.page(
        "linked/index.html",
        month=Month.of(today),
        rows=linked_overview.linked_rows(session, organization, on=today),
        own_link=own_link,
        payer=session.get_one(Organization, own_link.payer_id) if own_link else None,
        hindrance=links.hinders(session, organization, on=today),
        invoices=linked_overview.invoices_paid(session, organization),
        MOST_INVOICES=linked_overview.MOST_INVOICES,
        readable=links.where_allowed(session, current_user(), Action.VIEW_BILLING),
    )


@bp.get("/new")
@requires(Action.LINK_ORGANIZATIONS)
def choose() -> ResponseReturnValue:
    """The person's other organizations, those that can be linked and what hinders the others."""
    return htmx.page(CHOOSE, **_choice_context(ChoiceForm()))


@bp.post("/new/review")
@requires(Action.LINK_ORGANIZATIONS)
@repeatable("it only shows what linking means")
def review() -> ResponseReturnValue:
    """What it means, for the chosen ones."""
    form = ChoiceForm()
    context = _choice_context(form)
    if not form.validate():
        return htmx.refused(CHOOSE, **context)
    ids = form.organization.data or []
    chosen = [one.organization for one in context["candidates"] if one.organization.hex_id in ids]
    form.organization.choices = [(one.hex_id, one.name) for one in chosen]
    names = ", ".join(one.name for one in chosen)
    return htmx.page(REVIEW, form=form, names=names, month=Month.of(clock.today()))


@bp.post("")
@requires(Action.LINK_ORGANIZATIONS)
@once
def finish() -> ResponseReturnValue:
    """Link the chosen ones, all or none."""
    form = ChoiceForm()
    context = _choice_context(form)
    ids = form.organization.data or []
    try:
        linked = links.link(db.session(), current_organization(), ids, by=current_user(), at=clock.now())
    except Refusal as refusal:
        return htmx.refused(CHOOSE, refusal=str(refusal), **context)
    names = ", ".join(one.name for one in linked)
    flash(f"{names} {'is' if len(linked) == 1 else 'are'} linked.")
    return redirect(url_for(".index"), 303)


@bp.get("/<link_id>/unlinking")
@requires(Action.LINK_ORGANIZATIONS)
def unlinking(link_id: str) -> ResponseReturnValue:
    """What the end of a link means, and what the one that leaves needs first."""
    session, link = db.session(), _found(link_id)
    return htmx.page(
        "linked/unlinking.html",
        link=link,
        payer=session.get_one(Organization, link.payer_id),
        leaving=session.get_one(Organization, link.linked_id),
        first_own=links.first_own_month(session, link),
        hindrance=links.hinders_unlinking(session, link, on=clock.today()),
    )


@bp.post("/<link_id>/unlinking")
@requires(Action.LINK_ORGANIZATIONS)
@repeatable("who has asked for it asks no more by asking again")
def unlink(link_id: str) -> ResponseReturnValue:
    """Ask for the end of the link."""
    links.ask_to_unlink(db.session(), current_organization(), link_id, by=current_user(), at=clock.now())
    flash("The link ends when the next month is closed. Until then you can take that back.")
    return redirect(url_for(".index"), 303)


@bp.post("/<link_id>/staying")
@requires(Action.LINK_ORGANIZATIONS)
@repeatable("a link that goes on goes on")
def stay(link_id: str) -> ResponseReturnValue:
    """Take the end of the link back."""
    links.take_back(db.session(), current_organization(), link_id, by=current_user(), at=clock.now())
    flash("The link goes on.")
    return redirect(url_for(".index"), 303)


def _choice_context(form: ChoiceForm) -> dict[str, Any]:
    session, organization, today = db.session(), current_organization(), clock.today()
    choice = links.choice_of(session, organization, by=current_user(), on=today)
    form.organization.choices = [
        (one.organization.hex_id, one.organization.name) for one in choice.candidates if one.hindrance is None
    ]
    return {"form": form, "candidates": choice.candidates, "hindrance": choice.hindrance}


def _found(link_id: str) -> Link:
    link = links.find(db.session(), current_organization(), link_id)
    if link is None:
        abort(404)
    return link
