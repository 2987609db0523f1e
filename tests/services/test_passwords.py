"""Which passwords are taken."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from portal.domain.errors import Refusal
from portal.models.organizations import User
from portal.services import passwords, people
from tests.world import AT

LENA = User(email="lena.hartwig@acme.example", name="Lena Hartwig", password_hash="-", created_at=AT)


def check(password):
    passwords.check_new(password, of=LENA, brand="Northwind Cloud")


@pytest.mark.parametrize(
    "password",
    [
        "brisk otter lamp",
        "demo-portal-2026",
        "wqpzk vbnrt 71",
        "ülkü çay bahçesi 9",
        "🦦 brisk otter lamp",
        "brisk otter " * 16,
    ],
)
def test_several_words_and_signs_of_any_kind_are_a_password(password):
    check(password)


@pytest.mark.parametrize(("password", "words"), [("otter lamp!", "at least 12"), ("brisk otter " * 17, "at most 200")])
def test_a_password_has_12_to_200_characters(password, words):
    with pytest.raises(Refusal, match=words):
        check(password)


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "qwertyuiop12",
        "aaaaaaaaaaaa",
        "iloveyou2024!",
        "1234567890123",
        "lena.hartwig@acme.example",
        "LenaHartwig2026",
        "northwindcloud1",
        "a" * 200,
    ],
)
def test_what_everybody_takes_or_who_knows_the_person_tries_is_refused(password):
    with pytest.raises(Refusal, match="soon be guessed"):
        check(password)


def test_the_password_of_nobody_takes_as_long_to_check_as_any_other():
    # A constant, so that no command hashes at its start: it has to follow the strength of new ones.
    assert not PasswordHasher().check_needs_rehash(people._NOBODY)
    with pytest.raises(Refusal):
        people.check_password(people.Credentials(None, "nobody@acme.example", people._NOBODY), "a guess")
