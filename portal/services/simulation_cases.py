"""Takes the steps of a scenario that are about cases, and says what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal import catalogues
from portal.domain import case_answers
from portal.domain.case_forms import Widget
from portal.domain.cases import result
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Malformed
from portal.domain.permissions import StaffRole
from portal.domain.response_targets import Via
from portal.domain.scenario_cases import CaseReply, CaseSeverity, CaseStep, OpenCase, Side
from portal.models.cases import Case
from portal.models.organizations import Organization, Project, User
from portal.services import case_severities, cases, conversations, people
from portal.services.case_doing import Doing
from portal.services.cases import NewCase

_CUSTOMER = "customer@{slug}.scenario.invalid"
_AGENT = "agent@scenario.invalid"
# What the portal's forms demand, where the file says nothing; as long as any form asks.
_PLAIN = "As the scenario says, and described as fully as the form asks for it."
_NOBODY = ""  # such people cannot sign in


@dataclass(slots=True)
class CaseLog:
    """The cases of a scenario being played, by what the file calls them."""

    organization: Organization
    numbers: dict[str, int] = field(default_factory=dict)


def take(session: Session, log: CaseLog, step: CaseStep) -> None:
    """Do what the step says, at its instant; refused where the file has no such case then, or a rule refuses it."""
    match step:
        case OpenCase():
            _open(session, log, step)
        case CaseReply():
            conversations.comment(session, _find(session, log, step), _PLAIN, _doing(session, log, step.at, step.by))
        case CaseSeverity():
            _change_severity(session, log, step)


def answer(session: Session, organization: Organization, *, until: date) -> list[dict[str, Any]]:
    """The cases of a scenario in the order of their opening, as they stand when the day `until` is over."""
    at = datetime.combine(until + timedelta(days=1), time(), tzinfo=organization.created_at.tzinfo)
    opened = (
        select(Case)
        .join(User, User.id == Case.requester_id)
        .where(Case.organization_id == organization.id, User.email == _CUSTOMER.format(slug=organization.slug))
        .order_by(Case.created_at, Case.id)
    )
    return [_result(case, at) for case in session.scalars(opened).all()]


def is_stand_in(address: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether the address is of somebody whom scenarios make up."""
    return address.endswith("scenario.invalid")


def _result(case: Case, at: datetime) -> dict[str, Any]:
    owed = cases.owed(case)
    return {
        "ref": case.subject,
        "first_response_due": _instant(owed.due_at) if owed else None,
        "first_response": _instant(case.first_responded_at) if case.first_responded_at else None,
        "result": result(owed, answered_at=case.first_responded_at, at=at).value,
    }


def _open(session: Session, log: CaseLog, step: OpenCase) -> None:
    if step.ref in log.numbers:
        raise Malformed(f"{step.place}.ref", f'there is a case "{step.ref}" already')
    catalogue = catalogues.load(log.organization.catalogue)
    _check_severity(catalogue, step.severity, step.place)
    project = None
    if step.project is not None:
        own = Project.organization_id == log.organization.id
        project = session.scalars(select(Project).where(own, Project.name == step.project)).one()
    answers = {"severity": step.severity or ""}
    wanted = NewCase(
        subject=step.ref,
        description=_PLAIN,
        project=project,
        severity=step.severity,
        business_impact=step.impact or _plain_impact(catalogue, step.severity),
        product=_first_option(catalogue, "product", answers),
        reason=_first_option(catalogue, "reason", answers),
    )
    doing = _doing(session, log, step.at, Side.CUSTOMER, via=step.via)
    log.numbers[step.ref] = cases.open_case(session, log.organization, wanted, doing).id


def _change_severity(session: Session, log: CaseLog, step: CaseSeverity) -> None:
    case = _find(session, log, step)
    catalogue = catalogues.load(log.organization.catalogue)
    _check_severity(catalogue, step.severity, step.place)
    doing = _doing(session, log, step.at, step.by)
    if step.by is Side.STAFF:
        case_severities.assess(session, case, step.severity, step.explanation or _PLAIN, doing)
    else:
        impact = case.business_impact or _plain_impact(catalogue, step.severity)
        case_severities.request(session, case, step.severity, doing, impact=impact)


def _find(session: Session, log: CaseLog, step: CaseReply | CaseSeverity) -> Case:
    number = log.numbers.get(step.ref)
    if number is None:
        raise Malformed(f"{step.place}.ref", f'there is no case "{step.ref}" yet')
    return session.get_one(Case, number)


def _check_severity(catalogue: Catalogue, severity: str | None, place: str) -> None:
    if severity is not None and severity not in catalogue.severities:
        raise Malformed(f"{place}.severity", f"one of {', '.join(catalogue.severities)} is expected, not {severity!r}")


def _plain_impact(catalogue: Catalogue, severity: str | None) -> str | None:
    is_asked = severity is not None and case_answers.impact_problem(catalogue, severity, None) is not None
    return _PLAIN if is_asked else None


def _first_option(catalogue: Catalogue, key: str, answers: Mapping[str, str]) -> str | None:
    field = catalogue.case_form.get(key)
    is_asked = field is not None and field.widget is Widget.SELECT and field.is_required(answers)
    return next(iter(field.options)) if field and is_asked else None


def _doing(session: Session, log: CaseLog, at: datetime, side: Side, *, via: Via = Via.PORTAL) -> Doing:
    if side is Side.STAFF:
        return Doing(by=_agent(session, at), at=at, base_url="", as_staff=True, via=Via.STAFF)
    address = _CUSTOMER.format(slug=log.organization.slug)
    return Doing(by=_person(session, address, "Customer", at), at=at, base_url="", via=via)


def _agent(session: Session, at: datetime) -> User:
    agent = _person(session, _AGENT, "Support", at)
    if not agent.staff_roles:
        people.grant_staff_role(session, agent, StaffRole.SUPPORT)
    return agent


def _person(session: Session, address: str, name: str, at: datetime) -> User:
    found = people.find_user_by_email(session, address)
    return found or people.create_user(session, address, name=name, password_hash=_NOBODY, at=at)


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
