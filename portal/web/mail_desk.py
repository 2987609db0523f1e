"""What mail that came in is worked off with, where staff do it."""

from __future__ import annotations

from flask import current_app

from portal.config import Settings
from portal.services import mail_routing
from portal.services.mail_desks import MailDesk
from portal.web import files


def desk() -> MailDesk:
    """The same as the worker's."""
    settings: Settings = current_app.extensions["settings"]
    own = mail_routing.own_addresses(settings.incoming.support_address, settings.mail.sender)
    return MailDesk(shelf=files.shelf(), own=own, relay=settings.incoming.relay, base_url=settings.base_url)
