"""Tells people what happened to a case, by mail: who hears of what (CASE-10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.cases import Visibility
from portal.models.case_entries import CaseEntry, ParticipantKind
from portal.models.cases import Case, OrganizationFollower
from portal.models.organizations import User
from portal.services import case_people, letters, outbox
from portal.services.case_doing import Doing


def tell_opened(session: Session, case: Case, doing: Doing) -> None:
    """A confirmation to the requester, and the news to everybody else on the case and who follows all of them."""
    confirmation = letters.write("case_opened", **_facts(case, doing))
    outbox.post(
        session,
        confirmation,
        to=[case.requester.email],
        key=f"case {case.id} opened",
        at=doing.at,
        organization=case.organization,
    )
    others = [address for address in _people(session, case) if address != case.requester.email.casefold()]
    if others:
        news = letters.write("case_opened_for_others", **_facts(case, doing))
        outbox.post(
            session,
            news,
            to=others,
            key=f"case {case.id} opened, others",
            at=doing.at,
            organization=case.organization,
        )


def tell_commented(session: Session, case: Case, entry: CaseEntry, doing: Doing, *, added: Sequence[str]) -> None:
    """The comment to everybody on the case but its author; who was `added` with it gets it too, and not the history."""
    _tell(session, case, entry, "case_commented", doing, added=added)


def tell_changed(session: Session, case: Case, entry: CaseEntry, doing: Doing) -> None:
    """What happened to the case, to everybody on it but who did it."""
    _tell(session, case, entry, "case_changed", doing)


def _tell(
    session: Session, case: Case, entry: CaseEntry, letter: str, doing: Doing, *, added: Sequence[str] = ()
) -> None:
    if entry.visibility is not Visibility.PUBLIC:
        raise ValueError("what customers may not read is mailed to nobody (CC-13)")
    author = (entry.author_address or (doing.by.email if doing.by else "")).casefold()
    to = [address for address in _people(session, case) if address != author]
    if not to:
        return
    written = letters.write(letter, **_facts(case, doing), lines=tuple(entry.body.splitlines()), added=added)
    key = f"case entry {entry.hex_id}"
    outbox.post(session, written, to=to, key=key, at=doing.at, organization=case.organization)


def _people(session: Session, case: Case) -> Sequence[str]:
    """The addresses of the requester, those on CC, followers of the case and of the organization; each once."""
    return tuple(dict.fromkeys(_addresses(session, case)))


def _addresses(session: Session, case: Case) -> Iterator[str]:
    yield case.requester.email.casefold()
    for kind in ParticipantKind:
        yield from (participant.address for participant in case_people.current(session, case, kind))
    yield from session.scalars(
        select(func.lower(User.email))
        .join(OrganizationFollower, OrganizationFollower.user_id == User.id)
        .where(OrganizationFollower.organization_id == case.organization_id, User.deactivated_at.is_(None))
        .order_by(User.id)
    )


def _facts(case: Case, doing: Doing) -> dict[str, object]:
    return {
        "number": case.id,
        "subject": case.subject,
        "word": catalogues.load(case.organization.catalogue).words.case,
        "organization": case.organization.name,
        "who": doing.by.name if doing.by else "Support",
        "link": f"{doing.base_url}/cases/{case.id}",
    }
