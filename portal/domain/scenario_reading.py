"""Reads a scenario file strictly: every mistake is `Malformed` with its place, as `timeline[3].commitment`."""

from __future__ import annotations

import re

from portal.domain.reading import Reader
from portal.domain.scenario_cases import CaseStep
from portal.domain.scenario_steps import Context, parse_step
from portal.domain.scenario_values import read_address, read_day, read_name, read_tax_id, refuse_as_to_come
from portal.domain.scenarios import DEFAULT_PROJECT, Available, Customer, Scenario, Usage

_CURRENCY = re.compile(r"[A-Z]{3}")
_REGIONS = ("cet", "aest", "est")
_LONGEST_PROJECT = 100


def parse_scenario(table: object, *, available: Available) -> Scenario:
    """The scenario in `table`, the JSON of a file; anything missing, unknown or impossible is `Malformed`."""
    with Reader(table) as top:
        catalogue = _catalogue(top, available)
        customer = _customer(top)
        payment_method = top.optional_text("payment_method", one_of=available.payment_methods)
        projects = _projects(top)
        context = Context(available, projects, customer.currency)
        timeline = [parse_step(entry, context) for entry in top.tables("timeline")]
        return Scenario(
            catalogue=catalogue,
            customer=customer,
            payment_method=payment_method,
            projects=projects,
            steps=tuple(step for step in timeline if not isinstance(step, Usage | CaseStep)),
            case_steps=tuple(step for step in timeline if isinstance(step, CaseStep)),
            usage=tuple(step for step in timeline if isinstance(step, Usage)),
            until=read_day(top, "until"),
            pays_invoices=top.flag("pays_invoices", default=True),
        )


def _catalogue(top: Reader, available: Available) -> str:
    name = top.text("catalogue", one_of=available.catalogues)
    if not available.catalogues[name]:
        raise refuse_as_to_come(top, "catalogue", name)
    return name


def _customer(top: Reader) -> Customer:
    with top.table("organization") as customer:
        with customer.table("address") as place:
            address = read_address(place)
        return Customer(
            name=read_name(customer, "name", longest=300),
            billing_contact=read_name(customer, "billing_contact", longest=254),
            region=customer.optional_text("region", one_of=_REGIONS),
            address=address,
            tax_id=read_tax_id(customer),
            currency=_currency(customer),
        )


def _currency(customer: Reader) -> str:
    currency = customer.text("currency")
    if not _CURRENCY.fullmatch(currency):
        raise customer.refuse("currency", "a currency's three capital letters are expected, for example EUR")
    return currency


def _projects(top: Reader) -> tuple[str, ...]:
    projects = top.texts("projects", default=(DEFAULT_PROJECT,))
    for index, project in enumerate(projects):
        if len(project) > _LONGEST_PROJECT or not project.isprintable():
            expected = f"a name of at most {_LONGEST_PROJECT} printable characters is expected"
            raise top.refuse(f"projects[{index}]", expected)
    return projects
