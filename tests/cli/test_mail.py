"""`flask mail`: what a relay sees."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import subprocess
import sys

import pytest
from sqlalchemy import select

from portal.app import create_app
from portal.config import ROOT, Settings
from portal.models.incoming_mail import IncomingMail
from tests.incoming import raw

DATABASES = ("sqlite",)


@pytest.fixture
def receive(database_url, tmp_path):
    """Pipes a mail into the command; further settings by their names."""

    def pipe(content, *arguments, **environ):
        settings = {"DATABASE_URL": database_url, "FILES_DIR": str(tmp_path / "files"), **environ}
        app = create_app(Settings.from_environment(settings, root=tmp_path))
        piped = app.test_cli_runner().invoke(args=["mail", "receive", *arguments], input=content)
        app.extensions["database"].dispose()
        return piped.exit_code, piped.stdout

    return pipe


def test_a_mail_from_a_pipe_is_kept_once(receive, session):
    for _ in range(2):
        assert receive(raw("Hello"), "--sender", "ann@acme.example", "support@portal.example") == (0, "")
    mail = session.scalars(select(IncomingMail)).one()
    assert (mail.sender, mail.envelope_from, mail.envelope_to) == (
        "ann@acme.example", "ann@acme.example", ["support@portal.example"],
    )  # fmt: skip


def test_without_a_database_the_relay_tries_again(receive, tmp_path):
    code, _ = receive(raw("Hello"), DATABASE_URL=f"sqlite:///{tmp_path}/none/portal.sqlite")
    assert code == os.EX_TEMPFAIL


def test_a_mail_that_is_too_large_is_not_tried_again(receive):
    code, _ = receive(raw("x" * 1_100_000), MAIL_LARGEST_MEGABYTES="1")
    assert code == os.EX_DATAERR


def test_the_listener_takes_mail_until_it_is_told_to_stop(database_url, session, tmp_path):
    settings = {**os.environ, "DATABASE_URL": database_url, "MAIL_LISTEN_ADDRESS": "127.0.0.1:0"}
    settings |= {"QUEUE_URL": f"sqlite:///{tmp_path}/queue.sqlite"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "mail", "listen"]
    with subprocess.Popen(command, env=settings, cwd=ROOT, stderr=subprocess.PIPE, text=True) as listener:
        try:
            assert listener.stderr
            port = int(re.findall(r":(\d+)$", listener.stderr.readline())[0])
            with smtplib.SMTP("127.0.0.1", port) as relay:
                relay.sendmail("ann@acme.example", ["support@portal.example"], raw("Hello"))
        finally:
            listener.send_signal(signal.SIGTERM)
        assert listener.wait(timeout=60) == 0
    assert session.scalars(select(IncomingMail.subject)).all() == ["Re: [#1042] Cluster"]
