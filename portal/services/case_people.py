"""Who takes part in a case beside its requester: addresses on CC, and followers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from portal import catalogues
from portal.domain import case_addresses
from portal.domain.cases import Happening
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Refusal
from portal.models.base import Base
from portal.models.case_entries import CaseParticipant, ParticipantKind
from portal.models.cases import Case, OrganizationFollower, SharedCaseList
from portal.models.organizations import Membership, Organization, User
from portal.services import case_entries
from portal.services.case_doing import Doing


def current(session: Session, case: Case, kind: ParticipantKind = ParticipantKind.CC) -> Sequence[CaseParticipant]:
    """Those who take part now, in the order in which they were added."""
    query = select(CaseParticipant).where(
        CaseParticipant.case_id == case.id, CaseParticipant.kind == kind, CaseParticipant.removed_at.is_(None)
    )
    return session.scalars(
        query.options(joinedload(CaseParticipant.user).lazyload(User.staff_roles)).order_by(CaseParticipant.id)
    ).all()


def check_cc(session: Session, organization: Organization, catalogue: Catalogue, addresses: Iterable[str]) -> None:
    """Refuse what is no address, and people outside where the catalogue keeps cases inside it (CC-9, CC-11)."""
    wanted = case_addresses.distinct(addresses)
    case_addresses.check(wanted)
    if not wanted or not catalogue.case_policy.cc_same_organization_only:
        return
    inside = session.scalars(
        select(func.lower(User.email))
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization.id, func.lower(User.email).in_(wanted))
    ).all()
    outside = [address for address in wanted if address not in inside]
    if outside:
        raise Refusal(f"{outside[0]} is nobody of {organization.name}; only its people can be on CC.")


def add_cc(session: Session, case: Case, addresses: Iterable[str], doing: Doing) -> Sequence[CaseParticipant]:
    """Put addresses on CC and write who was added; those that are there already are passed over (CC-4, CC-11)."""
    _hold(session, case)
    catalogue = catalogues.load(case.organization.catalogue)
    check_cc(session, case.organization, catalogue, addresses)
    present = {participant.address for participant in current(session, case)}
    new = case_addresses.to_add(
        addresses, requester=case.requester.email, present=present, most=catalogue.case_policy.cc_most
    )
    if not new:
        return ()
    users = users_at(session, new)
    added = [
        CaseParticipant(
            case_id=case.id,
            kind=ParticipantKind.CC,
            address=address,
            user_id=users.get(address),
            added_by_id=doing.by.id if doing.by else None,
            via=doing.via,
            added_at=doing.at,
        )
        for address in new
    ]
    session.add_all(added)
    case_entries.write_event(session, case, Happening.CC_ADDED, {"addresses": list(new)}, doing)
    return added


def remove_cc(session: Session, case: Case, participant: CaseParticipant, doing: Doing) -> None:
    """Take an address off CC, and write it down (CC-12); one that is off already stays so."""
    _hold(session, case)
    session.refresh(participant, ["removed_at"])
    if participant.removed_at is not None:
        return
    participant.removed_at, participant.removed_by_id = doing.at, doing.who.id
    case_entries.write_event(session, case, Happening.CC_REMOVED, {"addresses": [participant.address]}, doing)


def users_at(session: Session, addresses: Collection[str]) -> Mapping[str, int]:
    """The users with these addresses, which stand in small letters (CC-4); also those who may sign in no more.

    These are not outsiders: on CC, they hear of nothing (CASE-11).
    """
    found = session.execute(select(func.lower(User.email), User.id).where(func.lower(User.email).in_(addresses)))
    return {row[0]: row[1] for row in found}


def claim(session: Session, user: User) -> None:
    """Give a new user the cases on which their address is on CC already (CC-4)."""
    session.execute(
        update(CaseParticipant)
        .where(CaseParticipant.address == user.email.casefold(), CaseParticipant.user_id.is_(None))
        .values(user_id=user.id)
    )


def follow_all(session: Session, organization: Organization, doing: Doing) -> None:
    """Let who does it follow every case of the organization, existing and to come (AV-52)."""
    _add_once(session, OrganizationFollower, organization_id=organization.id, user_id=doing.who.id, since=doing.at)


def unfollow_all(session: Session, organization: Organization, user: User) -> None:
    """End that."""
    session.execute(
        delete(OrganizationFollower).where(
            OrganizationFollower.organization_id == organization.id, OrganizationFollower.user_id == user.id
        )
    )


def follows_all(session: Session, organization: Organization, user: User) -> bool:
    """Whether they follow every case of the organization."""
    return session.get(OrganizationFollower, (organization.id, user.id)) is not None


def share_list(session: Session, organization: Organization, doing: Doing) -> None:
    """Let everybody in the organization see all of its cases (AV-52)."""
    row = {"organization_id": organization.id, "shared_by_id": doing.who.id, "shared_at": doing.at}
    _add_once(session, SharedCaseList, **row)


def unshare_list(session: Session, organization: Organization) -> None:
    """End that."""
    session.execute(delete(SharedCaseList).where(SharedCaseList.organization_id == organization.id))


def is_shared(session: Session, organization: Organization) -> bool:
    """Whether everybody in the organization sees all of its cases."""
    return session.get(SharedCaseList, organization.id) is not None


def _hold(session: Session, case: Case) -> None:
    """Let others who change who takes part wait until this transaction ends."""
    session.execute(select(Case.id).where(Case.id == case.id).with_for_update())


def _add_once(session: Session, table: type[Base], **row: object) -> None:
    """Add the row, unless it is there, or somebody adds it at the same time."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(table).values(row).on_conflict_do_nothing())
