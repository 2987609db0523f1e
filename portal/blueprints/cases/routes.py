"""A new case: the form that the vendor asks for, the first visit, and opening it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal import clock
from portal.blueprints.cases import opening
from portal.blueprints.cases.doing import doing
from portal.blueprints.cases.forms import CaseForm, add_rows, case_form
from portal.blueprints.cases.opening import Opening
from portal.domain.case_forms import Widget
from portal.domain.errors import Refusal
from portal.domain.permissions import Action
from portal.domain.support_plans import Availability, Channel, SupportPlan
from portal.models.cases import Case
from portal.services import attachments, case_drafts, cases, conversations, support_syncs
from portal.services.attachments import Draft
from portal.services.case_drafts import Place
from portal.web import db, htmx, uploads
from portal.web.access import ORGANIZATION_PREFIX, current_catalogue, current_organization, may, requires
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user
from portal.web.links import url_for

NEW, NONE, FIRST_VISIT = "cases/new.html", "cases/none.html", "cases/first_visit.html"

bp = Blueprint("cases", __name__, url_prefix=ORGANIZATION_PREFIX)


def draft_of_new_case() -> Draft:
    """Where files for the new case are kept."""
    opening.raised()
    return Draft(current_organization(), current_user())


@bp.app_template_global()
def may_report_invoices() -> bool:
    """Whether the person can open a case about an invoice (NE-31)."""
    kinds = {field.widget for field in current_catalogue().case_form.values()}
    return Widget.INVOICE in kinds and may(Action.RAISE_ORGANIZATION_CASES)


@bp.get("/support/cases/new")
@requires(Action.VIEW_ORGANIZATION)
def new() -> ResponseReturnValue:
    """The form with what was typed before; or why there is none, and the ways that there are."""
    stands = opening.opening(opening.raised())
    if stands.plan is None or not stands.is_possible:
        return htmx.page(NONE, **_ways(stands))
    visit = support_syncs.visit(db.session(), Place(current_organization(), current_user()))
    if visit.is_first:
        return htmx.page(FIRST_VISIT)
    offered = opening.offered(stands.plan, stands.raised)
    typed = MultiDict(visit.draft.content) if visit.draft else None
    form = case_form(offered, formdata=typed, data=opening.presets(offered))
    return htmx.page(NEW, **_drawn(form), draft=visit.draft)


@bp.post("/support/cases")
@requires(Action.VIEW_ORGANIZATION)
@uploads.with_files(draft_of_new_case)
@once
def create() -> ResponseReturnValue:
    """Open the case with its files; or the form again, with what is wrong beside each field."""
    stands = opening.opening(opening.raised())
    if stands.plan is None or not stands.is_possible:
        return htmx.refused(NONE, **_ways(stands))
    form = case_form(opening.offered(stands.plan, stands.raised))
    if not _is_filled_in(form, stands.plan):
        return htmx.refused(NEW, **_drawn(form), draft=None)
    try:
        case = cases.open_case(db.session(), current_organization(), opening.wanted(form), doing())
        _send_files(case)
    except Refusal as refusal:
        form.form_errors.append(str(refusal))
        return htmx.refused(NEW, **_drawn(form), draft=None)
    case_drafts.discard(db.session(), Place(current_organization(), current_user()))
    flash(f"Your {current_catalogue().words.case} has the number {case.id}. We mail you every answer.")
    return htmx.leave(url_for("cases.case", case_number=case.id))


@bp.post("/support/cases/first-visit")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("the organization is made known once")
def synchronize() -> ResponseReturnValue:
    """Make the organization known to support, and go on to the form (SYNC-1)."""
    opening.raised()
    support_syncs.synchronize(db.session(), current_organization(), at=clock.now())
    return htmx.leave(url_for(".new", **request.args.to_dict()))


def _is_filled_in(form: CaseForm, plan: SupportPlan) -> bool:
    is_valid = form.validate()
    form.show(opening.problems(form, plan))
    return is_valid and not form.problems() and not uploads.sent().problems


def _send_files(case: Case) -> None:
    """Send the kept files with the first entry; a file that cannot be sent refuses the whole case."""
    session = db.session()
    first = conversations.entries(session, case, for_staff=False)[0]
    attachments.attach(session, first, uploads.sent().hex_ids, Draft(current_organization(), current_user()))


def _drawn(form: CaseForm) -> dict[str, Any]:
    """What the form's page needs."""
    add_rows(form)
    catalogue = current_catalogue()
    chooser = uploads.chooser(Draft(current_organization(), current_user()), problems=uploads.sent().problems)
    files = next((field for field in form.offered.fields.values() if field.widget is Widget.FILES), None)
    return {
        "form": form,
        "catalogue": catalogue,
        "words": catalogue.words,
        "chooser": chooser if files else None,
        "files": files,
        "followed_number": opening.followed_number(),
    }


def _ways(stands: Opening) -> dict[str, Any]:
    """What there is in place of the form: the channels of who has no cases (AV-40, NE-11)."""
    catalogue, standing = current_catalogue(), stands.standing
    return {
        "stands": stands,
        "catalogue": catalogue,
        "words": catalogue.words,
        "channels": [one for one in catalogue.channels.values() if _is_open(one, standing.plan)],
    }


def _is_open(channel: Channel, plan: SupportPlan | None) -> bool:
    cell = channel.plans[plan.key] if plan else channel.without_plan
    return bool(channel.url and cell and cell.availability is Availability.INCLUDED)
