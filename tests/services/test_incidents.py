"""Incidents stand above forms while they are under way, and what was said of them is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from portal.domain.errors import Overtaken
from portal.domain.incidents import IncidentSeverity
from portal.models.incidents import IncidentVersion
from portal.services import incidents
from portal.services.incidents import Announcement
from tests.chats import AT, an_agent

HOUR = timedelta(hours=1)
SAID = Announcement(
    severity=IncidentSeverity.DEGRADED, title="Slow queries", text="We look.", begins_at=AT, ends_at=None
)


def titles(session, catalogue="atlas", at=AT):
    return [version.title for version in incidents.under_way(session, catalogue, at=at)]


def test_an_incident_is_shown_from_its_begin_to_before_its_end_to_its_vendors_customers(session):
    ada = an_agent(session)
    incidents.announce(session, replace(SAID, ends_at=AT + HOUR), catalogue="atlas", by=ada, at=AT - HOUR)
    incidents.announce(session, replace(SAID, title="For all"), catalogue=None, by=ada, at=AT)
    tick = timedelta(microseconds=1)
    assert titles(session, at=AT - tick) == []
    assert titles(session, at=AT) == ["For all", "Slow queries"]
    assert titles(session, at=AT + HOUR - tick) == ["For all", "Slow queries"]
    assert titles(session, at=AT + HOUR) == ["For all"]
    assert titles(session, "neon") == ["For all"]


def test_the_worst_stands_first(session):
    ada = an_agent(session)
    for severity in IncidentSeverity:
        incidents.announce(session, replace(SAID, severity=severity, title=severity), catalogue=None, by=ada, at=AT)
    assert titles(session) == ["down", "degraded", "notice"]


def test_an_update_counts_from_now_on_and_the_history_stays(session):
    ada = an_agent(session)
    incident = incidents.announce(session, SAID, catalogue=None, by=ada, at=AT)
    over = replace(SAID, title="It was slow", ends_at=AT + HOUR)
    incidents.update(session, incident, over, seen=1, by=ada, at=AT + HOUR)
    assert titles(session) == ["It was slow"]
    assert titles(session, at=AT + HOUR) == []
    assert [version.title for version in incidents.versions_of(session, incident)] == ["It was slow", "Slow queries"]
    shown = incidents.find(session, incident.hex_id)
    assert shown
    assert shown.version.number == 2
    assert [one.incident.id for one in incidents.newest(session, before=None, limit=9)] == [incident.id]
    assert not incidents.newest(session, before=incident.id, limit=9)
    assert incidents.find(session, "0" * 24) is None
    with pytest.raises(Overtaken):
        incidents.update(session, incident, SAID, seen=1, by=ada, at=AT + HOUR)


def test_what_was_said_of_an_incident_never_changes(session):
    incidents.announce(session, SAID, catalogue=None, by=an_agent(session), at=AT)
    for statement in (update(IncidentVersion).values(title="Nothing"), delete(IncidentVersion)):
        with pytest.raises(DBAPIError, match="cannot change"), session.begin_nested():
            session.execute(statement)
