"""What a worker does when it looks: each look does what its tables have to do, and says who should look next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import structlog

from invoices.archive import Archive
from invoices.presses import Presses
from portal import log_lines
from portal.domain.looks import Look
from portal.gateways.files import FileStore
from portal.gateways.mail import MailGateway
from portal.gateways.payments import PaymentGateway
from portal.gateways.scanning import Scanner
from portal.jobs import (
    accounts,
    attachments,
    cases,
    charges,
    contract_years,
    documents,
    housekeeping,
    incoming,
    mail,
    month_closes,
    support_turns,
)
from portal.jobs.sessions import OpenSession
from portal.models.base import new_hex_id
from portal.services import mail_routing
from portal.services.attached_contents import Shelf
from portal.services.mail_desks import MailDesk

# What a look that has done something leaves to others.
FOLLOWING: Mapping[Look, frozenset[Look]] = {
    Look.MONTHS: frozenset({Look.CHARGES, Look.DOCUMENTS, Look.MAIL}),
    Look.CHARGES: frozenset({Look.DOCUMENTS, Look.MAIL}),
    Look.CONTRACTS: frozenset({Look.DOCUMENTS, Look.MAIL}),
    Look.CASES: frozenset({Look.MAIL}),
    Look.DOCUMENTS: frozenset({Look.MAIL}),
    Look.RESETS: frozenset({Look.MAIL}),
    Look.INCOMING: frozenset({Look.ATTACHMENTS, Look.MAIL}),
}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What looks work with. `mail_gateway` makes one for each look, or none where mail has to wait.

    Without a `scanner` files of cases are not looked into. `base_url` is how people reach the portal, for links in
    mails.
    """

    open_session: OpenSession
    archive: Archive
    store: FileStore
    presses: Presses
    payments: PaymentGateway
    scanner: Scanner | None
    mail_gateway: Callable[[], MailGateway | None]
    mail_sender: str | None
    support_address: str | None = None
    relay: str | None = None
    base_url: str
    close_after_days: int
    close_at_once: int
    now: Callable[[], datetime]
    stopping: Callable[[], bool]


class Looks:
    """Takes looks. The same look runs once at a time in a process: asked for meanwhile, it is taken once more."""

    def __init__(self, place: Workplace, ask: Callable[[Iterable[Look]], None]) -> None:
        self._place = place
        self._ask = ask
        self._turn = Lock()
        self._running: set[Look] = set()
        self._asked_again: set[Look] = set()

    def take(self, look: Look) -> int:
        """Do what is to do, and return how much that was. A step that is killed or fails is found by a later look."""
        if not self._begin(look):
            return 0
        done = 0
        while True:
            try:
                done += self._take_once(look)
            finally:
                again = self._end(look)
            if not again or self._place.stopping() or not self._begin(look):
                return done

    def _begin(self, look: Look) -> bool:
        with self._turn:
            if look in self._running:
                self._asked_again.add(look)
                return False
            self._running.add(look)
            return True

    def _end(self, look: Look) -> bool:
        with self._turn:
            self._running.discard(look)
            again = look in self._asked_again
            self._asked_again.discard(look)
            return again

    def _take_once(self, look: Look) -> int:
        # Every line that is logged meanwhile says for which look, and for which time of it.
        with log_lines.during(look=look.value, run=new_hex_id()):
            done = _STEPS[look](self._place)
            if done:
                log.info("worked", done=done)
        if done:
            self._ask(FOLLOWING.get(look, ()))
        return done


def _close_months(place: Workplace) -> int:
    return month_closes.close_together(
        place.open_session,
        at_once=place.close_at_once,
        after_days=place.close_after_days,
        now=place.now,
        stopping=place.stopping,
    )


def _collect_charges(place: Workplace) -> int:
    return charges.collect(place.open_session, place.payments, at=place.now(), base_url=place.base_url)


def _begin_contract_years(place: Workplace) -> int:
    at = place.now()
    return contract_years.begin(place.open_session, at=at) + support_turns.note(place.open_session, at=at)


def _work_off_mail(place: Workplace) -> int:
    own = mail_routing.own_addresses(place.support_address, place.mail_sender)
    shelf = Shelf(place.store, place.scanner is not None)
    desk = MailDesk(shelf=shelf, own=own, relay=place.relay, base_url=place.base_url)
    return incoming.work_off(place.open_session, desk, now=place.now, stopping=place.stopping)


def _watch_cases(place: Workplace) -> int:
    return cases.watch(place.open_session, at=place.now(), base_url=place.base_url)


def _make_documents(place: Workplace) -> int:
    return documents.render_due(
        place.open_session, place.archive, place.presses, now=place.now, stopping=place.stopping
    )


def _send_mail(place: Workplace) -> int:
    gateway = place.mail_gateway()
    if gateway is None:
        return 0
    return mail.send(
        place.open_session,
        gateway,
        archive=place.archive,
        now=place.now,
        sender=place.mail_sender,
        support_address=place.support_address,
        stopping=place.stopping,
    )


def _scan_attachments(place: Workplace) -> int:
    return attachments.scan(place.open_session, place.store, place.scanner, now=place.now, stopping=place.stopping)


def _answer_resets(place: Workplace) -> int:
    return accounts.send_resets(place.open_session, base_url=place.base_url, at=place.now())


def _tidy(place: Workplace) -> int:
    at = place.now()
    forgotten = housekeeping.clean(place.open_session, at=at) + accounts.forget_old(place.open_session, at=at)
    return forgotten + attachments.tidy(place.open_session, place.store, at=at)


_STEPS: Mapping[Look, Callable[[Workplace], int]] = {
    Look.MONTHS: _close_months,
    Look.CHARGES: _collect_charges,
    Look.CONTRACTS: _begin_contract_years,
    Look.INCOMING: _work_off_mail,
    Look.CASES: _watch_cases,
    Look.DOCUMENTS: _make_documents,
    Look.ATTACHMENTS: _scan_attachments,
    Look.MAIL: _send_mail,
    Look.RESETS: _answer_resets,
    Look.HOUSEKEEPING: _tidy,
}
