"""`flask token`: what an operator sees."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal.domain.token_scopes import TokenScope
from portal.models.api_tokens import ApiToken
from portal.services import api_tokens
from tests.builders import an_organization

DATABASES = ("sqlite",)


@pytest.fixture
def acme(session):
    acme = an_organization(session, "acme")
    session.commit()
    return acme


def test_a_token_is_printed_once_and_only_its_hash_is_stored(flask, session):
    made = flask("token", "create", "meter of Frankfurt")
    assert made.exit_code == 0
    assert re.fullmatch(r"portal_[0-9a-f]{8}_[\w-]{43}\n", made.stdout)
    assert "not shown again" in made.stderr
    text = made.stdout.strip()
    token = session.scalars(select(ApiToken)).one()
    assert text.startswith(f"{token.prefix}_")
    assert text not in {str(value) for value in vars(token).values()}
    found = api_tokens.find(session, text)
    assert (found and found.id) == token.id
    listed = flask("token", "list").stdout
    assert text not in listed
    day = f"{token.created_at:%Y-%m-%d}"
    assert listed == (
        f"{token.prefix}  {TokenScope.IMPORT_USAGE}  all organizations  made {day}  last used never  "
        "meter of Frankfurt\n"
    )


def test_a_token_may_be_for_one_organization(flask, session, acme):
    assert flask("token", "create", "meter", "--organization", "acme").exit_code == 0
    assert "  acme  " in flask("token", "list").stdout
    refused = flask("token", "create", "meter", "--organization", "nobody")
    assert (refused.exit_code, refused.stderr) == (1, "Error: There is no organization “nobody”.\n")


def test_a_revoked_token_is_found_no_more_and_its_row_stays(flask, session):
    text = flask("token", "create", "meter").stdout.strip()
    prefix = text.rpartition("_")[0][:15]
    assert "revoked 20" in flask("token", "revoke", prefix).stdout
    assert api_tokens.find(session, text) is None
    session.rollback()
    assert "revoked 20" in flask("token", "list").stdout
    again = flask("token", "revoke", prefix)
    assert again.exit_code == 1
    assert "was revoked on" in again.stderr


def test_a_token_that_is_not_there_cannot_be_revoked(flask):
    refused = flask("token", "revoke", "portal_0")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Error: No token begins with “portal_0”. `flask token list` shows them.\n",
    )


@pytest.mark.parametrize("name", [" ", "x" * 101, "two\nlines"])
def test_a_token_has_a_name_that_can_be_read(flask, name):
    assert flask("token", "create", name).exit_code == 1
