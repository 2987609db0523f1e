"""Documents are drawn in processes of their own, each bounded in time and memory, and none holds up the next."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from invoices.document import CloudInvoice, Summary, TaxInvoice, UsageGroup, UsageLine, from_json, with_details
from invoices.errors import PressError
from invoices.presses import Presses
from invoices.render import TEMPLATES, render

ROOT = TEMPLATES.parent.parent
SMALL = cast("TaxInvoice", from_json((TEMPLATES / "samples/tax_invoice_vat.json").read_text("utf-8")))


def a_long_invoice(lines):
    """A cloud invoice of so many lines."""
    sample = from_json((TEMPLATES / "samples/cloud_invoice.json").read_text("utf-8"))
    assert isinstance(sample, CloudInvoice)
    line = UsageLine(
        usage_on=date(2024, 1, 5), billed_on=None, service="Clusters", item="M30", quantity="1", unit="hour",
        unit_price="0.01", amount_cents=1,
    )  # fmt: skip
    group = UsageGroup(project="shop", provider_label="AWS", subtotal_cents=lines, lines=(line,) * lines)
    short = dataclasses.replace(
        sample, details=None, usage_cents=lines, support_cents=0, credits_cents=0, subtotal_cents=lines, payments=(),
        by_project=(Summary(name="shop", cents=lines),), by_service=(Summary(name="Clusters", cents=lines),),
    )  # fmt: skip
    return with_details(short, (group,))


def test_what_a_press_draws_is_what_is_drawn_here_and_several_draw_at_once():
    here = render(SMALL)
    with closing(Presses(2, seconds=60, megabytes=2048)) as presses, ThreadPoolExecutor(4) as pool:
        assert set(pool.map(presses.draw, [SMALL] * 6)) == {here}


def test_a_document_that_takes_too_long_is_stopped_and_the_next_one_is_drawn():
    with closing(Presses(1, seconds=5, megabytes=4096)) as presses:
        with pytest.raises(PressError, match="longer than 5 seconds"):
            presses.draw(a_long_invoice(20_000))
        assert presses.draw(SMALL)


def test_a_document_that_takes_too_much_memory_is_stopped_and_the_next_one_is_drawn():
    with closing(Presses(1, seconds=300, megabytes=320)) as presses:
        with pytest.raises(PressError, match=r"more than 320 MB|ended with status"):
            presses.draw(a_long_invoice(3_000))
        assert presses.draw(SMALL)


def test_what_is_wrong_with_a_document_is_said_and_the_press_stays_warm():
    # A browser of other tests may be a child of this process, too.
    others = children()
    with closing(Presses(1, seconds=60, megabytes=2048)) as presses:
        presses.draw(SMALL)
        warm = children() - others
        with pytest.raises(PressError, match="UnprintableError"):
            presses.draw(dataclasses.replace(SMALL, notes=("\U0001f4a9",)))
        assert presses.draw(SMALL)
        assert children() - others == warm
    assert not children() & warm


def test_a_press_that_is_killed_costs_one_document():
    with closing(Presses(1, seconds=60, megabytes=2048)) as presses:
        before = children()
        presses.draw(SMALL)
        (press,) = children() - before
        os.kill(press, signal.SIGKILL)
        with pytest.raises(PressError, match="status -9"):
            presses.draw(SMALL)
        assert presses.draw(SMALL)


def test_presses_end_with_the_process_that_started_them():
    program = (
        "import sys; from tests.invoices.test_presses import *; presses = Presses(1, seconds=60, megabytes=2048);"
        "presses.draw(SMALL); print(*children(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout
        press = int(worker.stdout.readline())
        worker.kill()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{press}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children():
    """The processes that this one started and that have not ended."""
    return {int(child) for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}
