"""The files that somebody has chosen and not sent yet: shown, added to, taken out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from portal.domain.errors import Refusal
from portal.domain.permissions import Action
from portal.models.attachments import Attachment
from portal.models.organizations import Organization
from portal.services import attachments, case_access, cases
from portal.services.attachments import Draft
from portal.web import db, htmx, uploads
from portal.web.access import ORGANIZATION_PREFIX, current_catalogue, current_organization, requires, signed_in
from portal.web.idempotency import repeatable
from portal.web.identity import current_user

PAGE, FRAGMENT = "attachments/kept.html", "attachments/_kept.html"
bp = Blueprint("attachments", __name__)


def draft_of_new_case() -> Draft:
    """What the person has not sent yet of a new case; refused for who may open none."""
    organization, user = current_organization(), current_user()
    if not case_access.may_raise_any(db.session(), organization, user):
        raise Refusal(f"Your roles do not let you open {current_catalogue().words.cases} here.")
    return Draft(organization, user)


def draft_of_case(case_number: int) -> Draft:
    """What the person has not sent yet to a case; for who may not write there, it does not exist."""
    case, user = cases.find(db.session(), case_number), current_user()
    if case is None or not (case_access.is_agent(user) or case_access.rights(db.session(), case, user).may_comment):
        abort(404)
    return Draft(case.organization, user, case)


@bp.get(f"{ORGANIZATION_PREFIX}/support/files")
@requires(Action.VIEW_ORGANIZATION)
def kept() -> ResponseReturnValue:
    """The files that are chosen for a new case."""
    return htmx.page(PAGE, FRAGMENT, **_drawn(draft_of_new_case()))


@bp.post(f"{ORGANIZATION_PREFIX}/support/files")
@requires(Action.VIEW_ORGANIZATION)
@uploads.with_files(draft_of_new_case)
@repeatable("The same file again is no second one in the same draft.")
def keep() -> ResponseReturnValue:
    """Keep files for a new case."""
    return _answered(draft_of_new_case())


@bp.get("/cases/<int:case_number>/files")
@signed_in
def kept_for_case(case_number: int) -> ResponseReturnValue:
    """The files that are chosen for a comment."""
    return htmx.page(PAGE, FRAGMENT, **_drawn(draft_of_case(case_number)))


@bp.post("/cases/<int:case_number>/files")
@signed_in
@uploads.with_files(draft_of_case)
@repeatable("The same file again is no second one in the same draft.")
def keep_for_case(case_number: int) -> ResponseReturnValue:
    """Keep files for a comment."""
    return _answered(draft_of_case(case_number))


@bp.post("/files/<file_id>/removal")
@signed_in
@repeatable("A file is taken out once; the second time there is none.")
def remove(file_id: str) -> ResponseReturnValue:
    """Take a file out of what the person has not sent yet."""
    removed = attachments.remove(db.session(), file_id, by=current_user())
    if removed is None:
        abort(404)
    drawn = _drawn(_draft_of(removed), has_focus=True)
    return htmx.done(FRAGMENT, otherwise=drawn["chooser"].url, said=f"{removed.name} is removed.", **drawn)


def _answered(draft: Draft) -> ResponseReturnValue:
    problems = uploads.sent().problems
    drawn = _drawn(draft, problems)
    if problems or not request.files:
        return htmx.refused(PAGE, FRAGMENT, **drawn)
    said = f"Kept for what you write: {', '.join(one.name for one in drawn['chooser'].kept)}."
    return htmx.done(FRAGMENT, otherwise=drawn["chooser"].url, said=said, **drawn)


def _draft_of(removed: Attachment) -> Draft:
    if removed.case_id is not None:
        return draft_of_case(removed.case_id)
    return Draft(db.session().get_one(Organization, removed.organization_id), current_user())


def _drawn(draft: Draft, problems: Sequence[str] = (), *, has_focus: bool = False) -> dict[str, Any]:
    chooser = uploads.chooser(draft, problems=problems, has_focus=has_focus)
    if chooser is None:
        abort(404)
    return {"chooser": chooser, "case": draft.case}
