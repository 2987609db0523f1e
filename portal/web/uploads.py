"""Files in forms: kept before anything else is done, so that a form that is refused for another reason keeps them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from portal import catalogues, clock
from portal.domain.attachments import FileState, Limits, group_of, size_in_words
from portal.domain.case_forms import Widget
from portal.domain.errors import Refusal
from portal.models.attachments import Attachment
from portal.models.cases import Case
from portal.models.organizations import Organization, User
from portal.services import attached_contents, attachments
from portal.services.attached_contents import Inspected, Upload
from portal.services.attachments import Draft
from portal.web import db, files, idempotency
from portal.web.links import url_for

# The field in which files are chosen, and the hidden one with the ids of those which are kept already.
FIELD, KEPT_FIELD = "files", "attachments"
# What is a little too large comes in, to be refused beside its field.
MOST_RECEIVED = 128 * 1024 * 1024

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Sent:
    """The files of a form: the ids of those to be sent with it, and what is wrong with the others, by their names."""

    hex_ids: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chooser:
    """What a form shows of files: `url` is where a file is sent as soon as it is chosen.

    `has_focus`: the keyboard stands here, because what it stood at is gone. `label` and `help` are the vendor's words.
    """

    url: str
    limits: Limits
    kept: Sequence[Attachment]
    problems: Sequence[str] = ()
    has_focus: bool = False
    label: str = "Files"
    help: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether one of them is being checked, so that it is worth to look again."""
        return any(one.state is FileState.CHECKING for one in self.kept)

    @property
    def is_full(self) -> bool:
        """Whether no other file may come with them."""
        return len(self.kept) >= self.limits.most


def with_files(draft_of: Callable[..., Draft]) -> Callable[[View], View]:
    """A route whose form has files. It stands between the guard and `@once`; `sent()` says what came.

    `draft_of` takes what the route takes, and aborts for who may not write there. Files are kept in a transaction of
    their own, before the view runs: they outlive its refusal (FILE-8).
    """

    def mark(view: View) -> View:
        @wraps(view)
        def keeping(*args: Any, **kwargs: Any) -> Any:
            g.sent_files = _keep(draft_of(*args, **kwargs))
            return view(*args, **kwargs)

        keeping.receives_files = True  # type: ignore[attr-defined]  # read by `_receive_more`
        return keeping  # type: ignore[return-value]  # it takes and gives what the view does

    return mark


def sent() -> Sent:
    """The files of this request's form, on a route with `with_files`."""
    found: Sent = g.get("sent_files", Sent())
    return found


def chooser(draft: Draft, *, problems: Sequence[str] = (), has_focus: bool = False) -> Chooser | None:
    """What a form of the draft shows of files; None where the organization's form takes none."""
    if draft.limits is None:
        return None
    url = url_for("attachments.kept_for_case", case_number=draft.case.id) if draft.case else (
        url_for("attachments.kept", slug=draft.organization.slug)
    )  # fmt: skip
    form = catalogues.load(draft.organization.catalogue).case_form
    field = next(field for field in form.values() if field.widget is Widget.FILES)
    kept = attachments.of_draft(db.session(), draft)
    return Chooser(url, draft.limits, kept, problems, has_focus, field.label, None if draft.case else field.help)


def init_app(app: Flask) -> None:
    """Receive more where files come, and let templates draw them."""
    app.url_value_preprocessor(_receive_more)
    app.jinja_env.globals.update(attachment_url=_attachment_url, attachment_group=group_of)
    app.jinja_env.filters["file_size"] = size_in_words


def _keep(draft: Draft) -> Sent:
    kept = tuple(request.form.get(KEPT_FIELD, "").split())
    given = [Upload(file.filename, file.stream) for file in request.files.getlist(FIELD) if file.filename]
    limits = draft.limits
    if not given or limits is None:
        return Sent(kept)
    ids = draft.organization.id, draft.by.id, draft.case.id if draft.case else None
    # Looking at files takes time, in which others may write.
    db.pause()
    inspected, problems = _inspect(given, limits)
    with db.apart() as own:
        # Sent a second time, the form is answered as before: its files are no longer a draft's.
        if idempotency.is_repeated(own):
            return Sent(kept)
        now, more = _add(own, inspected, _loaded(own, *ids))
    return Sent((*kept, *(one for one in now if one not in kept)), (*problems, *more))


def _inspect(given: Sequence[Upload], limits: Limits) -> tuple[list[Inspected], list[str]]:
    inspected, problems = [], []
    for upload in given:
        try:
            inspected.append(attached_contents.inspect(upload, limits))
        except Refusal as refusal:
            problems.append(str(refusal))
    return inspected, problems


def _loaded(session: Session, organization_id: int, user_id: int, case_id: int | None) -> Draft:
    organization, by = session.get_one(Organization, organization_id), session.get_one(User, user_id)
    return Draft(organization, by, session.get_one(Case, case_id) if case_id else None)


def _add(session: Session, inspected: Sequence[Inspected], draft: Draft) -> tuple[list[str], list[str]]:
    hex_ids, problems = [], []
    for one in inspected:
        try:
            hex_ids.append(attachments.keep(session, files.shelf(), one, draft, at=clock.now()).hex_id)
        except Refusal as refusal:
            problems.append(str(refusal))
    return hex_ids, problems


def _receive_more(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    if endpoint and getattr(current_app.view_functions.get(endpoint), "receives_files", False):
        request.max_content_length = MOST_RECEIVED


def _attachment_url(attachment: Attachment) -> str:
    """Where the reader of this page gets the file: in the organization, as staff, or on CC of the case."""
    if "slug" in g:
        return url_for("attachments.download", file_id=attachment.hex_id, name=attachment.name)
    if request.path.startswith("/staff/"):
        return url_for("attachments.download_for_staff", file_id=attachment.hex_id, name=attachment.name)
    case_number = attachment.case_id or 0
    return url_for(
        "attachments.download_of_case", case_number=case_number, file_id=attachment.hex_id, name=attachment.name
    )
