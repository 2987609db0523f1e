"""An operator backs up, checks and restores by commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


def test_a_backup_is_made_checked_and_not_restored_over_what_is_there(
    flask: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "backup.zip"
    assert flask("organization", "create", "acme", "--name", "Acme", "--catalogue", "atlas").exit_code == 0
    made = flask("backup", str(file))
    assert made.exit_code == 0, made.output
    assert "           1  organizations\n" in made.stdout
    checked = flask("restore", str(file), "--check")
    assert (checked.exit_code, checked.stdout) == (0, made.stdout)
    refused = flask("restore", str(file))
    assert refused.exit_code == 1
    assert "This database is not empty" in refused.stderr


def test_a_file_that_is_no_backup_is_refused_in_one_line(flask: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    file.write_bytes(b"nothing of the kind")
    refused = flask("restore", str(file))
    assert (refused.exit_code, refused.stderr) == (1, f"Error: {file} is not a backup, or it is not whole.\n")
