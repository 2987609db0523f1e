"""The company that sells: its legal entity, bank accounts, document number series and exchange rates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from stdnum import iban
from stdnum.ie import vat

from portal.domain.addresses import Address
from portal.domain.errors import Refusal
from portal.domain.reading import Reader

_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_PREFIX = re.compile(r"[A-Z]{1,6}")
_PREFIX_EXPECTED = "one to six capital letters are expected"


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """Who issues the documents, as law wants it named."""

    key: str
    name: str
    brand: str
    address: Address
    email: str
    company_number: str
    vat_id: str
    legal_line: str
    invoice_prefix: str
    tax_invoice_prefix: str
    order_form_prefix: str


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where a customer pays by transfer."""

    holder: str
    bank_name: str
    iban: str
    bic: str
    currency: str


@dataclass(frozen=True, slots=True)
class ExchangeRates:
    """What one unit of `base` is worth in other currencies, and who says so."""

    base: str
    per_base: Mapping[str, Decimal]
    source: str

    def between(self, origin: str, target: str) -> Decimal:
        """The price of one unit of `origin` in `target`, to 28 digits; refused without a rate."""
        return self._per_base(target) / self._per_base(origin)

    def _per_base(self, currency: str) -> Decimal:
        if currency == self.base:
            return Decimal(1)
        if currency not in self.per_base:
            raise Refusal(f"There is no exchange rate for {currency}.")
        return self.per_base[currency]


@dataclass(frozen=True, slots=True)
class Seller:
    """The seller; bank accounts by currency."""

    entity: LegalEntity
    bank_accounts: Mapping[str, BankAccount]
    exchange_rates: ExchangeRates
    is_demo: bool


def parse_seller(table: object, source: str) -> Seller:
    """The seller in `table`; anything missing, unknown or impossible is `Malformed` at its place in `source`."""
    with Reader(table, source) as top:
        return Seller(
            _entity(top), _bank_accounts(top), _exchange_rates(top), is_demo=top.optional_text("origin") == "demo"
        )


def _entity(top: Reader) -> LegalEntity:
    with top.table("entity") as entity:
        return LegalEntity(
            key=entity.text("key"),
            name=entity.text("name"),
            brand=entity.text("brand"),
            address=_address(entity),
            email=entity.text("email"),
            company_number=entity.text("company_number"),
            vat_id=_vat_id(entity),
            legal_line=entity.text("legal_line"),
            invoice_prefix=_matching(entity, "invoice_prefix", _PREFIX, _PREFIX_EXPECTED),
            tax_invoice_prefix=_matching(entity, "tax_invoice_prefix", _PREFIX, _PREFIX_EXPECTED),
            order_form_prefix=_matching(entity, "order_form_prefix", _PREFIX, _PREFIX_EXPECTED),
        )


def _address(entity: Reader) -> Address:
    with entity.table("address") as address:
        return Address(
            country=address.text("country", one_of=("IE",)),
            region=address.text("region"),
            city=address.text("city"),
            line1=address.text("line1"),
            postal_code=address.text("postal_code"),
        )


def _vat_id(entity: Reader) -> str:
    number = entity.text("vat_id")
    if not vat.is_valid(number):
        raise entity.refuse("vat_id", "an Irish VAT id with a right check letter is expected")
    return number


def _bank_accounts(top: Reader) -> Mapping[str, BankAccount]:
    accounts: dict[str, BankAccount] = {}
    for account in top.tables("bank_accounts"):
        currency = _matching(account, "currency", _CURRENCY, "an ISO 4217 code is expected")
        if currency in accounts:
            raise account.refuse("currency", f"there are two accounts in {currency}")
        number = account.text("iban")
        if not iban.is_valid(number):
            raise account.refuse("iban", "an IBAN with right check digits is expected")
        accounts[currency] = BankAccount(
            holder=account.text("holder"),
            bank_name=account.text("bank_name"),
            iban=number,
            bic=_matching(account, "bic", _BIC, "a BIC of 8 or 11 letters and digits is expected"),
            currency=currency,
        )
    return accounts


def _exchange_rates(top: Reader) -> ExchangeRates:
    with top.table("exchange_rates") as rates:
        base = _matching(rates, "base", _CURRENCY, "an ISO 4217 code is expected")
        source = rates.text("source")
        with rates.table("per_base") as per_base:
            return ExchangeRates(
                base,
                {currency: per_base.decimal(currency, above=Decimal(0)) for currency in tuple(per_base.keys())},
                source,
            )


def _matching(place: Reader, key: str, pattern: re.Pattern[str], expected: str) -> str:
    value = place.text(key)
    if not pattern.fullmatch(value):
        raise place.refuse(key, expected)
    return value
