"""No number of a payment card is kept from a mail."""

from __future__ import annotations

import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.incoming import reading
from portal.domain.incoming.card_numbers import is_card_number, mask, mask_bytes
from tests.incoming import part, parts, raw

CARDS = {
    "4111111111111111": "••••••••••••1111",
    "4111 1111 1111 1111": "•••• •••• •••• 1111",
    "5500-0055-5555-5559": "••••-••••-••••-5559",
    "2223003122003222": "••••••••••••3222",
    "3782 822463 10005": "•••• •••••• •0005",
    "3056 930902 5904": "•••• •••••• 5904",
    "6011111111111117": "••••••••••••1117",
    "3530111333300000": "••••••••••••0000",
    "4222222222222": "•••••••••2222",
    "6304 0000 0000 0000": "•••• •••• •••• 0000",
}


@pytest.mark.parametrize("number", CARDS)
def test_the_last_four_digits_of_a_card_are_left(number: str):
    assert mask(f"My card {number}, valid 12/27.") == f"My card {CARDS[number]}, valid 12/27."


def test_what_stands_after_a_number_does_not_hide_it():
    assert mask("4111 1111 1111 1111 123 4") == "•••• •••• •••• 1111 123 4"


def test_a_number_over_the_end_of_a_quoted_line_is_one():
    assert mask("> 4111 1111\n> 1111 1111") == "> •••• ••••\n> •••• 1111"


def test_wide_digits_are_digits():
    assert mask("４１１１１１１１１１１１１１１１") == "••••••••••••１１１１"


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",
        "2024-09-16 14:55:00 1726498500000",
        "order 4111111111111111abc",
        "DE89 3704 0044 0532 0130 00",
        "10.4111111111111111",
        "+49 30 1234567 4111",
    ],
)
def test_other_numbers_stay(text: str):
    assert mask(text) == text


@given(st.text(alphabet="0123456789 -4x\n>", max_size=200))
def test_what_is_masked_is_as_long_as_it_was_and_holds_no_card(text: str):
    hidden = mask(text)
    assert len(hidden) == len(text)
    assert mask(hidden) == hidden


def test_only_numbers_with_the_sum_of_luhn_are_cards():
    assert [digit for digit in "0123456789" if is_card_number(f"411111111111111{digit}")] == ["1"]


def test_a_megabyte_of_digits_is_read_through_once():
    assert len(mask("4 1" * 300_000)) == 900_000
    assert len(mask("1" * 900_000)) == 900_000


NUMBER = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    "mail",
    [
        raw(f"It is {NUMBER}."),
        raw(f"It is {NUMBER}.", encoding="base64"),
        raw(f"It is {NUMBER}.", encoding="quoted-printable"),
        raw("It is 4111=20=\n1111=201111=\n=201111.", Content_Transfer_Encoding="quoted-printable"),
        raw("Hello", subject=f"My card {NUMBER}"),
        raw("Hello", subject=f"My card {NUMBER}", Thread_Topic=f"My card\n {NUMBER}"),
        raw("Hello", subject="=?utf-8?b?TXkgY2FyZCA0MTExIDExMTEgMTExMSAxMTEx?="),
        raw(f"It is {NUMBER}.".encode("utf-16"), kind="text/plain; charset=utf-16", encoding="base64"),
        parts(part("See", encoding="base64"), part(f"<p>{NUMBER}</p>", "text/html", encoding="base64")),
    ],
)
def test_neither_what_is_kept_nor_what_is_read_has_the_number(mail: bytes):
    letter, kept = reading.read(mail), reading.read(reading.masked(mail))
    for one in (letter, kept):
        assert NUMBER not in one.subject + one.whole
        assert one.message_id == "<1@mail.acme.example>"
    assert b"4111 1111" not in quopri.decodestring(reading.masked(mail))
    assert b"NDExMSAxMTEx" not in reading.masked(mail)
    assert "1111" in kept.subject + kept.whole


def test_the_name_of_who_wrote_is_masked():
    mail = raw("Hello", sender=f'"{NUMBER}" <ann@acme.example>')
    assert reading.read(mail).sender_name == reading.read_head(mail).sender_name == "•••• •••• •••• 1111"


def test_a_mail_without_a_card_is_kept_byte_for_byte():
    mail = parts(part("Words"), part(bytes(range(256)), "image/png", "base64"))
    assert reading.masked(mail) == mail


def test_a_file_is_kept_as_it_is():
    png = b"\x89PNG" + bytes(range(256)) * 20
    mail = parts(part(NUMBER), part(png, "image/png", "base64", Content_Disposition="attachment; filename=a.png"))
    assert reading.read(reading.masked(mail)).files[0].content == png


def test_bytes_keep_their_length():
    assert mask_bytes(b"a 4111-1111-1111-1111\r\nb\xff") == b"a XXXX-XXXX-XXXX-1111\r\nb\xff"
