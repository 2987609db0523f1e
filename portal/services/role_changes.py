"""Changes of who is in an organization and as what: roles given and taken, people removed, ownership handed over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.domain import membership
from portal.domain.errors import Overtaken, Refusal
from portal.domain.events import Event
from portal.domain.permissions import Action, Grants, allows
from portal.models.invitations import Departure
from portal.models.organizations import Membership, Organization, OrganizationRole, ProjectRole, User
from portal.services import history, letters, members, organizations, outbox, teams
from portal.services.members import Acting


def change(
    session: Session,
    organization: Organization,
    member_id: int,
    wanted: Grants,
    *,
    seen: str,
    by: User,
    at: datetime,
) -> None:
    """Give a member exactly the roles `wanted`, tell them by mail, and write it into the feed.

    `seen` is the mark of the roles that `by` decided on: where they are others by now, nothing is done (MEMBER-4).
    """
    acting = members.acting(session, organization, by)
    member = _get(session, organization, member_id)
    before = members.own_grants(member)
    check_change(session, acting, member, wanted)
    if membership.mark(before) != seen:
        raise Overtaken(f"The roles of {member.user.name} were changed since you opened the page.")
    _write(session, member, before, wanted)
    _tell(session, acting, member, before, wanted, at=at)


def check_change(session: Session, acting: Acting, member: Membership, wanted: Grants) -> None:
    """Refuse what `change` would refuse."""
    before = members.own_grants(member)
    membership.check_known(acting.roles, wanted)
    membership.check_may_give(acting.roles, acting.grants, membership.difference(before, wanted))
    if wanted == before:
        raise Refusal("These are the roles already. Choose others.")
    _check_remains(session, acting, member, held=wanted.organization_roles)


def remove(session: Session, organization: Organization, member_id: int, *, by: User, at: datetime) -> None:
    """End a member's belonging, tell them by mail, and write it into the feed; refused for the last owner (ROLE-8)."""
    acting = members.acting(session, organization, by)
    member = _get(session, organization, member_id)
    check_removable(session, acting, member)
    activity = _end(session, member, by=by, at=at)
    user = member.user
    history.record(session, organization, Event.MEMBER_REMOVED, at=at, by=by, target=user, detail=_named(user))
    letter = letters.write("removed", person=user.name, organization=organization.name, by=by.name)
    outbox.post(session, letter, to=[user.email], key=f"removed-{activity.id}", at=at, organization=organization)


def check_removable(session: Session, acting: Acting, member: Membership) -> None:
    """Refuse what `remove` would refuse."""
    if not allows(acting.roles, acting.grants, Action.MANAGE_MEMBERS):
        raise Overtaken("You may no longer remove people.")
    if member.user_id == acting.user.id:
        raise Refusal("You cannot remove yourself. Leave the organization instead.")
    membership.check_may_give(acting.roles, acting.grants, members.own_grants(member))
    _check_remains(session, acting, member, held=())


def leave(session: Session, organization: Organization, *, by: User, at: datetime) -> None:
    """End one's own belonging; refused for the last owner, who is told why (ROLE-8)."""
    acting = members.acting(session, organization, by)
    member = members.find_by_address(session, organization, by.email)
    if member is None:
        raise Overtaken(f"You are no longer in {organization.name}.")
    check_may_leave(session, acting, member)
    _end(session, member, by=by, at=at)
    history.record(session, organization, Event.MEMBER_LEFT, at=at, by=by, detail=_named(by))


def check_may_leave(session: Session, acting: Acting, member: Membership) -> None:
    """Refuse what `leave` would refuse."""
    _check_remains(session, acting, member, held=())


