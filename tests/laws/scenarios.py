"""Scenario files made at random: every type of contract, odd days, odd terms, and everything that comes between."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.laws.terms import months_later
from tests.scenarios import an_address

Json = dict[str, Any]
TYPES = ["elastic", "flex_commitment", "monthly_commitment", "prepaid", "marketplace", "gcp_monthly_commitment"]
COMMITTED = ("flex_commitment", "monthly_commitment", "prepaid", "gcp_monthly_commitment")
METHODS = ["card_ok", "card_ok", "card_declines", "paypal_ok", None]
PRICES = ["1", "1", "0.915", "0.85", "0.333333", "1.07"]
CURRENCIES = ["USD", "EUR", "GBP", "CHF"]
PLACES: dict[tuple[str, str], list[str | None]] = {
    ("AU", "Victoria"): [None],
    ("BR", "Bahia"): [None],
    ("CA", "British Columbia"): [None, "123026635RT0001"],
    ("CA", "Quebec"): [None, "123026635RT0001"],
    ("CA", "Alberta"): [None, "123026635RT0001"],
    ("CH", "Bern"): [None, "CHE107787577IVA"],
    ("DE", "Berlin"): [None, "DE136695976", "DE136695970", "GB980780684"],
    ("EE", "Tallinn"): [None],
    ("FI", "Uusimaa"): [None, "FI20774740"],
    ("GB", "London"): [None, "GB980780684"],
    ("IE", "Dublin"): [None, "IE6433435F"],
    ("IN", "Goa"): [None],
    ("NO", "Oslo"): [None, "NO995525828MVA"],
    ("US", "Ohio"): [None],
    ("ZA", "Gauteng"): [None],
}
ODD_STARTS = [
    "2024-01-29",
    "2024-01-30",
    "2024-01-31",
    "2024-02-29",
    "2024-08-31",
    "2024-03-15",
    "2023-12-31",
    "2025-01-31",
]


def a_random_scenario(seed: int) -> Json:
    """The same file for the same seed, on every machine."""
    random = Random(seed)
    begin = a_beginning(random)
    length = random.choice([1, 2, 3, 4, 6, 9, 13, 16])
    until = months_later(begin.replace(day=1), length)
    if random.random() < 0.2:
        until += timedelta(days=random.randrange(28))
    country, region = random.choice(list(PLACES))
    timeline = [*contracts(random, begin, until), *credits_granted(random, begin, until)]
    timeline += changes(random, begin, until) + usages(random, begin, until)
    random.shuffle(timeline)
    return {
        "catalogue": "atlas",
        "organization": {
            "name": "Acme", "billing_contact": "ap@acme.example", "region": None,
            "address": an_address(country, region), "tax_id": random.choice(PLACES[country, region]),
            "currency": random.choice(CURRENCIES),
        },
        "payment_method": random.choice(METHODS),
        "projects": ["shop", "lab"],
        "timeline": timeline,
        "until": str(until),
        "pays_invoices": random.random() < 0.8,
    }  # fmt: skip


def a_beginning(random: Random) -> date:
    """Often a first of a month, often a day that other months have not, else any."""
    kind = random.random()
    if kind < 0.3:
        return date(random.choice([2023, 2024, 2025]), random.randint(1, 12), 1)
    if kind < 0.6:
        return date.fromisoformat(random.choice(ODD_STARTS))
    return date(2023, 6, 1) + timedelta(days=random.randrange(900))


def a_day(random: Random, begin: date, until: date) -> date:
    """Any day between, both counted; often one on which other things happen too."""
    day = begin + timedelta(days=random.randint(0, max(0, (until - begin).days)))
    crowded = random.choice([day, day, day, day.replace(day=1), begin, begin + timedelta(days=random.choice([29, 30]))])
    return min(max(crowded, begin), until)


def an_amount(random: Random, least: int, most: int) -> str:
    """Dollars, with odd cents in every second amount."""
    cents = random.randint(least, most) * 100 + random.choice([0, random.randint(0, 99)])
    return f"{cents // 100}.{cents % 100:02d}"


def contracts(random: Random, begin: date, until: date) -> list[Json]:
    """Contracts one after the other, with gaps; now and then one that may lie over the others."""
    found = list[Json]()
    # Half of them inside the first 30 days of use or just after, where usage begins at once.
    day = begin + timedelta(days=random.choice([0, 0, random.randrange(36), random.randrange(75)]))
    while day <= until and len(found) < 5 and random.random() < 0.85:
        step = a_contract(random, day, random.choice(TYPES))
        found.append(step)
        if "months" not in step:
            break
        day = months_later(date.fromisoformat(step.get("starts") or step["on"]), step["months"])
        day += timedelta(days=random.choice([0, 0, 0, 1, random.randrange(50)]))
    while random.random() < 0.25:
        found.append(a_contract(random, a_day(random, begin, until), random.choice(TYPES)))
    return without_refused(found)


def without_refused(steps: list[Json]) -> list[Json]:
    """Leave out monthly commitments that lie over one that stays: they are refused (13.6)."""
    kept = list[Json]()
    held = list[tuple[date, date]]()
    for step in steps:
        if step["type"] == "monthly_commitment":
            starts = date.fromisoformat(step.get("starts") or step["on"])
            ends = months_later(starts, step["months"])
            if any(starts < other and begun < ends for begun, other in held):
                continue
            held.append((starts, ends))
        kept.append(step)
    return kept


def a_contract(random: Random, day: date, kind: str) -> Json:
    """One activation on the day."""
    step: Json = {"on": str(day), "do": "activate_subscription", "type": kind}
    if kind in COMMITTED:
        step |= {
            "commitment": an_amount(random, *random.choice([(1, 2), (20, 300), (20, 3000), (20, 20000)])),
            "months": random.choice([1, 2, 3, 5, 6, 7, 11, 12, 13, 24]),
            "elastic": random.random() < 0.6,
            "unit_price": random.choice(PRICES),
        }
    elif random.random() < 0.6:
        step["months"] = random.choice([1, 2, 5, 12])
    if random.random() < 0.7:
        step["elastic_unit_price"] = random.choice(PRICES)
    if kind == "marketplace":
        step["marketplace"] = random.choice(["AWS", "GCP", "AZURE"])
    if random.random() < 0.15:
        # What a type has no use for is ignored.
        step = {"commitment": "77.00", "elastic": True, "unit_price": "2", "marketplace": "GCP"} | step
    if random.random() < 0.12:
        step["starts"] = str(day + timedelta(days=random.randrange(1, 60)))
    return step


def credits_granted(random: Random, begin: date, until: date) -> list[Json]:
    """Up to four credits, with priority and without."""
    found = list[Json]()
    for _ in range(random.choice([0, 0, 0, 1, 2, 3, 4])):
        on = a_day(random, begin, until)
        # One that begins before it is granted covers what is not invoiced yet.
        starts = on + timedelta(days=random.choice([0, 0, 0, random.randrange(60), -random.randrange(40)]))
        ends = starts + timedelta(days=random.choice([0, 9, 30, 89, random.randrange(400)]))
        step: Json = {
            "on": str(on), "do": "grant_credit", "kind": random.choice(["promotional", "prepaid"]),
            "amount": an_amount(random, 1, random.choice([50, 500, 2500])), "starts": str(starts), "ends": str(ends),
        }  # fmt: skip
        if random.random() < 0.5:
            step["priority"] = random.randint(1, 3)
        found.append(step)
    return found


def changes(random: Random, begin: date, until: date) -> list[Json]:
    """What the customer changes: at most one step of a kind on one day, so that their order says nothing."""
    found = dict[tuple[str, str], Json]()
    for _ in range(random.choice([0, 0, 1, 2, 4])):
        on = a_day(random, begin, until)
        if random.random() < 0.3:
            on = on.replace(day=1) if on.replace(day=1) >= begin else on
        country, region = random.choice(list(PLACES))
        change: Json = random.choice(
            [
                {"do": "set_payment_method", "method": random.choice(METHODS)},
                {"do": "set_address", "address": an_address(country, region)},
                {"do": "set_tax_id", "tax_id": random.choice(PLACES[country, region])},
                {"do": "retry_payments"},
            ]
        )
        found[str(on), change["do"]] = {"on": str(on)} | change
    return list(found.values())


def usages(random: Random, begin: date, until: date) -> list[Json]:
    """Usage a day over long and short stretches, and on single days."""
    found = list[Json]()
    for number in range(random.choice([0, 1, 2, 3, 5])):
        first = begin if number == 0 and random.random() < 0.5 else a_day(random, begin, until)
        last = min(until, first + timedelta(days=random.choice([0, 6, 29, 120, 400])))
        per_day = an_amount(random, 0, random.choice([3, 30, 300]))
        found.append({"from": str(first), "to": str(last), "per_day": per_day} | some_service(random))
    for _ in range(random.choice([0, 1, 3, 8])):
        on = a_day(random, begin, until)
        spent = {"amount": an_amount(random, 0, random.choice([10, 1000, 9000]))}
        if random.random() < 0.15:
            spent = {"quantity": f"{random.randint(1, 999)}.{random.randint(0, 9)}", "unit_price": "0.335"}
        found.append({"on": str(on)} | spent | some_service(random))
    return found


def some_service(random: Random) -> Json:
    """Where a usage step belongs."""
    project, service = random.choice(["shop", "lab"]), random.choice(["Clusters", "Backup", "Data Transfer"])
    return {"do": "usage", "project": project, "service": service}
