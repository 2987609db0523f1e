"""The mailbox of a demo, which takes the mail where there is no mail server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from portal.domain.mail import Outcome
from portal.gateways.mail import Answer, Mail
from portal.jobs.sessions import OpenSession
from portal.services import mailbox


class MailboxGateway:
    """Keeps mail instead of sending it; the same mail is kept once, however often it comes."""

    def __init__(self, open_session: OpenSession, now: Callable[[], datetime]) -> None:
        self._open_session = open_session
        self._now = now

    def deliver(self, mail: Mail) -> Mapping[str, Answer]:
        """Everything is taken."""
        with self._open_session() as session:
            mailbox.keep(session, mail, at=self._now())
            session.commit()
        return dict.fromkeys(mail.recipients, Answer(Outcome.ACCEPTED, "Kept in the mailbox of the demo."))

    def close(self) -> None:
        """Nothing is open."""
