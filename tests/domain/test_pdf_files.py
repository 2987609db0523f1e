"""A PDF is told by its content."""

from __future__ import annotations

import pytest

from portal.domain.errors import Refusal
from portal.domain.pdf_files import MOST_BYTES, check_pdf
from tests.invoices.printed import order_form, printed
from tests.papers import SIGNED


@pytest.mark.parametrize("content", [SIGNED, printed(order_form())], ids=["by hand", "of our own"])
def test_a_pdf_is_taken(content):
    check_pdf(content)


def test_one_of_exactly_the_most_bytes_is_taken_and_one_more_is_refused():
    head, tail = SIGNED[:-40], SIGNED[-40:]
    full = head + b" " * (MOST_BYTES - len(SIGNED)) + tail
    check_pdf(full)
    with pytest.raises(Refusal, match="larger than 10 MB"):
        check_pdf(full + b"\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Choose a PDF file"),
        (b"<html><script>alert(1)</script></html>", "not a PDF"),
        (b"<html>" + SIGNED, "not a PDF"),
        (b"MZ%PDF-1.4 /Root startxref %%EOF", "not a PDF"),
        (b"%PDF-1.4\nnothing in it\nstartxref\n0\n%%EOF\n", "not a PDF"),
        (SIGNED[: len(SIGNED) // 2] + b"/Root", "not whole"),
        (SIGNED.replace(b"%%EOF", b""), "not whole"),
        (SIGNED + b"x" * 5_000, "not whole"),
    ],
)
def test_what_is_no_whole_pdf_is_refused(content, reason):
    with pytest.raises(Refusal, match=reason):
        check_pdf(content)
