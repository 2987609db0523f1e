"""What begins or ends by itself is told in the feed once, whoever looks, and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from portal.database import writing
from portal.jobs import support_turns
from portal.models.organizations import Organization
from tests.builders import an_organization
from tests.customers import midnight
from tests.plans import day, told, wish

if TYPE_CHECKING:
    from sqlalchemy import Engine


def test_a_turn_is_told_once_however_many_look_at_once(engine: Engine) -> None:
    with writing(engine)() as session:
        organization = an_organization(session)
        wish(session, organization, "2024-03-10", "change", "developer")
        wish(session, organization, "2024-04-10", "cancel")
        organization_id = organization.id
        session.commit()
    sessions = writing(engine)
    assert support_turns.note(sessions, at=midnight(day("2024-04-30"))) == 0
    with ThreadPoolExecutor(2) as pool:
        noted = list(pool.map(lambda _: support_turns.note(sessions, at=midnight(day("2024-05-03"))), range(2)))
    assert sum(noted) == 1
    assert support_turns.note(sessions, at=midnight(day("2024-05-04"))) == 0
    with writing(engine)() as session:
        feed = told(session, session.get_one(Organization, organization_id))
    assert feed[-1] == ("2024-05-01", "Support plan cancelled")
    assert len(feed) == 3
