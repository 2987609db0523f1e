"""What people do in a conversation, at the organization's page and on CC from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash
from flask.typing import ResponseReturnValue

from portal.blueprints.cases.doing import doing
from portal.blueprints.cases.forms import CommentForm
from portal.blueprints.cases.opening import addresses
from portal.blueprints.cases.views import CaseForms, Opened, drawn, head
from portal.domain import case_addresses
from portal.domain.cases import CaseState
from portal.domain.errors import Refusal
from portal.services import attachments, case_access, case_drafts, case_people, conversations, markdown
from portal.web import db, htmx, uploads
from portal.web.links import url_for
from portal.web.paging import place_after

LATER, PREVIEW = "cases/_later.html", "cases/_preview.html"


def may_write(opened: Opened) -> Opened:
    """The same case; 403 for who may only read it."""
    if not opened.rights.may_comment:
        abort(403)
    return opened


def later(opened: Opened) -> ResponseReturnValue:
    """News since the entry `?after=`: nothing is swapped where there are none, and a closed case is asked no more."""
    after = place_after() or 0
    if not htmx.is_partial():
        return htmx.leave(opened.to("case"))
    entries = conversations.entries(db.session(), opened.case, for_staff=False, after=after)
    if not entries:
        return "", 286 if opened.case.state is CaseState.CLOSED else 204
    files_of = attachments.of_entries(db.session(), [entry.id for entry in entries], for_staff=False)
    said = f"{len(entries)} new {'entry' if len(entries) == 1 else 'entries'} in the conversation"
    context = {**head(opened), "entries": entries, "files_of": files_of, "last_id": entries[-1].id, "said": said}
    return htmx.page(opened.page, LATER, **context)


def comment(opened: Opened) -> ResponseReturnValue:
    """Add the comment, or show the form again with what is wrong beside its fields."""
    form = CommentForm()
    if not form.validate() or not _is_sent(opened, form):
        return htmx.refused(opened.page, **drawn(opened, CaseForms(comment=form)))
    case_drafts.discard(db.session(), opened.place)
    flash("Your comment is added.")
    return htmx.leave(opened.to("case"))


def discard(opened: Opened) -> ResponseReturnValue:
    """Forget the draft of a comment."""
    case_drafts.discard(db.session(), opened.place)
    return htmx.leave(opened.to("case"))


def preview(opened: Opened) -> ResponseReturnValue:
    """The comment as it will look: a part for htmx, else the page with the form as it was filled in."""
    form = CommentForm()
    shown = markdown.html(form.text.data or "")
    context = {} if htmx.is_partial() else drawn(opened, CaseForms(comment=form))
    return htmx.page(opened.page, PREVIEW, **context, preview=shown)


def remove_cc(opened: Opened, participant_id: int) -> ResponseReturnValue:
    """Take an address off CC: others by who manages the case, and everybody themselves (CC-12)."""
    found = next((one for one in opened.participants if one.id == participant_id), None)
    doer = doing()
    if found is None:
        return htmx.leave(opened.to("case"))
    if not opened.rights.may_manage and found.user_id != doer.who.id:
        abort(403)
    case_people.remove_cc(db.session(), opened.case, found, doer)
    flash(f"{found.address} is off CC, and gets no more mail of {opened.catalogue.words.case} {opened.case.id}.")
    still = case_access.rights(db.session(), opened.case, doer.who)
    return htmx.leave(opened.to("case") if still.may_see else url_for("home.index"))


def _is_sent(opened: Opened, form: CommentForm) -> bool:
    """Write the comment with its files; what is refused stands beside its field."""
    if uploads.sent().problems:
        return False
    cc = _read_cc(opened, form)
    if form.cc.errors:
        return False
    try:
        entry = conversations.comment(db.session(), opened.case, form.text.data or "", doing(), cc=cc)
        attachments.attach(db.session(), entry, uploads.sent().hex_ids, opened.files)
    except Refusal as refusal:
        form.text.errors = [str(refusal)]
        return False
    return True


def _read_cc(opened: Opened, form: CommentForm) -> Sequence[str]:
    case, policy = opened.case, opened.catalogue.case_policy
    try:
        wanted = addresses(opened.catalogue, form.cc.data)
        case_people.check_cc(db.session(), case.organization, opened.catalogue, wanted)
        present = {one.address for one in opened.participants}
        case_addresses.to_add(wanted, requester=case.requester.email, present=present, most=policy.cc_most)
    except Refusal as refusal:
        form.cc.errors = [str(refusal)]
        return ()
    return wanted
