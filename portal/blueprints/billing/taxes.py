"""What is taxed where: every tax that is charged, the organization's own first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask.typing import ResponseReturnValue
from wtforms.validators import StopValidation

from portal import catalogues, clock
from portal.blueprints.billing import profile_views
from portal.blueprints.billing.routes import bp
from portal.domain import addresses
from portal.domain.permissions import Action
from portal.domain.tax import Product, TaxedPlace, TaxRules, taxed_places
from portal.models.billing_groups import BillingProfile
from portal.services import billing_profiles, parties
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, requires
from portal.web.fields import FilterForm, text_field

PAGE, FRAGMENT = "billing/taxes.html", "billing/_taxes.html"


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A line of the table; `is_own` where the organization's billing address bears this tax."""

    name: str
    country: str
    taxed: TaxedPlace
    is_own: bool


def _one_of_all(_form: object, field: Any) -> None:
    if field.data and not parties.find_country(field.data):
        raise StopValidation("Choose a country from the list.")


class CountryFilter(FilterForm):
    """The one country to look at; an empty one does not narrow."""

    country = text_field("Country", longest=100)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether what was entered is a country."""
        return bool(super().validate({"country": [_one_of_all]}))

    @property
    def code(self) -> str | None:
        """The country's two letters."""
        return parties.find_country(self.country.data or "")


@bp.get("/taxes")
@requires(Action.VIEW_BILLING)
def taxes() -> ResponseReturnValue:
    """Each tax in each place as it stands today, or those of one country."""
    profile = billing_profiles.own_profile(db.session(), current_organization())
    context = _context(profile)
    form = CountryFilter()
    if not form.validate():
        return htmx.refused(PAGE, FRAGMENT, form=form, refused=True, **context)
    rows = _rows(catalogues.load_tax_rules(), profile)
    shown = [row for row in rows if form.code in (None, row.country)]
    asked = parties.country_name(form.code) if form.code else None
    return htmx.page(PAGE, FRAGMENT, form=form, rows=shown, asked=asked, **context)


def _context(profile: BillingProfile | None) -> dict[str, object]:
    always: dict[str, object] = {
        "profile": profile,
        "countries": parties.country_names().values(),
        "has_consulting": bool(current_catalogue().consulting_packages),
        "Product": Product,
    }
    if profile is None:
        return always
    return always | {
        "country_name": parties.country_name(profile.country),
        "region_label": addresses.region_label(profile.country),
        "outlook": profile_views.look_ahead(profile.country, profile.region, profile.tax_id),
    }


def _rows(rules: TaxRules, profile: BillingProfile | None) -> Sequence[PlaceRow]:
    """All lines, the organization's own first, then by name."""
    own = _own_places(rules, profile)
    rows = [_row(rules, taxed, own) for taxed in taxed_places(rules, on=clock.today())]
    return sorted(rows, key=lambda row: (not row.is_own, row.name))


def _row(rules: TaxRules, taxed: TaxedPlace, own: frozenset[str]) -> PlaceRow:
    country = taxed.place[:2]
    province = rules.subdivisions.named(taxed.place)
    name = parties.country_name(country) + (f", {province.name}" if province else "")
    return PlaceRow(name, country, taxed, taxed.place in own)


def _own_places(rules: TaxRules, profile: BillingProfile | None) -> frozenset[str]:
    if profile is None:
        return frozenset()
    province = rules.subdivisions.find(profile.country, profile.region)
    return frozenset({profile.country} | ({province.code} if province else set()))
