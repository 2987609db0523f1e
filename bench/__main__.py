"""`make bench`: one run of all measurements. Nothing is asserted: each figure stands beside its bar."""

from __future__ import annotations

from collections.abc import Iterator

from bench import cases, closing, databases, documents, pages, report, simulating
from bench.closing import Closed
from bench.customers import Crowd
from bench.report import Figure
from portal import clock

MOST_TIMES, LEAST_SHARE = 6, 0.08
INVOICES = 100_000
FEW, MANY, MOST_GROWTH = 1_000, 10_000, 1.25
FILES, MOST_SECONDS = 1_000, 25
CASES, MOST_MILLISECONDS = 100_000, 100
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
# Metered by the hour, a few rows a line, and the worst case: every row is a line of its own.
_ROWS_A_LINE = (24, 5, 1)


def main() -> None:
    """Measure, print each figure as it comes, and write the page."""
    figures = []
    for figure in _figures():
        print(f"{figure.what:58} {figure.measured:>34}   {figure.bar}", flush=True)
        figures.append(figure)
    report.write(figures, on=clock.now().date())


def _figures() -> Iterator[Figure]:
    yield from _served()
    yield from _asked()
    yield from _closed()
    yield from _settled()
    yield from _queued()
    yield from _simulated()
    yield from _drawn()


def _served() -> Iterator[Figure]:
    for page in pages.measure_speed(INVOICES):
        if page.share == 1:
            yield Figure(f"{page.page}, requests a second", f"{page.a_second:,.0f}")
            continue
        measured = f"{page.a_second:,.0f} a second, share {page.share:.3f}"
        yield Figure(f"{page.page}, signed in", measured, f"share ≥ {LEAST_SHARE}", LEAST_SHARE / page.share)


def _asked() -> Iterator[Figure]:
    for list_ in pages.count_queries():
        yield Figure(
            f"statements of the list of {list_.page}",
            f"{list_.few} at {pages.FEW}, {list_.many} at {pages.MANY:,} rows",
            "equal",
        )


def _closed() -> Iterator[Figure]:
    for kind in databases.KINDS:
        small = closing.measure(kind, Crowd(organizations=1_000, rows_each=100, rows_a_line=5))
        for rows_a_line in _ROWS_A_LINE:
            # A PostgreSQL answers the GROUP BY with several processes, and several workers close on it.
            for processes in (1, 2) if kind == "postgresql" else (1,):
                crowd = Crowd(organizations=1_000, rows_each=1_000, rows_a_line=rows_a_line)
                closed = closing.measure(kind, crowd, processes=processes)
                yield _close_figure(closed)
                if rows_a_line == small.crowd.rows_a_line and processes == 1:
                    memory = f"{small.peak_mb} MB and {closed.peak_mb} MB"
                    yield Figure(f"memory at 100,000 and 1,000,000 rows, {_NAMES[kind]}", memory, "equal, about")


def _close_figure(closed: Closed) -> Figure:
    workers = "1 worker" if closed.processes == 1 else f"{closed.processes} workers"
    rows = f"{closed.crowd.rows_a_line} rows a line" if closed.crowd.rows_a_line > 1 else "1 row a line"
    measured = f"{closed.ratio:.1f} × ({closed.seconds:.1f} s against {closed.group_by_seconds:.2f} s)"
    what = f"close, {_NAMES[closed.kind]}, {workers}, {rows}"
    return Figure(what, measured, f"≤ {MOST_TIMES} ×", closed.ratio / MOST_TIMES)


def _settled() -> Iterator[Figure]:
    """What a close costs with contracts and credits, and what it costs each where there are ten times as many."""
    for kind in databases.KINDS:
        few, many = (closing.measure(kind, Crowd(one, rows_each=20, rows_a_line=1, mixed=True)) for one in (FEW, MANY))
        growth = many.seconds / MANY / (few.seconds / FEW)
        yield Figure(
            f"close of {MANY:,} with mixed contracts, {_NAMES[kind]}",
            f"{MANY / many.seconds:,.0f} a second, each {growth:.2f} × one of {FEW:,}",
            f"≤ {MOST_GROWTH} ×",
            growth / MOST_GROWTH,
        )


def _queued() -> Iterator[Figure]:
    for queued in cases.measure(CASES):
        what = f"{queued.view} in the queue of {CASES:,} cases, {_NAMES[queued.kind]}"
        share = queued.milliseconds / MOST_MILLISECONDS
        yield Figure(what, f"{queued.milliseconds:.0f} ms", f"≤ {MOST_MILLISECONDS} ms", share)


def _simulated() -> Iterator[Figure]:
    seconds = simulating.measure(FILES)
    yield Figure(f"simulate, {FILES:,} files", f"{seconds:.1f} s", f"≤ {MOST_SECONDS} s", seconds / MOST_SECONDS)


def _drawn() -> Iterator[Figure]:
    one = 0.0
    for drawn in documents.measure():
        processes = "1 process" if drawn.processes == 1 else f"{drawn.processes} processes"
        beside = "" if drawn.processes == 1 else f", {drawn.a_second / one:.2f} × one process"
        yield Figure(f"documents of {drawn.what}, {processes}", f"{drawn.a_second:.2f} a second{beside}")
        one = drawn.a_second if drawn.processes == 1 else one


if __name__ == "__main__":
    main()
