"""Letters: a subject and a text from a template; no fact adds a line to them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from jinja2 import UndefinedError

from portal import catalogues
from portal.domain.money import Money
from portal.services import letters, parties
from portal.services.letters import Letter

AT = datetime(2026, 11, 20, 13, 31, tzinfo=UTC)
FACTS = {
    "number": "TI-2026-000001",
    "organization": "Acme",
    "period": date(2026, 10, 1),
    "issued_on": date(2026, 11, 1),
    "due_on": date(2026, 12, 1),
    "total": Money(108885, "EUR"),
    "is_charged": False,
    "is_unpaid": False,
    "bank": parties.bank_account("EUR"),
    "seller": catalogues.load_seller().entity,
}


def test_the_first_line_is_the_subject_and_the_rest_the_text():
    letter = letters.write("tax_invoice", **FACTS)
    assert letter.subject == "Tax invoice TI-2026-000001 for Acme, October 2026"
    assert letter.text.startswith("Good day,\n\n")
    assert "Total    EUR 1,088.85" in letter.text
    assert "Due on   1 December 2026" in letter.text


@pytest.mark.parametrize(
    ("is_charged", "is_unpaid", "words", "has_account"),
    [
        (True, False, "Nothing has to be transferred", False),
        (False, True, "There is no payment method on file", True),
        (False, False, "Please transfer the amount due", True),
    ],
)
def test_a_tax_invoice_says_how_it_is_paid(is_charged, is_unpaid, words, has_account):
    letter = letters.write("tax_invoice", **FACTS | {"is_charged": is_charged, "is_unpaid": is_unpaid})
    assert words in letter.text
    assert ("IBAN" in letter.text) is has_account


@pytest.mark.parametrize(
    "name", ["A\nBcc: eve@evil.example", "A\r\n\r\nPay Eve", "A\u2028B", "A\x85B", "A\x00B", "A\u202eB", "A\ud800B"]
)
def test_no_name_adds_a_line_or_an_unseen_sign(name):
    plain, letter = (
        letters.write("tax_invoice", **FACTS),
        letters.write("tax_invoice", **FACTS | {"organization": name}),
    )
    assert letter.subject.isprintable()
    assert len(letter.text.splitlines()) == len(plain.text.splitlines())
    assert all(line.isprintable() for line in letter.text.splitlines())


def test_a_fact_that_is_missing_is_an_error():
    with pytest.raises(UndefinedError):
        letters.write("tax_invoice", number="TI-2026-000001")


@pytest.mark.parametrize("name", ["password_reset", "password_changed"])
def test_a_letter_about_an_account_says_whose_portal_it_is(name):
    letter = letters.write(name, person="Lena", link="https://portal.example", minutes=30, at=AT)
    brand = catalogues.load_seller().entity.brand
    assert f"your account at {brand}" in letter.text
    assert letter.text.endswith(f"\n\n{brand}\n")


@pytest.mark.parametrize("name", sorted(path.stem for path in letters.FOLDER.iterdir()))
def test_every_letter_names_the_seller_whose_portal_it_comes_from(name):
    signature = (letters.FOLDER / f"{name}.txt").read_text("utf-8").rpartition("\n\n")[2]
    assert signature in {"{{ seller.brand }}\n", "{{ seller.brand }}\n{{ seller.legal_line }}\n"}


def test_an_invitation_says_to_what_portal():
    facts = {"organization": "Acme", "by": "Lena", "link": "https://portal.example", "until": AT.date()}
    brand = catalogues.load_seller().entity.brand
    assert f"to join Acme at {brand}." in letters.write("invitation", **facts).text


def test_a_subject_of_two_lines_is_none():
    with pytest.raises(ValueError, match="one line"):
        Letter("Hello\nBcc: eve@evil.example", "")
