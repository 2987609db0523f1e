"""What is installed is locked, and says nothing about where one machine got it from."""

from __future__ import annotations

import json
import tomllib

import pytest

from tests.architecture.sources import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_python_package_is_locked_by_hash(lock):
    pinned = [entry for entry in lock.read_text("utf-8").replace("\\\n", "").splitlines() if entry.strip()]
    unlocked = [entry for entry in pinned if "==" not in entry or "--hash=sha256:" not in entry]
    assert pinned, "The lock is empty: run `make lock`."
    assert not unlocked, "Run `make lock`: it writes version and hashes."


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_python_lock_names_no_address(lock):
    assert "://" not in lock.read_text("utf-8"), "Run `make lock`: it leaves addresses out."


def test_every_python_package_we_ask_for_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lock = (ROOT / "requirements/dev.lock").read_text("utf-8")
    locked = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    groups = project["dependency-groups"]
    asked = [*project["project"]["dependencies"], *groups["tracing"], *groups["dev"]]
    missing = [entry for entry in asked if isinstance(entry, str) and bare_name(entry) not in locked]
    assert not missing, "Run `make lock` after changing pyproject.toml."


def test_every_npm_package_is_locked_by_hash_and_names_no_address():
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    wrong = [name for name, entry in packages.items() if name and ("integrity" not in entry or "resolved" in entry)]
    assert len(packages) > 1
    assert not wrong, "Run `npm install` with the .npmrc of this repository: it writes hashes and leaves addresses out."


def bare_name(requirement: str) -> str:
    name = requirement
    for sign in "[~=<>;! ":
        name = name.split(sign)[0]
    return name