def hand_over(
    session: Session, organization: Organization, member_id: int, *, becomes: str, by: User, at: datetime
) -> None:
    """Give one's own role that must remain to another member, and take `becomes` instead, in one step (ROLE-11)."""
    acting = members.acting(session, organization, by)
    theirs, mine = _get(session, organization, member_id), members.find_by_address(session, organization, by.email)
    handed = membership.remaining_roles(acting.roles) & acting.grants.organization_roles
    if mine is None or not handed:
        raise Overtaken("You no longer hold the role that you want to hand over.")
    if mine.id == theirs.id or theirs.user.deactivated_at:
        raise Refusal("Choose somebody else who can sign in.")
    if becomes not in acting.roles.organization or becomes in handed:
        raise Refusal("Choose the role that you take instead.")
    for member, keys in (
        (theirs, members.own_grants(theirs).organization_roles | handed),
        (mine, members.own_grants(mine).organization_roles - handed | {becomes}),
    ):
        before = members.own_grants(member)
        _write(session, member, before, membership.with_organization_roles(before, keys))
    names = " and ".join(role.name for key, role in acting.roles.organization.items() if key in handed)
    detail = f"{_named(theirs.user)} is {names} in place of {_named(by)}."
    history.record(session, organization, Event.OWNERSHIP_HANDED_OVER, at=at, by=by, target=theirs.user, detail=detail)


def _get(session: Session, organization: Organization, member_id: int) -> Membership:
    member = members.find(session, organization, member_id)
    if member is None:
        raise Overtaken("This person is no longer in the organization.")
    return member


def _check_remains(session: Session, acting: Acting, member: Membership, *, held: Collection[str]) -> None:
    keys = membership.remaining_roles(acting.roles)
    if not keys & members.own_grants(member).organization_roles:
        return
    others = members.count_holding(session, acting.organization, keys, but=member)
    name = "You are" if member.user_id == acting.user.id else f"{member.user.name} is"
    membership.check_somebody_remains(acting.roles, held=held, others=others, name=name)


def _write(session: Session, member: Membership, before: Grants, wanted: Grants) -> None:
    session.execute(
        delete(OrganizationRole).where(
            OrganizationRole.membership_id == member.id,
            OrganizationRole.role.in_(before.organization_roles - wanted.organization_roles),
        )
    )
    added: list[object] = [
        OrganizationRole(membership_id=member.id, role=key)
        for key in sorted(wanted.organization_roles - before.organization_roles)
    ]
    changed = membership.difference(before, wanted).project_roles
    for project, keys in changed.items():
        given = wanted.project_roles.get(project, frozenset())
        own = ProjectRole.membership_id == member.id
        session.execute(
            delete(ProjectRole).where(own, ProjectRole.project_id == project, ProjectRole.role.in_(keys - given))
        )
        added += [ProjectRole(membership_id=member.id, project_id=project, role=key) for key in sorted(keys & given)]
    session.add_all(added)
    session.flush()
    session.expire(member, ["organization_roles", "project_roles"])


def _tell(
    session: Session, acting: Acting, member: Membership, before: Grants, wanted: Grants, *, at: datetime
) -> None:
    organization, user = acting.organization, member.user
    names = {project.id: project.name for project in organizations.projects_of(session, organization)}
    held_before, held_after = members.with_teams(member, before), members.with_teams(member, wanted)
    effect = membership.effect(acting.roles, held_before, held_after, names=names)
    held = _role_words(acting, wanted, names)
    detail = f"{_named(user)} is now {held}."
    history.record(session, organization, Event.MEMBER_ROLES_CHANGED, at=at, by=acting.user, target=user, detail=detail)
    if user.id != acting.user.id:
        letter = letters.write(
            "roles_changed", person=user.name, organization=organization.name, by=acting.user.name, effect=effect
        )
        key = f"roles-changed-{member.id}-{at.isoformat()}"
        outbox.post(session, letter, to=[user.email], key=key, at=at, organization=organization)


def _role_words(acting: Acting, held: Grants, names: dict[int, str]) -> str:
    words = [role.name for key, role in acting.roles.organization.items() if key in held.organization_roles]
    for project in sorted(held.project_roles.keys() & names.keys(), key=lambda one: names[one]):
        own = [role.name for key, role in acting.roles.project.items() if key in held.project_roles[project]]
        words.append(f"{' and '.join(own)} in {names[project]}")
    return ", ".join(words)


def _end(session: Session, member: Membership, *, by: User, at: datetime) -> Departure:
    teams.forget_member(session, member)
    for table in (OrganizationRole, ProjectRole):
        session.execute(delete(table).where(table.membership_id == member.id))
    departure = Departure(organization_id=member.organization_id, user_id=member.user_id, by_id=by.id, left_at=at)
    session.add(departure)
    session.execute(delete(Membership).where(Membership.id == member.id))
    session.flush()
    return departure


def _named(user: User) -> str:
    return f"{user.name} ({user.email})"
