"""Files made at random go through the simulator, and agree to the cent with the second model."""

from __future__ import annotations

import json
import os

import pytest

from tests.laws.comparing import differences, smallest
from tests.laws.scenarios import a_random_scenario

# A longer run: LAWS_FILES=5000 LAWS_FROM=1000 pytest tests/laws/test_model.py
FILES = int(os.environ.get("LAWS_FILES", "200"))
FROM = int(os.environ.get("LAWS_FROM", "0"))
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_the_simulator_and_the_second_model_agree_on_files_made_at_random(part):
    for seed in range(FROM + part, FROM + FILES, PARTS):
        scenario = a_random_scenario(seed)
        if differences(scenario):
            scenario = smallest(scenario)
            lines = "\n".join(differences(scenario))
            pytest.fail(f"seed {seed}\n{json.dumps(scenario, indent=1)}\n{lines}")
