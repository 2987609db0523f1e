"""Numbers of issued documents: one series a legal entity, kind and year of issue, without gap and without double."""

from __future__ import annotations


def document_number(prefix: str, year: int, count: int) -> str:
    """The `count`-th number of a year's series: `CI-2026-000317`."""
    return f"{prefix}-{year:04d}-{count:06d}"
