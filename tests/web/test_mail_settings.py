"""The settings of mail: read once, and a bad one is told by its name without the password."""

from __future__ import annotations

import pytest

from portal.config import Settings, SettingsError
from portal.config.mail import MailSettings
from portal.gateways.mail.smtp import MailServer


def test_without_settings_there_is_no_mail_server(tmp_path):
    settings = Settings.from_environment({}, root=tmp_path)
    assert (settings.mail, settings.has_mailbox) == (MailSettings(None, None), True)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25)),
        ("smtp://mail.example:587/", MailServer("mail.example", 587)),
        ("smtps://mail.example", MailServer("mail.example", 465, is_tls=True)),
        (
            "smtps://me%40x:p%2Fw@mail.example",
            MailServer("mail.example", 465, is_tls=True, user="me@x", password="p/w"),
        ),
    ],
)
def test_a_mail_server_is_named_by_its_address(tmp_path, url, server):
    settings = Settings.from_environment({"SMTP_URL": url}, root=tmp_path)
    assert (settings.mail.server, settings.has_mailbox) == (server, False)


@pytest.mark.parametrize(
    "url",
    ["", "mail.example", "http://mail.example", "smtp://", "smtp://mail.example:mail", "smtp://mail.example:99999",
     "smtp://user@mail.example", "smtp://:hunter2@mail.example", "smtp://mail.example/hunter2", "smtp://mail.example?x=1"],
)  # fmt: skip
def test_another_address_stops_the_start(url):
    with pytest.raises(SettingsError, match=r"^SMTP_URL: smtp://USER") as told:
        MailSettings.from_environment({"SMTP_URL": url})
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("sender", ["", "nobody", "Billing <billing>", "a@b.example\nBcc: c@d.example"])
def test_a_sender_without_an_address_stops_the_start(sender):
    with pytest.raises(SettingsError, match=r"^MAIL_FROM: an address"):
        MailSettings.from_environment({"MAIL_FROM": sender})


@pytest.mark.parametrize("seconds", ["0", "61", "soon"])
def test_a_time_out_stays_below_what_a_claim_lasts(seconds):
    with pytest.raises(SettingsError, match=r"^SMTP_TIMEOUT: a whole number from 1 to 60"):
        MailSettings.from_environment({"SMTP_TIMEOUT": seconds})


def test_the_password_stands_in_no_log():
    assert "hunter2" not in repr(MailSettings.from_environment({"SMTP_URL": "smtp://me:hunter2@mail.example"}))
