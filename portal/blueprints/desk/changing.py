"""Agents change a case: whose it is, where it stands, how bad it is, whether one meets."""

from __future__ import annotations

from flask import abort, request
from flask.typing import ResponseReturnValue

from portal import catalogues
from portal.blueprints.desk import forms, sight
from portal.blueprints.desk.routes import as_agent, bp, found_case
from portal.domain.cases import STAFF_WORDS, CaseState
from portal.domain.errors import Overtaken
from portal.domain.permissions import StaffRole
from portal.models.cases import Case
from portal.models.organizations import User
from portal.services import case_changes, case_people, case_severities, people
from portal.services.searching import number_in
from portal.web import db
from portal.web.access import staff_only
from portal.web.idempotency import once


@bp.post("/cases/<int:case_number>/assignment")
@staff_only(StaffRole.SUPPORT)
@once
def assign(case_number: int) -> ResponseReturnValue:
    """Take it, give it to somebody else, or let go of it; 409 where somebody else has taken it meanwhile."""
    case, form = found_case(case_number), forms.AssignmentForm()
    agents = {str(agent.id): agent for agent in people.staff_with(db.session(), StaffRole.SUPPORT)}
    forms.offer_agents(form, agents.values())
    agent = agents.get(form.agent.data or "")
    seen = number_in(form.seen.data or "")
    news = f"{agent.name} has it now." if agent else "It is nobody’s now."
    return sight.act(case, form, lambda: _assign(case, agent, seen), field="agent", news=news)


@bp.post("/cases/<int:case_number>/state")
@staff_only(StaffRole.SUPPORT)
@once
def set_state(case_number: int) -> ResponseReturnValue:
    """Set where it stands; who solves it says how (NE-15)."""
    case, form = found_case(case_number), forms.StateForm()
    forms.offer_states(form, case, catalogues.load(case.organization.catalogue))

    def change() -> None:
        wanted = CaseState(form.state.data)
        case_changes.set_state(db.session(), case, wanted, as_agent(), reason=form.close_reason.data or None)

    known = form.state.data in set(CaseState)
    news = f"The state is “{STAFF_WORDS[CaseState(form.state.data)]}”." if known else ""
    return sight.act(case, form, change, field="close_reason" if form.state.data == "solved" else "state", news=news)


@bp.post("/cases/<int:case_number>/severity")
@staff_only(StaffRole.SUPPORT)
@once
def assess(case_number: int) -> ResponseReturnValue:
    """Assess the severity, with an explanation that the customer reads (NE-20)."""
    case, form = found_case(case_number), forms.AssessmentForm()
    forms.offer_severities(form, catalogues.load(case.organization.catalogue))

    def change() -> None:
        explanation = form.explanation.data or ""
        case_severities.assess(db.session(), case, form.severity.data or "", explanation, as_agent())

    return sight.act(case, form, change, field="explanation", news="The severity is changed; the customer reads why.")


@bp.post("/cases/<int:case_number>/severity/<change_id>/settlement")
@staff_only(StaffRole.SUPPORT)
@once
def settle(case_number: int, change_id: str) -> ResponseReturnValue:
    """Note how a disagreement was settled; the customer reads it."""
    case, form = found_case(case_number), forms.SettlementForm()
    found = case_severities.find_change(db.session(), case, change_id)
    if found is None:
        abort(404)

    def change() -> None:
        case_severities.settle(db.session(), found, form.settlement.data or "", as_agent())

    return sight.act(case, form, change, field="settlement", news="The disagreement is settled.")


@bp.post("/cases/<int:case_number>/video")
@staff_only(StaffRole.SUPPORT)
@once
def answer_video(case_number: int) -> ResponseReturnValue:
    """Grant or decline the video chat that was asked for (NE-3)."""
    case, form = found_case(case_number), forms.VideoForm()
    granted = request.form.get("answer") == "grant"

    def change() -> None:
        words = form.video_words.data or ""
        case_changes.answer_video(db.session(), case, granted=granted, text=words, doing=as_agent())

    news = "The video chat is granted." if granted else "The video chat is declined."
    return sight.act(case, form, change, field="video_words", news=news)


@bp.post("/cases/<int:case_number>/sharing")
@staff_only(StaffRole.SUPPORT)
@once
def share(case_number: int) -> ResponseReturnValue:
    """Let everybody of the customer see all of its cases, or no longer (AV-52)."""
    case = found_case(case_number)
    # What the page offered, not the opposite of what holds by now: somebody else may have been faster.
    if request.form.get("shared") == "yes":
        case_people.share_list(db.session(), case.organization, as_agent())
        return sight.done(case, f"Everybody of {case.organization.name} sees all cases now.")
    case_people.unshare_list(db.session(), case.organization)
    return sight.done(case, f"In {case.organization.name} people see the cases of their roles again.")


def _assign(case: Case, agent: User | None, seen: int | None) -> None:
    try:
        case_changes.assign(db.session(), case, agent, as_agent(), seen=seen)
    except Overtaken as overtaken:
        name = people.find_name(db.session(), case.assignee_id)
        raise Overtaken(f"{name} has taken it since you opened the page.") from overtaken
