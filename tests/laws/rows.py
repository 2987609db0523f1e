"""The payment rows of one month: what each route is billed, in which money, with which taxes."""

from __future__ import annotations

from datetime import date

from tests.laws.game import BACKED, PROVIDERS, Buyer, Row
from tests.laws.sources import POOLS, Route, Source
from tests.laws.taxing import taxes
from tests.laws.terms import half_up


def rows(month: date, taken: dict[Route, int], sources: list[Source]) -> list[Row]:
    """What each route is billed for the month, in dollars, without money yet; the commitments count it as billed."""
    by_number = {one.number: one for one in sources}
    whole = sum(taken.values())
    for one in sources:
        if one.kind in POOLS and not one.granted and month in one.shares:
            taken.setdefault((POOLS[one.kind], one.number), 0)
    found = list[Row]()
    for (method, number), usage in sorted(taken.items(), key=str):
        source = by_number[number] if number is not None else None
        row = Row(method=method, usage=usage, billed=usage)
        if source is not None and method in ("monthly_commitment", "flex_commitment", "gcp_commitment"):
            BILLS[method](row, source, month)
        if source is not None and method not in PROVIDERS + BACKED:
            row.price = source.elastic_unit_price if method == "elastic" else source.unit_price
        if source is not None and method.startswith("gcp"):
            both = usage + taken.get(("gcp_elastic" if method == "gcp_commitment" else "gcp_commitment", number), 0)
            before = source.used + source.beyond - both
            row.figures = {"commitment": source.total, "used_before": before, "usage": both}
        if method in ("elastic", "direct"):
            row.figures = {"usage": whole, "covered_elsewhere": whole - usage, "charged": usage}
        if row.usage or row.billed:
            found.append(row)
    return found


def with_money(row: Row, buyer: Buyer, *, on: date, closed_on: date) -> Row:
    """The row in the currency it is paid in, taxed at the rates of the day."""
    row.closed_on = closed_on
    row.status = "PAID" if row.method in BACKED else "INVOICED"
    if row.method == "direct":
        row.method = buyer.pays_by
        row.status = "NEW"
    elif row.method not in PROVIDERS + BACKED:
        row.currency = buyer.currency
    if row.method not in PROVIDERS + BACKED:
        row.net = half_up(row.billed * row.price)
        row.taxes = taxes(row.net, buyer.country, buyer.region, buyer.tax_id, on=on)
        row.total = row.net + sum(amount for _, _, amount in row.taxes)
    return row


def bill_monthly(row: Row, source: Source, month: date) -> None:
    """4.4: the greater of the month's share and what the paid credits do not cover, never beyond the whole."""
    left = source.total - source.billed
    bank = source.billed - (source.used - row.usage)
    # The figure is what the month is billed at least: once the whole is billed, nothing.
    share = min(left, source.shares.get(month, 0))
    row.billed = min(left, max(share, row.usage - bank))
    source.billed += row.billed
    row.figures = {
        "commitment": share, "usage": row.usage, "overage": max(0, row.usage - share),
        "unused_credits_applied": max(0, row.usage - row.billed), "charged": row.billed,
        "unused_credits_carried": source.billed - source.used, "left_to_bill": source.total - source.billed,
        "left_to_use": source.left,
    }  # fmt: skip


def bill_flex(row: Row, source: Source, month: date) -> None:
    """4.3: what was used, and in the last month what was not."""
    before = source.left + row.usage
    shortfall = source.left if month == max(source.shares) else 0
    row.billed = row.usage + shortfall
    source.billed += row.billed
    row.figures = {"left_to_use": before, "drawn": row.usage, "shortfall": shortfall}


def bill_gcp(row: Row, source: Source, month: date) -> None:
    """4.8: the month's share, whatever was used."""
    row.billed = min(source.shares.get(month, 0), source.total - source.billed)
    source.billed += row.billed


BILLS = {"monthly_commitment": bill_monthly, "flex_commitment": bill_flex, "gcp_commitment": bill_gcp}
