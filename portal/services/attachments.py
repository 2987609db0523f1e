"""Files of cases: chosen for a comment, sent with it, and given back to those who may read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import attachments as rules
from portal.domain.attachments import FileState, Limits
from portal.domain.cases import Visibility
from portal.domain.errors import Refusal
from portal.domain.permissions import Grants, Roles
from portal.models.attachments import Attachment
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.models.organizations import Organization, User
from portal.services import attached_contents, case_access, cases
from portal.services.attached_contents import Inspected, Shelf, Upload


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person has not sent yet: a comment on a case, or a new case of the organization (`case` None)."""

    organization: Organization
    by: User
    case: Case | None = None

    @property
    def limits(self) -> Limits | None:
        """What may come with it; None where the organization's form takes no files."""
        return limits_of(self.organization)


@dataclass(frozen=True, slots=True)
class Inside:
    """Where a person is, and as what: a member, or staff on a visit."""

    organization: Organization
    roles: Roles
    grants: Grants


def limits_of(organization: Organization) -> Limits | None:
    """What may come with one comment on a case of the organization; None where its form takes no files."""
    return rules.limits_of(catalogues.load(organization.catalogue).case_form)


def take(session: Session, shelf: Shelf, upload: Upload, draft: Draft, *, at: datetime) -> Attachment:
    """Keep a file for what a person has not sent yet; the same one again is no second. Refused by its name, in words.

    Looking at a file takes time: who can, calls `inspect` before the transaction and `keep` in it.
    """
    return keep(session, shelf, inspect(upload, draft), draft, at=at)


def inspect(upload: Upload, draft: Draft) -> Inspected:
    """Look at all of a file; refused by its name, in words."""
    if draft.limits is None:
        raise Refusal("Files are not taken here.")
    return attached_contents.inspect(upload, draft.limits)


def keep(session: Session, shelf: Shelf, inspected: Inspected, draft: Draft, *, at: datetime) -> Attachment:
    """Keep a file that was looked at; refused where there are as many as may come with one comment."""
    kept = of_draft(session, draft)
    for one in kept:
        if (one.sha256, one.name) == (inspected.sha256, inspected.name):
            return one
    if draft.limits:
        rules.check_count(inspected.name, already=len(kept), limits=draft.limits)
    attachment = Attachment(
        organization_id=draft.organization.id,
        case_id=draft.case.id if draft.case else None,
        uploaded_by_id=draft.by.id,
        created_at=at,
    )
    _fill(attachment, inspected)
    attachment.content = attached_contents.keep(session, shelf, inspected, at=at)
    session.add(attachment)
    session.flush()
    return attachment


def of_draft(session: Session, draft: Draft) -> Sequence[Attachment]:
    """The files that are kept for what a person has not sent yet, in the order in which they came."""
    return session.scalars(_drafted(draft).order_by(Attachment.id)).all()


def remove(session: Session, hex_id: str, *, by: User) -> Attachment | None:
    """Take a file out of what its person has not sent yet; None where there is none such of theirs."""
    query = select(Attachment).where(
        Attachment.hex_id == hex_id, Attachment.uploaded_by_id == by.id, Attachment.entry_id.is_(None)
    )
    found = session.scalar(query)
    if found is not None:
        session.execute(delete(Attachment).where(Attachment.id == found.id))
        session.expunge(found)
    return found


def attach(session: Session, entry: CaseEntry, hex_ids: Collection[str], draft: Draft) -> Sequence[Attachment]:
    """Send files of a draft with `entry`. Refused where one is gone or infected, and where they are too many.

    The draft of a new case is the one of its organization without a case.
    """
    wanted = set(hex_ids)
    query = _drafted(draft).where(Attachment.hex_id.in_(wanted)).order_by(Attachment.id)
    found = session.scalars(query.with_for_update(of=Attachment)).all()
    if len(found) < len(wanted):
        raise Refusal("A file that you chose is here no more. Choose it again.")
    for number, one in enumerate(found):
        if one.state is FileState.INFECTED:
            raise Refusal(f"“{one.name}” carries {one.why}, and cannot be sent. Remove it.")
        if draft.limits:
            rules.check_count(one.name, already=number, limits=draft.limits)
        one.entry_id, one.case_id = entry.id, entry.case_id
    session.flush()
    return found


