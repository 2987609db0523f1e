"""PDF files that people upload: what tells that a file is one."""

from __future__ import annotations

import re

from portal.domain.errors import Refusal

MOST_BYTES = 10_000_000

_BEGIN = re.compile(rb"%PDF-[12]\.[0-9]")
# Where a PDF ends it says where its parts are, and that this is the end (ISO 32000-1, 7.5.5).
_TAIL = 2048


def check_pdf(content: bytes) -> None:
    """Refuse what is no whole PDF by its content, whatever its name says, and one that is too large."""
    if not content:
        raise Refusal("Choose a PDF file.")
    if len(content) > MOST_BYTES:
        raise Refusal("The file is larger than 10 MB.")
    tail = content[-_TAIL:]
    if not _BEGIN.match(content) or b"/Root" not in content:
        raise Refusal("The file is not a PDF.")
    if b"startxref" not in tail or b"%%EOF" not in tail:
        raise Refusal("The PDF is not whole: its end is missing.")
