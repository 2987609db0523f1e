"""Random histories of cases, played from scenario files, agree with a clock that looks at every minute."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.laws.case_model import MINUTE, REGIONS, WORST_FIRST, CaseModel, promises
from tests.scenarios import a_scenario, contract, simulate, usage

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
PLANS = (
    "atlas developer", "atlas pro", "atlas enterprise", "aiven basic", "aiven priority", "aiven business",
    "aiven enterprise", "neon launch", "neon business", "neon enterprise standard", "neon enterprise gold",
)  # fmt: skip
FIRST_ON, CASES_FROM = "2024-01-02", datetime(2024, 1, 8, tzinfo=UTC)
# A long run: so many seeds, from this one on.
_FROM = int(os.environ.get("LAWS_FROM", "0"))
SEEDS = range(_FROM, _FROM + int(os.environ.get("LAWS_CASES", "33")))


def the_plan(catalogue: str, plan: str, variant: str = "") -> Iterator[Json]:
    """The steps by which a customer comes to have the plan before the first case."""
    if catalogue == "atlas":
        yield contract(FIRST_ON, "prepaid", "1000.00", months=24, support_plan=plan)
    elif catalogue == "aiven":
        yield usage(FIRST_ON, "1.00")
        if plan != "basic":
            yield {"on": FIRST_ON, "do": "support_tier", "tier": plan, "start_month": "2024-01", "billing_group": None}
    else:
        step = {"on": FIRST_ON, "do": "pricing_plan", "plan": plan}
        yield step | ({"variant": variant} if variant else {})


def a_history(choice: random.Random, ref: str, catalogue: str, promised: Any) -> tuple[list[Json], CaseModel]:
    """The steps of one case and what the model says of them."""
    severities = WORST_FIRST[catalogue]
    at = CASES_FROM + choice.randrange(330 * 1440) * MINUTE
    via = choice.choice(("portal", "portal", "portal", "email"))
    severity = choice.choice((*severities, None)) if catalogue == "neon" else choice.choice(severities)
    # The vendor that promises only through its form promises nothing by mail.
    model = CaseModel(catalogue, {} if (catalogue, via) == ("neon", "email") else promised, at, severity)
    steps: list[Json] = [
        {"at": _text(at), "do": "open_case", "ref": ref, "severity": severity, "scope": "organization", "via": via}
    ]
    for _ in range(choice.randrange(5)):
        at += choice.choice((1, 10, 60, 600, 3000)) * choice.randint(1, 3) * MINUTE
        staff, to = choice.random() < 0.5, choice.choice(severities)
        by = "staff" if staff else "customer"
        if choice.random() < 0.4:
            steps.append({"at": _text(at), "do": "case_reply", "ref": ref, "by": by})
            if staff:
                model.answer(at)
        elif to not in ((model.assessed or model.requested,) if staff else (model.requested,)):
            steps.append({"at": _text(at), "do": "case_severity", "ref": ref, "by": by, "severity": to})
            model.change(to, by_staff=staff, at=at)
    return steps, model


@pytest.mark.parametrize("seed", SEEDS)
def test_every_case_is_due_and_turns_out_as_the_model_says(seed):
    choice = random.Random(seed)
    catalogue, plan, *variants = PLANS[seed % len(PLANS)].split()
    region = choice.choice(tuple(REGIONS)) if catalogue == "aiven" else "cet"
    promised = promises(PLANS[seed % len(PLANS)], region)
    histories = [a_history(choice, f"case {number}", catalogue, promised) for number in range(6)]
    timeline = [*the_plan(catalogue, plan, *variants), *(step for steps, _ in histories for step in steps)]
    scenario = a_scenario(*timeline, until="2024-12-31", catalogue=catalogue)
    scenario["organization"]["region"] = region if catalogue == "aiven" else None
    until = choice.choice(("2024-06-30", "2024-12-31"))
    answered = {case["ref"]: case for case in simulate(scenario | {"until": until})["cases"]}
    end = datetime.combine(datetime.fromisoformat(until).date() + timedelta(days=1), time(), UTC)
    for number, (steps, model) in enumerate(histories):
        if any(step["at"] >= _text(end) for step in steps):
            continue  # not reached, or not to its end
        case = answered[f"case {number}"]
        found = case["first_response_due"], case["first_response"], case["result"]
        assert found == tuple(model.outcome(end)), (PLANS[seed % len(PLANS)], region, steps)


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
