"""Measures `flask simulate`: how long many files of one-year contracts take, from the command to its last line."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal.domain.contracts import COMMITTING
from portal.domain.methods import SubscriptionType

_ROOT = Path(__file__).resolve().parent.parent
_TYPES = tuple(SubscriptionType)


def measure(files: int) -> float:
    """The seconds that a run of so many files takes, on as many processors as there are."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number:05}.json") for number in range(files)]
        for number, path in enumerate(paths):
            path.write_text(json.dumps(_scenario(number)), "utf-8")
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "simulate", *map(str, paths)]
        begun = time.perf_counter()
        ran = subprocess.run(command, cwd=_ROOT, check=True, stdout=subprocess.PIPE)
        seconds = time.perf_counter() - begun
    if (lines := ran.stdout.count(b"\n")) != files:
        raise RuntimeError(f"{lines} of {files} files were answered")
    return seconds


def _scenario(number: int) -> dict[str, Any]:
    """A year of somebody in Ireland: a contract, each type in turn, credits for every second, usage every tenth day."""
    return {
        "catalogue": "atlas",
        "organization": {
            "name": f"Customer {number}",
            "billing_contact": "billing@customer.example",
            "region": None,
            "address": {
                "country": "IE",
                "region": "Dublin",
                "city": "Dublin",
                "line1": "1 Grand Canal Square",
                "postal_code": "D02 P820",
            },
            "tax_id": None,
            "currency": "EUR",
        },
        "payment_method": "card_ok",
        "projects": ["shop"],
        "timeline": [*_agreed(number), *_used(number)],
        "until": "2025-01-01",
    }


def _agreed(number: int) -> Iterator[dict[str, Any]]:
    type_ = _TYPES[number % len(_TYPES)]
    commitment = {"commitment": "12000.00", "elastic": True} if type_ in COMMITTING else {}
    yield {"on": "2024-01-01", "do": "activate_subscription", "type": type_, "months": 12, **commitment}
    if number // len(_TYPES) % 2:
        days = {"starts": "2024-01-01", "ends": "2024-06-30"}
        yield {"on": "2024-01-01", "do": "grant_credit", "kind": "promotional", "amount": "100.00", **days}


def _used(number: int) -> Iterator[dict[str, Any]]:
    for month in range(1, 13):
        for day in (5, 15, 25):
            yield {
                "on": f"2024-{month:02}-{day:02}",
                "do": "usage",
                "project": "shop",
                "service": "Clusters" if day > 5 else "Backup",
                "amount": f"{(number * 37 + month * 101 + day * 13) % 900}.{number % 100:02}",
            }
