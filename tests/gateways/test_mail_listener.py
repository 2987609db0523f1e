"""The door for mail says yes only when a mail is kept."""

from __future__ import annotations

import smtplib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from portal.gateways.mail.listener import Brought, Door, Listener
from tests.incoming import raw

if TYPE_CHECKING:
    from collections.abc import Iterator

ANN, SUPPORT = "ann@acme.example", "support@portal.example"


class FullError(Exception):
    """There is no room for mail."""


@contextmanager
def listening(
    protocol: str = "smtp", *, is_full: bool = False, largest: int = 100_000
) -> Iterator[tuple[int, list[Brought]]]:
    """A door, and what was kept; one that is full keeps nothing."""
    kept: list[Brought] = []

    def keep(brought: Brought) -> None:
        if is_full:
            raise FullError
        kept.append(brought)

    door = Door("127.0.0.1", 0, protocol, largest, "portal.example")
    listener = Listener(door, keep=keep, takes=lambda address: address.startswith("support"))
    listener.start()
    try:
        yield listener.port, kept
    finally:
        listener.stop()


def test_a_mail_is_kept_byte_for_byte_with_its_envelope():
    content = raw(".\n..two dots\nGrüße\n")
    with listening() as (port, kept), smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        assert relay.sendmail(ANN, [SUPPORT, f"support+{'a' * 40}@portal.example"], content) == {}
    assert kept == [Brought(content, ANN, (SUPPORT, f"support+{'a' * 40}@portal.example"))]


def test_a_subject_of_a_megabyte_is_taken():
    content = raw("Hello\n", subject="x" * 1_000_000)
    with listening(largest=2_000_000) as (port, kept), smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        relay.sendmail(ANN, [SUPPORT], content)
    assert kept[0].content == content


def test_a_bounce_has_no_sender():
    with listening() as (port, kept), smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        relay.sendmail("", [SUPPORT], raw("Sorry"))
    assert kept[0].sender == ""


def test_mail_for_others_is_not_taken():
    with listening() as (port, kept), smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            relay.sendmail(ANN, ["bob@elsewhere.example"], raw("Hello"))
        assert refused.value.recipients["bob@elsewhere.example"][0] == 550
    assert kept == []


def test_what_cannot_be_kept_is_to_be_brought_again():
    with listening(is_full=True) as (port, kept), smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            relay.sendmail(ANN, [SUPPORT], raw("Hello"))
        assert refused.value.smtp_code == 451
    assert kept == []


def test_a_mail_that_is_too_large_is_refused_for_good():
    with listening(largest=10_000) as (port, kept), smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            relay.sendmail(ANN, [SUPPORT], raw("x" * 20_000))
        assert refused.value.smtp_code == 552
    assert kept == []


def test_by_lmtp_each_recipient_has_an_answer():
    with listening("lmtp") as (port, kept):
        relay = smtplib.LMTP("127.0.0.1", port)
        relay.ehlo_or_helo_if_needed()
        assert relay.mail(ANN)[0] == 250
        assert [relay.rcpt(address)[0] for address in (SUPPORT, "support+b@portal.example", "bob@x.example")] == [
            250,
            250,
            550,
        ]
        answers = [relay.data(raw("Hello"))[0], relay.getreply()[0]]
        assert (answers, relay.noop()[0]) == ([250, 250], 250)
        relay.quit()
    assert len(kept) == 1
