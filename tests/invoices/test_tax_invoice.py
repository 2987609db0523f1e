"""Every figure of a tax invoice is printed, whatever its length."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from invoices.document import Address, Party, PaymentInstruction, PaymentKind, TaxInvoice
from invoices.pages import net_label
from invoices.transfer_code import transfer_text
from invoices.wording import iban, long_day, money, party_lines, short_day, span, tax_label
from tests.invoices.printed import missing_from, pages_of, reader, tax_invoice, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

TAX_INVOICES = ["tax_invoice_card", "tax_invoice_gst_pst", "tax_invoice_reverse_charge", "tax_invoice_vat"]
ADDRESS = Address(line1="1 Road", city="Galway", postal_code="H91 XY26", country_code="IE", country_name="Ireland")
LAST_WORDS = "These are the very last words."


def _words(invoice: TaxInvoice) -> Iterator[str]:
    """What must stand on the paper, in any order."""
    for party in (invoice.buyer, invoice.seller):
        yield from (party.name, *party_lines(party))
    yield from (f"Tax invoice {invoice.number}", short_day(invoice.issued_on), invoice.seller.legal_line)
    yield from (span(invoice.period) if invoice.period else "", invoice.purchase_order or "", invoice.order_form or "")
    for line in invoice.lines:
        cells = (money(line.billed_usage_cents)[4:], line.unit_price, money(line.net_minor, invoice.currency)[4:])
        yield from (line.description, line.why or "", " ".join(cells))
    for tax in invoice.taxes:
        yield f"{tax_label(tax, invoice.currency)}"
        yield money(tax.amount_minor, invoice.currency)[4:]
    yield from (invoice.tax_note or "", *invoice.notes, invoice.payment_instruction.sentence)
    yield f"Total {money(invoice.total_minor, invoice.currency)[4:]}"
    yield f"Paid {money(invoice.paid_minor, invoice.currency)[4:]}"
    yield f"Amount due, {invoice.currency} {money(invoice.due_minor, invoice.currency)[4:]}"
    yield f"Amount due {money(invoice.due_minor, invoice.currency)}"


def _with_lines(count: int) -> TaxInvoice:
    invoice = tax_invoice("tax_invoice_card")
    lines = tuple(
        replace(invoice.lines[0], description=f"Position {number}", why="Why it is so. " * 12, net_minor=1000 + number)
        for number in range(count)
    )
    net = sum(line.net_minor for line in lines)
    return replace(
        invoice, lines=lines, reconciliation=None, net_minor=net, total_minor=net, paid_minor=0, due_minor=net,
        notes=(LAST_WORDS,),
    )  # fmt: skip


@pytest.mark.parametrize("name", TAX_INVOICES)
def test_every_figure_is_on_the_paper(name):
    invoice = tax_invoice(name)
    assert missing_from(text_of(invoice), list(_words(invoice))) == []
    assert len(pages_of(invoice)) == 1


@pytest.mark.parametrize("name", TAX_INVOICES)
def test_the_way_from_usage_to_net_is_on_the_paper(name):
    invoice = tax_invoice(name)
    path = invoice.reconciliation
    assert path is not None
    steps = [f"{step.label}, USD {money(step.cents)[4:]}" for step in path.steps]
    usage = f"Usage on {path.cloud_invoice_number}, USD {money(path.usage_cents)[4:]}"
    billed = f"Billed usage, USD {money(path.billed_usage_cents)[4:]}"
    net = f"{net_label(path)} {money(path.net_minor, invoice.currency)}"
    assert missing_from(text_of(invoice), [usage, *steps, billed, net]) == []


def test_the_worked_example_is_printed_to_the_cent():
    text = text_of(tax_invoice())
    figures = ["Covered by unused credits, USD −100.00", "Net: USD 1,400.00 × 0.915 = EUR 1,281.00"]
    assert missing_from(text, [*figures, "VAT 23 % on 1,281.00 294.63", "EUR 1,575.63", "2 December 2026"]) == []


@pytest.mark.parametrize("count", range(1, 16))
def test_no_line_and_no_last_word_is_lost(count):
    invoice = _with_lines(count)
    text = text_of(invoice)
    assert missing_from(text, list(_words(invoice))) == []
    assert all(
        page.endswith(f"Page {number} of {len(pages_of(invoice))}") for number, page in enumerate(pages_of(invoice), 1)
    )


def test_a_head_stands_over_the_lines_of_each_page():
    pages = pages_of(_with_lines(15))
    with_lines = [page for page in pages if "Position" in page]
    assert len(with_lines) == 2
    assert all("Description Billed usage, USD Unit price, USD Net, USD" in page for page in with_lines)


def test_the_bank_account_is_never_torn_apart():
    for count in range(1, 16):
        (page,) = [page for page in pages_of(_with_lines(count)) if "Bank account" in page]
        assert missing_from(page, ["IBAN IE47 IRCE 9205 0187 6543 21 BIC IRCEIE2D", LAST_WORDS]) == []


def test_names_of_three_hundred_characters_are_printed_in_full():
    name = ("Gesellschaft für Güterverkehr und Lagerhaltung " * 7)[:296] + " END"
    address = replace(ADDRESS, line1=name.replace("END", "ONE"), line2=name.replace("END", "TWO"))
    invoice = replace(
        tax_invoice(), buyer=replace(tax_invoice().buyer, name=name, address=address), purchase_order="P" * 60,
        notes=(f"{'Words of a note. ' * 400}{LAST_WORDS}",),
    )  # fmt: skip
    text = text_of(invoice)
    assert missing_from(text, [name, address.line1, address.line2 or "", LAST_WORDS, "Amount due, EUR 1,575.63"]) == []
    assert text.replace(" ", "").count("P" * 60) == 1
    assert "P" * 30 not in text  # It keeps to its column.


def test_a_customer_without_an_address_or_number_is_printed_by_name():
    buyer = Party(name="Nobody Asked Ltd", address=None)
    assert "Bill to Nobody Asked Ltd From" in text_of(replace(tax_invoice(), buyer=buyer))


def test_a_prepayment_has_no_period_and_no_cloud_invoice():
    invoice = replace(tax_invoice(), period=None, cloud_invoice_number=None, reconciliation=None)
    assert missing_from(text_of(invoice), list(_words(invoice))) == []
    assert "From usage" not in text_of(invoice)
    assert "Description Credits, USD Unit price, EUR Net, EUR" in text_of(invoice)


def test_a_tax_of_nothing_says_why_even_without_a_rate():
    invoice = replace(tax_invoice("tax_invoice_card"), tax_note="Not subject to tax")
    assert "Tax Not subject to tax 0.00" in text_of(invoice)


@pytest.mark.parametrize(("currency", "printed"), [("JPY", "JPY 157,563"), ("KWD", "KWD 157.563")])
def test_other_minor_units_keep_their_digits(currency, printed):
    assert printed in text_of(replace(tax_invoice(), currency=currency))


def test_a_transfer_names_account_reference_and_date():
    invoice = tax_invoice()
    assert invoice.bank is not None
    account = ["IBAN " + iban(invoice.bank.iban), f"{invoice.bank.bic} {invoice.number}", invoice.bank.bank_name]
    due = f"Due date {long_day(invoice.due_on)}"
    assert missing_from(text_of(invoice), [*account, due, "Acme Freight Ireland DAC pays", invoice.bank.holder]) == []


def test_the_transfer_code_says_what_the_paper_says():
    # EPC069-12: service tag, version, UTF-8, credit transfer, BIC, name, IBAN, amount, purpose, reference, text.
    assert transfer_text(tax_invoice()) == (
        "BCD\n002\n1\nSCT\nIRCEIE2D\nHalden Cloud Ireland Limited\nIE64IRCE92050112345678\nEUR1575.63\n\n\n"
        "TI-2026-000417"
    )
    small = replace(tax_invoice(), paid_minor=157558, due_minor=5)
    assert "\nEUR0.05\n" in str(transfer_text(small))
    (image,) = reader(tax_invoice()).pages[0].images
    assert image.image is not None
    assert image.image.width == image.image.height


@pytest.mark.parametrize("name", ["tax_invoice_card", "tax_invoice_gst_pst"])
def test_no_transfer_code_where_no_transfer_in_euro_is_asked_for(name):
    assert transfer_text(tax_invoice(name)) is None
    assert list(reader(tax_invoice(name)).pages[0].images) == []


def test_no_transfer_code_for_what_is_paid_or_for_no_account():
    paid = replace(tax_invoice(), paid_minor=157563, due_minor=0)
    assert transfer_text(paid) is None
    assert transfer_text(replace(tax_invoice(), bank=None)) is None
    assert transfer_text(replace(tax_invoice(), currency="GBP")) is None
    assert missing_from(text_of(paid), ["has paid", "Paid EUR 1,575.63", "Amount due EUR 0.00"]) == []


def test_a_charge_that_is_still_to_come_asks_for_no_transfer():
    charge = PaymentInstruction(kind=PaymentKind.CHARGE, sentence="Will be charged to Visa ending 4242.")
    invoice = replace(tax_invoice(), payment_instruction=charge)
    text = text_of(invoice)
    assert missing_from(text, ["EUR 1,575.63", charge.sentence, "Bank account"]) == []
    assert "Reference" not in text


def test_markup_in_a_name_is_only_a_name():
    name = "<b>Bold & Brave</b> {{ 7 * 7 }} GmbH"
    assert name in text_of(replace(tax_invoice(), buyer=replace(tax_invoice().buyer, name=name)))
