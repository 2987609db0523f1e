"""Files made at random go through the simulator, and agree to the cent with the second model."""

from __future__ import annotations

import json
import os

import pytest

from tests.laws.answer import expected
from tests.laws.comparing import differences, simulate_together, smallest
from tests.laws.explaining import RULES
from tests.laws.scenarios import a_random_scenario

# A longer run: LAWS_FILES=5000 LAWS_FROM=1000 pytest tests/laws/test_model.py
FILES = int(os.environ.get("LAWS_FILES", "240"))
FROM = int(os.environ.get("LAWS_FROM", "0"))
TOGETHER = 80


def test_the_files_hold_every_method_every_state_and_every_turn() -> None:
    answers = [expected(a_random_scenario(seed)) for seed in range(240)]
    rows = [row for answer in answers for invoice in answer["invoices"] for row in invoice["payments"]]
    assert {row["method"] for row in rows} == set(RULES)
    assert {row["status"] for row in rows} == {"NEW", "PAID", "FAILED", "CANCELLED", "INVOICED"}
    assert {answer["status"] for answer in answers} == {"active", "suspended", "locked"}
    assert {turn.split()[1] for answer in answers for turn in answer["turns"]} == {"initiated", "stopped"}
    assert {len(row["taxes"]) for row in rows} == {0, 1, 2}
    # A bank covers all of a month; a code takes over what waited.
    assert any(row["method"] == "monthly_commitment" and row["usage"] and not row["billed"] for row in rows)
    assert sum(row["status"] == "CANCELLED" for row in rows) > 10


@pytest.mark.parametrize("first", range(FROM, FROM + FILES, TOGETHER))
def test_the_simulator_and_the_second_model_agree_on_files_made_at_random(first: int) -> None:
    seeds = range(first, min(first + TOGETHER, FROM + FILES))
    scenarios = [a_random_scenario(seed) for seed in seeds]
    for seed, scenario, answer in zip(seeds, scenarios, simulate_together(scenarios), strict=True):
        if lines := differences(scenario, answer):
            # What differs only in the company of others is shown whole.
            alone = smallest(scenario) if differences(scenario) else scenario
            lines = differences(alone) or lines
            pytest.fail(f"seed {seed}\n{json.dumps(alone, indent=1)}\n" + "\n".join(lines))
