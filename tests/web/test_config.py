"""Settings: read once, refused by name with what is expected."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from portal.config import ROOT, Mode, Settings, SettingsError

KEY = "a-key-of-more-than-thirty-two-characters"


def test_a_demo_needs_no_settings(tmp_path):
    settings = Settings.from_environment({}, root=tmp_path)
    assert settings.mode is Mode.DEMO
    assert settings.database_url == f"sqlite:///{tmp_path}/var/portal.sqlite"
    assert settings.files_dir == tmp_path / "var/files"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert not settings.is_https
    assert settings.trusted_hosts == ("127.0.0.1", "localhost")


def test_the_demo_keeps_a_key_of_its_own_that_nobody_else_reads(tmp_path):
    first = Settings.from_environment({}, root=tmp_path)
    again = Settings.from_environment({}, root=tmp_path)
    assert first.secret_key == again.secret_key
    assert len(first.secret_key) >= 32
    kept = tmp_path / "var/secret-key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def test_two_machines_have_two_keys(tmp_path):
    keys = {Settings.from_environment({}, root=tmp_path / name).secret_key for name in ("one", "two")}
    assert len(keys) == 2


def test_production_takes_what_it_is_given(tmp_path):
    given = {
        "MODE": "production",
        "SECRET_KEY": KEY,
        "DATABASE_URL": "postgresql://portal@db/portal",
        "BASE_URL": "https://portal.example/",
        "PORT": "443",
        "FILES_DIR": "/srv/files",
        "TRUSTED_PROXIES": "1",
    }
    settings = Settings.from_environment(given, root=tmp_path)
    assert settings.is_https
    assert settings.base_url == "https://portal.example"
    assert settings.trusted_hosts[0] == "portal.example"
    assert (settings.port, settings.trusted_proxies, settings.files_dir) == (443, 1, Path("/srv/files"))
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MODE", "staging", "“demo” or “production” is expected"),
        ("SECRET_KEY", "short", "a random text of at least 32 characters is expected"),
        ("SECRET_KEY", None, "a random text of at least 32 characters is expected"),
        ("SECRET_KEY_FALLBACKS", f"{KEY},short", "former secret keys of at least 32 characters are expected"),
        ("DATABASE_URL", "mysql://db/portal", "sqlite:///PATH or postgresql://… is expected"),
        ("DATABASE_URL", "portal.sqlite", "sqlite:///PATH or postgresql://… is expected"),
        ("PORT", "80a", "a whole number from 1 to 65535 is expected"),
        ("PORT", "65536", "a whole number from 1 to 65535 is expected"),
        ("PORT", "", "a whole number from 1 to 65535 is expected"),
        ("BASE_URL", "portal.example", "an address such as https://portal.example without a path is expected"),
        (
            "BASE_URL",
            "https://portal.example/shop",
            "an address such as https://portal.example without a path is expected",
        ),
        (
            "BASE_URL",
            "https://portal.example:x",
            "an address such as https://portal.example without a path is expected",
        ),
        ("FILES_DIR", "files", "an absolute path of a folder is expected"),
        ("FILES_URL", "bucket", "s3://BUCKET/PATH is expected; keys are settings of their own"),
        ("FILES_URL", "s3://KEY:SECRET@bucket/", "s3://BUCKET/PATH is expected; keys are settings of their own"),
        ("FILES_ENDPOINT", "s3.example", "an address such as https://s3.example is expected"),
        ("TRUSTED_HOSTS", "portal.example,", "host names separated by commas are expected"),
        ("TRUSTED_HOSTS", "[::1]", "host names separated by commas are expected"),
        ("TRUSTED_PROXIES", "-1", "a whole number from 0 to 9 is expected"),
    ],
)
def test_a_setting_that_is_missing_or_malformed_is_named(tmp_path, name, value, expected):
    given = {"MODE": "production", "SECRET_KEY": KEY} | {name: value}
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({key: text for key, text in given.items() if text is not None}, root=tmp_path)
    assert str(caught.value) == f"{name}: {expected}"


def test_settings_that_are_printed_keep_their_secrets():
    given = {"MODE": "production", "SECRET_KEY": KEY, "DATABASE_URL": "postgresql://portal:hunter2@db/portal"}
    printed = repr(Settings.from_environment(given))
    assert KEY not in printed
    assert "hunter2" not in printed


def test_a_bad_setting_stops_the_start_with_one_line():
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "routes"],
        cwd=ROOT,
        env={"PORT": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert ended.stderr.strip() == "PORT: a whole number from 1 to 65535 is expected"
    assert not ended.stdout
