"""The restore drill: what is backed up comes back, to the row and to the byte, on either kind of database."""

from __future__ import annotations

import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from invoices.archive import Archive
from portal import database, schema
from portal.domain.errors import Refusal
from portal.domain.periods import Month
from portal.gateways.files.folder import FolderStore
from portal.gateways.payments.sandbox import SandboxGateway
from portal.jobs import charges, documents
from portal.models.documents import Document
from portal.models.invoices import Invoice
from portal.models.organizations import Organization
from portal.services import agreements, attachments, backup_rows, backups, closing, people, restoring
from portal.services.attachments import Draft
from tests.attached import a_file, a_shelf
from tests.customers import Customer, a_customer, close, go_elastic, midnight, use
from tests.databases import SqliteDatabases
from tests.papers import SHA256, SIGNED, an_agreement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

FEBRUARY = Month(2024, 2)
FEBRUARY_1 = midnight(date(2024, 2, 1))


@dataclass(frozen=True)
class Running:
    """An installation: a database, and the folder of its files."""

    engine: Engine
    folder: Path

    @property
    def archive(self) -> Archive:
        return Archive(FolderStore(self.folder))

    def session(self) -> Session:
        return database.writing(self.engine)()

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table, as it is stored."""
        with self.session() as session:
            return {
                table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
                for table in backup_rows.tables()
            }

    def files(self) -> dict[str, bytes]:
        """Every file with its content."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}

    def backup(self, target: Path) -> backups.Manifest:
        with database.snapshot(self.engine) as session:
            revision = schema.revision_of(session.connection())
            return backups.make(session, self.archive, target, revision=revision, at=FEBRUARY_1)

    def restore(self, source: Path, *, revision: str | None = None) -> backups.Manifest:
        with self.session() as session:
            own = schema.revision_of(session.connection())
            store = FolderStore(self.folder)
            manifest = restoring.restore(session, store, source, revision=revision or own)
            session.commit()
            return manifest


@pytest.fixture
def old(engine: Engine, tmp_path: Path) -> Running:
    """A month of two customers, closed and charged, and usage of the next one."""
    running = Running(engine, tmp_path / "old")
    with running.session() as session:
        one, two = a_customer(session, "one"), a_customer(session, "zwei", country="DE", region="Berlin")
        go_elastic(session, two, date(2024, 1, 10))
        for customer in (one, two):
            use(session, customer, date(2024, 1, 5), "120.30", sku="größe “M”")
            use(session, customer, date(2024, 1, 20), "7.77")
            close(session, customer, "2024-01")
            use(session, customer, date(2024, 2, 2), "3.00")
        session.commit()
    charges.collect(running.session, SandboxGateway(), at=midnight(date(2024, 2, 9)))
    return running


@pytest.fixture
def printed(old: Running) -> Running:
    """The same, with every document made, a signed agreement and a file of a case."""
    assert documents.render(old.session, old.archive, at=FEBRUARY_1) >= 3
    with old.session() as session:
        two = session.scalars(select(Organization).where(Organization.slug == "zwei")).one()
        by = people.create_user(session, "sam@portal.example", name="Sam", password_hash="-", at=FEBRUARY_1)
        an_agreement(session, two, by)
        old.archive.store.create(agreements.file_name(SHA256), SIGNED)
        attachments.take(session, a_shelf(old.folder), a_file(), Draft(two, by), at=FEBRUARY_1)
        session.commit()
    return old


@pytest.fixture
def new(databases, tmp_path: Path) -> Iterator[Running]:
    """An empty installation of the same kind."""
    with databases.fresh() as url:
        engine = database.make_engine(url)
        yield Running(engine, tmp_path / "new")
        engine.dispose()


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Running]:
    with SqliteDatabases().fresh() as url:
        engine = database.make_engine(url)
        yield Running(engine, folder)
        engine.dispose()


def test_after_the_drill_every_row_and_every_byte_is_the_same(printed: Running, new: Running, tmp_path: Path) -> None:
    made = printed.backup(tmp_path / "backup.zip")
    restored = new.restore(tmp_path / "backup.zip")
    assert new.rows() == printed.rows()
    assert new.files() == printed.files()
    assert made == restored
    assert made.rows == sum(len(rows) for rows in printed.rows().values()) > 20
    assert len(made.files) == len(printed.files()) > 2
    assert (tmp_path / "backup.zip").stat().st_mode & 0o077 == 0


def test_one_kind_of_database_moves_into_the_other_and_back(old: Running, new: Running, tmp_path: Path) -> None:
    old.backup(tmp_path / "backup.zip")
    with on_sqlite(tmp_path / "between") as between:
        between.restore(tmp_path / "backup.zip")
        assert between.rows() == old.rows()
        between.backup(tmp_path / "again.zip")
    new.restore(tmp_path / "again.zip")
    assert new.rows() == old.rows()


