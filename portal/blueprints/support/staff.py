"""Staff: how an organization is supported, its account team, and who of it is kept from support."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.support.staff_forms import BlockForm, DecisionForm, LiftForm, TeamForm
from portal.blueprints.support.views import TIER_STATES
from portal.domain.errors import Refusal
from portal.domain.permissions import StaffRole
from portal.domain.plan_changes import asks_for_a_month
from portal.models.organizations import Organization, User
from portal.services import account_teams, people, staff_visits, support_blocks, support_standing, tier_turns
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.fields import Form
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user

staff_bp = Blueprint("staff_support", __name__, url_prefix="/staff/organizations/<organization_id>/support")

PAGE = "support/staff.html"


@staff_bp.get("")
@staff_only()
def index(organization_id: str) -> ResponseReturnValue:
    """How the organization is supported, and every form to change that."""
    return htmx.page(PAGE, **context_of(found(organization_id)))


@staff_bp.post("/team")
@staff_only()
@once
def add_to_team(organization_id: str) -> ResponseReturnValue:
    """Put somebody into the account team."""
    customer, form = found(organization_id), TeamForm()

    def act() -> None:
        account_teams.add(
            db.session(),
            customer,
            name=form.name.data or "",
            works_as=form.works_as.data or "",
            email=form.email.data or "",
            by=current_user(),
            at=clock.now(),
        )

    return done(customer, form, act, f"{form.name.data} is in the account team.", team_form=form)


@staff_bp.post("/team/<team_member_id>/removal")
@staff_only()
@repeatable("who is out of the team stays out of it")
def remove_from_team(organization_id: str, team_member_id: str) -> ResponseReturnValue:
    """Take somebody out of the account team."""
    customer = found(organization_id)
    member = account_teams.find(db.session(), customer, team_member_id)
    if member is None:
        abort(404)
    account_teams.remove(db.session(), customer, member, by=current_user(), at=clock.now())
    flash(f"{member.name} is no longer in the account team.")
    return redirect(url_for(".index", organization_id=organization_id), 303)


@staff_bp.post("/blocks")
@staff_only(StaffRole.SUPPORT)
@once
def block(organization_id: str) -> ResponseReturnValue:
    """End support for one person, or for everybody (NE-16)."""
    customer, form = found(organization_id), BlockForm()

    def act() -> None:
        person, reason = _person(form.email.data), form.reason.data or ""
        support_blocks.block(db.session(), customer, reason, by=current_user(), at=clock.now(), user=person)

    return done(customer, form, act, "Support has ended. The customer reads the reason.", block_form=form)


@staff_bp.post("/blocks/<block_id>/lifting")
@staff_only(StaffRole.SUPPORT)
@repeatable("what is lifted stays lifted")
def lift(organization_id: str, block_id: str) -> ResponseReturnValue:
    """Give support again."""
    customer, form = found(organization_id), LiftForm()
    held = support_blocks.find(db.session(), customer, block_id)
    if held is None:
        abort(404)

    def act() -> None:
        because = form.because.data or ""
        support_blocks.lift(db.session(), customer, held, because=because, by=current_user(), at=clock.now())

    return done(customer, form, act, "Support is given again.", lift_form=form, lifted=held)


def done(
    customer: Organization, form: Form, act: Callable[[], None], said: str, **shown: object
) -> ResponseReturnValue:
    """Do it and go back to the page; where the form or the business refuses it, the page again with what was typed."""
    if not form.validate():
        return htmx.refused(PAGE, **context_of(customer) | shown)
    try:
        act()
    except Refusal as refusal:
        return htmx.refused(PAGE, refusal=str(refusal), **context_of(customer) | shown)
    flash(said)
    return redirect(url_for("staff_support.index", organization_id=customer.hex_id), 303)


def found(hex_id: str) -> Organization:
    """The organization in the address."""
    organization = staff_visits.find_organization(db.session(), hex_id)
    if organization is None:
        abort(404)
    return organization


def context_of(customer: Organization) -> dict[str, Any]:
    """What the page shows, with empty forms."""
    session, catalogue, today = db.session(), catalogues.load(customer.catalogue), clock.today()
    is_asked = asks_for_a_month(catalogue.change_rules)
    asked = tier_turns.pending_of(session, customer, on=today) if is_asked else None
    return {
        "customer": customer,
        "catalogue": catalogue,
        "outlook": support_standing.outlook_of(session, customer, on=today),
        "plans": catalogue.pricing_plans or catalogue.support_plans,
        "asked": asked,
        "tier_states": TIER_STATES,
        "decision_form": DecisionForm(asked.state, formdata=None) if asked else None,
        "team": account_teams.of(session, customer),
        "blocks": support_blocks.open_blocks(session, customer),
        "team_form": TeamForm(formdata=None),
        "block_form": BlockForm(formdata=None),
        "lift_form": LiftForm(formdata=None),
    }


def _person(email: str | None) -> User | None:
    if not email:
        return None
    person = people.find_user_by_email(db.session(), email)
    if person is None:
        raise Refusal(f"Nobody has the address {email}.")
    return person
