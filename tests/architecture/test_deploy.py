"""What `deploy/` names exists: commands, scripts, settings, packages. Nothing here builds an image."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from portal import cli

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
HOME = "/srv/portal/"
# Settings of other programs in the same file of settings.
OTHERS = re.compile(r"POSTGRES_|MINIO_|AWS_|PYTHON")


def known_settings() -> set[str]:
    """What the guide for operators explains."""
    guide = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "docs").rglob("operations*.md")))
    return set(re.findall(r"`([A-Z][A-Z_]+)`", guide))


def commands() -> set[str]:
    app = Flask("commands")
    cli.register(app)
    return set(app.cli.commands)


def flask_command(words: list[str]) -> str:
    assert words[:3] == [".venv/bin/flask", "--app", "wsgi"]
    return words[3]


def names_in(file: str) -> list[str]:
    """The settings that a file of settings gives."""
    return re.findall(r"^([A-Z_]+)=", (DEPLOY / file).read_text("utf-8"), re.MULTILINE)


def composed() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    return services


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_there_is_and_needs_what_there_is(unit):
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit)
    for other in re.findall(r"portal-[\w@]+\.\w+", " ".join(parser["Unit"].values())):
        assert (DEPLOY / "systemd" / other).exists(), other
    if unit.suffix in {".timer", ".socket"}:
        assert unit.with_suffix(".service").exists()
        return
    service = parser["Service"]
    assert (service["User"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("portal", "yes", "strict")
    words = shlex.split(service["ExecStart"].replace("%%", "%"))
    words = shlex.split(words[-1])[1:] if words[0] == "/bin/sh" else words
    assert words[0].startswith(HOME)
    program = words[0].removeprefix(HOME)
    if program == ".venv/bin/flask":
        assert flask_command([program, *words[1:]]) in commands()
    else:
        assert (ROOT / program).stat().st_mode & 0o111, f"{program} cannot be run"


def test_the_composed_services_run_commands_that_there_are():
    services = composed()
    ours = {name: service for name, service in services.items() if service.get("image") == "portal"}
    assert ours.keys() == {"web", "worker", "migrate"}
    for service in ours.values():
        if "command" in service:
            assert flask_command(service["command"]) in commands()
        for needed in service["depends_on"]:
            assert needed in services


def test_no_container_gets_the_secrets_of_another_program():
    of_others = {"database": "POSTGRES_", "s3": "MINIO_", "bucket": "MINIO_"}
    for name, service in composed().items():
        settings = names_in(f"{service['env_file']}.example")
        assert settings
        if name in of_others:
            assert all(setting.startswith(of_others[name]) for setting in settings), name
            assert "environment" not in service
        else:
            assert not any(setting.startswith(tuple(of_others.values())) for setting in settings), name


def test_every_image_is_of_a_release_that_is_named():
    images = {service["image"] for service in composed().values()} - {"portal"}
    assert len(images) == 3
    for image in images:
        assert re.fullmatch(r"[a-z/]+:(\d+|RELEASE\.[\dTZ-]+)", image), image


def test_every_setting_that_is_given_is_explained_to_operators():
    example = names_in("portal.env.example")
    container = re.findall(r"^ENV ((?:.*\\\n)*.*)$", (DEPLOY / "Containerfile").read_text("utf-8"), re.MULTILINE)
    given = {*example, *re.findall(r"([A-Z_]+)=", " ".join(container)), *composed()["web"]["environment"]}
    ours = {name for name in given if not OTHERS.match(name)}
    assert len(ours) > 8
    assert ours <= known_settings()


def test_the_container_copies_what_there_is():
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    names = [name for words in copied for name in words]
    assert {"portal", "invoices", "migrations", "wsgi.py"} <= set(names)
    for name in names:
        assert (ROOT / name).exists(), name
    assert any(line == 'CMD ["scripts/serve"]' for line in lines)
    assert (ROOT / "scripts/serve").stat().st_mode & 0o111


def test_the_container_has_the_libraries_that_documents_are_drawn_with():
    setup = (ROOT / "scripts/setup").read_text("utf-8")
    wanted = re.search(r"has_pango \|\| apt_install (.*)$", setup, re.MULTILINE)
    assert wanted
    container = (DEPLOY / "Containerfile").read_text("utf-8")
    assert all(library in container for library in wanted[1].split())
