"""The log: one line for each thing, which nobody can forge, and in which no secret stands."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from portal import log_lines

LOG = structlog.get_logger("portal.test")
CARD = "4242424242424242"


@pytest.fixture(autouse=True)
def configured():
    log_lines.configure()


def written(capfd):
    """The lines of the log, each read as one JSON object."""
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


def test_what_is_called_like_a_secret_is_hidden(capfd):
    LOG.info("sign-in", password="hunter2", csrf_token="t0ken", headers={"Authorization": "Bearer abc", "Host": "h"})
    (line,) = written(capfd)
    assert (line["password"], line["csrf_token"]) == ("…", "…")
    assert line["headers"] == {"Authorization": "…", "Host": "h"}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("refused: password=hunter2, try again", "hunter2"),
        ('body was {"csrf_token": "hunter2"}', "hunter2"),
        ("Authorization: Bearer hunter2hunter2", "hunter2"),
        ("could not connect to postgresql://portal:hunter2@db/portal", "hunter2"),
        ("Set-Cookie: hunter2; Path=/", "hunter2"),
        (f"paid with {CARD} today", CARD),
        ("paid with 4242 4242 4242 4242.", "4242 4242"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_in_texts_of_libraries(capfd, text, secret):
    logging.getLogger("some.library").warning("it says: %s", text)
    (line,) = written(capfd)
    assert secret not in json.dumps(line)
    assert line["event"].startswith("it says: ")


def test_the_message_of_an_error_is_searched_for_secrets_too(capfd):
    try:
        raise ValueError(f"card {CARD}, secret: hunter2")
    except ValueError:
        LOG.exception("charge was not answered")
    (line,) = written(capfd)
    assert "ValueError: card …, secret: …" in line["exception"]


@pytest.mark.parametrize("number", ["CI-2026-000012", "2026-11-20T10:00:00Z", "1234567890123456", "10000000"])
def test_numbers_that_are_no_card_stay(capfd, number):
    LOG.info("issued", number=number)
    assert written(capfd)[0]["number"] == number


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\u2028", "\u0085", "\x1b[2K", "\x9b1A"])
def test_nobody_forges_a_line(capfd, break_):
    LOG.info("request", path=f"/a{break_}" + '{"event": "signed in"}')
    text = capfd.readouterr().err
    assert len(text.splitlines()) == 1
    assert text.isascii()
    assert text.rstrip("\n").isprintable()
    assert json.loads(text)["event"] == "request"


def test_a_job_says_its_name_in_every_line(capfd):
    with log_lines.during(look="mail", run="7"):
        logging.getLogger("some.library").warning("slow")
    LOG.info("after")
    during, after = written(capfd)
    assert (during["look"], during["run"]) == ("mail", "7")
    assert "look" not in after
