"""The link of an invitation: see what it brings, accept it with an account or make one, decline it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.people.forms import JoinForm
from portal.domain import membership
from portal.domain.errors import Refusal
from portal.domain.permissions import Action, Grants, allows
from portal.models.invitations import Invitation
from portal.models.organizations import Membership, User
from portal.services import invitations, joining, organizations, passwords, people
from portal.web import db, htmx, identity
from portal.web.access import public, signed_in
from portal.web.idempotency import repeatable
from portal.web.identity import current_user, signed_in_user

PAGE = "invitations/invitation.html"
bp = Blueprint("invitations", __name__, url_prefix="/invitations")


@bp.get("/<token>")
@public
def invitation(token: str) -> ResponseReturnValue:
    """What one is invited to; looking at it uses nothing up, as programs that read mail follow links."""
    return htmx.page(PAGE, form=JoinForm(), **_context(token))


@bp.post("/<token>/acceptance")
@signed_in
@repeatable("who has accepted is a member already")
def accept(token: str) -> ResponseReturnValue:
    """Join with the account that one is signed in with."""
    return _welcome(joining.accept(db.session(), token, by=current_user(), at=clock.now()))


@bp.post("/<token>/account")
@public
@repeatable("an address has one account")
def make_account(token: str) -> ResponseReturnValue:
    """Make an account with the invited address, and join with it: the mail came there, which proves it."""
    form, context = JoinForm(), _context(token)
    _check_open(context)
    db.release()
    if not form.validate():
        return htmx.refused(PAGE, form=form, **_context(token))
    name, password = form.name.data or "", form.new_password.data or ""
    try:
        of = User(email=context["invitation"].email, name=name)
        passwords.check_new(password, of=of, brand=catalogues.load_seller().entity.brand)
    except Refusal as refusal:
        form.new_password.errors = [str(refusal)]
        return htmx.refused(PAGE, form=form, **_context(token))
    member = joining.join_anew(
        db.session(), token, name=name, password_hash=people.hash_password(password), at=clock.now()
    )
    identity.sign_in(member.user)
    return _welcome(member)


@bp.post("/<token>/declining")
@public
@repeatable("an invitation that is declined stays declined")
def decline(token: str) -> ResponseReturnValue:
    """Say no."""
    declined = joining.decline(db.session(), token, by=signed_in_user(), at=clock.now())
    flash(f"You have declined the invitation to {declined.organization.name}.")
    return redirect(url_for("home.index"), 303)


def _welcome(member: Membership) -> ResponseReturnValue:
    flash(f"Welcome to {member.organization.name}.")
    roles = catalogues.load(member.organization.catalogue).roles
    if allows(roles, organizations.grants_of(member), Action.VIEW_ORGANIZATION):
        return redirect(url_for("organizations.overview", slug=member.organization.slug), 303)
    return redirect(url_for("home.index"), 303)


def _check_open(context: dict[str, Any]) -> None:
    if context["over"]:
        raise Refusal(context["over"])
    if user := signed_in_user():
        raise Refusal(f"You are signed in as {user.email}. Sign out to join with another account.")
    if context["has_account"]:
        raise Refusal(f"{context['invitation'].email} has an account already. Sign in with it to accept.")


def _context(token: str) -> dict[str, Any]:
    session = db.session()
    found = joining.find(session, token)
    if found is None:
        abort(404, "The link is not whole, or a newer mail has taken its place.")
    user, offer = signed_in_user(), invitations.offered(found)
    roles = catalogues.load(found.organization.catalogue).roles
    names = {project.id: project.name for project in organizations.projects_of(session, found.organization)}
    return {
        "invitation": found,
        "token": token,
        "over": joining.why_over(found, at=clock.now()),
        "held": _roles_in_words(found, offer, names),
        "effect": membership.effect(roles, Grants(), offer, names=names),
        "is_theirs": user is not None and joining.is_for(found, user),
        "has_account": people.find_user_by_email(session, found.email) is not None,
    }


def _roles_in_words(found: Invitation, offer: Grants, names: dict[int, str]) -> list[tuple[str, str]]:
    """Where, and what one would be there."""
    roles = catalogues.load(found.organization.catalogue).roles
    rows = [(found.organization.name, organizations.role_names(offer, roles))]
    rows += [
        (name, organizations.project_role_names(offer, roles, project_id=one))
        for one, name in names.items()
        if one in offer.project_roles
    ]
    return [(place, ", ".join(held)) for place, held in rows if held]
