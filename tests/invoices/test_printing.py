"""The same document is the same bytes, tagged and named, in any process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from invoices.document import CloudInvoice, TaxInvoice
from invoices.render import render
from tests.invoices.printed import cloud_invoice, printed, reader, sample_path, tax_invoice


@pytest.mark.parametrize("name", ["tax_invoice_vat", "cloud_invoice"])
def test_the_same_document_is_the_same_bytes_in_any_process(name, tmp_path):
    hashes = set()
    for seed in ("1", "2"):
        target = tmp_path / f"{seed}.pdf"
        command = [sys.executable, "-m", "invoices", str(sample_path(name)), str(target)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed}, cwd=Path(__file__).parents[2])
        hashes.add(hashlib.sha256(target.read_bytes()).hexdigest())
    document = tax_invoice() if name == "tax_invoice_vat" else cloud_invoice()
    assert hashes == {hashlib.sha256(printed(document)).hexdigest()}


def test_what_was_printed_before_leaves_no_trace():
    before = render(tax_invoice())
    render(cloud_invoice())
    assert render(tax_invoice()) == before


def test_a_document_says_what_it_is_by_whom_and_when():
    described: Any = reader(tax_invoice()).metadata
    assert described.title == "Tax invoice TI-2026-000417"
    assert described.author == "Halden Cloud Ireland Limited"
    assert described.subject == "Acme Freight Ireland DAC, EUR 1,575.63"
    assert described["/CreationDate"] == "D:20261102"
    root: Any = reader(tax_invoice()).trailer["/Root"]
    assert root["/Lang"] == "en"
    identifier: Any = reader(tax_invoice()).trailer["/ID"]
    assert identifier[0] == "TI-2026-000417"


def _structure(document: CloudInvoice | TaxInvoice) -> list[Any]:
    root: Any = reader(document).trailer["/Root"]
    return _elements(root["/StructTreeRoot"])


def _elements(element: Any) -> list[Any]:
    children = element.get("/K", [])
    found = [element] if "/S" in element else []
    for child in children if isinstance(children, list) else [children]:
        part = child.get_object() if hasattr(child, "get_object") else child
        found += _elements(part) if isinstance(part, dict) else []
    return found


def test_a_screen_reader_finds_headings_tables_and_the_picture_s_text():
    elements = _structure(tax_invoice())
    kinds = Counter(element["/S"] for element in elements)
    assert kinds["/H1"] == 1
    assert kinds["/H2"] >= 5
    assert kinds["/Table"] == 5
    (figure,) = [element for element in elements if element["/S"] == "/Figure"]
    assert figure["/Alt"] == (
        "QR code for a SEPA credit transfer of EUR 1,575.63 to IE64 IRCE 9205 0112 3456 78, reference TI-2026-000417"
    )


def test_every_table_head_says_whether_it_heads_a_column_or_a_row():
    elements = _structure(cloud_invoice())
    scopes = Counter(element["/A"]["/Scope"] for element in elements if element["/S"] == "/TH" and "/A" in element)
    assert scopes["/Column"] >= 6 + 6 + 5 + 2 + 2 + 4
    assert scopes["/Row"] >= 1 + 5 + 7 + 5


@pytest.mark.parametrize("document", [tax_invoice(), cloud_invoice()], ids=["tax invoice", "cloud invoice"])
def test_every_font_is_embedded(document):
    pages: Any = reader(document).pages
    fonts = [font["/DescendantFonts"][0] for page in pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        described = font.get_object()["/FontDescriptor"]
        assert "/FontFile2" in described
        assert "Plex" in described["/FontName"]
