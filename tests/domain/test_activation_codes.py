"""How activation codes are written, forgiven and timed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.activation_codes import BITS, CodeState, begins_on, digest, expires_on, spelled, state_of

numbers = st.integers(0, 2**BITS - 1)
ISSUED = date(2024, 3, 10)


def test_a_code_is_four_groups_of_five_signs_that_nobody_mixes_up():
    assert spelled(0) == "00000-00000-00000-00000"
    assert spelled(2**BITS - 1) == "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ"
    assert not set("ILOU") & set("".join(spelled(31 << shift) for shift in range(BITS)))


@given(numbers, numbers)
def test_no_two_numbers_have_one_code(one, other):
    assert (spelled(one) == spelled(other)) == (one == other)


@given(numbers, st.data())
def test_case_spaces_hyphens_and_what_looks_alike_are_forgiven(number, data):
    code = spelled(number)
    noise = st.sampled_from(["", " ", "-", "–", "\t", "\u00a0", "\u200b"])
    looks = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        data.draw(noise) + data.draw(st.sampled_from(looks.get(sign, sign + sign.lower())))
        for sign in code.replace("-", "")
    )
    assert digest(typed) == digest(code)


@given(numbers, st.integers(0, 19), st.integers(1, 31))
def test_one_wrong_sign_is_another_code(number, place, step):
    wrong = number ^ step << (5 * place)
    assert digest(spelled(wrong)) != digest(spelled(number))


@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_is_typed_can_be_compared(text):
    assert len(digest(text)) == 64


@pytest.mark.parametrize(
    ("starts_on", "last"),
    [(None, ISSUED + timedelta(90)), (date(2024, 3, 1), ISSUED + timedelta(90)), (date(2024, 6, 1), date(2024, 8, 30))],
)
def test_a_code_is_good_for_90_days_or_until_90_days_after_an_agreed_start(starts_on, last):
    assert expires_on(ISSUED, starts_on) == last


@pytest.mark.parametrize(
    ("starts_on", "begins"),
    [(None, ISSUED), (ISSUED - timedelta(1), ISSUED), (ISSUED + timedelta(1), ISSUED + timedelta(1))],
)
def test_a_contract_begins_on_its_start_or_on_the_application_where_that_is_later(starts_on, begins):
    assert begins_on(starts_on, applied_on=ISSUED) == begins


@pytest.mark.parametrize(
    ("is_redeemed", "is_void", "on", "state"),
    [
        (False, False, ISSUED, CodeState.ISSUED),
        (False, False, ISSUED + timedelta(1), CodeState.EXPIRED),
        (True, False, ISSUED + timedelta(1), CodeState.REDEEMED),
        (False, True, ISSUED + timedelta(1), CodeState.VOID),
    ],
)
def test_a_code_is_issued_through_its_last_day_and_keeps_its_end(is_redeemed, is_void, on, state):
    assert state_of(is_redeemed=is_redeemed, is_void=is_void, expires_on=ISSUED, on=on) is state
