"""Everything that was agreed is printed on the order form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from invoices.document import DocumentError, from_json, to_json
from tests.invoices.printed import missing_from, order_form, pages_of, text_of


def test_every_term_is_on_the_paper():
    form = order_form()
    expected = [
        "Order form OF-2026-000058", "20 Jul 2026", "Acme Freight Ireland DAC", "Halden Cloud Ireland Limited",
        "15 August 2026 to 14 August 2027, 12 months", "Monthly Commitment", "USD 12,000.00",
        "EUR 0.915 for each US dollar of usage", "Elastic unit price EUR 1.00", "Support plan Pro",
        "Monthly in arrears", "30 days from the date", "Purchase order 4500018842", "Niamh Byrne",
        "15–31 Aug 2026 1 548.39 501.78 548.39", "1 Sep 2026 – 31 Jul 2027 11 1,000.00 915.00 11,000.00",
        "1–14 Aug 2027 1 451.61 413.22 451.61", "Commitment 12,000.00", form.schedule_note or "",
    ]  # fmt: skip
    assert missing_from(text_of(form), expected) == []
    assert len(pages_of(form)) == 1


def test_it_asks_for_no_payment():
    text = text_of(order_form())
    assert "IBAN" not in text
    assert "Amount due" not in text


def test_an_open_contract_without_commitment_is_printed_without_a_schedule():
    form = replace(
        order_form(), ends_before=None, months=None, commitment_cents=None, schedule=(), schedule_note=None,
        unit_price=None, replaces="OF-2025-000001",
    )  # fmt: skip
    text = text_of(form)
    assert missing_from(text, ["No commitment", "Open", "until it is ended", "Replaces", "OF-2025-000001"]) == []
    assert "over the term" not in text
    assert "Unit price" not in text


def test_in_us_dollars_at_one_there_is_no_second_figure():
    form = order_form()
    shares = tuple(replace(share, net_minor=share.each_cents) for share in form.schedule)
    assert "Each, net" not in text_of(replace(form, schedule=shares, currency="USD", unit_price="1"))


def test_it_is_the_same_when_it_is_read_back():
    assert from_json(to_json(order_form())) == order_form()


def test_parts_that_do_not_add_up_to_the_commitment_are_refused():
    with pytest.raises(DocumentError, match="schedule"):
        replace(order_form(), commitment_cents=1_200_001)
