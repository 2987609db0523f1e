"""Plays what the demo's support has seen, by the services that pages use."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal.domain.cases import CaseState
from portal.domain.demo_cases import GOOD, Deed, DemoSupport, Opening, Turn, parse_support
from portal.domain.response_targets import Via
from portal.domain.scenario_templates import materialise
from portal.models.cases import Case
from portal.models.organizations import Organization, Project, User
from portal.services import (
    account_teams,
    case_changes,
    case_ratings,
    case_severities,
    cases,
    conversations,
    incidents,
    macros,
    organizations,
    outbox,
    people,
)
from portal.services.case_doing import Doing
from portal.services.cases import NewCase
from portal.services.incidents import Announcement


def read(template: str, *, today: date, source: str) -> DemoSupport:
    """What is in the template, as of `today`."""
    return parse_support(tomllib.loads(materialise(template, today=today)), source=source)


def play(session: Session, support: DemoSupport, played: Mapping[str, Organization], *, base_url: str) -> None:
    """Do all of it in the order of its time, in the organizations by their slugs, whose people are there.

    Nothing is mailed for what is long past: whoever tries the portal out is to see in the mailbox how the newest news
    read, and a mail server is not to get mail of half a year ago. So what was posted before `mail_since` is withdrawn.
    """
    stage = _Stage(session, base_url, played)
    _keep_things(stage, support)
    for step in support.steps:
        if step.at < support.mail_since:
            _take(stage, step)
    for organization in played.values():
        outbox.withdraw(session, organization)
    for step in support.steps:
        if step.at >= support.mail_since:
            _take(stage, step)


@dataclass(slots=True)
class _Stage:
    """Where it is played: who is known by address, and cases by what the file calls them."""

    session: Session
    base_url: str
    played: Mapping[str, Organization]
    people: dict[str, User] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)

    def person(self, address: str) -> User:
        """Somebody of the demo."""
        if address not in self.people:
            found = people.find_user_by_email(self.session, address)
            if found is None:
                raise LookupError(f"the demo has nobody with the address {address}")
            self.people[address] = found
        return self.people[address]

    def project(self, organization: Organization, name: str) -> Project:
        """A project by its name."""
        found = organizations.projects_of(self.session, organization)
        return next(project for project in found if project.name == name)

    def doing(self, step: Opening | Turn) -> Doing:
        """Who does the step, as whom."""
        if isinstance(step, Turn) and step.deed in {Deed.CLOSE, Deed.ANSWER_FROM_OUTSIDE}:
            return Doing(by=None, at=step.at, base_url=self.base_url, via=Via.EMAIL)
        by = self.person(step.by)
        is_staff = bool(by.staff_roles)
        via = Via.STAFF if is_staff else Via.PORTAL
        return Doing(by=by, at=step.at, base_url=self.base_url, as_staff=is_staff, via=via)


def _keep_things(stage: _Stage, support: DemoSupport) -> None:
    """Macros, account teams and incidents, as if they were there before the first case."""
    session, agent = stage.session, stage.person(support.agent)
    at = support.steps[0].at - timedelta(days=1)
    for name, text in support.macros.items():
        macros.write(session, name, text, by=agent, at=at)
    for one in support.teams:
        organization = stage.played[one.organization]
        account_teams.add(session, organization, name=one.name, works_as=one.works_as, email=one.email, by=agent, at=at)
    for over in support.incidents:
        said = Announcement(
            severity=over.severity, title=over.title, text=over.text, begins_at=over.begins_at, ends_at=over.ends_at
        )
        incidents.announce(session, said, catalogue=over.catalogue, by=agent, at=over.begins_at)


def _take(stage: _Stage, step: Opening | Turn) -> None:
    if isinstance(step, Opening):
        stage.cases[step.ref] = _open(stage, step)
    else:
        _DEEDS[step.deed](stage, stage.cases[step.ref], step, stage.doing(step))


def _open(stage: _Stage, step: Opening) -> Case:
    organization = stage.played[step.organization]
    wanted = NewCase(
        subject=step.subject,
        description=step.description,
        project=stage.project(organization, step.project) if step.project else None,
        severity=step.severity,
        product=step.product,
        reason=step.reason,
        cc=step.cc,
        follows=stage.cases[step.follows] if step.follows else None,
    )
    return cases.open_case(stage.session, organization, wanted, stage.doing(step))


def _comment(stage: _Stage, case: Case, turn: Turn, doing: Doing) -> None:
    conversations.comment(stage.session, case, turn.text, doing)


def _note(stage: _Stage, case: Case, turn: Turn, doing: Doing) -> None:
    conversations.note(stage.session, case, turn.text, doing)


def _answer_from_outside(stage: _Stage, case: Case, turn: Turn, doing: Doing) -> None:
    conversations.comment_from_outside(stage.session, case, turn.text, turn.by, doing)


def _claim(stage: _Stage, case: Case, _: Turn, doing: Doing) -> None:
    case_changes.assign(stage.session, case, doing.who, doing)


def _set_state(stage: _Stage, case: Case, turn: Turn, doing: Doing) -> None:
    case_changes.set_state(stage.session, case, CaseState(turn.choice), doing)


def _solve(stage: _Stage, case: Case, turn: Turn, doing: Doing) -> None:
    case_changes.set_state(stage.session, case, CaseState.SOLVED, doing, reason=turn.choice)


def _assess(stage: _Stage, case: Case, turn: Turn, doing: Doing) -> None:
    case_severities.assess(stage.session, case, turn.choice, turn.text, doing)


def _disagree(stage: _Stage, case: Case, turn: Turn, doing: Doing) -> None:
    change = case_severities.changes_of(stage.session, case)[-1]
    case_severities.disagree(stage.session, change, turn.text, doing)


def _merge(stage: _Stage, case: Case, turn: Turn, doing: Doing) -> None:
    case_changes.merge(stage.session, case, stage.cases[turn.choice], doing)


def _rate(stage: _Stage, case: Case, turn: Turn, doing: Doing) -> None:
    case_ratings.rate(stage.session, case, is_good=turn.choice == GOOD, words=turn.text, doing=doing)


def _close(stage: _Stage, _: Case, turn: Turn, __: Doing) -> None:
    """Time closes what has been solved for long enough, as the worker would have done."""
    case_changes.close_due(stage.session, at=turn.at, base_url=stage.base_url)


_DEEDS: Mapping[Deed, Callable[[_Stage, Case, Turn, Doing], None]] = {
    Deed.COMMENT: _comment,
    Deed.NOTE: _note,
    Deed.ANSWER_FROM_OUTSIDE: _answer_from_outside,
    Deed.CLAIM: _claim,
    Deed.STATE: _set_state,
    Deed.SOLVE: _solve,
    Deed.ASSESS: _assess,
    Deed.DISAGREE: _disagree,
    Deed.MERGE: _merge,
    Deed.RATE: _rate,
    Deed.CLOSE: _close,
}
