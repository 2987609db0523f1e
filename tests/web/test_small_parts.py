"""Paging, form fields, the way back after signing in, the log's discretion."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.web.addresses import asked_address, own_path
from portal.web.paging import Paged, counted, keep_in_links, page_number, same_page


@pytest.fixture
def bare():
    return Flask("test")


@pytest.mark.parametrize(
    ("number", "items", "total", "shown", "previous", "following"),
    [
        (1, 50, 412, (1, 50), None, 2),
        (2, 50, 412, (51, 100), 1, 3),
        (9, 12, 412, (401, 412), 8, None),
        (1, 50, 50, (1, 50), None, None),
        (1, 50, 51, (1, 50), None, 2),
        (1, 0, 0, (0, 0), None, None),
    ],
)
def test_a_page_of_a_list_knows_its_place(number, items, total, shown, previous, following):
    page = Paged(list(range(items)), number, total)
    assert (page.first, page.last) == shown
    assert (page.previous, page.next) == (previous, following)


@pytest.mark.parametrize(
    ("items", "number", "total", "words"),
    [
        (0, 1, 0, "0 invoices"),
        (1, 1, 1, "1 invoice"),
        (50, 1, 50, "50 invoices"),
        (50, 2, 1412, "1,412 invoices, 51 to 100 shown"),
        (0, 9, 60, "60 invoices"),
    ],
)
def test_the_count_of_a_list_is_said_in_words(items, number, total, words):
    assert counted(Paged([object()] * items, number, total), "invoice", "invoices") == words


@pytest.mark.parametrize(
    ("given", "number"),
    [("", 1), ("page=3", 3), ("page=0", 1), ("page=-1", 1), ("page=x", 1), ("page=²", 1), ("page=99999", 1)],
)
def test_what_is_no_page_is_the_first(bare, given, number):
    with bare.test_request_context(f"/?{given}"):
        assert page_number() == number


def test_another_page_keeps_the_filters(bare):
    with bare.test_request_context("/orgs/acme/billing/invoices?status=paid&status=free&page=2"):
        keep_in_links(["status"])
        assert same_page(page=3) == "/orgs/acme/billing/invoices?status=paid&status=free&page=3"
        assert same_page(page=None, status=None) == "/orgs/acme/billing/invoices"


def test_what_no_list_of_ours_reads_is_not_carried_on(bare):
    with bare.test_request_context("/orgs/acme/billing/invoices?status=paid&sort=-due&call=0900+555"):
        keep_in_links(["status"])
        assert same_page(page=2) == "/orgs/acme/billing/invoices?status=paid&sort=-due&page=2"


def test_a_question_mark_in_a_name_stays_in_the_path(bare):
    with bare.test_request_context("/orgs/acme/a%3Fb%20c?page=2"):
        assert asked_address() == "/orgs/acme/a%3Fb%20c?page=2"
        assert same_page(page=None) == "/orgs/acme/a%3Fb%20c"


@pytest.mark.parametrize(
    ("target", "is_own"),
    [
        ("/orgs/acme/?page=2", True),
        ("/", True),
        ("", False),
        ("orgs/acme/", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example/", False),
        ("/a\nb", False),
        ("//[", False),
    ],
)
def test_a_path_of_ours_begins_with_one_slash(target, is_own):
    assert own_path(target) == (target if is_own else None)
