"""A mail server that is reached by SMTP."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from portal.domain.mail import Outcome
from portal.gateways.mail import Answer, Mail, UnreachableError

_FAULTS = (smtplib.SMTPException, OSError)
# Whoever gives up on the last answer may have the mail sent twice, so that answer may take longer than the others.
_LAST_ANSWER_TIMES, _MAIL_TIMES = 10, 20
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. `timeout_seconds` is how long each answer may take."""

    host: str
    port: int
    is_tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: int = 30


class SmtpGateway:
    """Hands mail over to a mail server, one after the other on one connection. Belongs to one thread.

    A connection without TLS turns to it where the server can; a password goes over TLS only (MAIL-17).
    """

    def __init__(self, server: MailServer, *, own_name: str) -> None:
        self._server = server
        self._own_name = own_name
        self._line: smtplib.SMTP | None = None

    def deliver(self, mail: Mail) -> Mapping[str, Answer]:
        """An answer for each recipient; `UnreachableError` where the server cannot be asked."""
        line = self._open_line()
        with self._at_most(line, self._server.timeout_seconds * _MAIL_TIMES):
            answers = self._offer(line, mail)
            accepted = [address for address in mail.recipients if address not in answers]
            if accepted:
                answers |= dict.fromkeys(accepted, self._hand_over(line, mail.content))
        return answers

    def close(self) -> None:
        """Say goodbye, if the server still listens."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(*_FAULTS):
                line.quit()
            line.close()

    def _open_line(self) -> smtplib.SMTP:
        if self._line is not None and self._is_free(self._line):
            return self._line
        self._hang_up()
        try:
            self._line = self._connect()
        except _FAULTS as fault:
            raise UnreachableError(_one_line(str(fault) or type(fault).__name__)) from fault
        return self._line

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        line = self._dial(context)
        try:
            line.ehlo_or_helo_if_needed()
            if not server.is_tls and line.has_extn("starttls"):
                line.starttls(context=context)
                line.ehlo()
            elif not server.is_tls and server.user:
                raise smtplib.SMTPException("The mail server offers no STARTTLS, and no password goes in the clear.")
            if server.user:
                line.login(server.user, server.password or "")
        except _FAULTS:
            line.close()
            raise
        return line

    def _dial(self, context: ssl.SSLContext) -> smtplib.SMTP:
        host, port, timeout = self._server.host, self._server.port, self._server.timeout_seconds
        if self._server.is_tls:
            return smtplib.SMTP_SSL(host, port, self._own_name, timeout=timeout, context=context)
        return smtplib.SMTP(host, port, self._own_name, timeout=timeout)

    def _is_free(self, line: smtplib.SMTP) -> bool:
        try:
            return line.rset()[0] == 250
        except _FAULTS:
            return False

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _offer(self, line: smtplib.SMTP, mail: Mail) -> dict[str, Answer]:
        """Name sender and recipients; answers for those whom the mail cannot be handed over for now."""
        answers = dict[str, Answer]()
        try:
            code, said = line.mail(mail.sender)
            if code != 250:
                # What the server has against us is ours to mend, and the mail's recipients are not to blame.
                return dict.fromkeys(mail.recipients, Answer(Outcome.LATER, _reply(code, said)))
            for address in mail.recipients:
                code, said = line.rcpt(address)
                if code not in {250, 251}:
                    answers[address] = Answer(_failure(code), _reply(code, said))
        except _FAULTS:
            self._hang_up()
            lost = Answer(Outcome.LATER, "The connection was lost before the mail was handed over.")
            return {address: answers.get(address, lost) for address in mail.recipients}
        return answers

    def _hand_over(self, line: smtplib.SMTP, content: bytes) -> Answer:
        try:
            code, said = line.docmd("DATA")
        except _FAULTS:
            self._hang_up()
            return Answer(Outcome.LATER, "The connection was lost before the mail was handed over.")
        if code != 354:
            return Answer(_failure(code), _reply(code, said))
        try:
            line.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
            if line.sock:
                line.sock.settimeout(self._server.timeout_seconds * _LAST_ANSWER_TIMES)
            code, said = line.getreply()
            if line.sock:
                line.sock.settimeout(self._server.timeout_seconds)
        except _FAULTS:
            self._hang_up()
            return Answer(Outcome.UNKNOWN, "The connection was lost before the server said whether it took the mail.")
        return Answer(Outcome.ACCEPTED if code == 250 else _failure(code), _reply(code, said))

    @contextmanager
    def _at_most(self, line: smtplib.SMTP, seconds: int) -> Iterator[None]:
        """Cut the line after that time: a server that says a little again and again never runs into a time-out."""

        def cut() -> None:
            if line.sock:
                with suppress(OSError):
                    line.sock.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _failure(code: int) -> Outcome:
    return Outcome.REFUSED if 500 <= code <= 599 else Outcome.LATER


def _reply(code: int, said: bytes) -> str:
    return _one_line(f"{code} {said.decode('utf-8', 'replace')}")


def _one_line(text: str) -> str:
    # A server says what it likes: no control character of it gets into the database.
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_LONGEST_TEXT]
