"""A mail of a machine is told from one of a person."""

from __future__ import annotations

import pytest

from portal.domain.incoming import reading
from portal.domain.incoming.letters import Writer
from tests.incoming import part, parts, raw

STATUS = (
    "Reporting-MTA: dns; mx.acme.example\n\nFinal-Recipient: rfc822; Bob@acme.example\nAction: failed\nStatus: 5.1.1\n"
)
REPORT = 'report; report-type="delivery-status"'
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.acme.example>"

MACHINES = {
    "postfix": (
        parts(
            part("I'm sorry"),
            part(STATUS, "message/delivery-status"),
            kind="report; report-type=delivery-status",
            sender=DAEMON,
        ),
        Writer.BOUNCE,
    ),
    "exchange": (
        parts(
            part("Your message"), part(STATUS, "message/delivery-status"), kind=REPORT, subject="Undeliverable: [#1] x"
        ),
        Writer.BOUNCE,
    ),
    "qmail": (raw("Hi. This is the qmail-send program", subject="failure notice", sender=DAEMON), Writer.BOUNCE),
    "exim": (raw("Failed", X_Failed_Recipients="bob@acme.example", subject="Mail delivery failed"), Writer.BOUNCE),
    "gmail": (raw("Address not found", sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>"), Writer.BOUNCE),
    "postmaster": (raw("Unzustellbar", sender="postmaster@acme.example"), Writer.BOUNCE),
    "exchange, away": (
        raw("I am away", subject="Automatic reply: x", Auto_Submitted="auto-generated", X_Auto_Response_Suppress="All"),
        Writer.AUTO_REPLY,
    ),
    "gmail, away": (
        raw("Away", Auto_Submitted="auto-replied", Precedence="bulk", X_Autoreply="yes"),
        Writer.AUTO_REPLY,
    ),
    "vacation": (raw("Away", Auto_Submitted="auto-replied (vacation)", subject="Away from my mail"), Writer.AUTO_REPLY),
    "notes, away": (
        raw("Away", subject="Ann Lee is out of the office", Auto_Submitted="auto-replied"),
        Writer.AUTO_REPLY,
    ),
    "away, German": (raw("Weg", subject="Abwesenheitsnotiz: x"), Writer.AUTO_REPLY),
    "away, French": (raw("Absent", subject="Réponse automatique : x"), Writer.AUTO_REPLY),
    "away, Spanish": (raw("x", subject="Respuesta automática: x"), Writer.AUTO_REPLY),
    "away, Japanese": (raw("x", subject="自動返信: x"), Writer.AUTO_REPLY),
    "away, Chinese": (raw("x", subject="自动回复: x"), Writer.AUTO_REPLY),
    "away, Russian": (raw("x", subject="Автоматический ответ: x"), Writer.AUTO_REPLY),
    "away, Polish": (raw("x", subject="Odpowiedź automatyczna: x"), Writer.AUTO_REPLY),
    "suppressed": (raw("x", X_Auto_Response_Suppress="OOF, AutoReply"), Writer.DOUBTFUL),
    "no return path": (raw("x", Return_Path="<>"), Writer.AUTO_REPLY),
    "list": (raw("x", List_Id="<dev.acme.example>"), Writer.BULK),
    "newsletter": (raw("x", List_Unsubscribe="<mailto:u@x.example>"), Writer.BULK),
    "bulk": (raw("x", Precedence="bulk"), Writer.BULK),
    "monitor": (raw("x", Auto_Submitted="auto-generated"), Writer.BULK),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_is_known(machine: str):
    mail, writer = MACHINES[machine]
    assert reading.read(mail).writer is writer


@pytest.mark.parametrize(
    "mail",
    [
        raw("Hello"),
        raw("Hello", Auto_Submitted="no"),
        raw("Hello", subject="My automatic reply does not work"),
        raw("Hello", Precedence="normal", X_Auto_Response_Suppress="DR, NDR, RN, NRN"),
        raw("Hello", Return_Path="<ann@acme.example>"),
    ],
)
def test_a_person_is_one(mail: bytes):
    assert reading.read(mail, envelope_from="ann@acme.example").writer is Writer.PERSON


def test_a_mail_from_nobody_is_no_persons():
    assert reading.read(raw("Hello"), envelope_from="").writer is not Writer.PERSON


def test_a_bounce_says_whom_it_is_about():
    assert reading.read(MACHINES["postfix"][0]).failed_address == "bob@acme.example"
