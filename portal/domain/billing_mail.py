"""Billing e-mail: who gets it."""

from __future__ import annotations

from collections.abc import Iterable


def recipients(address: str | None, owners_and_admins: Iterable[str], *, only: bool) -> tuple[str, ...]:
    """Whom mail about invoices and billing alerts goes to, each once in whatever case (MAIL-1 to MAIL-5, AMB-14).

    The billing e-mail address comes first. `only` leaves out the others, and means nothing without an address.
    """
    given = (address or "").strip()
    wanted = [given] if given else []
    if not (given and only):
        wanted += owners_and_admins
    first: dict[str, str] = {}
    for one in wanted:
        first.setdefault(one.casefold(), one)
    return tuple(first.values())
