"""What mail that comes in is worked off with, and how one ends that nobody could work off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.incoming.letters import IncomingLetter
from portal.domain.incoming.own_addresses import OwnAddresses
from portal.domain.response_targets import Via
from portal.models.case_entries import CaseEntry
from portal.models.organizations import User
from portal.services import attachments
from portal.services.attached_contents import Shelf, Upload
from portal.services.case_doing import Doing

LONGEST_TEXT = 31_000
_CUT = "… (The mail goes on. Staff have it whole.)"
_MOST_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDesk:
    """Where files lie, which addresses are ours, and the name under which our relay says who sent a mail.

    Without such a name (`relay` None) nobody is proven. `base_url` is how people reach the portal, for links in mails.
    """

    shelf: Shelf
    own: OwnAddresses
    relay: str | None
    base_url: str

    def doing(self, by: User | None, at: datetime) -> Doing:
        """Somebody does something by mail; None is an outsider."""
        return Doing(by=by, at=at, base_url=self.base_url, via=Via.EMAIL)

    def others_in(self, letter: IncomingLetter) -> Sequence[str]:
        """The addresses in To and Cc that are neither ours nor the sender's."""
        return [one for one in self.own.without_ours(letter.recipients) if one != letter.sender]

    def shown(self, letter: IncomingLetter) -> IncomingLetter:
        """The letter as others may read it: mail programs quote the address that has a case’s token (MAIL-48)."""
        hide = self.own.without_tokens
        return replace(
            letter,
            subject=hide(letter.subject),
            reply=hide(letter.reply),
            quoted=hide(letter.quoted),
            whole=hide(letter.whole),
        )


class QuarantinedError(Exception):
    """People have to look at a mail; the message says why. `is_told`: its sender may hear of it."""

    def __init__(self, why: str, *, is_told: bool = True) -> None:
        super().__init__(why)
        self.is_told = is_told


def find_sender(session: Session, address: str) -> User | None:
    """The user who signs in with this address (CC-4); quarantined where they may sign in no more."""
    user = session.scalars(select(User).where(func.lower(User.email) == address)).one_or_none()
    if user is not None and user.deactivated_at is not None:
        raise QuarantinedError("Its sender may no longer sign in.")
    return user


def comment_of(letter: IncomingLetter) -> str:
    """What stands in the conversation: what was written now; where that is nothing, what there is."""
    text = letter.reply.strip() or ("" if letter.files else letter.quoted.strip())
    return _short(text or ("(Files without a text.)" if letter.files else "(A mail without a text.)"))


def whole_of(letter: IncomingLetter) -> str:
    """What a new case begins with: all of the mail, because nobody here has seen what it quotes."""
    return _short(letter.whole.strip() or ("(Files without a text.)" if letter.files else "(A mail without a text.)"))


def listed(addresses: Sequence[str]) -> Sequence[str]:
    """Addresses that are shown to staff and not added; of very many the first."""
    return addresses[:_MOST_LISTED]


def take_files(
    session: Session, entry: CaseEntry, letter: IncomingLetter, desk: MailDesk, *, sender: User | str, at: datetime
) -> None:
    """Keep the files of a mail with its entry; one that cannot be taken says why there (FILE-7)."""
    for file in letter.files:
        upload = Upload(file.name, BytesIO(file.content))
        attachments.take_part(session, desk.shelf, upload, entry, sender=sender, at=at)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}\n\n{_CUT}"
