"""Cases: opening one, and finding it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal import catalogues
from portal.domain import case_answers, case_terms, response_clock
from portal.domain.case_terms import CaseTerms
from portal.domain.cases import CaseState, Happening, Video
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.response_clock import FirstResponse
from portal.domain.response_targets import Via
from portal.domain.support_plans import SupportPlan
from portal.models.cases import Case, CaseProject
from portal.models.organizations import Organization, Project, User
from portal.services import (
    case_entries,
    case_news,
    case_people,
    history,
    organizations,
    support_blocks,
    support_policies,
    support_standing,
)
from portal.services.case_doing import Doing
from portal.services.holiday_sets import holidays_of
from portal.services.support_standing import Standing

_TOKEN_BYTES = 20  # 160 bits; as Base32 it survives mail servers that change the case of an address.


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """What somebody asks for. `project` None is the whole organization; `cc` are addresses.

    `affected` are projects, each with the name of a service in it or without one. Staff open it for the `requester`.
    """

    subject: str
    description: str
    project: Project | None = None
    severity: str | None = None
    business_impact: str | None = None
    product: str | None = None
    reason: str | None = None
    invoice_id: int | None = None
    video: bool = False
    cc: Sequence[str] = ()
    affected: Sequence[tuple[Project, str]] = ()
    follows: Case | None = None
    requester: User | None = None

    @property
    def answers(self) -> Mapping[str, str]:
        """What the form's fields hold, by their keys."""
        texts = {
            "subject": self.subject,
            "description": self.description,
            "severity": self.severity,
            "business_impact": self.business_impact,
            "product": self.product,
            "reason": self.reason,
        }
        return {key: text or "" for key, text in texts.items()} | {"cc": " ".join(self.cc)}


class NotFilledIn(Refusal):
    """A form that is not filled in as asked: the messages by field; the first one stands for all."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        super().__init__(next(iter(fields.values())))


def open_case(session: Session, organization: Organization, wanted: NewCase, doing: Doing) -> Case:
    """Open a case for who does it, and tell everybody concerned (CASE-1).

    Refused where the plan opens none, where support is ended for the organization or person, and as `NotFilledIn`
    where the form is not filled in. Who may raise cases is asked before (`case_access.may_raise`).
    """
    catalogue = catalogues.load(organization.catalogue)
    standing = support_standing.plan_of(session, organization, on=doing.at.date())
    plan = opening_plan(session, organization, catalogue, standing)
    support_blocks.check(session, organization, wanted.requester or doing.who)
    _check(session, organization, catalogue, plan, wanted, doing.via)
    case = _write(session, organization, catalogue, wanted, doing, standing)
    _write_first_entry(session, case, wanted, doing)
    case_people.add_cc(session, case, wanted.cc, doing)
    history.record(
        session,
        organization,
        Event.CASE_CREATED,
        at=doing.at,
        by=doing.by,
        project=wanted.project,
        # Everybody in the organization reads the feed, and not everybody its cases (P11, P15).
        detail=str(case.id),
    )
    case_news.tell_opened(session, case, doing)
    return case


def opening_plan(session: Session, organization: Organization, catalogue: Catalogue, standing: Standing) -> SupportPlan:
    """The plan that a new case stands on; refused in the customer's words where there is none that opens cases."""

    def has_projects() -> bool:
        return bool(organizations.count_projects(session, organization))

    return case_answers.opening_plan(catalogue, standing.plan, has_projects=has_projects)


def find(session: Session, number: int, *, organization: Organization | None = None) -> Case | None:
    """The case of this number; of `organization`, where one is given, another's is absent."""
    if not 0 < number < 2**63:
        return None
    query = select(Case).where(Case.id == number).options(
        joinedload(Case.organization),
        joinedload(Case.project),
        joinedload(Case.requester).lazyload(User.staff_roles),
        joinedload(Case.assignee).lazyload(User.staff_roles),
    )  # fmt: skip
    if organization is not None:
        query = query.where(Case.organization_id == organization.id)
    return session.scalars(query).one_or_none()


def hold(session: Session, case: Case) -> Case:
    """The case as it stands now, held by this transaction until it ends."""
    return session.get_one(Case, case.id, with_for_update=True, populate_existing=True)


