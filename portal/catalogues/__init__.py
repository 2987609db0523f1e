"""Loads the catalogue files of this folder; which ones there are is found by listing it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from portal.domain.catalogue import Catalogue
from portal.domain.catalogue_reading import parse_catalogue
from portal.domain.catalogue_reading.calendars import parse_calendars
from portal.domain.catalogue_reading.staff import parse_staff_roles
from portal.domain.errors import Malformed, Refusal
from portal.domain.permissions import Roles
from portal.domain.response_targets import BusinessCalendar
from portal.domain.seller import Seller, parse_seller
from portal.domain.support_policies import PolicyVersion, read_version
from portal.domain.tax import TaxRules, parse_tax_rules

FOLDER = Path(__file__).parent
POLICIES = FOLDER / "policies"
# Files of this folder that belong to all catalogues.
SHARED = frozenset({"tax", "calendars", "seller", "staff"})


def names() -> tuple[str, ...]:
    """The names of all catalogues, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem not in SHARED))


def load_all() -> None:
    """Read the files of every vendor, so that a mistake in one of them stops the start."""
    for name in names():
        load(name)
        load_policies(name)
    load_staff_roles()


@cache
def load(name: str) -> Catalogue:
    """The catalogue `name`; refused when there is none."""
    if name not in names():
        raise Refusal(f"There is no catalogue “{name}”. There are: {', '.join(names())}.")
    return read(FOLDER / f"{name}.toml", source=f"{name}.toml")


def read(path: Path, *, source: str) -> Catalogue:
    """The catalogue in the file at `path`, called as the file; `Malformed` names `source`, key and what is expected."""
    return parse_catalogue(_read(path, source), name=path.stem, source=source, calendars=load_calendars())


@cache
def load_calendars() -> Mapping[str, BusinessCalendar]:
    """The calendars that all catalogues share, from `calendars.toml`."""
    return parse_calendars(_read_shared("calendars.toml"), "calendars.toml")


@cache
def load_tax_rules() -> TaxRules:
    """Which taxes are due where, from `tax.toml`."""
    return parse_tax_rules(_read_shared("tax.toml"), "tax.toml")


@cache
def load_seller() -> Seller:
    """The company that sells, from `seller.toml`."""
    return parse_seller(_read_shared("seller.toml"), "seller.toml")


@cache
def load_staff_roles() -> Roles:
    """What staff may do inside a customer's organization, from `staff.toml`."""
    return parse_staff_roles(_read_shared("staff.toml"), "staff.toml")


@cache
def load_policies(name: str) -> tuple[PolicyVersion, ...]:
    """All versions of the support policy of the catalogue `name`, the oldest first; a vendor may have none."""
    return tuple(
        read_version(path.read_text("utf-8"), source=f"policies/{name}/{path.name}", name=path.stem)
        for path in sorted((POLICIES / name).glob("*.md"))
    )


def _read_shared(file: str) -> dict[str, object]:
    return _read(FOLDER / file, file)


def _read(path: Path, source: str) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise Malformed(source, f"a file that can be read is expected ({error.strerror})") from None
    except UnicodeDecodeError:
        raise Malformed(source, "a text in UTF-8 is expected") from None
    except tomllib.TOMLDecodeError as error:
        raise Malformed(source, f"valid TOML is expected ({error})") from None
