"""Projects, on real connections: who waited for somebody else is told what has changed meanwhile."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select

from portal.database import writing
from portal.domain.errors import Overtaken, Refusal
from portal.models.organizations import OrganizationRole, Project, User
from portal.services import months, project_ends, projects, usage_files, usage_imports
from tests.builders import a_project, an_organization
from tests.members import a_member
from tests.usage_texts import a_file, a_row

AT = datetime(2024, 2, 10, tzinfo=UTC)
# Long enough for a thread that nobody holds up, short enough to wait for one that is held up.
MOMENT_SECONDS = 0.4
PATIENCE_SECONDS = 10


@pytest.fixture
def acme(session):
    """An organization with a project and an owner that other connections see."""
    acme = an_organization(session, "acme")
    a_project(session, acme)
    a_member(session, acme, "Olga", "ORG_OWNER")
    session.commit()
    return acme


@pytest.fixture
def meanwhile(engine, session):
    """Do something on another connection, which waits until the session of the test commits; the answer is its end."""

    def run(act):
        told: list[Refusal | None] = []

        def work():
            try:
                with writing(engine).begin() as other:
                    act(other, other.scalars(select(User).where(User.name == "Olga")).one())
                told.append(None)
            except Refusal as refusal:
                told.append(refusal)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(MOMENT_SECONDS)
        assert thread.is_alive(), f"it did not wait: {told}"
        session.commit()
        thread.join(PATIENCE_SECONDS)
        assert told, "it still waits"
        return told[0]

    return run


def the_project(session):
    return session.scalars(select(Project).where(Project.name == "shop")).one()


def test_a_project_is_not_deleted_under_an_import(session, acme, meanwhile):
    with usage_files.opened(io.BytesIO(a_file(a_row())), "usage.csv") as file:
        usage_imports.import_file(session, file, at=AT)
    told = meanwhile(lambda other, olga: project_ends.remove(other, the_project(other), by=olga, at=AT))
    assert "usage that is not billed yet" in str(told)


def test_usage_that_waited_for_a_deletion_is_refused(session, acme, meanwhile):
    olga = session.scalars(select(User)).one()
    project_ends.remove(session, the_project(session), by=olga, at=AT)

    def bring(other, _olga):
        with usage_files.opened(io.BytesIO(a_file(a_row())), "usage.csv") as file:
            usage_imports.import_file(other, file, at=AT)

    assert "“shop” was deleted on 2024-02-10" in str(meanwhile(bring))


def test_of_two_who_take_the_same_name_one_is_told_so(session, acme, meanwhile):
    projects.create(session, acme, "lab", by=session.scalars(select(User)).one(), at=AT)
    told = meanwhile(lambda other, olga: projects.create(other, other.merge(acme), "LAB", by=olga, at=AT))
    assert str(told) == "Acme already has a project “LAB”."


def test_who_lost_the_right_while_waiting_does_nothing(session, acme, meanwhile):
    months.lock(session, acme)
    session.execute(delete(OrganizationRole))
    told = meanwhile(lambda other, olga: project_ends.remove(other, the_project(other), by=olga, at=AT))
    assert isinstance(told, Overtaken)
    assert the_project(session)


def test_a_project_is_deleted_once(session, acme, meanwhile):
    project_ends.remove(session, the_project(session), by=session.scalars(select(User)).one(), at=AT)
    hex_id = session.scalars(select(Project.hex_id)).one()

    def again(other, olga):
        project_ends.remove(other, other.scalars(select(Project).where(Project.hex_id == hex_id)).one(), by=olga, at=AT)

    assert isinstance(meanwhile(again), Overtaken)
