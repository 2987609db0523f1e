"""Who belongs to an organization: invitations, what a change of roles brings, and who has to remain."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.action_words import ACTION_WORDS
from portal.domain.errors import Refusal
from portal.domain.mail import is_address
from portal.domain.permissions import Action, Grants, Roles, allows

INVITATION_GOOD_FOR = timedelta(days=30)
MOST_AT_ONCE = 50
_SHOWN_PROBLEMS = 5


class InvitationOutcome(StrEnum):
    """How an invitation ended."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of roles brings and takes away; each item follows on “can” and “can no longer”."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]


def outcome_of(settled: InvitationOutcome | None, *, expires_at: datetime, at: datetime) -> InvitationOutcome | None:
    """How the invitation has ended by `at`; None while it can be accepted."""
    return settled or (InvitationOutcome.EXPIRED if at >= expires_at else None)


def parse_addresses(text: str) -> tuple[str, ...]:
    """E-mail addresses, one a line or separated by commas, in small letters; every bad one is named in the refusal."""
    written = [part.strip() for part in re.split(r"[,;\r\n]", text) if part.strip()]
    if not written:
        raise Refusal("Enter at least one e-mail address.")
    if len(written) > MOST_AT_ONCE:
        raise Refusal(f"Enter at most {MOST_AT_ONCE} addresses at once. There are {len(written):,}.")
    small = [one.lower() for one in written]
    problems = [f"“{_shortened(one)}” is no e-mail address." for one in written if not is_address(one)]
    problems += [
        f"{one} stands here twice." for one in dict.fromkeys(small) if small.count(one) > 1 and is_address(one)
    ]
    refuse_all(problems)
    return tuple(small)


def refuse_all(problems: Collection[str]) -> None:
    """Refuse with all problems in one text; of very many the first ones."""
    if problems:
        more = len(problems) - _SHOWN_PROBLEMS
        shown = list(problems)[:_SHOWN_PROBLEMS] + ([f"{more} more are not right."] if more > 0 else [])
        raise Refusal(" ".join(shown))


def plain_roles(roles: Roles) -> frozenset[str]:
    """What somebody holds in the organization who is merely to belong to it (ROLE-9); nothing where one need not."""
    return frozenset(key for key, role in roles.organization.items() if role.is_plain)


def remaining_roles(roles: Roles) -> frozenset[str]:
    """The roles of which somebody has to hold one (ROLE-8)."""
    return frozenset(key for key, role in roles.organization.items() if role.must_remain)


def check_known(roles: Roles, wanted: Grants) -> None:
    """Refuse a role that the catalogue does not have, and to belong without any role."""
    held = {key for keys in wanted.project_roles.values() for key in keys}
    for key, known in [
        *((key, roles.organization) for key in wanted.organization_roles),
        *((key, roles.project) for key in held),
    ]:
        if key not in known:
            raise Refusal(f"There is no role “{_shortened(key)}” here.")
    if not wanted.organization_roles and (plain_roles(roles) or not held):
        raise Refusal("Choose at least one role.")


def check_may_give(roles: Roles, own: Grants, given: Grants) -> None:
    """Refuse to give or take roles that are not one's own to give (ROLE-10).

    Who manages members gives each role in the organization that grants nothing beyond their own, and all project roles;
    others give project roles that grant nothing beyond their own in that project, and let people merely belong.
    """
    if allows(roles, own, Action.MANAGE_MEMBERS):
        mine = _actions(roles, own)
        beyond = [key for key in given.organization_roles if not _actions(roles, Grants(frozenset({key}))) <= mine]
        if beyond:
            raise Refusal(f"Only who holds it can give or take the role {roles.organization[beyond[0]].name}.")
        return
    if not given.project_roles or not given.organization_roles <= plain_roles(roles):
        raise Refusal("You can give roles in projects only.")
    for project, keys in given.project_roles.items():
        if not _may_share(roles, own, project):
            raise Refusal("You cannot add people to this project.")
        beyond = [key for key in keys if not roles.project[key].own_project <= _actions(roles, own, project)]
        if beyond:
            raise Refusal(f"You cannot give the role {roles.project[beyond[0]].name}: it may do more than you.")


