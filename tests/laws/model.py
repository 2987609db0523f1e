"""A second model of what a contract is billed, written from the specification alone: slow, plain, day by day."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from fractions import Fraction

from tests.laws.game import WINDOW, Buyer, Json, Month, Play, cents, every_row
from tests.laws.rows import rows, with_money
from tests.laws.sources import Route, Source, is_elastic, take
from tests.laws.steps import IN_A_DAY, STEPS
from tests.laws.terms import ONE_DAY, days, days_of_month, half_up, month_of


def play(scenario: Json) -> Play:
    """Play the file from its first step to `until`."""
    until = date.fromisoformat(scenario["until"])
    organization = scenario["organization"]
    game = Play(
        buyer=Buyer(
            currency=organization["currency"],
            country=organization["address"]["country"],
            region=organization["address"]["region"],
            tax_id=organization.get("tax_id"),
            method=scenario.get("payment_method"),
        ),
        pays_invoices=scenario.get("pays_invoices", True),
        used=usage_by_day(scenario["timeline"]),
    )
    firsts = [date.fromisoformat(step.get("on") or step["from"]) for step in scenario["timeline"]]
    begin = min(firsts, default=until + ONE_DAY)
    for day in days(begin, until):
        if day.day == 1 and day > begin:
            close(game, month_of(day - ONE_DAY), on=day)
        if game.first_use is None and any(amount for _, _, amount in game.used.get(day, [])):
            game.first_use = day
        steps = [step for step in scenario["timeline"] if step.get("on") == day.isoformat() and step["do"] != "usage"]
        for step in sorted(steps, key=lambda one: IN_A_DAY.index(one["do"])):
            STEPS[step["do"]](game, step, day)
        if game.first_use is not None and day == game.first_use + WINDOW:
            charge(game, game.buyer.method)
        receive(game, on=day)
    if begin <= until:
        look_ahead(game, until)
    return game


def usage_by_day(timeline: list[Json]) -> dict[date, list[tuple[str, str, int]]]:
    """Project, service and cents of every day's usage, wherever it stands in the file."""
    found = dict[date, list[tuple[str, str, int]]]()
    for step in timeline:
        if step["do"] != "usage":
            continue
        if "quantity" in step:
            amount = half_up(Fraction(step["quantity"]) * Fraction(step["unit_price"]) * 100)
        else:
            amount = cents(step.get("amount") or step["per_day"])
        first = date.fromisoformat(step.get("on") or step["from"])
        for day in days(first, date.fromisoformat(step.get("to") or first.isoformat())):
            found.setdefault(day, []).append((step["project"], step["service"], amount))
    return found


def close(game: Play, month: date, *, on: date) -> None:
    """Settle the month day by day, write its rows, and charge what may be charged."""
    taken, turns = settle(game, game.sources, days_of_month(month))
    game.turns += turns
    last = on - ONE_DAY
    usage = sum(taken.values())
    found = [with_money(row, game.buyer, on=last, closed_on=on) for row in rows(month, taken, game.sources)]
    game.months.append(Month(month=month, usage=usage, lines=lines(game, month), rows=found))
    if game.first_use is None or on >= game.first_use + WINDOW:
        charge(game, game.buyer.method, closed_on=on)


def lines(game: Play, month: date) -> dict[tuple[str, str], int] | None:
    """The month's usage by project and service."""
    found = dict[tuple[str, str], int]()
    for day in days_of_month(month):
        posted = [((project, service), amount) for project, service, amount in game.used.get(day, [])]
        for carried in game.carried.get(day, []):
            if carried.lines is None:
                return None
            posted += carried.lines.items()
        for place, amount in posted:
            found[place] = found.get(place, 0) + amount
    return found


def settle(game: Play, sources: list[Source], on: list[date]) -> tuple[dict[Route, int], list[tuple[date, str]]]:
    """Take the usage of these days, one after the other, and note where elastic billing began and ended."""
    taken = dict[Route, int]()
    turns = list[tuple[date, str]]()
    active = game.elastic_active
    for day in on:
        if active and not is_elastic(sources, day):
            turns.append((day, "stopped"))
            active = False
        carried = sum(month.usage for month in game.carried.get(day, []))
        amount = carried + sum(one for _, _, one in game.used.get(day, []))
        for (method, number), part in take(sources, day, amount).items():
            taken[method, number] = taken.get((method, number), 0) + part
            if method == "elastic" and not active:
                turns.append((day, "initiated"))
                active = True
    return taken, turns


def look_ahead(game: Play, until: date) -> None:
    """What the month that still runs has taken by now, and its turns; nothing of it is billed."""
    game.at_present = deepcopy(game.sources)
    running = [day for day in days_of_month(month_of(until)) if day <= until]
    game.turns += settle(game, game.at_present, running)[1]


def charge(game: Play, method: str | None, *, closed_on: date | None = None) -> None:
    """Charge the card or account for what waits: of one close, or of all."""
    for month in game.months:
        for row in month.rows:
            if row.method in ("card", "paypal") and row.status == "NEW" and closed_on in (None, row.closed_on):
                row.status = "PAID" if method in ("card_ok", "paypal_ok") else "FAILED"


def receive(game: Play, *, on: date) -> None:
    """Transfers arrive on the day they are due; where nothing is due, none does."""
    for row in every_row(game) if game.pays_invoices else []:
        if row.status == "INVOICED" and row.due and row.due_on == on:
            row.status = "PAID"
