"""Builders of scenarios: one line makes a file's content, one call plays it in a throw-away database."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from portal import schema
from portal.database import make_engine, writing
from portal.services import scenario_files, simulation, simulation_answer

if TYPE_CHECKING:
    from sqlalchemy import Engine

Json = dict[str, Any]


def an_address(country: str = "US", region: str = "New York") -> Json:
    """An address that decides the taxes; in the United States there are none."""
    return {"country": country, "region": region, "city": "Some City", "line1": "Main Street 1", "postal_code": "10119"}


def a_scenario(*timeline: Json, until: str, **changes: Any) -> Json:
    """A customer in the United States with a good card and one project `shop`; keys of `changes` replace others."""
    organization = {
        "name": "Acme GmbH",
        "billing_contact": "ap@acme.example",
        "region": None,
        "address": changes.pop("address", an_address()),
        "tax_id": changes.pop("tax_id", None),
        "currency": changes.pop("currency", "USD"),
    }
    return {
        "catalogue": "atlas",
        "organization": organization,
        "payment_method": "card_ok",
        "projects": ["shop"],
        "timeline": list(timeline),
        "until": until,
    } | changes


def usage(on: str, amount: Any, **changes: Any) -> Json:
    """Usage of one day."""
    return {"on": on, "do": "usage", "project": "shop", "service": "Clusters", "amount": amount} | changes


def daily_usage(first: str, last: str, per_day: str, **changes: Any) -> Json:
    """The same usage every day."""
    step = {"from": first, "to": last, "do": "usage", "project": "shop", "service": "Clusters", "per_day": per_day}
    return step | changes


def elastic(on: str, **changes: Any) -> Json:
    """The activation of an elastic subscription."""
    return {"on": on, "do": "activate_subscription", "type": "elastic"} | changes


def contract(on: str, kind: str, commitment: str, months: int = 12, **changes: Any) -> Json:
    """The activation of a contract with a commitment."""
    step = {"on": on, "do": "activate_subscription", "type": kind, "commitment": commitment, "months": months}
    return step | changes


def grant(on: str, **changes: Any) -> Json:
    """Credits that staff grant."""
    step = {"on": on, "do": "grant_credit", "kind": "promotional", "amount": "100.00"}
    return step | {"starts": "2024-01-01", "ends": "2024-12-31"} | changes


def step(on: str, do: str, **changes: Any) -> Json:
    """Any other step."""
    return {"on": on, "do": do} | changes


def simulate(scenario: Json) -> Json:
    """What the scenario comes to, through the reader, the services and the answer; nothing stays in the database."""
    content = json.dumps(scenario).encode()
    with writing(_database())() as session:
        parsed = scenario_files.parse(content, available=simulation.available())
        organization = simulation.play(session, parsed, slug="scenario")
        return simulation_answer.answer(session, organization, until=parsed.until)


def invoice(answer: Json, period: str) -> Json:
    """The invoice of the month."""
    found: Json = next(one for one in answer["invoices"] if one["period"] == period)
    return found


def payments(answer: Json, *names: str) -> list[tuple[Any, ...]]:
    """Of every payment, in order, the values under `names`."""
    return [tuple(row[name] for name in names) for one in answer["invoices"] for row in one["payments"]]


def events(answer: Json, *types: str) -> list[tuple[str, str]]:
    """Day and type of the events of these types."""
    return [(event["on"], event["type"]) for event in answer["events"] if event["type"] in types]


@cache
def _database() -> Engine:
    engine = make_engine("sqlite://")
    schema.upgrade(engine)
    return engine
