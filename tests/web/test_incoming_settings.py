"""The settings of mail that comes in: read once, and a bad one is told by its name."""

from __future__ import annotations

import pytest

from portal.config import Settings, SettingsError
from portal.config.incoming import IncomingSettings


def test_without_settings_mail_is_taken_on_this_machine_alone(tmp_path):
    settings = Settings.from_environment({}, root=tmp_path)
    assert settings.incoming == IncomingSettings("127.0.0.1", 8025, "smtp", 25_000_000, None, None)


def test_everything_can_be_said(tmp_path):
    environ = {
        "MAIL_LISTEN_ADDRESS": "[::1]:24",
        "MAIL_LISTEN_PROTOCOL": "LMTP",
        "MAIL_LARGEST_MEGABYTES": "50",
        "SUPPORT_MAIL_ADDRESS": "help@cloud.example",
        "MAIL_AUTHSERV_ID": "mx.cloud.example",
    }
    settings = Settings.from_environment(environ, root=tmp_path)
    expected = IncomingSettings("::1", 24, "lmtp", 50_000_000, "help@cloud.example", "mx.cloud.example")
    assert settings.incoming == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_LISTEN_ADDRESS", "8025"),
        ("MAIL_LISTEN_ADDRESS", "localhost:99999"),
        ("MAIL_LISTEN_PROTOCOL", "http"),
        ("MAIL_LARGEST_MEGABYTES", "0"),
        ("SUPPORT_MAIL_ADDRESS", "support"),
        ("SUPPORT_MAIL_ADDRESS", "support+cases@portal.example"),
        ("SUPPORT_MAIL_ADDRESS", "the-people-who-answer-questions@portal.example"),
        ("MAIL_AUTHSERV_ID", "mx; spf=pass"),
    ],
)
def test_a_bad_one_stops_the_start(name, value):
    with pytest.raises(SettingsError, match=f"^{name}: "):
        IncomingSettings.from_environment({name: value})
