"""The same change of a case or its lists by several at once: it is made once, and nobody meets a fault."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.database import writing
from portal.domain.cases import Happening
from portal.models.case_entries import CaseEntry, CaseParticipant
from portal.models.case_views import SavedView
from portal.models.cases import Case, OrganizationFollower, SharedCaseList
from portal.models.organizations import Organization, User
from portal.services import case_people, saved_views
from portal.services.case_doing import Doing
from tests.supported import AT, BASE_URL, a_case, a_supported

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

TIMES = 4


def add(session: Session, case: Case, doing: Doing) -> None:
    case_people.add_cc(session, case, ["new@acme.example"], doing)


def remove(session: Session, case: Case, doing: Doing) -> None:
    old = session.scalars(select(CaseParticipant).where(CaseParticipant.address == "old@acme.example")).one()
    case_people.remove_cc(session, case, old, doing)


def follow(session: Session, case: Case, doing: Doing) -> None:
    case_people.follow_all(session, case.organization, doing)


def share(session: Session, case: Case, doing: Doing) -> None:
    case_people.share_list(session, case.organization, doing)


def save(session: Session, case: Case, doing: Doing) -> None:
    saved_views.save(session, case.organization, "Mine", "state=Open", by=doing.who, at=AT)


def several(engine: Engine, step: Callable[[Session, Case, Doing], None], case_id: int, by_id: int) -> None:
    """Let several do it, each in a transaction that has read the case before any of them writes."""
    ready = threading.Barrier(TIMES) if engine.dialect.name == "postgresql" else None

    def once(_number: int) -> None:
        with writing(engine).begin() as session:
            case, by = session.get_one(Case, case_id), session.get_one(User, by_id)
            session.get_one(Organization, case.organization_id)
            if ready:
                ready.wait(timeout=20)
            step(session, case, Doing(by=by, at=AT, base_url=BASE_URL))

    with ThreadPoolExecutor(TIMES) as pool:
        list(pool.map(once, range(TIMES)))


@pytest.mark.parametrize(
    ("step", "rows"),
    [
        (add, select(CaseEntry.id).where(CaseEntry.happening == Happening.CC_ADDED)),
        (remove, select(CaseEntry.id).where(CaseEntry.happening == Happening.CC_REMOVED)),
        (follow, select(OrganizationFollower.user_id)),
        (share, select(SharedCaseList.organization_id)),
        (save, select(SavedView.id)),
    ],
)
def test_it_is_one_change(engine, step, rows):
    with writing(engine).begin() as session:
        acme = a_supported(session)
        case = a_case(session, acme, cc=["old@acme.example"])
        ids = case.id, acme.owner.id
        before = len(session.scalars(rows).all())
    several(engine, step, *ids)
    with writing(engine)() as session:
        assert len(session.scalars(rows).all()) == before + 1
