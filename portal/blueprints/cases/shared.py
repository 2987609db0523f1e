"""The page of a case for people on CC who are not of its organization: reading, writing, leaving (CC-9)."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.cases import drafts, writing
from portal.blueprints.cases.views import drawn, on_cc
from portal.services import case_lists, case_promises
from portal.services.attachments import Draft
from portal.services.case_lists import CaseQuery, Tab
from portal.web import db, htmx, uploads
from portal.web.access import signed_in
from portal.web.case_words import Reader
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user
from portal.web.paging import PAGE_SIZE, place_after

bp = Blueprint("shared_cases", __name__, url_prefix="/cases")


def draft_of_comment(case_number: int) -> Draft:
    """Where the files of a comment are kept, for who may write one."""
    return writing.may_write(on_cc(case_number)).files


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """All cases on which the person is on CC, of any organization (AV-53, CC-9)."""
    query = CaseQuery(tab=Tab.CC, user_id=current_user().id, organization_id=None)
    after = place_after()
    found = case_lists.listed(db.session(), query, limit=PAGE_SIZE + 1, after=after)
    shown = found[:PAGE_SIZE]
    return htmx.page(
        "cases/shared_list.html",
        rows=[(case, Reader(catalogues.load(case.organization.catalogue))) for case in shown],
        promises={case.id: case_promises.of_case(case, at=clock.now()) for case in shown},
        after=after,
        following=shown[-1].id if len(found) > PAGE_SIZE else None,
    )


@bp.get("/<int:case_number>")
@signed_in
def case(case_number: int) -> ResponseReturnValue:
    """The conversation; who belongs to the organization, and who answers cases, has a page of their own."""
    opened = on_cc(case_number)
    return htmx.page(opened.page, **drawn(opened))


@bp.get("/<int:case_number>/later")
@signed_in
def later(case_number: int) -> ResponseReturnValue:
    """What was written after the entry `?after=`."""
    return writing.later(on_cc(case_number))


@bp.post("/<int:case_number>/comments")
@signed_in
@uploads.with_files(draft_of_comment)
@once
def comment(case_number: int) -> ResponseReturnValue:
    """Add a comment with files, and people on CC."""
    return writing.comment(writing.may_write(on_cc(case_number)))


@bp.post("/<int:case_number>/draft")
@signed_in
@uploads.with_files(draft_of_comment)
@repeatable("the same text twice is one draft")
def save_comment_draft(case_number: int) -> ResponseReturnValue:
    """Keep what is typed of a comment."""
    opened = writing.may_write(on_cc(case_number))
    save_url, back = opened.to("save_comment_draft"), opened.to("case")
    return drafts.kept(opened.place, of="shared_cases.comment", save_url=save_url, back=back)


@bp.post("/<int:case_number>/draft/discard")
@signed_in
@repeatable("what is discarded is gone")
def discard_comment_draft(case_number: int) -> ResponseReturnValue:
    """Begin the comment anew."""
    return writing.discard(writing.may_write(on_cc(case_number)))


@bp.post("/<int:case_number>/preview")
@signed_in
@repeatable("it only shows what a comment will look like")
def preview(case_number: int) -> ResponseReturnValue:
    """What is typed, as it will be shown."""
    return writing.preview(writing.may_write(on_cc(case_number)))


@bp.post("/<int:case_number>/cc/<int:participant_id>/removal")
@signed_in
@repeatable("who is off CC stays off")
def remove_cc(case_number: int, participant_id: int) -> ResponseReturnValue:
    """Leave the case."""
    return writing.remove_cc(on_cc(case_number), participant_id)
