"""Severities of cases: raised and lowered, explained by staff, disagreed with and settled (NE-20, NE-22, SL-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import case_answers, response_clock
from portal.domain.case_terms import CaseTerms
from portal.domain.cases import CaseState, Happening
from portal.domain.errors import AlreadyDone, Refusal
from portal.models.case_entries import CaseEntry, SeverityChange
from portal.models.cases import Case
from portal.services import case_entries, case_news, cases
from portal.services.case_doing import Doing


def assess(session: Session, case: Case, severity: str, explanation: str, doing: Doing) -> SeverityChange:
    """Staff's assessment of the severity, with the explanation that the customer reads (NE-20).

    Refused without an explanation where the catalogue asks for one, and where it is assessed so already.
    """
    case = _hold(session, case)
    catalogue = catalogues.load(case.organization.catalogue)
    explanation = explanation.strip()
    if severity not in catalogue.severities:
        raise Refusal("Choose one of the severities.")
    if severity == case.assessed_severity or (case.assessed_severity is None and severity == case.requested_severity):
        raise AlreadyDone("This is its severity already.")
    if not explanation and catalogue.case_policy.staff_explain_severity:
        raise Refusal("Explain the change to the customer.")
    old = case.severity
    case.assessed_severity = severity
    return _changed(session, case, old, severity, doing, explanation=explanation)


def request(session: Session, case: Case, severity: str, doing: Doing, *, impact: str | None = None) -> SeverityChange:
    """The customer's own change. Raised to where the form asks for the business impact, it is asked for (V-AMB-28).

    What staff have assessed stays until they assess it anew: then the change is a request (NE-22).
    """
    case = _hold(session, case)
    catalogue = catalogues.load(case.organization.catalogue)
    known = catalogue.severities.get(severity)
    if known is None or not known.customer_selectable:
        raise cases.NotFilledIn({"severity": "Choose one of the severities."})
    if severity == case.requested_severity:
        raise AlreadyDone("This is its severity already.")
    impact = (impact or "").strip() or case.business_impact
    problem = case_answers.impact_problem(catalogue, severity, impact)
    if problem:
        raise cases.NotFilledIn({"business_impact": problem})
    old = case.severity
    case.requested_severity, case.business_impact = severity, impact
    return _changed(session, case, old, severity, doing)


def disagree(session: Session, change: SeverityChange, because: str, doing: Doing) -> None:
    """Note that the customer disagrees with an assessment, and why; once for each."""
    if not change.by_staff:
        raise Refusal("Only an assessment by staff can be disagreed with.")
    if not because.strip():
        raise Refusal("Say why you disagree.")
    case = _hold(session, session.get_one(Case, change.case_id))
    session.refresh(change)
    if change.disagreed_at is not None:
        raise AlreadyDone("Support knows that you disagree.")
    change.disagreed_at, change.disagreed_by_id = doing.at, doing.who.id
    case.updated_at = doing.at
    entry = case_entries.write_event(session, case, Happening.DISAGREED, {"severity": change.new}, doing, body=because)
    case_news.tell_changed(session, case, entry, doing)


def settle(session: Session, change: SeverityChange, how: str, doing: Doing) -> None:
    """Note how a disagreement was settled; the customer reads it."""
    if not how.strip():
        raise Refusal("Say how it was settled.")
    case = cases.hold(session, session.get_one(Case, change.case_id))
    session.refresh(change)
    if change.disagreed_at is None or change.settled_at is not None:
        raise AlreadyDone("There is no disagreement to settle.")
    change.settled_at, change.settled_by_id, change.settlement = doing.at, doing.who.id, how.strip()
    case.updated_at = doing.at
    entry = case_entries.write_event(session, case, Happening.SETTLED, {"severity": change.new}, doing, body=how)
    case_news.tell_changed(session, case, entry, doing)


def changes_of(session: Session, case: Case) -> Sequence[SeverityChange]:
    """All changes of the case's severity, the oldest first."""
    return session.scalars(
        select(SeverityChange).where(SeverityChange.case_id == case.id).order_by(SeverityChange.id)
    ).all()


def find_change(session: Session, case: Case, hex_id: str) -> SeverityChange | None:
    """One of them."""
    query = select(SeverityChange).where(SeverityChange.case_id == case.id, SeverityChange.hex_id == hex_id)
    return session.scalars(query).one_or_none()


def find_change_of(session: Session, entry: CaseEntry) -> SeverityChange | None:
    """The change that this entry of the conversation tells of."""
    return session.scalar(select(SeverityChange).where(SeverityChange.entry_id == entry.id))


def _hold(session: Session, case: Case) -> Case:
    """The case, held; refused when it is closed, also where it was not yet when somebody opened the page (CASE-5)."""
    held = cases.hold(session, case)
    if held.state is CaseState.CLOSED:
        raise Refusal("This is closed, and changes no more. Open a follow-up instead.")
    return held


def _changed(
    session: Session, case: Case, old: str | None, new: str, doing: Doing, *, explanation: str = ""
) -> SeverityChange:
    catalogue = catalogues.load(case.organization.catalogue)
    if case.severity != old:
        _owe_anew(case, cases.terms_of(case), old, doing)
    case.severity_rank = cases.severity_rank(catalogue, case.severity)
    case.updated_at = doing.at
    facts: Mapping[str, object] = {"old": old, "new": new, "counts": case.severity == new}
    entry = case_entries.write_event(session, case, Happening.SEVERITY, facts, doing, body=explanation)
    change = SeverityChange(
        case_id=case.id,
        entry_id=entry.id,
        old=old,
        new=new,
        by_staff=doing.as_staff,
        changed_by_id=doing.who.id,
        changed_at=doing.at,
        explanation=explanation or None,
    )
    session.add(change)
    session.flush()
    case_news.tell_changed(session, case, entry, doing)
    return change


def _owe_anew(case: Case, terms: CaseTerms, old: str | None, doing: Doing) -> None:
    """What is owed after the change, where nobody has answered yet (SL-10)."""
    policy = terms.policy(case.severity)
    if case.first_responded_at is not None or case.severity is None or policy is None:
        return
    before = cases.owed(case)
    if before is None:
        cases.owe(case, response_clock.opened(policy, case.created_at), case.severity)
        return
    after = response_clock.changed(before, policy, doing.at, is_raised=terms.is_raised(old, case.severity))
    if after is not before:
        cases.owe(case, after, case.severity)
        case.warned_at = case.escalated_at = None
