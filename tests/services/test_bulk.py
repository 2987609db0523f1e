"""Rows that are written in bulk stand as if each had been added by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Project
from portal.services import bulk
from tests.builders import CREATED_AT, a_project, an_organization

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def test_they_get_the_next_keys_in_their_order_and_leave_the_later_ones_to_others(session: Session) -> None:
    organization = an_organization(session)
    group = session.query(BillingGroup).one()
    before = a_project(session, organization, "before")
    added = [
        Project(organization_id=organization.id, billing_group_id=group.id, name=name, created_at=CREATED_AT)
        for name in ("one", "two", "three")
    ]
    bulk.add(session, added)
    after = a_project(session, organization, "after")
    session.commit()
    stored = session.query(Project).order_by(Project.id).all()
    assert stored == [before, *added, after]
    assert len({project.hex_id for project in stored}) == 5


def test_nothing_is_written_for_none(session: Session) -> None:
    bulk.add(session, [])
    bulk.insert(session, [])
    assert session.query(Project).all() == []
