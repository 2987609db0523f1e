"""Who can do what in an organization, and why: the answers of the core for many people at once (ROLE-12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.domain.action_nouns import Noun, grouped
from portal.domain.action_words import ACTION_WORDS
from portal.domain.permissions import Action, Grants, ProjectRole, Roles, actions_known, why, why_everywhere
from portal.models.organizations import Membership, OrganizationRole, User
from portal.models.organizations import ProjectRole as HeldInProject
from portal.models.teams import TeamProjectRole
from portal.services import organizations

_AT_ONCE = 500
_NAMED = 5
# Stands for any one project where only roles are asked about.
_A_PROJECT = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """A role that permits something: in the organization, in all its projects, or in `projects` (by name)."""

    role: str
    in_all_projects: bool = False
    projects: tuple[str, ...] = ()
    team: str | None = None

    @property
    def words(self) -> str:
        """All of it in words; of many projects the first ones."""
        names, more = self.projects[:_NAMED], len(self.projects) - _NAMED
        named = f"{', '.join(names)} and {more} more" if more > 0 else ", ".join(names)
        where = ", in all projects" if self.in_all_projects else f" in {named}" if names else ""
        return f"{self.role}{where}{f', through the team {self.team}' if self.team else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whom the matrix shows, and of which projects (names by their keys) it speaks.

    `search` is a part of a name or address; with `who_can` only those are shown who may do that.
    """

    roles: Roles
    projects: Mapping[int, str]
    search: str = ""
    who_can: Action | None = None


def reasons(question: Question, member: Membership, action: Action) -> tuple[Reason, ...]:
    """Why the member can do `action`, for an action in a project: in any that is asked about; empty where they cannot.

    Somebody whose account is deactivated can do nothing.
    """
    if member.user.deactivated_at:
        return ()
    roles, grants = question.roles, organizations.grants_of(member)
    if not action.in_project:
        return tuple(Reason(role.name) for role in why(roles, grants, action))
    everywhere = [Reason(role.name, in_all_projects=True) for role in why_everywhere(roles, grants, action)]
    return (*everywhere, *_in_single_projects(question, member, grants, action))


def person_groups(question: Question, member: Membership) -> Mapping[Noun, Sequence[tuple[str, tuple[Reason, ...]]]]:
    """All actions of the catalogue by their nouns, in words, each with why the member can do it."""
    return {
        noun: [(ACTION_WORDS[action], reasons(question, member, action)) for action in actions]
        for noun, actions in grouped(actions_known(question.roles)).items()
    }


def page(
    session: Session, organization_id: int, question: Question, *, after: int | None, limit: int
) -> Sequence[Membership]:
    """Members by name from behind the member `after` on, with their accounts, roles and teams, in three queries."""
    place = func.lower(User.name), Membership.id
    query = _shown(organization_id, question).order_by(*place).limit(limit)
    if after is not None:
        last = select(*place).join(Membership.user)
        last = last.where(Membership.id == after, Membership.organization_id == organization_id)
        query = query.where(tuple_(*place) > last.scalar_subquery())
    query = query.options(
        contains_eager(Membership.user),
        selectinload(Membership.organization_roles),
        selectinload(Membership.project_roles),
        selectinload(Membership.team_roles).joinedload(TeamProjectRole.team),
    )
    return session.scalars(query).all()


def count(session: Session, organization_id: int, question: Question) -> int:
    """How many people the matrix shows."""
    return session.scalar(select(func.count()).select_from(_shown(organization_id, question).subquery())) or 0


def everybody(session: Session, organization_id: int, question: Question) -> Iterator[Sequence[Membership]]:
    """All whom the matrix shows, some hundreds at a time."""
    after: int | None = None
    while found := page(session, organization_id, question, after=after, limit=_AT_ONCE):
        yield found
        after = found[-1].id


def find(session: Session, organization_id: int, member_id: int) -> Membership | None:
    """The member of this organization with this id; another organization's is absent."""
    query = select(Membership).options(joinedload(Membership.user))
    return session.scalar(query.where(Membership.id == member_id, Membership.organization_id == organization_id))


def _shown(organization_id: int, question: Question) -> Select[Membership]:
    query = select(Membership).join(Membership.user).where(Membership.organization_id == organization_id)
    if question.search:
        found = (column.icontains(question.search, autoescape=True) for column in (User.name, User.email))
        query = query.where(or_(*found))
    if question.who_can:
        query = query.where(User.deactivated_at.is_(None), _can(question, question.who_can))
    return query


def _can(question: Question, action: Action) -> ColumnElement[bool]:
    """Holds a role that permits `action` by itself: rights add up, so that no two roles permit what neither does."""
    roles, projects = question.roles, list(question.projects)
    single = ((key, Grants(frozenset({key}))) for key in roles.organization)
    if not action.in_project:
        keys = [key for key, grants in single if why(roles, grants, action)]
        return Membership.organization_roles.any(OrganizationRole.role.in_(keys))
    keys = [key for key, grants in single if why_everywhere(roles, grants, action)]
    in_one = ((key, Grants(project_roles={_A_PROJECT: frozenset({key})})) for key in roles.project)
    own = [key for key, grants in in_one if why(roles, grants, action, project=_A_PROJECT)]
    return or_(
        Membership.organization_roles.any(OrganizationRole.role.in_(keys)),
        Membership.project_roles.any(HeldInProject.role.in_(own) & HeldInProject.project_id.in_(projects)),
        Membership.team_roles.any(TeamProjectRole.role.in_(own) & TeamProjectRole.project_id.in_(projects)),
    )


def _in_single_projects(question: Question, member: Membership, grants: Grants, action: Action) -> Iterable[Reason]:
    """One reason for each role and team, with all projects in which it counts."""
    sources = [source for source in organizations.sources_of(member) if source.project_id in question.projects]
    permitting = {
        project_id: {
            role.key: role.name
            for role in why(question.roles, grants, action, project=project_id)
            if isinstance(role, ProjectRole)
        }
        for project_id in {source.project_id for source in sources}
        if project_id is not None
    }
    found: dict[tuple[str, str | None], list[str]] = {}
    for source in sources:
        if source.project_id is not None and (role := permitting[source.project_id].get(source.role)):
            found.setdefault((role, source.team), []).append(question.projects[source.project_id])
    return [Reason(role, projects=tuple(sorted(names)), team=team) for (role, team), names in found.items()]
