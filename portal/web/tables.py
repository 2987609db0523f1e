"""Tables that were written in Markdown, drawn as the portal draws its own: heads of rows, cards where narrow."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup

_TABLE = re.compile(r"<table class=\"table\">(.*?)</table>", re.DOTALL)
_ROW = re.compile(r"<tr>\s*(<td>.*?)</tr>", re.DOTALL)
_HEAD = re.compile(r"<th scope=\"col\">(.*?)</th>", re.DOTALL)
_CELL = re.compile(r"<td>(.*?)</td>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def with_heads(html: Markup) -> Markup:
    """The same text with its tables in boxes. The text is what `services/markdown.py` cleaned, and no other."""
    return Markup(_TABLE.sub(_boxed, html))  # noqa: S704 - it adds tags to what is clean.


def _boxed(table: re.Match[str]) -> str:
    # A label stands in an attribute, where tags would show.
    labels = [_TAG.sub("", head).replace('"', "&quot;") for head in _HEAD.findall(table.group(1))]
    rows = _ROW.sub(lambda row: _with_labels(_CELL.findall(row.group(1)), labels), table.group(1))
    return f'<div class="table-box"><table class="table">{rows}</table></div>'


def _with_labels(cells: Sequence[str], labels: Sequence[str]) -> str:
    head, *others = cells
    labelled = (f'<td data-label="{label}">{cell}</td>' for label, cell in zip(labels[1:], others, strict=False))
    return f'<tr><th scope="row">{head}</th>{"".join(labelled)}</tr>'
