"""The seller: the values of docs/rules/catalogues.md, and numbers that cannot be."""

from __future__ import annotations

import copy
import tomllib
from decimal import Decimal

import pytest

from portal import catalogues
from portal.domain.errors import Malformed, Refusal
from portal.domain.seller import parse_seller

TABLE = tomllib.loads((catalogues.FOLDER / "seller.toml").read_text("utf-8"))


def test_the_seller_is_one_irish_company():
    entity = catalogues.load_seller().entity
    assert (entity.address.country, entity.company_number, entity.vat_id) == ("IE", "IE555001", "IE1234567T")
    assert entity.company_number in entity.legal_line


def test_it_has_an_account_in_each_currency_it_takes():
    accounts = catalogues.load_seller().bank_accounts
    assert set(accounts) == {"USD", "EUR", "GBP"}
    assert len({account.iban for account in accounts.values()}) == 3


@pytest.mark.parametrize(
    ("origin", "target", "rate"),
    [("EUR", "USD", "1.08"), ("EUR", "GBP", "0.86"), ("EUR", "EUR", "1"), ("USD", "USD", "1")],
)
def test_the_exchange_rates_of_the_demo(origin, target, rate):
    rates = catalogues.load_seller().exchange_rates
    assert rates.between(origin, target) == Decimal(rate)
    assert rates.source == "demo"


def test_rates_go_both_ways_and_across():
    rates = catalogues.load_seller().exchange_rates
    assert rates.between("USD", "EUR") == 1 / Decimal("1.08")
    assert rates.between("GBP", "USD") == Decimal("1.08") / Decimal("0.86")


def test_a_currency_without_a_rate_is_refused():
    with pytest.raises(Refusal, match="no exchange rate for CHF"):
        catalogues.load_seller().exchange_rates.between("EUR", "CHF")


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("entity", "vat_id", "IE1234567A", "seller.toml: entity.vat_id: an Irish VAT id"),
        ("entity", "invoice_prefix", "ci-", "seller.toml: entity.invoice_prefix: one to six capital letters"),
        (
            "account",
            "iban",
            "IE70HBDM90000010010101",
            r"seller.toml: bank_accounts\[0\].iban: an IBAN with right check",
        ),
        ("account", "bic", "HBDM", r"seller.toml: bank_accounts\[0\].bic: a BIC of 8 or 11"),
        ("account", "currency", "USD", r"seller.toml: bank_accounts\[1\].currency: there are two accounts in USD"),
    ],
)
def test_a_number_that_cannot_be_is_named(section, key, value, expected):
    table = copy.deepcopy(TABLE)
    (table["entity"] if section == "entity" else table["bank_accounts"][0])[key] = value
    with pytest.raises(Malformed, match=f"^{expected}"):
        parse_seller(table, "seller.toml")
