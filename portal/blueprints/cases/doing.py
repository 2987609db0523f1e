"""What is done at a customer's page: by whom, when, and from where."""

from __future__ import annotations

from flask import current_app

from portal import clock
from portal.domain.response_targets import Via
from portal.services.case_doing import Doing
from portal.web.identity import current_user


def doing() -> Doing:
    """The signed-in person does something at a page of the portal, now."""
    return Doing(by=current_user(), at=clock.now(), base_url=current_app.extensions["origin"], via=Via.PORTAL)
