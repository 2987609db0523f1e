"""Usage files as text: a row is a sound one in which a test changes what it is about."""

from __future__ import annotations

SOUND = {
    "organization": "acme",
    "project": "shop",
    "service": "Clusters",
    "sku": "M10 AWS Frankfurt",
    "provider": "AWS",
    "usage_date": "2024-01-10",
    "quantity": "24",
    "unit": "hour",
    "unit_price": "0.54",
    "external_id": "u-1",
}
COLUMNS = tuple(SOUND)
HEADING = ",".join(COLUMNS)


def a_row(**changed: str) -> str:
    """A line of a usage file, without its line break."""
    return ",".join((SOUND | changed)[column] for column in COLUMNS)


def a_file(*rows: str, heading: str = HEADING) -> bytes:
    """A usage file of these lines."""
    return "".join(f"{line}\n" for line in (heading, *rows)).encode()
