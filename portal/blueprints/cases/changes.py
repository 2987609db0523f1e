"""What customers change of a case: its severity, that it is solved, a video chat; and that they disagree."""

from __future__ import annotations

from flask import abort, flash, request
from flask.typing import ResponseReturnValue

from portal.blueprints.cases.doing import doing
from portal.blueprints.cases.forms import DisagreementForm, SeverityForm
from portal.blueprints.cases.routes import bp
from portal.blueprints.cases.views import CaseForms, Opened, drawn, of_organization
from portal.domain.errors import Overtaken, Refusal
from portal.domain.permissions import Action
from portal.models.case_entries import SeverityChange
from portal.services import case_changes, case_severities, conversations
from portal.services.cases import NotFilledIn
from portal.web import db, htmx
from portal.web.access import requires
from portal.web.idempotency import once, repeatable


@bp.post("/support/cases/<int:case_number>/severity")
@requires(Action.VIEW_ORGANIZATION)
@once
def change_severity(case_number: int) -> ResponseReturnValue:
    """Raise or lower it; where it asks for the business impact, with that (V-AMB-28)."""
    opened = _managed(case_number)
    form = SeverityForm(opened.catalogue)
    if not form.validate() or not _is_changed(opened, form):
        return htmx.refused(opened.page, **drawn(opened, CaseForms(severity=form)))
    flash("The severity is changed." if opened.case.assessed_severity is None else "Support is asked to change it.")
    return htmx.leave(opened.to("case"))


@bp.post("/support/cases/<int:case_number>/disagreement")
@requires(Action.VIEW_ORGANIZATION)
@once
def disagree(case_number: int) -> ResponseReturnValue:
    """Disagree with staff's assessment, and say why (NE-20)."""
    opened = _managed(case_number)
    form, change = DisagreementForm(), _assessment(opened)
    if not form.validate():
        return htmx.refused(opened.page, **drawn(opened, CaseForms(disagreement=form)))
    case_severities.disagree(db.session(), change, form.because.data or "", doing())
    flash("Support knows that you disagree, and why.")
    return htmx.leave(opened.to("case"))


@bp.post("/support/cases/<int:case_number>/video")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("it is asked for once")
def ask_for_video(case_number: int) -> ResponseReturnValue:
    """Ask for a video chat (NE-3)."""
    opened = _managed(case_number)
    case_changes.ask_for_video(db.session(), opened.case, doing())
    flash("You have asked for a video chat. Support answers here.")
    return htmx.leave(opened.to("case"))


@bp.post("/support/cases/<int:case_number>/solution")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("what is solved stays solved")
def solve(case_number: int) -> ResponseReturnValue:
    """Say that it is solved."""
    opened = _managed(case_number)
    case_changes.solve(db.session(), opened.case, doing())
    flash("It is marked as solved. A comment opens it again.")
    return htmx.leave(opened.to("case"))


def _managed(case_number: int) -> Opened:
    """The case, for who may change it."""
    opened = of_organization(case_number)
    if not opened.rights.may_manage:
        abort(403)
    return opened


def _is_changed(opened: Opened, form: SeverityForm) -> bool:
    impact = form.business_impact.data if "business_impact" in form else None
    try:
        case_severities.request(db.session(), opened.case, form.severity.data or "", doing(), impact=impact)
    except NotFilledIn as refusal:
        for key, message in refusal.fields.items():
            form[key].errors = [message]
        return False
    except Refusal as refusal:
        form.severity.errors = [str(refusal)]
        return False
    return True


def _assessment(opened: Opened) -> SeverityChange:
    """The assessment that the page showed; another one may have come since."""
    session = db.session()
    shown = conversations.find_entry(session, opened.case, request.form.get("assessment", ""), for_staff=False)
    change = case_severities.find_change_of(session, shown) if shown else None
    if change is None:
        raise Overtaken("The severity has changed since you opened the page.")
    return change
