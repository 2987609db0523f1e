"""The parties and accounts as they stand on printed documents."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

import pycountry
from babel import Locale

from invoices import document
from portal import catalogues
from portal.domain.addresses import Address
from portal.models.billing_groups import BillingProfile
from portal.models.organizations import Organization

# ISO says which countries there are; Babel has the names that people use for them.
_NAMES = Locale("en").territories


def country_codes() -> frozenset[str]:
    """Every country of ISO 3166-1 by its two letters."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


def country_name(code: str) -> str:
    """The English name of an ISO 3166-1 country."""
    return str(_NAMES.get(code, code))


@cache
def country_names() -> Mapping[str, str]:
    """Every country's name by its two letters, in the order of the names."""
    names = {code: country_name(code) for code in country_codes()}
    return dict(sorted(names.items(), key=lambda pair: _folded(pair[1])))


def find_country(text: str) -> str | None:
    """The two letters of the country that `text` means: a name, or two or three letters, in any case."""
    return _countries().get(_folded(text))


@cache
def seller() -> document.Seller:
    """The company that sells, as its documents name it."""
    entity = catalogues.load_seller().entity
    return document.Seller(
        name=entity.name,
        email=entity.email,
        address=_printed(entity.address),
        tax_id=entity.vat_id,
        tax_id_label="VAT",
        company_number=entity.company_number,
        brand=entity.brand,
        legal_line=entity.legal_line,
    )


def buyer(organization: Organization, profile: BillingProfile | None) -> document.Party | None:
    """The customer by the billing profile; None without one."""
    if profile is None:
        return None
    return document.Party(
        name=profile.company or organization.name,
        email=profile.billing_contact or profile.billing_email,
        address=document.Address(
            line1=profile.line1,
            line2=profile.line2,
            city=profile.city,
            region=profile.region,
            postal_code=profile.postal_code,
            country_code=profile.country,
            country_name=country_name(profile.country),
        ),
        tax_id=profile.tax_id,
        tax_id_label=catalogues.load_tax_rules().name_in(profile.country) if profile.tax_id else None,
    )


def unaddressed(organization: Organization) -> document.Party:
    """A customer without a billing profile: nothing is asked of it, so its name is enough."""
    return document.Party(name=organization.name, address=None)


def bank_account(currency: str) -> document.BankAccount:
    """The account that takes `currency`: its own, or the one in the seller's base currency."""
    known = catalogues.load_seller()
    account = known.bank_accounts.get(currency) or known.bank_accounts[known.exchange_rates.base]
    return document.BankAccount(
        holder=account.holder,
        iban=account.iban,
        bic=account.bic,
        bank_name=account.bank_name,
        currency=account.currency,
    )


def _printed(address: Address) -> document.Address:
    return document.Address(
        line1=address.line1,
        line2=address.line2 or None,
        city=address.city,
        region=address.region or None,
        postal_code=address.postal_code,
        country_code=address.country,
        country_name=country_name(address.country),
    )


@cache
def _countries() -> Mapping[str, str]:
    # ISO 3166 keeps UK free for the United Kingdom, and people write it.
    found = {"uk": "GB"}
    for country in pycountry.countries:
        written = (country.alpha_2, country.alpha_3, country.name, country_name(country.alpha_2))
        also = (getattr(country, name, "") for name in ("common_name", "official_name"))
        found |= {_folded(text): country.alpha_2 for text in (*written, *also) if text}
    return found


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    return "".join(letter for letter in decomposed if letter.isalnum())
