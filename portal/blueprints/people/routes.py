"""The people of an organization: the list, and one of them."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from portal.blueprints.people.forms import MemberSearch
from portal.domain import membership
from portal.domain.errors import Overtaken
from portal.domain.permissions import Action
from portal.models.organizations import Membership, Project
from portal.services import members, organizations
from portal.services.members import Acting, MemberFilter
from portal.web import db, htmx
from portal.web.access import (
    ORGANIZATION_PREFIX,
    current_catalogue,
    current_grants,
    current_organization,
    requires,
    visible_projects,
)
from portal.web.identity import current_user
from portal.web.paging import PAGE_SIZE, place_after

bp = Blueprint("people", __name__, url_prefix=f"{ORGANIZATION_PREFIX}/people")
membership_bp = Blueprint("memberships", __name__, url_prefix="/memberships")

PAGES = "people/people.html", "people/_people.html"


@bp.get("/")
@requires(Action.VIEW_SETTINGS)
def index() -> ResponseReturnValue:
    """Everybody in the organization by name, as many as fit on a page."""
    form, roles, projects = MemberSearch(), current_catalogue().roles, visible_projects()
    form.offer(roles, projects)
    if not form.validate():
        return htmx.refused(*PAGES, form=form, refused=True)
    session, organization, shown = db.session(), current_organization(), _shown(form, projects)
    # One more than fits says whether there is another page.
    found = members.listed(session, organization, shown, after=place_after(), limit=PAGE_SIZE + 1)
    rows = found[:PAGE_SIZE]
    total = members.count(session, organization, shown)
    return htmx.page(
        *PAGES,
        said=f"{total:,} {'person' if total == 1 else 'people'}",
        form=form,
        rows=rows,
        total=total,
        after=place_after(),
        following=rows[-1].id if len(found) > PAGE_SIZE else None,
        roles=roles,
        projects={project.id: project for project in projects},
    )


@bp.get("/<int:member_id>")
@requires(Action.VIEW_SETTINGS)
def person(member_id: int) -> ResponseReturnValue:
    """One of them: which roles they hold where, and what can be changed."""
    member, acting = found_member(member_id), current_acting()
    handed = membership.remaining_roles(acting.roles) & acting.grants.organization_roles
    return htmx.page(
        "people/person.html",
        member=member,
        held=members.own_grants(member),
        team_roles=[source for source in organizations.sources_of(member) if source.team],
        roles=acting.roles,
        projects=visible_projects(),
        is_self=member.user_id == acting.user.id,
        can_hand_over=bool(handed) and member.user_id != acting.user.id and not member.user.deactivated_at,
    )


def found_member(member_id: int) -> Membership:
    """The member in the address; another organization's is absent.

    A form says whom its page was about: SQLite gives the id of who was removed to who joins next.
    """
    found = members.find(db.session(), current_organization(), member_id)
    if found is None:
        abort(404)
    if request.form.get("person", str(found.user_id)) != str(found.user_id):
        raise Overtaken("This person is no longer in the organization.")
    return found


def current_acting() -> Acting:
    """Who looks at the page, to say beforehand what would be refused."""
    return Acting(current_user(), current_organization(), current_catalogue().roles, current_grants())


def _shown(form: MemberSearch, projects: Sequence[Project]) -> MemberFilter:
    project = next((one.id for one in projects if one.hex_id == form.project.data), None)
    return MemberFilter(form.q.data or "", form.role.data or "", project)
