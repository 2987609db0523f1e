"""The answer of the simulator in the shape of the model's, and the places where they differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from portal import throw_away
from portal.models.organizations import Organization
from portal.services import scenario_files, simulation, simulation_answer
from tests.laws.answer import as_amount, expected
from tests.laws.explaining import billed
from tests.laws.game import BACKED, PROVIDERS

Json = dict[str, Any]
TURNS = {"ACTIVE_INVOICING_PERIOD_INITIATED": "initiated", "ACTIVE_INVOICING_PERIOD_STOPPED": "stopped"}
# The kinds of `credits` that hold an amount; elastic and marketplace rows have none.
HELD = ("monthly_commitment", "flex_commitment", "prepaid", "promotional", "gcp_monthly_commitment")


def simulate_together(scenarios: Sequence[Json]) -> list[Json]:
    """What each of them comes to; their days pass together in one throw-away database, as in a run of many files."""
    with throw_away.session() as session:
        return simulate_in(session, scenarios)


def simulate_in(session: Session, scenarios: Sequence[Json]) -> list[Json]:
    """The same, in an empty database that is there."""
    available = simulation.available()
    parsed = [scenario_files.parse(json.dumps(one).encode(), available=available) for one in scenarios]
    played = simulation.play_all(session, {f"scenario-{at}": one for at, one in enumerate(parsed)})
    answers = list[Json]()
    for scenario, organization in zip(parsed, played, strict=True):
        assert isinstance(organization, Organization), organization
        answers.append(simulation_answer.answer(session, organization, until=scenario.until))
    return answers


def differences(scenario: Json, answer: Json | None = None) -> list[str]:
    """Where the model and the simulator's answer do not agree, each as one line; empty where they do."""
    theirs = found(answer or simulate_together([scenario])[0])
    ours = expected(scenario)
    unexplained = list(not_explained(theirs))
    for one, other in zip(ours["invoices"], theirs["invoices"], strict=False):
        if one["lines"] is None:
            other["lines"] = None
        for row, seen in zip(one["payments"], other["payments"], strict=False):
            seen["figures"] = {name: seen["figures"].get(name) for name in row["figures"]}
    return unexplained + list(unlike("", ours, theirs))


def not_explained(answer: Json) -> Iterator[str]:
    """The rows of which `billed` cannot be computed from `explain`, and the invoices that do not add up."""
    for invoice in answer["invoices"]:
        if sum(invoice["lines"].values()) != invoice["usage"]:
            yield f"{invoice['period']}: the lines add up to something else"
        if sum(row["usage"] for row in invoice["payments"]) != invoice["usage"]:
            yield f"{invoice['period']}: the payments add up to something else"
        for row in invoice["payments"]:
            try:
                amount = billed(row["method"], row["figures"])
            except (AssertionError, KeyError) as problem:
                yield f"{invoice['period']} {row['method']}: {problem!r} of {row['figures']}"
            else:
                if amount != row["billed"]:
                    yield f"{invoice['period']} {row['method']}: {amount} by {row['figures']}, not {row['billed']}"


def unlike(place: str, one: Any, other: Any) -> list[str]:
    """The places under `place` where two values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(set(one) | set(other))
        return [line for key in keys for line in unlike(f"{place}.{key}", one.get(key), other.get(key))]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            line for at, pair in enumerate(zip(one, other, strict=True)) for line in unlike(f"{place}[{at}]", *pair)
        ]
    return [] if one == other else [f"{place}: model {one!r}, simulator {other!r}"]


def found(answer: Json) -> Json:
    """What the simulator says, in the model's shape."""
    return {
        "invoices": [an_invoice(one) for one in answer["invoices"]],
        "tax_invoices": sorted((a_tax_invoice(one) for one in answer["tax_invoices"]), key=str),
        "credits": sorted((a_credit(one) for one in answer["credits"] if one["kind"] in HELD), key=str),
        "turns": [f"{one['on']} {TURNS[one['type']]}" for one in answer["events"] if one["type"] in TURNS],
        "status": answer["organization"]["status"],
        "elastic_active": answer["organization"]["elastic_active"],
    }


def an_invoice(invoice: Json) -> Json:
    """One month."""
    assert invoice["subtotal"] == invoice["usage"], "no support is sold in these files"
    return {
        "period": invoice["period"],
        "status": invoice["status"],
        "usage": as_amount(invoice["usage"]),
        "credits": as_amount(invoice["credits"]),
        "lines": {f"{one['project']} {one['service']}": as_amount(one["amount"]) for one in invoice["lines"]},
        "payments": sorted((a_payment(row) for row in invoice["payments"]), key=str),
    }


def a_payment(row: Json) -> Json:
    """One row; a tax that comes to nothing may be named or not."""
    bears_money = row["method"] not in PROVIDERS + BACKED
    taxes = [(tax["name"], str(Fraction(tax["rate"])), as_amount(tax["amount"])) for tax in row["taxes"]]
    return {
        "method": row["method"],
        "usage": as_amount(row["usage"]),
        "billed": as_amount(row["billed"]),
        "price": (str(Fraction(row["unit_price"])), row["currency"]) if bears_money else None,
        "net": as_amount(row["net"]),
        "taxes": [tax for tax in taxes if tax[2]],
        "total": as_amount(row["total"]),
        "due": as_amount(row["due"]),
        "status": row["status"],
        "has_tax_invoice": row["tax_invoice"] is not None,
        "figures": {name: as_amount(amount) for name, amount in row["explain"].items()},
    }


def a_tax_invoice(invoice: Json) -> list[object]:
    """Period, or what else it is for, and its money."""
    amounts = [as_amount(invoice[name]) for name in ("net", "tax", "total", "due")]
    return [invoice["period"] or invoice["for"], invoice["currency"], *amounts]


def a_credit(credit: Json) -> list[object]:
    """One row of the credits."""
    amounts = [as_amount(credit[name]) for name in ("total", "used", "billed", "remaining")]
    return [str(credit["kind"]), *amounts, credit["state"], credit["starts"], credit["ends"]]


def smallest(scenario: Json) -> Json:
    """Leave out steps as long as there is still a difference: what is left is what a person looks at."""
    at = 0
    while at < len(scenario["timeline"]):
        shorter = scenario | {"timeline": scenario["timeline"][:at] + scenario["timeline"][at + 1 :]}
        if differences(shorter):
            scenario = shorter
        else:
            at += 1
    return scenario
