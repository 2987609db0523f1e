"""Staff: how far the close of a month is, and having it closed now."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.staff.routes import bp
from portal.config import Settings
from portal.domain.periods import Month
from portal.domain.permissions import StaffRole
from portal.services import closing_requests, month_progress
from portal.services.month_progress import MonthProgress
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.idempotency import repeatable
from portal.web.identity import current_user

PAGE, FRAGMENT = "staff/months.html", "staff/_month.html"
# Seconds until the page asks again: often at first, then less and less.
_PAUSES = (2, 2, 3, 5, 8, 12, 20, 30)


@bp.get("/months")
@staff_only(StaffRole.BILLING)
def month_closes() -> ResponseReturnValue:
    """The last month that ended, or the one in the address; and the months before it."""
    last = Month.of(clock.today()).preceding()
    asked = request.args.get("month")
    shown = min(Month.parse(asked), last) if asked else last
    # The list stands on the page alone: the part that asks again and again does without it.
    recent = [] if htmx.is_partial() else month_progress.recent(db.session(), last)
    return htmx.page(PAGE, FRAGMENT, recent=recent, **_drawn(shown))


@bp.post("/months/<month>/closing")
@staff_only(StaffRole.BILLING)
@repeatable("a month is closed once, however often one asks for it (CLOSE-8)")
def close_month_now(month: str) -> ResponseReturnValue:
    """Have the month closed now, also for those who were set aside."""
    wanted = Month.parse(month)
    closing_requests.ask(db.session(), wanted, by=current_user(), at=clock.now())
    news = "A worker is told to close it now."
    return htmx.done(FRAGMENT, otherwise=url_for(".month_closes", month=wanted), news=news, **_drawn(wanted))


def _drawn(month: Month) -> dict[str, object]:
    progress = month_progress.progress(db.session(), month)
    settings: Settings = current_app.extensions["settings"]
    return {
        "progress": progress,
        "most_faults": month_progress.MOST_FAULTS,
        "closes_on": month.ends_before + timedelta(days=settings.queue.close_after_days),
        "today": clock.today(),
        **_poll(progress),
    }


def _poll(progress: MonthProgress) -> dict[str, object]:
    """When the page asks again, and at which address; not at all once nothing is under way."""
    if not progress.is_under_way:
        return {"poll_seconds": None}
    polls = request.args.get("polls", 0, type=int)
    return {
        "poll_seconds": _PAUSES[max(0, min(polls, len(_PAUSES) - 1))],
        "poll_url": url_for(".month_closes", month=progress.month, polls=polls + 1),
    }
