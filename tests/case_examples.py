"""A case of an organization of the world, and a file of it, as small as can be: for the walks over all routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import clock
from portal.domain.attachments import FileState
from portal.domain.response_targets import Via
from portal.models.attachments import AttachedContent, Attachment
from portal.models.case_entries import CaseParticipant, ParticipantKind
from portal.models.case_views import SavedView
from portal.models.cases import Case
from portal.models.organizations import User
from portal.services import case_entries
from portal.services.case_doing import Doing

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.world import World


def a_case_of(session: Session, world: World, slug: str) -> Case:
    """A case of the organization, opened by who may do most there."""
    organization = world.organizations[slug]
    found = session.scalar(select(Case).where(Case.organization_id == organization.id))
    if found:
        return found
    at = clock.now()
    case = Case(
        organization_id=organization.id,
        requester_id=next(one.user_id for one in world.people if one.slug == slug),
        via=Via.PORTAL,
        subject="Nothing connects",
        state_since=at,
        terms={"plan": "", "variant": None, "ranks": {}, "when_missing": None, "policies": {}},
        plan_rank=0,
        severity_rank=0,
        reply_token=f"token-of-{slug}",
        created_at=at,
        updated_at=at,
    )
    session.add(case)
    session.flush()
    return case


def somebody_on_cc(session: Session, world: World, slug: str) -> CaseParticipant:
    """An address on CC of that case."""
    case = a_case_of(session, world, slug)
    address = f"copied@{slug}.example"
    on_cc = CaseParticipant(
        case_id=case.id, kind=ParticipantKind.CC, address=address, via=Via.PORTAL, added_at=clock.now()
    )
    session.add(on_cc)
    session.flush()
    return on_cc


def a_file_of_a_case(session: Session, world: World, slug: str) -> Attachment:
    """Of a file that is being checked, and is given to nobody: its content lies nowhere."""
    case = a_case_of(session, world, slug)
    by = session.get_one(User, case.requester_id)
    entry = case_entries.write_comment(session, case, "See the file.", Doing(by=by, at=clock.now(), base_url=""))
    content = AttachedContent(sha256="0" * 64, size=1, state=FileState.CHECKING, created_at=clock.now())
    session.merge(content)
    session.flush()
    attachment = Attachment(
        organization_id=case.organization_id,
        case_id=case.id,
        entry_id=entry.id,
        uploaded_by_id=by.id,
        name="mongod.log",
        content_type="text/plain",
        size=1,
        sha256=content.sha256,
        created_at=clock.now(),
    )
    session.add(attachment)
    session.flush()
    return attachment


def a_view_of(session: Session, world: World, slug: str) -> SavedView:
    """A list that who may do most in the organization keeps."""
    user_id = next(one.user_id for one in world.people if one.slug == slug)
    view = SavedView(
        user_id=user_id, organization_id=world.organizations[slug].id, name="Bad ones", query="", created_at=clock.now()
    )
    session.add(view)
    session.flush()
    return view
