"""The sample documents, and what is read back from a printed one."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pypdf import PdfReader

from invoices.document import CloudInvoice, Document, OrderForm, TaxInvoice, from_json
from invoices.render import TEMPLATES, render

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = sorted(path.stem for path in (TEMPLATES / "samples").glob("*.json"))


def sample_path(name: str) -> Path:
    """Where a sample document lies."""
    return TEMPLATES / "samples" / f"{name}.json"


@cache
def tax_invoice(name: str = "tax_invoice_vat") -> TaxInvoice:
    """A sample tax invoice."""
    document = from_json(sample_path(name).read_text(encoding="utf-8"))
    assert isinstance(document, TaxInvoice)
    return document


@cache
def order_form() -> OrderForm:
    """The sample order form."""
    document = from_json(sample_path("order_form").read_text(encoding="utf-8"))
    assert isinstance(document, OrderForm)
    return document


@cache
def cloud_invoice() -> CloudInvoice:
    """The sample cloud invoice, with its details."""
    document = from_json(sample_path("cloud_invoice").read_text(encoding="utf-8"))
    assert isinstance(document, CloudInvoice)
    return document


@cache
def printed(document: Document) -> bytes:
    """The document as PDF, printed once for all tests."""
    return render(document)


def reader(document: Document) -> PdfReader:
    """The printed document, opened."""
    return PdfReader(io.BytesIO(printed(document)))


@cache
def pages_of(document: Document) -> tuple[str, ...]:
    """The text of each page, with every run of white space as one space."""
    return tuple(" ".join(page.extract_text().split()) for page in reader(document).pages)


def longest_line(document: Document) -> int:
    """The characters of the longest line on any page: more than about 150 do not fit the paper."""
    return max(len(line) for page in reader(document).pages for line in page.extract_text().splitlines())


def text_of(document: Document) -> str:
    """The text of all pages."""
    return " ".join(pages_of(document))


def missing_from(text: str, expected: Sequence[str]) -> list[str]:
    """What of `expected` does not stand in `text`."""
    return [words for words in expected if " ".join(words.split()) not in text]
