"""What oneself can do in an organization, also for those who may open none of its pages."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import catalogues
from portal.blueprints.access_matrix.forms import ProjectFilter
from portal.domain.errors import Refusal
from portal.domain.permissions import Action, projects_allowed
from portal.services import access_matrix, members, organizations
from portal.services.access_matrix import Question
from portal.web import db, htmx
from portal.web.access import signed_in
from portal.web.identity import current_user

bp = Blueprint("own_access", __name__, url_prefix="/memberships")


@bp.get("/<int:membership_id>/access")
@signed_in
def index(membership_id: int) -> ResponseReturnValue:
    """One's own row of the matrix."""
    session = db.session()
    member = members.find_own(session, current_user(), membership_id)
    if member is None:
        raise Refusal("You are not in this organization, or have left it already.")
    roles, grants = catalogues.load(member.organization.catalogue).roles, organizations.grants_of(member)
    projects = organizations.projects_of(session, member.organization)
    own = projects_allowed(roles, grants, Action.VIEW_PROJECT, among=[one.id for one in projects])
    seen, form = [one for one in projects if one.id in own], ProjectFilter()
    form.offer_projects(seen)
    is_valid = form.validate()
    question = Question(roles=roles, projects=form.chosen(seen))
    context = {"form": form, "member": member, "groups": access_matrix.person_groups(question, member)}
    return (htmx.page if is_valid else htmx.refused)("access/own.html", "access/_person.html", **context)
