"""Routes mail that came in: to the case whose token it has, to a new case, to staff's quarantine, or nowhere."""

# A number in a subject and the Message-IDs that a mail refers to prove nothing, and are not looked at: anybody can
# write them. Only the token in the address leads to a case, and only those on the case may use it.

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr

from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.catalogue import ContactKind
from portal.domain.errors import Refusal
from portal.domain.incoming.authentication import Verdict, verdict
from portal.domain.incoming.letters import IncomingLetter, Writer
from portal.domain.incoming.own_addresses import OwnAddresses
from portal.domain.incoming.states import IncomingState
from portal.domain.throttles import INCOMING_SENDER, Hit
from portal.models.incoming_mail import IncomingMail
from portal.services import incoming_notices, mailed_cases, mailed_replies, outbox, throttles
from portal.services.incoming_mail import settle
from portal.services.mail_desks import MailDesk, QuarantinedError

_MACHINES = {
    Writer.AUTO_REPLY: "An automatic reply or absence note.",
    Writer.BULK: "Mail of a list, or of a program.",
}


def own_addresses(support: str | None, sender: str | None) -> OwnAddresses:
    """Our addresses: support's, those of the catalogues, and that of `sender`, from whom mail is, named or not."""
    named = {address for name in catalogues.names() if (address := _of_catalogue(name))}
    seller = catalogues.load_seller().entity.email
    others = {seller, *named, parseaddr(sender or seller)[1]}
    return OwnAddresses(support or outbox.support_address(), frozenset(one.casefold() for one in others))


def route(session: Session, mail: IncomingMail, letter: IncomingLetter, desk: MailDesk, *, at: datetime) -> None:
    """Do what a held mail asks for, or note why nothing is done (MAIL-41 to MAIL-47)."""
    mail.verdict = verdict(letter.verdicts, sender=letter.sender, relay=desk.relay)
    machine = _machine(session, letter)
    if machine:
        settle(mail, IncomingState.IGNORED, machine, at=at)
        return
    try:
        _check(session, mail, letter, at=at)
        # What was begun for a mail that is refused then is undone.
        with session.begin_nested():
            _deliver(session, mail, letter, desk, at=at)
    except QuarantinedError as quarantined:
        settle(mail, IncomingState.QUARANTINED, str(quarantined), at=at)
        if quarantined.is_told:
            incoming_notices.tell_quarantined(session, mail, at=at)
    except Refusal as refusal:
        settle(mail, IncomingState.REFUSED, str(refusal), at=at)
        incoming_notices.tell_refused(session, mail, str(refusal), at=at)


def _deliver(session: Session, mail: IncomingMail, letter: IncomingLetter, desk: MailDesk, *, at: datetime) -> None:
    letter = desk.shown(letter)
    tokens = desk.own.tokens(mail.envelope_to) or desk.own.tokens(letter.recipients)
    if len(tokens) > 1:
        raise QuarantinedError("It names several cases.")
    if tokens:
        entry = mailed_replies.take(session, tokens[0], letter, desk, at=at)
    else:
        named = _catalogues_of([*mail.envelope_to, *letter.recipients], desk.own)
        if not named:
            raise QuarantinedError("It names neither a case nor an address that opens one.")
        if mail.verdict is not Verdict.PROVEN:
            raise QuarantinedError("It asks for a new case, and nothing proves that its sender is who they say.")
        entry = mailed_cases.open_by_mail(session, letter, desk, catalogue_names=named, at=at)
    session.flush()
    mail.case_id, mail.entry_id = entry.case_id, entry.id
    settle(mail, IncomingState.PROCESSED, None, at=at)


def _machine(session: Session, letter: IncomingLetter) -> str | None:
    """Why nothing is done with a mail that no person wrote to us (MAIL-43); None for a person's."""
    if letter.writer is Writer.BOUNCE:
        return f"It says that mail to {letter.failed_address or 'somebody'} was not delivered."
    marks = {mark.strip().casefold() for mark in letter.loop_marks}
    # On its way it may have lost the mark; what it is called by, it keeps.
    if outbox.own_domain() in marks or outbox.is_ours(session, letter.message_id):
        return "A mail of ours that came back."
    return _MACHINES.get(letter.writer)


def _check(session: Session, mail: IncomingMail, letter: IncomingLetter, *, at: datetime) -> None:
    if not letter.is_readable:
        raise QuarantinedError("It cannot be read.", is_told=False)
    if letter.writer is Writer.DOUBTFUL:
        raise QuarantinedError("It asks for no answer, as automatic replies do.", is_told=False)
    if not letter.sender:
        raise QuarantinedError("It is not from one address.", is_told=False)
    if mail.verdict is Verdict.FORGED:
        raise QuarantinedError("Our relay says that its sender is forged.", is_told=False)
    if throttles.count(session, [Hit(INCOMING_SENDER, letter.sender)], at=at):
        raise QuarantinedError("Its sender has sent very many mails within the hour.", is_told=False)


def _catalogues_of(addresses: list[str], own: OwnAddresses) -> frozenset[str]:
    """The catalogues whose support is written to; at the common address all that take cases by mail (NE-12)."""
    known = {one.casefold() for one in addresses}
    named = {name: address for name in catalogues.names() if (address := _of_catalogue(name))}
    found = {name for name, address in named.items() if address.casefold() in known}
    return frozenset(found or (named if own.support.casefold() in known else ()))


def _of_catalogue(name: str) -> str | None:
    contact = catalogues.load(name).contacts.get(ContactKind.SUPPORT_EMAIL)
    return contact.email if contact else None
