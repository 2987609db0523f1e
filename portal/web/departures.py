"""What those are told who were in an organization: that they have no access any more."""

from __future__ import annotations

from werkzeug.exceptions import NotFound

from portal.services import members
from portal.web import db
from portal.web.identity import current_user


class Departed(NotFound):
    """The person was in this organization until they left or were removed; its name is no secret to them."""

    def __init__(self, organization: str) -> None:
        self.organization = organization
        super().__init__(f"You are no longer in {organization}.")


def check(slug: str) -> None:
    """Say so to whom was there; for all others there is no such organization (ROLE-2)."""
    if name := members.name_of_left(db.session(), current_user(), slug):
        raise Departed(name)
