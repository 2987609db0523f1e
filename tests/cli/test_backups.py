"""An operator backs up, checks and restores by commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.app import create_app
from portal.config import Settings
from portal.database import reading
from portal.domain.sessions import Lifetimes
from portal.models.sessions import LoginSession, PasswordReset
from portal.services import people, sessions
from tests.world import AT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from sqlalchemy.orm import Session

    from tests.databases import Databases


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


def test_after_a_restore_everybody_signs_in_again(
    flask: Callable[..., Result], session: Session, databases: Databases, tmp_path: Path
) -> None:
    lena = people.create_user(session, "lena@acme.example", name="Lena", password_hash="x", at=AT)
    token = sessions.start(session, lena, network="192.0.2.1", browser="Firefox", at=AT)
    session.add(PasswordReset(email=lena.email, asked_at=AT, user_id=lena.id, token_hash="h", expires_at=AT))
    session.commit()
    file = tmp_path / "backup.zip"
    assert flask("backup", str(file)).exit_code == 0
    with databases.fresh() as url:
        environ = {"DATABASE_URL": url, "FILES_DIR": str(tmp_path / "restored")}
        app = create_app(Settings.from_environment(environ, root=tmp_path))
        assert app.test_cli_runner().invoke(args=["restore", str(file)]).exit_code == 0
        with reading(app.extensions["database"])() as restored:
            assert sessions.find(restored, token, lifetimes=Lifetimes(), at=AT) is None
            assert restored.scalars(select(LoginSession.id)).all(), "the session is there, and has ended"
            assert restored.scalars(select(PasswordReset.id)).all() == []
        app.extensions["database"].dispose()
    assert sessions.find(session, token, lifetimes=Lifetimes(), at=AT)
