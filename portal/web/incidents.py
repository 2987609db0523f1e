"""The incidents that stand above forms of cases."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from portal import clock
from portal.domain.catalogue import Contact, ContactKind
from portal.models.incidents import IncidentVersion
from portal.services import incidents
from portal.web import db
from portal.web.access import current_catalogue


def init_app(app: Flask) -> None:
    """Let `support/_incidents.html` ask, whichever page includes it."""
    app.jinja_env.globals.update(incidents_under_way=incidents_under_way, status_page=status_page)


def incidents_under_way() -> Sequence[IncidentVersion]:
    """Those of the vendor of the organization in the address, the worst first (NE-13)."""
    return incidents.under_way(db.session(), current_catalogue().name, at=clock.now())


def status_page() -> Contact | None:
    """Where the vendor itself tells of incidents."""
    return current_catalogue().contacts.get(ContactKind.STATUS_PAGE)
