"""`python -m invoices` prints a document without database or web."""

from __future__ import annotations

import json

import pytest

from invoices.__main__ import main
from tests.invoices.printed import printed, sample_path, tax_invoice


def test_a_sample_becomes_a_pdf(tmp_path):
    target = tmp_path / "out.pdf"
    assert main([str(sample_path("tax_invoice_vat")), str(target)]) == 0
    assert target.read_bytes() == printed(tax_invoice())


def test_a_sample_with_a_wrong_sum_is_named(tmp_path, capsys):
    fields = json.loads(sample_path("tax_invoice_vat").read_text(encoding="utf-8"))
    source = tmp_path / "wrong.json"
    source.write_text(json.dumps({**fields, "total_minor": 1}), encoding="utf-8")
    assert main([str(source), str(tmp_path / "out.pdf")]) == 2
    assert capsys.readouterr().err == f"{source}: total_minor: net and tax add up to another sum\n"
    assert not (tmp_path / "out.pdf").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "a JSON object is expected"),
        (b"\xff", "UTF-8"),
        (b"{}", "kind: one of cloud_invoice, order_form, tax_invoice"),
    ],
)
def test_what_is_no_document_is_one_line_on_standard_error(tmp_path, capsys, content, reason):
    source = tmp_path / "bad.json"
    source.write_bytes(content)
    assert main([str(source), str(tmp_path / "out.pdf")]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.startswith(f"{source}: ")
    assert error.count("\n") == 1


def test_a_missing_file_or_argument_is_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none.json"), "out.pdf"]) == 2
    assert main(["out.pdf"]) == 2
    assert capsys.readouterr().err == (
        f"{tmp_path}/none.json: No such file or directory\nusage: python -m invoices DOCUMENT.json OUT.pdf\n"
    )
