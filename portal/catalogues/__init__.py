"""Loads the catalogue files of this folder; which ones there are is found by listing it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from portal.domain.catalogue import Catalogue
from portal.domain.catalogue_reading import parse_catalogue
from portal.domain.errors import Malformed, Refusal
from portal.domain.seller import Seller, parse_seller
from portal.domain.tax import TaxRules, parse_tax_rules

FOLDER = Path(__file__).parent
# Files of this folder that belong to all catalogues.
SHARED = frozenset({"tax", "calendars", "seller"})


def names() -> tuple[str, ...]:
    """The names of all catalogues, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem not in SHARED))


@cache
def load(name: str) -> Catalogue:
    """The catalogue `name`; refused when there is none."""
    if name not in names():
        raise Refusal(f"There is no catalogue “{name}”. There are: {', '.join(names())}.")
    source = f"{name}.toml"
    return parse_catalogue(_read(source), name=name, source=source)


@cache
def load_tax_rules() -> TaxRules:
    """Which taxes are due where, from `tax.toml`."""
    return parse_tax_rules(_read("tax.toml"), "tax.toml")


@cache
def load_seller() -> Seller:
    """The company that sells, from `seller.toml`."""
    return parse_seller(_read("seller.toml"), "seller.toml")


def _read(file: str) -> dict[str, object]:
    try:
        return tomllib.loads((FOLDER / file).read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Malformed(file, f"valid TOML is expected ({error})") from None
