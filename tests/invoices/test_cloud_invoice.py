"""Every figure of a cloud invoice is printed, from no line of usage to thousands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from invoices.document import CloudInvoice, Step, Summary, UsageGroup
from invoices.pages import chain, group_name, usage_item, usage_product
from invoices.wording import amount, party_lines, used_on
from tests.invoices.printed import cloud_invoice, longest_line, missing_from, pages_of, tax_invoice, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DETAILS_HEAD = "Used Service and item Quantity × unit price, USD Amount, USD"


def _details(groups: tuple[UsageGroup, ...]) -> Iterator[str]:
    for group in groups:
        yield f"{group_name(group)} {amount(group.subtotal_cents)}"
        for line in group.lines:
            yield " ".join((used_on(line.usage_on), usage_item(line), usage_product(line), amount(line.amount_cents)))


def _with_usage(groups: tuple[UsageGroup, ...]) -> CloudInvoice:
    cents = sum(group.subtotal_cents for group in groups)
    projects = tuple(Summary(name=group.project, cents=group.subtotal_cents) for group in groups)
    return replace(
        cloud_invoice(), usage_cents=cents, support_cents=0, subtotal_cents=cents, by_project=projects,
        by_service=(Summary(name="Clusters", cents=cents),), details=groups,
    )  # fmt: skip


def _groups(projects: int, lines: int) -> tuple[UsageGroup, ...]:
    line = (cloud_invoice().details or ())[0].lines[0]
    return tuple(
        UsageGroup(
            project=f"Project {project}",
            provider_label="AWS",
            subtotal_cents=lines * line.amount_cents,
            lines=tuple(replace(line, item=f"instance {project}-{number}") for number in range(lines)),
        )
        for project in range(projects)
    )


def test_every_figure_of_the_first_page_is_on_the_paper():
    invoice = cloud_invoice()
    (payment,) = invoice.payments
    words = [
        f"Cloud invoice {invoice.number}",
        "2 Nov 2026",
        "1–31 Oct 2026",
        invoice.status_label,
        invoice.organization_id,
    ]
    words += [*party_lines(invoice.buyer), *party_lines(invoice.seller), invoice.seller.legal_line]
    words += [str(invoice.order_form), str(invoice.purchase_order), "Usage and support USD 1,500.00"]
    words += ["usage 1,380.00, support 120.00", "on tax invoice TI-2026-000417 EUR 1,575.63", "By 2 December 2026."]
    words += [payment.method_label, f"{payment.status_label}, {payment.tax_invoice_number}", payment.why]
    words += ["1,500.00 1,400.00 1,575.63 1,575.63"]
    assert missing_from(pages_of(invoice)[0], words) == []


def test_the_chain_leads_from_usage_to_total():
    labels = "Usage, USD − Unused credits = Billed usage, USD × 0.915 = Net, EUR + VAT 23 % = Total, EUR"
    assert missing_from(text_of(cloud_invoice()), [labels, "1,500.00 100.00 1,400.00 1,281.00 294.63 1,575.63"]) == []


def test_both_summaries_and_the_details_end_in_the_same_total():
    invoice = cloud_invoice()
    rows = [*invoice.by_project, Summary(name="Support, not part of a project", cents=12000), *invoice.by_service]
    text = text_of(invoice)
    assert missing_from(text, [f"{row.name} {amount(row.cents)}" for row in rows]) == []
    assert text.count("Usage and support 1,500.00") == 3


def test_every_line_of_the_details_is_on_the_paper():
    invoice = cloud_invoice()
    assert missing_from(text_of(invoice), list(_details(invoice.details or ()))) == []
    assert "billed 23 Oct" in text_of(invoice)


def test_the_details_repeat_their_head_and_name_the_project_that_goes_on():
    first, *details = pages_of(cloud_invoice())
    assert DETAILS_HEAD not in first
    assert [page.count(DETAILS_HEAD) for page in details] == [1, 1]
    assert "Cloud invoice CI-2026-000317, Analytics" in details[1]
    assert [page.rpartition("Page ")[2] for page in (first, *details)] == ["1 of 3", "2 of 3", "3 of 3"]


def test_a_month_without_usage_is_one_page_that_says_so():
    invoice = replace(_with_usage(()), payments=(), status_label="N/A")
    assert len(pages_of(invoice)) == 1
    assert (
        missing_from(text_of(invoice), ["Nothing was used in this period.", "Amount due USD 0.00", "Total usage 0.00"])
        == []
    )


@pytest.mark.parametrize("lines", range(50, 58))
def test_a_group_s_head_never_stands_last_on_a_page(lines):
    first, second = _groups(projects=2, lines=lines)
    pages = pages_of(_with_usage((first, second)))
    (page,) = [page for page in pages if f"{group_name(second)} {amount(second.subtotal_cents)}" in page]
    assert usage_item(second.lines[0]) in page


def test_a_thousand_lines_lose_none():
    groups = _groups(projects=10, lines=100)
    invoice = _with_usage(groups)
    assert missing_from(text_of(invoice), list(_details(groups))) == []
    pages = pages_of(invoice)
    begins = next(number for number, page in enumerate(pages) if page.startswith("Usage details"))
    details = pages[begins:]
    assert len(details) > 15
    assert all(page.count(DETAILS_HEAD) == 1 for page in details)


def test_a_hundred_and_twenty_projects_flow_over_the_pages():
    invoice = _with_usage(_groups(projects=120, lines=1))
    rows = [f"{row.name} {amount(row.cents)}" for row in invoice.by_project]
    assert missing_from(text_of(invoice), [*rows, *_details(invoice.details or ())]) == []


def test_what_is_wider_than_its_column_wraps_and_is_not_cut():
    line = (cloud_invoice().details or ())[0].lines[0]
    item = "a very long name of an instance " * 9 + "END"
    wide = replace(line, item=item, quantity="123456789.123456", unit="GB-hours", unit_price="0.000000081000")
    name = "n" * 296 + " END"
    group = UsageGroup(project=name, provider_label=None, subtotal_cents=1296, lines=(wide,))
    invoice = _with_usage((group,))
    text = text_of(invoice)
    assert longest_line(invoice) < 150
    assert missing_from(text, [f"Clusters, {item}", "123,456,789.123456 GB-hours × 0.000000081000"]) == []
    assert text.replace(" ", "").count(name.replace(" ", "")) == 2
    assert f"{'n' * 70}…" in text_of(_with_usage((replace(group, lines=(wide,) * 100, subtotal_cents=129600),)))


def test_each_payment_has_its_row_its_reason_and_its_own_currency():
    invoice = cloud_invoice()
    (atlas,) = invoice.payments
    gst, pst = tax_invoice("tax_invoice_gst_pst").taxes
    card = replace(
        atlas, method_label="Visa ending 4242", status_label="paid", tax_invoice_number="TI-2026-000500", steps=(),
        usage_cents=250000, billed_cents=250000, unit_price="1", currency="USD", net_minor=250000, taxes=(gst, pst),
        total_minor=280000, due_minor=0, due_on=None, why="Usage beyond the commitment is charged to the card.",
    )  # fmt: skip
    promotion = replace(
        card, method_label="Promotional credits", tax_invoice_number=None, net_minor=0, taxes=(), total_minor=0,
        why="Credits cover 2,500.00.",
    )  # fmt: skip
    several = replace(invoice, payments=(atlas, card, promotion), credits_cents=250000)
    text = text_of(several)
    rows = ["1,500.00 1,400.00 EUR 1,575.63 EUR 1,575.63", "2,500.00 2,500.00 USD 2,800.00 USD 0.00"]
    rows += [payment.why for payment in several.payments]
    steps = ["+ GST 5 % + PST 7 % = Total, USD", "2,500.00 2,500.00 2,500.00 125.00 175.00 2,800.00"]
    assert missing_from(text, [*rows, *steps, "Credits cover 2,500.00 of it."]) == []
    assert text.count("Promotional credits") == 1


def test_credits_that_were_used_and_the_price_of_one_stand_under_the_parties():
    """7.3; at one US dollar for one there is nothing to say."""
    invoice = replace(cloud_invoice(), credits_cents=60000)
    assert "Status Credits used Unit price" in text_of(invoice)
    assert "USD 600.00 EUR 0.915" in text_of(invoice)
    plain = replace(cloud_invoice(), payments=(), credits_cents=0)
    assert "Credits used" not in text_of(plain)
    assert "Unit price EUR" not in text_of(plain)


@pytest.mark.parametrize(
    ("steps", "billed", "labels"),
    [
        ((), 150000, ["Usage, USD", "= Billed usage, USD"]),
        ((), 140000, ["Usage, USD", "− Covered otherwise", "= Billed usage, USD"]),
        ((), 160000, ["Usage, USD", "+ Beyond usage", "= Billed usage, USD"]),
        ((Step(label="Minimum", cents=10000),), 160000, ["Usage, USD", "+ Minimum", "= Billed usage, USD"]),
    ],
)
def test_what_lies_between_usage_and_billed_usage_has_a_name(steps, billed, labels):
    payment = replace(cloud_invoice().payments[0], steps=steps, billed_cents=billed)
    facts = [fact for row in chain(payment) for fact in row]
    assert [fact.label for fact in facts][: len(labels)] == labels