def terms_of(case: Case) -> CaseTerms:
    """What was agreed when the case was opened (SL-9)."""
    return case_terms.from_json(case.terms, holidays_of)


def owed(case: Case) -> FirstResponse | None:
    """The first response that the case is owed; None where nothing is said."""
    policy = terms_of(case).policy(case.due_severity)
    if policy is None or case.due_since is None or case.due_at is None:
        return None
    return FirstResponse(policy, case.created_at, case.due_since, case.due_at)


def owe(case: Case, response: FirstResponse | None, severity: str | None) -> None:
    """Note what the case is owed from now on, by the policy of `severity`."""
    case.due_severity = severity if response else None
    case.due_since = response.since if response else None
    case.due_at = response.due_at if response else None
    case.target_kind = response.policy.target.kind if response else None


def _check(
    session: Session,
    organization: Organization,
    catalogue: Catalogue,
    plan: SupportPlan,
    wanted: NewCase,
    via: Via,
) -> None:
    # What did not come through the form need not answer its questions, but for what every case has (NE-12).
    asked = wanted.answers
    found = case_answers.problems(catalogue, plan, asked)
    if via is not Via.PORTAL:
        found = {key: problem for key, problem in found.items() if asked.get(key)}
    if found:
        raise NotFilledIn(found)
    case_people.check_cc(session, organization, catalogue, wanted.cc)


def _write(
    session: Session,
    organization: Organization,
    catalogue: Catalogue,
    wanted: NewCase,
    doing: Doing,
    standing: Standing,
) -> Case:
    plan = opening_plan(session, organization, catalogue, standing)
    asks_video = wanted.video and "video" in case_answers.fields_of(catalogue, plan)
    case = Case(
        organization_id=organization.id,
        project_id=wanted.project.id if wanted.project else None,
        requester_id=(wanted.requester or doing.who).id,
        via=doing.via,
        subject=wanted.subject.strip(),
        product=wanted.product,
        reason=wanted.reason,
        invoice_id=wanted.invoice_id,
        requested_severity=wanted.severity,
        business_impact=(wanted.business_impact or "").strip() or None,
        video=Video.ASKED if asks_video else None,
        state=CaseState.NEW,
        state_since=doing.at,
        terms={},
        policy_version=support_policies.in_force(organization.catalogue, doing.at.date()),
        plan_rank=-plan.rank,
        severity_rank=severity_rank(catalogue, wanted.severity),
        reply_token=secrets.token_hex(_TOKEN_BYTES),
        follows_id=wanted.follows.id if wanted.follows else None,
        created_at=doing.at,
        updated_at=doing.at,
    )
    _agree(case, organization, catalogue, plan, variant=standing.variant)
    session.add(case)
    session.flush()
    places = {(project.id, service) for project, service in wanted.affected}
    session.add_all(CaseProject(case_id=case.id, project_id=id_, service=service) for id_, service in sorted(places))
    return case


def severity_rank(catalogue: Catalogue, severity: str | None) -> int:
    """The place of a severity in the queue; none counts as the catalogue says, or comes last."""
    known = catalogue.severities.get(severity or catalogue.case_policy.severity_when_missing or "")
    return known.rank if known else len(catalogue.severities) + 1


def _agree(
    case: Case, organization: Organization, catalogue: Catalogue, plan: SupportPlan, *, variant: str | None
) -> None:
    """Keep with the case what is promised now, and what it is owed by that (SL-9)."""
    terms = case_terms.agree(
        catalogue,
        plan=plan.key,
        variant=variant,
        region=organization.region,
        via=case.via,
        holidays_of=holidays_of,
    )
    case.terms = case_terms.as_json(terms)
    policy = terms.policy(case.severity)
    owe(case, response_clock.opened(policy, case.created_at) if policy else None, case.severity)


def _write_first_entry(session: Session, case: Case, wanted: NewCase, doing: Doing) -> None:
    case_entries.write_comment(session, case, wanted.description, doing)
    if wanted.follows:
        case_entries.write_event(session, case, Happening.FOLLOWS, {"number": wanted.follows.id}, doing)
        case_entries.write_event(session, wanted.follows, Happening.FOLLOWED_BY, {"number": case.id}, doing)
