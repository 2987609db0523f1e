"""Handing mail over: who we are, over which line, and what a server that misbehaves can do to us."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import AuthResult

from portal.domain.mail import Outcome
from portal.gateways.mail import Mail, UnreachableError
from portal.gateways.mail.smtp import MailServer, SmtpGateway
from tests.post_office import open_post_office

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of this machine alone, made for these tests.
CERTIFICATE = Path(__file__).parent / "localhost.pem"
MAIL = Mail(
    header_id="<1@portal.example>",
    sender="billing@portal.example",
    recipients=("ap@acme.example",),
    subject="Hello",
    content=b"Subject: Hello\r\n\r\n.\r\n.. a line that begins with a dot\r\n",
)


def gateway(server: MailServer) -> SmtpGateway:
    return SmtpGateway(server, own_name="portal.example")


def tls() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def check_password(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
    is_right = (login.login, login.password) == (b"portal", b"secret")
    return AuthResult(success=is_right, handled=is_right)


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts the certificate of the test."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def test_a_line_with_a_dot_arrives_as_it_was_written() -> None:
    with open_post_office() as office:
        own = gateway(office.server)
        answers = [own.deliver(MAIL), own.deliver(MAIL)]
        own.close()
    assert [one["ap@acme.example"].outcome for one in answers] == [Outcome.ACCEPTED] * 2
    assert [one.content for one in office.taken] == [MAIL.content] * 2


@pytest.mark.usefixtures("trusted")
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("is_tls", [False, True], ids=["STARTTLS", "TLS from the start"])
@pytest.mark.parametrize(("password", "is_let_in"), [("secret", True), ("guess", False)])
def test_a_password_goes_over_tls(is_tls: bool, password: str, is_let_in: bool) -> None:
    options: dict[str, Any] = {"ssl_context": tls()} if is_tls else {"tls_context": tls(), "require_starttls": True}
    # On a line that is encrypted as a whole the server does not know that it is.
    options |= {"authenticator": check_password, "auth_required": True, "auth_require_tls": not is_tls}
    with open_post_office(**options) as office:
        own = gateway(replace(office.server, is_tls=is_tls, user="portal", password=password, timeout_seconds=10))
        if is_let_in:
            assert own.deliver(MAIL)["ap@acme.example"].outcome is Outcome.ACCEPTED
        else:
            with pytest.raises(UnreachableError, match="535"):
                own.deliver(MAIL)
        own.close()
    assert len(office.taken) == is_let_in


def test_a_password_is_not_sent_in_the_clear() -> None:
    with open_post_office(authenticator=check_password, auth_require_tls=False) as office:
        own = gateway(replace(office.server, user="portal", password="secret"))
        with pytest.raises(UnreachableError, match="no password goes in the clear"):
            own.deliver(MAIL)
    assert not office.taken


def test_a_server_that_nobody_vouches_for_gets_nothing() -> None:
    with open_post_office(tls_context=tls()) as office:
        own = gateway(replace(office.server, timeout_seconds=10))
        with pytest.raises(UnreachableError, match="certificate"):
            own.deliver(MAIL)
    assert not office.seen


@contextmanager
def talking(lines: bytes, *, again: bytes = b"") -> Iterator[int]:
    """A server that says `lines` to whoever calls and then `again`, again and again; the port."""
    stop = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(10)

    def talk() -> None:
        line, _ = listening.accept()
        with line:
            line.sendall(lines)
            while again and not stop.wait(0.05):
                try:
                    line.sendall(again)
                except OSError:
                    return
            stop.wait(10)

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        stop.set()
        thread.join()
        listening.close()


def test_a_server_that_says_a_little_again_and_again_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.gateways.mail.smtp._MAIL_TIMES", 1)
    with talking(b"220 hello\r\n250 hello\r\n", again=b"250-") as port:
        answers = gateway(MailServer("127.0.0.1", port, timeout_seconds=1)).deliver(MAIL)
    assert answers["ap@acme.example"].outcome is Outcome.LATER


def test_what_a_server_says_is_kept_short_and_on_one_line() -> None:
    with open_post_office() as office:
        office.to_recipients["ap@acme.example"] = ["550-No\r\n550 " + "x" * 400 + "\x07"]
        own = gateway(office.server)
        answer = own.deliver(MAIL)["ap@acme.example"]
        own.close()
    assert answer.text.startswith("550 No xxx")
    assert answer.text.isprintable()


def test_a_server_that_is_not_one_is_unreachable() -> None:
    with talking(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port, pytest.raises(UnreachableError):
        gateway(MailServer("127.0.0.1", port, timeout_seconds=1)).deliver(MAIL)