def test_the_restored_portal_goes_on_where_the_old_one_stopped(old: Running, new: Running, tmp_path: Path) -> None:
    old.backup(tmp_path / "backup.zip")
    new.restore(tmp_path / "backup.zip")
    numbers = []
    for running in (old, new):
        with running.session() as session:
            organization = session.scalars(select(Organization).where(Organization.slug == "one")).one()
            (invoice,) = closing.close_month(session, organization, FEBRUARY, at=midnight(date(2024, 3, 1)))
            numbers.append((invoice.number, invoice.usage_cents))
            a_customer(session, "newcomer")
            session.commit()
    assert numbers[0] == numbers[1] == ("CI-2024-000003", 300)


def test_what_was_frozen_is_frozen_again(old: Running, new: Running, tmp_path: Path) -> None:
    old.backup(tmp_path / "backup.zip")
    new.restore(tmp_path / "backup.zip")
    for statement in ("UPDATE invoices SET usage_cents = 1", "DELETE FROM usage_rows WHERE posted_on < '2024-02-01'"):
        with new.session() as session, pytest.raises(DBAPIError, match="cannot change"):
            session.execute(text(statement))


def test_a_backup_sees_one_moment_while_others_write(old: Running, tmp_path: Path) -> None:
    rows = len(old.rows()["organizations"])
    with database.snapshot(old.engine) as reader:
        reader.scalar(select(func.count()).select_from(Document))
        with old.session() as session:
            a_customer(session, "late")
            session.commit()
        manifest = backups.make(reader, old.archive, tmp_path / "backup.zip", revision="x", at=FEBRUARY_1)
    kept = {part.name: part.rows for part in manifest.tables}
    assert kept["organizations"] == rows == len(old.rows()["organizations"]) - 1


def test_a_database_with_rows_is_not_restored_into(old: Running, tmp_path: Path) -> None:
    old.backup(tmp_path / "backup.zip")
    before = old.rows()
    with pytest.raises(Refusal, match="not empty"):
        old.restore(tmp_path / "backup.zip")
    assert old.rows() == before


def test_a_damaged_backup_is_refused_before_anything_is_written(old: Running, new: Running, tmp_path: Path) -> None:
    old.backup(tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as sound, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for name in sound.namelist():
            content = sound.read(name)
            bad.writestr(name, content.replace(b'"one"', b'"two"') if "organizations" in name else content)
    with pytest.raises(Refusal, match=r"tables/organizations.jsonl is damaged"):
        new.restore(tmp_path / "bad.zip")
    assert not any(new.rows().values())
    assert not new.folder.exists()


def test_half_a_backup_is_none(old: Running, new: Running, tmp_path: Path) -> None:
    old.backup(tmp_path / "backup.zip")
    whole = (tmp_path / "backup.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Refusal, match="not whole"):
        new.restore(tmp_path / "half.zip")
    with pytest.raises(Refusal, match="no file"):
        new.restore(tmp_path / "none.zip")


def test_another_schema_is_refused(old: Running, new: Running, tmp_path: Path) -> None:
    old.backup(tmp_path / "backup.zip")
    with pytest.raises(Refusal, match="Restore with the version that made it"):
        new.restore(tmp_path / "backup.zip", revision="9999")


def test_a_backup_is_never_written_over(old: Running, tmp_path: Path) -> None:
    old.backup(tmp_path / "backup.zip")
    with pytest.raises(Refusal, match="exists already"):
        old.backup(tmp_path / "backup.zip")


def test_a_changed_file_is_told_and_keeps_nothing_else_out(printed: Running, tmp_path: Path) -> None:
    changed, *_ = (path for path in printed.folder.rglob("*.pdf"))
    changed.chmod(0o644)
    changed.write_bytes(b"another")
    manifest = printed.backup(tmp_path / "backup.zip")
    assert manifest.faults == (f"{changed.stem} is not what was archived: its SHA-256 is another",)
    assert len(manifest.files) == len(printed.files()) - 1
    assert backups.check(tmp_path / "backup.zip") == manifest


def test_another_file_in_the_way_is_refused_and_no_row_is_written(
    printed: Running, new: Running, tmp_path: Path
) -> None:
    printed.backup(tmp_path / "backup.zip")
    shutil.copytree(printed.folder, new.folder)
    (in_the_way, *_) = new.folder.rglob("*.pdf")
    in_the_way.chmod(0o644)
    in_the_way.write_bytes(b"another")
    with pytest.raises(Refusal, match="another file"):
        new.restore(tmp_path / "backup.zip")
    assert not any(new.rows().values())


def test_rows_of_the_last_step_do_not_stay_when_it_fails(
    old: Running, new: Running, tmp_path: Path, monkeypatch
) -> None:
    old.backup(tmp_path / "backup.zip")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup_rows, "move_counters", killed)
    with pytest.raises(KeyboardInterrupt):
        new.restore(tmp_path / "backup.zip")
    assert not any(new.rows().values())


def test_a_customer_added_after_the_restore_gets_a_key_of_its_own(old: Running, new: Running, tmp_path: Path) -> None:
    old.backup(tmp_path / "backup.zip")
    new.restore(tmp_path / "backup.zip")
    with new.session() as session:
        highest = session.scalar(select(func.max(Organization.id)))
        added: Customer = a_customer(session, "three")
        assert added.organization.id == (highest or 0) + 1
        assert session.scalar(select(func.count()).select_from(Invoice)) == 2
