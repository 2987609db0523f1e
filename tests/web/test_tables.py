"""Tables that were written in Markdown: rows have heads, cells labels, and nothing of a text becomes markup."""

from __future__ import annotations

from bs4 import BeautifulSoup

from portal.services import markdown
from portal.web import tables

SOURCE = """Before.

| Severity | A "plan" & more | *Pro* |
| --- | --- | --- |
| 1 | <b onclick="x()">2 hours</b> | **4** hours |
| 2 | – | 8 hours |

After.
"""


def drawn(source: str) -> BeautifulSoup:
    return BeautifulSoup(tables.with_heads(markdown.html(source, heads_from=2)), "html.parser")


def test_the_first_cell_of_a_row_is_its_head_and_the_others_have_the_labels_of_their_columns() -> None:
    soup = drawn(SOURCE)
    assert [head.text for head in soup.select("tbody th[scope=row]")] == ["1", "2"]
    assert [cell["data-label"] for cell in soup.select("tbody tr:first-child td")] == ['A "plan" & more', "Pro"]
    assert soup.select_one(".table-box > table.table > thead")
    assert [one.text for one in soup.find_all("p")] == ["Before.", "After."]


def test_what_people_wrote_stays_text() -> None:
    soup = drawn(SOURCE)
    cell = soup.select("tbody td")[0]
    assert cell.text == '<b onclick="x()">2 hours</b>'
    assert cell.find("b") is None
    assert not [tag for tag in soup.find_all(True) if "onclick" in tag.attrs]


def test_a_text_without_tables_stays_as_it_is() -> None:
    html = markdown.html("Only *words*.")
    assert tables.with_heads(html) == html
