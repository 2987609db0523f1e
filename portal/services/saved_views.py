"""Lists of cases that a person keeps by a name: the query of the list's address, in one organization."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Refusal
from portal.models.case_views import SavedView
from portal.models.organizations import Organization, User

LONGEST_NAME, MOST, _LONGEST_QUERY = 60, 30, 2_000


def of(session: Session, organization: Organization, user: User) -> Sequence[SavedView]:
    """The person's own, by name."""
    query = select(SavedView).where(SavedView.user_id == user.id, SavedView.organization_id == organization.id)
    return session.scalars(query.order_by(SavedView.name, SavedView.id)).all()


def find(session: Session, organization: Organization, user: User, hex_id: str) -> SavedView | None:
    """One of them; another person's is absent."""
    return next((view for view in of(session, organization, user) if view.hex_id == hex_id), None)


def save(session: Session, organization: Organization, name: str, query: str, *, by: User, at: datetime) -> SavedView:
    """Keep a list by a name; one that has the name already has the new query from now on (VIEW-1).

    Refused without a name, for a name or query that is too long, and beyond `MOST`.
    """
    name = _name(name)
    if len(query) > _LONGEST_QUERY:
        raise Refusal("This list is narrowed by too much to be kept.")
    _hold(session, by)
    own = of(session, organization, by)
    same = next((view for view in own if view.name.casefold() == name.casefold()), None)
    if same is not None:
        same.query = query
        return same
    if len(own) >= MOST:
        raise Refusal(f"You have {MOST} saved views already. Delete one first.")
    view = SavedView(user_id=by.id, organization_id=organization.id, name=name, query=query, created_at=at)
    session.add(view)
    session.flush()
    return view


def rename(session: Session, organization: Organization, view: SavedView, name: str, *, by: User) -> None:
    """Give it another name; refused where another one has it."""
    name = _name(name)
    _hold(session, by)
    others = (one for one in of(session, organization, by) if one.id != view.id)
    if any(one.name.casefold() == name.casefold() for one in others):
        raise Refusal(f"You have a view “{name}” already.")
    view.name = name
    session.flush()


def delete(session: Session, view: SavedView) -> None:
    """Forget it."""
    session.delete(view)
    session.flush()


def _hold(session: Session, by: User) -> None:
    """Let another window of the same person wait until this transaction ends."""
    session.get_one(User, by.id, with_for_update={"key_share": True})


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise Refusal("Enter a name for the view.")
    if len(name) > LONGEST_NAME:
        raise Refusal(f"A name has at most {LONGEST_NAME} characters.")
    return name
