"""What an organization can expect of support: its plan, what it includes, how soon, and who answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import response_words
from portal.domain.catalogue import Catalogue, Contact, ContactKind
from portal.domain.origins import Origin
from portal.domain.plan_changes import asks_for_a_month
from portal.domain.response_targets import TargetKind
from portal.domain.support_plans import Availability, Cell, Channel, Severity
from portal.models.account_teams import AccountTeamMember
from portal.models.organizations import Organization
from portal.services import account_teams, support_blocks, support_standing, tier_turns
from portal.services.plan_comparison import Column, Entry, PlanComparison, compare
from portal.services.support_standing import Outlook, Standing
from portal.services.tier_turns import RequestWithState


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """A channel of the plan that is open, or asked for case by case; for `severities` alone where there are some."""

    channel: Channel
    cell: Cell
    severities: tuple[Severity, ...]

    @property
    def is_case_by_case(self) -> bool:
        """Whether it is granted case by case."""
        return self.cell.availability is Availability.CASE_BY_CASE


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """The words of the first response to cases of a severity; what is expected is no promise (NE-5)."""

    severity: Severity
    words: str
    is_expected: bool
    is_demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportOverview:
    """What the support page shows. `column` is the plan's in `compared`; `blocked_because` is why there is no support.

    `requests` are those for another tier, the newest first.
    """

    outlook: Outlook
    requests: Sequence[RequestWithState]
    compared: PlanComparison
    column: Column
    included: Sequence[tuple[str, Entry]]
    channels: Sequence[OpenChannel]
    responses: Sequence[ResponseTime]
    contacts: Sequence[Contact]
    team: Sequence[AccountTeamMember]
    blocked_because: str | None

    @property
    def standing(self) -> Standing:
        """The plan in force."""
        return self.outlook.standing

    @property
    def opens_cases(self) -> bool:
        """Whether the plan has cases."""
        return self.standing.plan is not None and self.standing.plan.opens_cases


def overview_of(session: Session, organization: Organization, *, user_id: int, on: date) -> SupportOverview:
    """Everything about the plan in force on the day, and about the person who looks at it."""
    catalogue = catalogues.load(organization.catalogue)
    is_asked = asks_for_a_month(catalogue.change_rules)
    outlook = _outlook(session, organization, is_asked=is_asked, on=on)
    standing = outlook.standing
    compared = compare(catalogue)
    key = standing.plan.key if standing.plan else ""
    columns = compared.channels.columns
    place = next((place for place, column in enumerate(columns) if column.key == key), 0)
    channels = tuple(_open_channels(catalogue, key))
    return SupportOverview(
        outlook=outlook,
        requests=tier_turns.requests_of(session, organization, on=on) if is_asked else (),
        compared=compared,
        column=columns[place],
        included=[(row.name, row.entries[place]) for row in compared.channels.rows],
        channels=channels,
        responses=tuple(_responses(catalogue, standing, organization.region)),
        contacts=[one for kind, one in catalogue.contacts.items() if kind is not ContactKind.PHONE],
        team=account_teams.of(session, organization),
        blocked_because=support_blocks.reason_of(session, organization, user_id),
    )


def _outlook(session: Session, organization: Organization, *, is_asked: bool, on: date) -> Outlook:
    """Where plans are asked for, the request says what follows."""
    if is_asked:
        return Outlook(support_standing.plan_of(session, organization, on=on))
    return support_standing.outlook_of(session, organization, on=on)


def _open_channels(catalogue: Catalogue, plan: str) -> Iterator[OpenChannel]:
    for channel in catalogue.channels.values():
        cell = channel.plans[plan] if plan else channel.without_plan
        if cell and cell.availability in {Availability.INCLUDED, Availability.CASE_BY_CASE}:
            yield OpenChannel(channel, cell, tuple(catalogue.severities[key] for key in cell.severities))


def _responses(catalogue: Catalogue, standing: Standing, region: str | None) -> Iterator[ResponseTime]:
    """The times of the plan and its variant, as the customer's region counts; the worst severity first."""
    if standing.plan is None:
        return
    for severity in sorted(catalogue.severities.values(), key=lambda one: one.rank):
        target = catalogue.target(standing.plan.key, severity.key, variant=standing.variant)
        if target:
            words = response_words.target_in_words(catalogue, target, region=region)
            is_expected, is_demo = target.kind is TargetKind.EXPECTATION, target.origin is Origin.DEMO
            yield ResponseTime(severity, words, is_expected, is_demo)
