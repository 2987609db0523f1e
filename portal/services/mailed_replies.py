"""Answers by mail: into the case whose token they have, from those on the case alone (CC-4 to CC-8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.cases import CaseState
from portal.domain.errors import Refusal
from portal.domain.incoming.letters import IncomingLetter
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.models.organizations import User
from portal.services import case_access, case_changes, case_news, case_people, conversations, mail_desks, mailed_cases
from portal.services.mail_desks import MailDesk, QuarantinedError


def take(session: Session, token: str, letter: IncomingLetter, desk: MailDesk, *, at: datetime) -> CaseEntry:
    """Add an answer to the case with this token, or to the one that it was merged into (MAIL-41, CASE-9).

    QuarantinedError where the token is no case's, or the sender is not on the case.
    """
    named = session.scalars(select(Case).where(Case.reply_token == token)).one_or_none()
    if named is None:
        raise QuarantinedError("Its address has the token of no case.")
    case = case_changes.target_of(session, named)
    sender = mail_desks.find_sender(session, letter.sender)
    if sender is not None:
        _check_user(session, case, sender)
        return by_user(session, case, sender, letter, desk, at=at)
    if letter.sender not in {participant.address for participant in case_people.current(session, case)}:
        raise QuarantinedError(f"Its sender is not on {case.id}.")
    return by_outsider(session, case, letter, desk, at=at)


def by_user(
    session: Session, case: Case, sender: User, letter: IncomingLetter, desk: MailDesk, *, at: datetime
) -> CaseEntry:
    """What a user answered, to everybody on the case; those whom their mail names come on CC (CC-8).

    A solved case opens again; to a closed one a follow-up is opened (CASE-5).
    """
    if case.state is CaseState.CLOSED:
        return mailed_cases.follow_up(session, case, sender, letter, desk, at=at)
    entry = _comment(session, case, sender, letter, desk, at=at)
    mail_desks.take_files(session, entry, letter, desk, sender=sender, at=at)
    return entry


def by_outsider(session: Session, case: Case, letter: IncomingLetter, desk: MailDesk, *, at: datetime) -> CaseEntry:
    """What somebody without an account answered: by the catalogue's choice for staff alone (CC-6).

    Whom their mail names is listed and not added, unless the catalogue lets outsiders do that (CC-7).
    """
    if case.state is CaseState.CLOSED:
        raise QuarantinedError(f"{case.id} is closed, and its sender has no account to open a follow-up with.")
    others, doing = desk.others_in(letter), desk.doing(None, at)
    may_add = catalogues.load(case.organization.catalogue).case_policy.external_may_add_cc
    entry = conversations.comment_from_outside(
        session,
        case,
        mail_desks.comment_of(letter),
        letter.sender,
        doing,
        quoted=letter.quoted,
        ignored=() if may_add else mail_desks.listed(_new(session, case, others)),
    )
    if may_add:
        case_people.add_cc(session, case, others, doing)
    mail_desks.take_files(session, entry, letter, desk, sender=letter.sender, at=at)
    return entry


def _check_user(session: Session, case: Case, sender: User) -> None:
    if case_access.is_agent(sender):
        raise QuarantinedError("Agents answer in the portal: a mail would not say whether it is for the customer.")
    is_told = sender.email.casefold() in case_news.people(session, case)
    if not is_told or not case_access.rights(session, case, sender).may_comment:
        raise QuarantinedError(f"Its sender is not on {case.id}.")


def _comment(
    session: Session, case: Case, sender: User, letter: IncomingLetter, desk: MailDesk, *, at: datetime
) -> CaseEntry:
    text, doing = mail_desks.comment_of(letter), desk.doing(sender, at)
    others = _new(session, case, desk.others_in(letter))
    try:
        with session.begin_nested():
            return conversations.comment(session, case, text, doing, cc=others, quoted=letter.quoted)
    except Refusal:
        if not others:
            raise
    # Too many addresses, or people from outside where only those inside may be: the words count all the same.
    ignored = mail_desks.listed(others)
    return conversations.comment(session, case, text, doing, quoted=letter.quoted, ignored=ignored)


def _new(session: Session, case: Case, addresses: Sequence[str]) -> Sequence[str]:
    known = case_news.people(session, case)
    return [address for address in addresses if address not in known]