def check_somebody_remains(roles: Roles, *, held: Collection[str], others: int, name: str) -> None:
    """Refuse when after a change nobody would hold a role that must remain (ROLE-8).

    `held` are the organization roles afterwards of the person called `name`, `others` how many hold one besides.
    """
    if others or remaining_roles(roles) & frozenset(held):
        return
    role = " or ".join(roles.organization[key].name for key in roles.organization if key in remaining_roles(roles))
    raise Refusal(
        f"{name} the last {role}. Give somebody else that role first, so that somebody can run the organization."
    )


def with_organization_roles(grants: Grants, keys: Iterable[str]) -> Grants:
    """The same grants with these roles in the whole organization."""
    return Grants(frozenset(keys), grants.project_roles)


def with_project_roles(grants: Grants, project: int, keys: Iterable[str]) -> Grants:
    """The same grants with these roles in one project; without any, the person is not in it by roles of their own."""
    others = {one: held for one, held in grants.project_roles.items() if one != project}
    chosen = frozenset(keys)
    return Grants(grants.organization_roles, {**others, project: chosen} if chosen else others)


def mark(grants: Grants) -> str:
    """A short text that is another one for other roles, so that a page can say which roles it was drawn with."""
    held = [
        sorted(grants.organization_roles),
        sorted((one, sorted(keys)) for one, keys in grants.project_roles.items()),
    ]
    return hashlib.sha256(repr(held).encode()).hexdigest()[:16]


def difference(before: Grants, after: Grants) -> Grants:
    """The roles that are given or taken on the way from `before` to `after`."""
    projects = {*before.project_roles, *after.project_roles}
    nothing: frozenset[str] = frozenset()
    changed = {one: before.project_roles.get(one, nothing) ^ after.project_roles.get(one, nothing) for one in projects}
    return Grants(
        before.organization_roles ^ after.organization_roles, {one: keys for one, keys in changed.items() if keys}
    )


def effect(roles: Roles, before: Grants, after: Grants, *, names: Mapping[int, str]) -> Effect:
    """What the change from `before` to `after` brings and takes.

    `names` are those of the organization's projects; roles in others, which have ended, permit nothing.
    """
    return Effect(tuple(_beyond(roles, after, before, names)), tuple(_beyond(roles, before, after, names)))


def _beyond(roles: Roles, more: Grants, less: Grants, names: Mapping[int, str]) -> Iterable[str]:
    """What `more` permits and `less` does not."""
    everywhere = _in_all_projects(roles, more) - _in_all_projects(roles, less)
    yield from _words(_actions(roles, more) - _actions(roles, less))
    yield from (f"{words}, in all projects" for words in _words(everywhere))
    for project in sorted({*more.project_roles, *less.project_roles} & names.keys(), key=lambda one: names[one]):
        here = _actions(roles, more, project) - _actions(roles, less, project) - everywhere
        yield from (f"{words}, in {names[project]}" for words in _words(here))


def _words(actions: Collection[Action]) -> Iterable[str]:
    return [ACTION_WORDS[action] for action in Action if action in actions]


def _actions(roles: Roles, grants: Grants, project: int | None = None) -> frozenset[Action]:
    """What the grants permit in the whole organization, or in one project."""
    asked = [action for action in Action if action.in_project == (project is not None)]
    return frozenset(action for action in asked if allows(roles, grants, action, project=project))


def _in_all_projects(roles: Roles, grants: Grants) -> frozenset[Action]:
    held = (roles.organization[key] for key in grants.organization_roles if key in roles.organization)
    return frozenset(action for role in held for action in role.all_projects)


def _may_share(roles: Roles, own: Grants, project: int) -> bool:
    if allows(roles, own, Action.MANAGE_PROJECT_MEMBERS, project=project):
        return True
    invites = allows(roles, own, Action.INVITE_COLLABORATORS)
    return invites and allows(roles, own, Action.VIEW_PROJECT, project=project)


def _shortened(text: str) -> str:
    printable = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return printable if len(printable) <= 60 else f"{printable[:59]}…"
