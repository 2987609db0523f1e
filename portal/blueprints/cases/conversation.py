"""The page of a case for members of its organization: reading, writing, drafts and previews."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal.blueprints.cases import drafts, writing
from portal.blueprints.cases.routes import bp
from portal.blueprints.cases.views import drawn, of_organization
from portal.domain.permissions import Action
from portal.services.attachments import Draft
from portal.web import htmx, uploads
from portal.web.access import requires
from portal.web.idempotency import once, repeatable


def draft_of_comment(case_number: int) -> Draft:
    """Where the files of a comment are kept, for who may write one."""
    return writing.may_write(of_organization(case_number)).files


@bp.get("/support/cases/<int:case_number>")
@requires(Action.VIEW_ORGANIZATION)
def case(case_number: int) -> ResponseReturnValue:
    """The conversation, and all that is known of the case."""
    opened = of_organization(case_number)
    return htmx.page(opened.page, **drawn(opened))


@bp.get("/support/cases/<int:case_number>/later")
@requires(Action.VIEW_ORGANIZATION)
def later(case_number: int) -> ResponseReturnValue:
    """What was written after the entry `?after=`; the page asks for it again and again."""
    return writing.later(of_organization(case_number))


@bp.post("/support/cases/<int:case_number>/comments")
@requires(Action.VIEW_ORGANIZATION)
@uploads.with_files(draft_of_comment)
@once
def comment(case_number: int) -> ResponseReturnValue:
    """Add a comment with files, and people on CC; it opens a solved case again."""
    return writing.comment(writing.may_write(of_organization(case_number)))


@bp.post("/support/cases/<int:case_number>/draft")
@requires(Action.VIEW_ORGANIZATION)
@uploads.with_files(draft_of_comment)
@repeatable("the same text twice is one draft")
def save_comment_draft(case_number: int) -> ResponseReturnValue:
    """Keep what is typed of a comment."""
    opened = writing.may_write(of_organization(case_number))
    save_url, back = opened.to("save_comment_draft"), opened.to("case")
    return drafts.kept(opened.place, of="cases.comment", save_url=save_url, back=back)


@bp.post("/support/cases/<int:case_number>/draft/discard")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("what is discarded is gone")
def discard_comment_draft(case_number: int) -> ResponseReturnValue:
    """Begin the comment anew."""
    return writing.discard(writing.may_write(of_organization(case_number)))


@bp.post("/support/cases/<int:case_number>/preview")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("it only shows what a comment will look like")
def preview(case_number: int) -> ResponseReturnValue:
    """What is typed, as it will be shown."""
    return writing.preview(writing.may_write(of_organization(case_number)))


@bp.post("/support/cases/<int:case_number>/cc/<int:participant_id>/removal")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("who is off CC stays off")
def remove_cc(case_number: int, participant_id: int) -> ResponseReturnValue:
    """Take somebody off CC, or oneself (CC-12)."""
    return writing.remove_cc(of_organization(case_number), participant_id)