def take_part(
    session: Session, shelf: Shelf, upload: Upload, entry: CaseEntry, *, sender: User | str, at: datetime
) -> Attachment:
    """Keep a part of a mail with `entry`. One that is refused stands there by its name and says why (FILE-7)."""
    organization = session.get_one(Case, entry.case_id).organization
    attachment = Attachment(
        organization_id=organization.id,
        case_id=entry.case_id,
        entry_id=entry.id,
        uploaded_by_id=sender.id if isinstance(sender, User) else None,
        sender_address=sender if isinstance(sender, str) else None,
        created_at=at,
    )
    try:
        inspected = _inspect_part(session, upload, entry, limits_of(organization))
        _fill(attachment, inspected)
        attachment.content = attached_contents.keep(session, shelf, inspected, at=at)
    except Refusal as refusal:
        attachment.name, attachment.content_type = rules.safe_name(upload.name), "application/octet-stream"
        attachment.size, attachment.refusal = upload.stream.seek(0, 2), str(refusal)
    session.add(attachment)
    session.flush()
    return attachment


def of_entries(session: Session, entry_ids: Collection[int], *, for_staff: bool) -> Mapping[int, Sequence[Attachment]]:
    """The files of each of these entries; for customers those of entries that they may read (CC-13)."""
    query = select(Attachment).where(Attachment.entry_id.in_(entry_ids)).order_by(Attachment.id)
    found: dict[int, list[Attachment]] = defaultdict(list)
    for one in session.scalars(query if for_staff else _for_customers(query)):
        if one.entry_id is not None:
            found[one.entry_id].append(one)
    return found


def open_for(
    session: Session, hex_id: str, *, by: User, as_staff: bool = False, inside: Inside | None = None
) -> Attachment | None:
    """A file that was sent, for somebody who may read its entry (FILE-6); absent for everybody else.

    `as_staff`: an agent at work, who reads everything. `inside` an organization, another one's files are absent, and
    staff on a visit read what customers read. Refused, with why, for a file that is not clean.
    """
    query = select(Attachment).where(Attachment.hex_id == hex_id, Attachment.entry_id.is_not(None))
    if inside is not None:
        query = query.where(Attachment.organization_id == inside.organization.id)
    found = session.scalar(query if as_staff else _for_customers(query))
    if found is None or not (as_staff or _may_see(session, found, by, inside)):
        return None
    if found.state is FileState.CHECKING:
        raise Refusal(f"“{found.name}” is being checked for viruses. Try again in a minute.")
    if found.state is not FileState.CLEAN:
        raise Refusal(f"“{found.name}” is not given to anybody: {found.why}.")
    return found


def forget_drafts(session: Session, *, made_before: datetime, at_most: int) -> int:
    """Delete up to `at_most` files that were never sent, and say how many they were."""
    oldest = (
        select(Attachment.id)
        .where(Attachment.entry_id.is_(None), Attachment.created_at < made_before)
        .order_by(Attachment.created_at)
        .limit(at_most)
    )
    gone = session.execute(delete(Attachment).where(Attachment.id.in_(oldest)).returning(Attachment.id))
    return len(gone.all())


def _drafted(draft: Draft) -> Select[Attachment]:
    return select(Attachment).where(
        Attachment.uploaded_by_id == draft.by.id,
        Attachment.entry_id.is_(None),
        Attachment.organization_id == draft.organization.id,
        Attachment.case_id == (draft.case.id if draft.case else None),
    )


def _fill(attachment: Attachment, inspected: Inspected) -> None:
    attachment.name, attachment.content_type = inspected.name, inspected.kind.content_type
    attachment.size, attachment.sha256 = inspected.size, inspected.sha256


def _inspect_part(session: Session, upload: Upload, entry: CaseEntry, limits: Limits | None) -> Inspected:
    if limits is None:
        raise Refusal("Files are not taken here.")
    already = session.scalar(select(func.count()).where(Attachment.entry_id == entry.id)) or 0
    rules.check_count(rules.safe_name(upload.name), already=already, limits=limits)
    return attached_contents.inspect(upload, limits)


def _for_customers(query: Select[Attachment]) -> Select[Attachment]:
    return query.join(CaseEntry, CaseEntry.id == Attachment.entry_id).where(CaseEntry.visibility == Visibility.PUBLIC)


def _may_see(session: Session, attachment: Attachment, by: User, inside: Inside | None) -> bool:
    case = cases.find(session, attachment.case_id or 0)
    if case is None:
        return False
    if case_access.rights(session, case, by).may_see:
        return True
    if inside is None:
        return False
    return case_access.rights_inside(session, case, by, inside.roles, inside.grants, is_cc=False).may_see
