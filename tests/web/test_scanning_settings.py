"""The scanner of files is named by its address, and a bad one stops the start."""

from __future__ import annotations

import pytest

from portal.config import Settings, SettingsError
from portal.gateways.scanning.clamd import Clamd


@pytest.mark.parametrize(
    ("address", "clamd"),
    [
        ("tcp://127.0.0.1:3310", Clamd(host="127.0.0.1", port=3310)),
        ("tcp://[::1]:3310", Clamd(host="::1", port=3310)),
        ("unix:///run/clamav/clamd.ctl", Clamd(path="/run/clamav/clamd.ctl")),
    ],
)
def test_the_scanner_is_named_by_its_address(tmp_path, address, clamd):
    assert Settings.from_environment({"CLAMD_ADDRESS": address}, root=tmp_path).clamd == clamd


def test_without_an_address_nothing_is_scanned(tmp_path):
    assert Settings.from_environment({}, root=tmp_path).clamd is None


@pytest.mark.parametrize(
    "address",
    ["", "clamd", "tcp://clamd", "tcp://:3310", "tcp://clamd:x", "tcp://clamd:99999", "tcp://clamd:3310/x",
     "unix://clamd.ctl", "unix://", "http://clamd:3310", "tcp://a@clamd:3310", "tcp://clamd:3310?x=1"],
)  # fmt: skip
def test_another_address_stops_the_start(tmp_path, address):
    with pytest.raises(SettingsError, match=r"^CLAMD_ADDRESS: tcp://HOST:PORT or unix"):
        Settings.from_environment({"CLAMD_ADDRESS": address}, root=tmp_path)
