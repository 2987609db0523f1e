"""Writes what was measured: a table and a small chart, with the machine and the day."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_PAGE = _ROOT / "docs/performance.md"
_CHART = _ROOT / "docs/performance.svg"
_BEGIN, _END = "<!-- make bench writes from here -->", "<!-- to here -->"
# Seen on white and on black alike.
_WORDS, _BAR, _WITHIN, _BEYOND = "#808794", "#80879440", "#2f9e6e", "#d9822b"
_ROW, _LEFT, _WIDTH = 26, 330, 300


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. `bar` is what it should be; `used` how much of the bar it took, 1 being all of it."""

    what: str
    measured: str
    bar: str = ""
    used: float | None = None


def write(figures: Sequence[Figure], *, on: date) -> None:
    """Put the figures into `docs/performance.md`, in place of the last ones, and draw the chart beside it."""
    before, _, rest = _PAGE.read_text("utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    table = [f"| {one.what} | {one.measured} | {one.bar} |" for one in figures]
    lines = [_BEGIN, "", _machine(on), "", "| what | measured | bar |", "|---|---|---|", *table, "", _END]
    _PAGE.write_text(before + "\n".join(lines) + after, "utf-8")
    _CHART.write_text(_chart([one for one in figures if one.used is not None]), "utf-8")


def _machine(on: date) -> str:
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"Measured on {on.isoformat()}: {os.cpu_count()} cores, {system}; load of the machine at the end {load}."


def _chart(figures: Sequence[Figure]) -> str:
    """Each figure as a part of its bar; a line stands where the bar is."""
    height = _ROW * len(figures) + 34
    rows = "".join(_drawn(one, 30 + index * _ROW) for index, one in enumerate(figures))
    limit = _LEFT + _WIDTH // 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {height}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{_WORDS}">'
        f"<title>How much of its bar each figure takes; less is better</title>{rows}"
        f'<path d="M{limit} 20V{height - 8}" stroke="{_WORDS}" stroke-dasharray="3 3"/>'
        f'<text x="{limit}" y="14" text-anchor="middle">the bar</text></svg>\n'
    )


def _drawn(figure: Figure, top: int) -> str:
    used = figure.used or 0
    width = min(_WIDTH, int(used * _WIDTH / 2))
    colour = _WITHIN if used <= 1 else _BEYOND
    return (
        f'<text x="{_LEFT - 10}" y="{top + 12}" text-anchor="end">{figure.what}</text>'
        f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="16" rx="3" fill="{_BAR}"/>'
        f'<rect x="{_LEFT}" y="{top}" width="{width}" height="16" rx="3" fill="{colour}"/>'
        f'<text x="{_LEFT + _WIDTH + 8}" y="{top + 12}">{figure.measured}</text>'
    )
