"""Who does something to a case, when, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.response_targets import Via
from portal.models.organizations import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Somebody does something to a case: `by` (None: the portal itself, or an outsider by mail), at an instant.

    `base_url` is how people reach the portal, for links in mails.
    """

    by: User | None
    at: datetime
    base_url: str
    as_staff: bool = False
    via: Via = Via.PORTAL

    @property
    def who(self) -> User:
        """The user who does it; only the portal itself and outsiders are none."""
        if self.by is None:
            raise ValueError("somebody who can sign in does this")
        return self.by
