"""Tells people what happened to a case, by mail: who hears of what (CASE-10)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.cases import EntryKind, Visibility
from portal.models.case_entries import CaseEntry, ParticipantKind
from portal.models.cases import Case, OrganizationFollower
from portal.models.organizations import User
from portal.services import account_teams, case_access, case_letters, case_people, outbox
from portal.services.case_doing import Doing
from portal.services.letters import Letter
from portal.services.outbox import Posting, Thread


def tell_opened(session: Session, case: Case, doing: Doing) -> None:
    """A confirmation to the requester, and the news to everybody else on the case and who follows all of them.

    The account team hears of it where the plan says so, and of nothing later (AV-41).
    """
    requester = case.requester.email.casefold()
    outbox.post(
        session,
        case_letters.opened(case, doing),
        to=[requester],
        key=f"case {case.id} opened",
        at=doing.at,
        organization=case.organization,
        thread=thread_of(case),
    )
    first = _first_comment(session, case)
    others = [address for address in people(session, case) if address != requester]
    _post(
        session,
        case,
        others,
        lambda is_user: case_letters.opened_for_others(case, first, doing, is_user=is_user),
        doing,
        cause=f"case {case.id} opened",
        is_automatic=True,
    )
    _tell_account_team(session, case, doing, but={requester, *others})


def tell_commented(
    session: Session,
    case: Case,
    entry: CaseEntry,
    doing: Doing,
    *,
    added: Sequence[str] = (),
    turned: CaseEntry | None = None,
) -> None:
    """The comment to everybody on the case but its author; who was `added` with it gets it too, and not the history.

    `turned` is the change of the state that came of it: the same mail tells it where customers read another word.
    """
    news = turned if turned and turned.visibility is Visibility.PUBLIC else None
    _tell(
        session,
        case,
        entry,
        lambda is_user: case_letters.commented(case, entry, doing, added=added, is_user=is_user, turned=news),
        doing,
    )


def tell_changed(session: Session, case: Case, entry: CaseEntry, doing: Doing) -> None:
    """What happened to the case, to everybody on it but who did it."""
    _tell(session, case, entry, lambda is_user: case_letters.changed(case, entry, doing, is_user=is_user), doing)


def people(session: Session, case: Case) -> Sequence[str]:
    """The addresses of the requester, those on CC, followers of the case and of the organization; each once.

    Who can sign in no more, has left the organization, or may no longer see the case hears nothing (CASE-11).
    """
    return tuple(dict.fromkeys(_addresses(session, case)))


def may_hear(session: Session, case: Case, user: User) -> bool:
    """Whether somebody can sign in and may see the case (CASE-11)."""
    return user.deactivated_at is None and case_access.rights(session, case, user).may_see


def thread_of(case: Case) -> Thread:
    """What all mails of a case refer to, and the token that answers to them come by (MAIL-22)."""
    return Thread(f"<case-{case.id}@{outbox.own_domain()}>", case.reply_token)


def _tell(session: Session, case: Case, entry: CaseEntry, write: Callable[[bool], Letter], doing: Doing) -> None:
    if entry.visibility is not Visibility.PUBLIC:
        raise ValueError("what customers may not read is mailed to nobody (CC-13)")
    author = (entry.author_address or (doing.by.email if doing.by else "")).casefold()
    to = [address for address in people(session, case) if address != author]
    is_automatic = entry.kind is not EntryKind.COMMENT
    _post(session, case, to, write, doing, cause=f"case entry {entry.hex_id}", is_automatic=is_automatic)


def _post(
    session: Session,
    case: Case,
    to: Sequence[str],
    write: Callable[[bool], Letter],
    doing: Doing,
    *,
    cause: str,
    is_automatic: bool,
) -> None:
    """A mail for each address: nobody's is shown to others, and an answer to all puts nobody on CC by accident."""
    users = case_people.users_at(session, to) if to else {}
    written = {is_user: write(is_user) for is_user in {address in users for address in to}}
    postings = [
        Posting(
            letter=written[address in users],
            to=[address],
            key=f"{cause}, {hashlib.sha256(address.encode()).hexdigest()[:20]}",
            organization_id=case.organization_id,
            thread=thread_of(case),
            is_automatic=is_automatic,
        )
        for address in to
    ]
    outbox.post_all(session, postings, at=doing.at)


def _tell_account_team(session: Session, case: Case, doing: Doing, *, but: Collection[str]) -> None:
    plan = catalogues.load(case.organization.catalogue).support_plans.get(case.terms.get("plan", ""))
    if plan is None or not plan.notifies_account_team:
        return
    team = [one.email.casefold() for one in account_teams.of(session, case.organization)]
    to = [address for address in dict.fromkeys(team) if address not in but]
    # It goes to staff: an answer of theirs belongs into the portal, and so it has no address of the case.
    postings = [
        Posting(
            letter=case_letters.for_account_team(case, doing),
            to=[address],
            key=f"case {case.id} opened, team, {hashlib.sha256(address.encode()).hexdigest()[:20]}",
            organization_id=case.organization_id,
        )
        for address in to
    ]
    outbox.post_all(session, postings, at=doing.at)


def _first_comment(session: Session, case: Case) -> CaseEntry:
    """What the case was opened with."""
    public = CaseEntry.kind == EntryKind.COMMENT, CaseEntry.visibility == Visibility.PUBLIC
    return session.scalars(
        select(CaseEntry).where(CaseEntry.case_id == case.id, *public).order_by(CaseEntry.id).limit(1)
    ).one()


def _addresses(session: Session, case: Case) -> Iterator[str]:
    if may_hear(session, case, case.requester):
        yield case.requester.email.casefold()
    for kind in ParticipantKind:
        for participant in case_people.current(session, case, kind):
            if participant.user is None or participant.user.deactivated_at is None:
                yield participant.address
    followers = session.scalars(
        select(User)
        .join(OrganizationFollower, OrganizationFollower.user_id == User.id)
        .where(OrganizationFollower.organization_id == case.organization_id)
        .order_by(User.id)
    )
    following = [user for user in followers.all() if user.deactivated_at is None]
    seeing = case_access.members_who_see(session, case, [user.id for user in following]) if following else ()
    yield from (user.email.casefold() for user in following if user.id in seeing)
