"""Reads whether the days are billed that lie between a cancelled plan and the next one."""

from __future__ import annotations

from collections.abc import Collection

from portal.domain.catalogue_reading.values import origin, reference
from portal.domain.reading import Reader
from portal.domain.retroactive import Exemption, RetroactiveBilling


def parse_retroactive_billing(top: Reader, plans: Collection[str]) -> RetroactiveBilling | None:
    """The rules of retroactive billing, None where there are none."""
    given = top.optional_table("retroactive_billing")
    if given is None:
        return None
    with given as table:
        return RetroactiveBilling(
            most_days=table.integer("most_days", lowest=1, highest=366),
            after_trials=table.flag("after_trials"),
            exemptions=tuple(_exemption(one, plans) for one in table.tables("exemptions", required=False)),
            origin=origin(table),
        )


def _exemption(one: Reader, plans: Collection[str]) -> Exemption:
    return Exemption(
        from_plan=reference(one, "from_plan", plans, section="support_plans"),
        to_plan=reference(one, "to_plan", plans, section="support_plans"),
        by_contract=one.flag("by_contract", default=False),
    )
