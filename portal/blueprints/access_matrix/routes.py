"""The access matrix: people by actions, one person, the roles of the catalogue, and all of it as a file."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.access_matrix.forms import MatrixFilter, ProjectFilter
from portal.domain.action_nouns import grouped
from portal.domain.action_words import ACTION_WORDS
from portal.domain.permissions import Action, actions_known
from portal.models.organizations import Project
from portal.services import access_csv, access_matrix
from portal.services.access_matrix import Question
from portal.web import db, htmx
from portal.web.access import ORGANIZATION_PREFIX, current_catalogue, current_organization, requires, visible_projects
from portal.web.identity import current_user
from portal.web.paging import PAGE_SIZE, place_after

bp = Blueprint("access", __name__, url_prefix=ORGANIZATION_PREFIX)

PAGES = "access/matrix.html", "access/_matrix.html"


@bp.get("/access")
@requires(Action.VIEW_SETTINGS)
def index() -> ResponseReturnValue:
    """Everybody by name, and which role lets them do what."""
    form, projects = _form()
    if not form.validate():
        return htmx.refused(*PAGES, form=form, refused=True)
    session, organization_id, question = db.session(), current_organization().id, _question(form, projects)
    # One more than fits says whether there is another page.
    found = access_matrix.page(session, organization_id, question, after=place_after(), limit=PAGE_SIZE + 1)
    total = access_matrix.count(session, organization_id, question)
    columns = form.columns(grouped(actions_known(question.roles)))
    return htmx.page(
        *PAGES,
        said=f"{total:,} {'person' if total == 1 else 'people'}",
        form=form,
        actions=[ACTION_WORDS[action] for action in columns],
        rows=[(one, [access_matrix.reasons(question, one, each) for each in columns]) for one in found[:PAGE_SIZE]],
        total=total,
        after=place_after(),
        following=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
        file_url=url_for(".file", what=form.what.data, q=form.q.data, project=form.project.data),
    )


@bp.get("/access.csv")
@requires(Action.VIEW_SETTINGS)
def file() -> ResponseReturnValue:
    """Whom the filter shows, with all actions, as a file."""
    form, projects = _form()
    if not form.validate():
        abort(400, "The filter in the address is not one. Open the page, and correct it there.")
    question, organization = _question(form, projects), current_organization()
    people = access_matrix.everybody(db.session(), organization.id, question)
    response = Response(stream_with_context(access_csv.pieces(question, people)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="access-{organization.slug}.csv"'
    return response


@bp.get("/access/people/<int:member_id>")
@requires(Action.VIEW_SETTINGS)
def person(member_id: int) -> ResponseReturnValue:
    """All that one person can do here."""
    member = access_matrix.find(db.session(), current_organization().id, member_id)
    if member is None:
        abort(404)
    form, projects, roles = ProjectFilter(), visible_projects(), current_catalogue().roles
    form.offer_projects(projects)
    is_valid = form.validate()
    question = Question(roles=roles, projects=form.chosen(projects))
    context = {
        "form": form,
        "member": member,
        "groups": access_matrix.person_groups(question, member),
        "is_self": member.user_id == current_user().id,
    }
    return (htmx.page if is_valid else htmx.refused)("access/person.html", "access/_person.html", **context)


@bp.get("/access/roles")
@requires(Action.VIEW_SETTINGS)
def roles() -> ResponseReturnValue:
    """What each role grants, whoever holds it."""
    known = current_catalogue().roles
    actions = grouped(actions_known(known))
    return htmx.page(
        "access/roles.html",
        roles=known,
        groups=actions,
        in_project=[action for group in actions.values() for action in group if action.in_project],
        ACTION_WORDS=ACTION_WORDS,
    )


def _form() -> tuple[MatrixFilter, Sequence[Project]]:
    form, projects = MatrixFilter(), visible_projects()
    form.offer_projects(projects)
    form.offer_actions(grouped(actions_known(current_catalogue().roles)))
    return form, projects


def _question(form: MatrixFilter, projects: Sequence[Project]) -> Question:
    return Question(
        roles=current_catalogue().roles,
        projects=form.chosen(projects),
        search=form.q.data or "",
        who_can=form.who_can,
    )
