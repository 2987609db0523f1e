"""A document survives JSON, and one that is not what is expected is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.document import CloudInvoice, DocumentError, TaxCategory, from_json, to_json, with_details
from tests.invoices.printed import SAMPLES, cloud_invoice, sample_path, tax_invoice


@pytest.mark.parametrize("name", SAMPLES)
def test_a_document_comes_back_from_json_as_it_went(name):
    document = from_json(sample_path(name).read_text(encoding="utf-8"))
    assert from_json(to_json(document, with_details=True)) == document


@given(st.text(), st.integers(min_value=-(10**18), max_value=10**18))
def test_any_name_and_amount_come_back(name, net):
    line = replace(tax_invoice().lines[0], description=name, net_minor=net)
    document = replace(
        tax_invoice(), lines=(line,), reconciliation=None, net_minor=net, taxes=(), tax_minor=0,
        total_minor=net, due_minor=net,
    )  # fmt: skip
    assert from_json(to_json(document)) == document


def test_json_is_canonical():
    text = to_json(tax_invoice())
    turned = json.dumps(dict(reversed(json.loads(text).items())), indent=2)
    assert to_json(from_json(turned)) == text
    assert text == json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def test_usage_details_are_kept_apart():
    text = to_json(cloud_invoice())
    assert "details" not in json.loads(text)
    frozen = from_json(text)
    assert isinstance(frozen, CloudInvoice)
    assert frozen.details is None
    assert with_details(frozen, cloud_invoice().details or ()) == cloud_invoice()


def test_details_that_do_not_add_up_are_refused():
    with pytest.raises(DocumentError, match="details"):
        with_details(cloud_invoice(), (cloud_invoice().details or ())[1:])


def _changed(**changes: Any) -> str:
    return json.dumps({**json.loads(to_json(tax_invoice())), **changes})


SELLER = json.loads(to_json(tax_invoice()))["seller"]
TAX = json.loads(to_json(tax_invoice()))["taxes"][0]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ""),
        ("[]", ""),
        ("{}", "kind"),
        ('{"kind": "tax_invoice", "kind": "tax_invoice"}', "kind"),
        ('{"kind": "tax_invoice"}', "number"),
        (_changed(kind="receipt"), "kind"),
        (_changed(colour="red"), "colour"),
        (_changed(details=[]), "details"),
        (_changed(number=417), "number"),
        (_changed(number=None), "number"),
        (_changed(net_minor=128100.0), "net_minor"),
        (_changed(net_minor="128100"), "net_minor"),
        (_changed(terms_days=True), "terms_days"),
        (_changed(issued_on="2026-02-30"), "issued_on"),
        (_changed(issued_on="2 Nov 2026"), "issued_on"),
        (_changed(lines={}), "lines"),
        (_changed(seller={**SELLER, "town": "Dublin"}), "seller.town"),
        (_changed(seller={key: value for key, value in SELLER.items() if key != "brand"}), "seller.brand"),
        (_changed(taxes=[{**TAX, "category": "VAT"}]), "taxes[0].category"),
        (_changed(taxes=[{**TAX, "amount_minor": None}]), "taxes[0].amount_minor"),
        (_changed(period={"starts_on": "2026-11-01", "ends_before": "2026-11-01"}), "period.ends_before"),
    ],
)
def test_what_is_not_a_document_is_refused_with_its_place(text, place):
    with pytest.raises(DocumentError) as refused:
        from_json(text)
    assert refused.value.place == place


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"net_minor": 128101}, "net_minor"),
        ({"tax_minor": 29462}, "tax_minor"),
        ({"total_minor": 157562}, "total_minor"),
        ({"due_minor": 157562}, "due_minor"),
        ({"paid_minor": 1}, "due_minor"),
    ],
)
def test_a_tax_invoice_that_does_not_add_up_is_refused(changes, place):
    with pytest.raises(DocumentError) as refused:
        replace(tax_invoice(), **changes)
    assert refused.value.place == place


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"usage_cents": 138001}, "subtotal_cents"),
        ({"by_project": ()}, "by_project"),
        ({"by_service": ()}, "by_service"),
    ],
)
def test_a_cloud_invoice_that_does_not_add_up_is_refused(changes, place):
    with pytest.raises(DocumentError) as refused:
        replace(cloud_invoice(), **changes)
    assert refused.value.place == place


def test_a_path_from_usage_to_net_has_no_gap():
    path = tax_invoice().reconciliation
    assert path is not None
    with pytest.raises(DocumentError, match="billed_usage_cents"):
        replace(path, steps=())
    with pytest.raises(DocumentError, match="reconciliation"):
        replace(tax_invoice(), reconciliation=replace(path, net_minor=1))


def test_a_reverse_charge_keeps_its_category():
    (tax,) = tax_invoice("tax_invoice_reverse_charge").taxes
    assert tax.category is TaxCategory.REVERSE_CHARGE
