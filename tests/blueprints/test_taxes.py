"""What is taxed where: the table, one's own rows, the filter."""

from __future__ import annotations

import pytest

from portal import catalogues, clock, database
from portal.domain.tax import taxed_places
from tests import customers
from tests.billed import VIEWER, customer_of

DATABASES = ("sqlite",)

TAXES = "/orgs/acme/billing/taxes"


@pytest.fixture
def viewer(visitor):
    visitor.sign_in(VIEWER)
    return visitor


@pytest.fixture
def moves(app, world):
    """Acme's billing address."""

    def move(country, region="Somewhere", tax_id=None) -> None:
        with database.writing(app.extensions["database"]).begin() as session:
            customer = customer_of(session, world, "acme")
            customers.live_at(session, customer, country, region=region, tax_id=tax_id)

    return move


def table(page) -> list[list[str]]:
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
        for row in page.soup.select("tbody tr")
    ]


def named(page, name) -> list[list[str]]:
    return [row[1:] for row in table(page) if row[0].startswith(name)]


def test_every_tax_of_every_place_is_there(viewer):
    assert len(table(viewer.get(TAXES))) == len(taxed_places(catalogues.load_tax_rules(), on=clock.today()))


@pytest.mark.parametrize(
    ("place", "row"),
    [
        ("Finland", ["VAT", "25.5 %", "Yes", "Yes", "Yes", "1 Sep 2024"]),
        ("Ireland", ["VAT", "23 %", "Yes", "Yes", "No", "1 Mar 2021"]),
        ("United Kingdom", ["VAT", "20 %", "Yes", "No", "Yes", "– none"]),
        ("Canada, Quebec", ["QST", "9.975 %", "Yes", "Yes", "No", "– none"]),
        ("Singapore", ["GST", "9 %", "Yes", "No", "Yes", "1 Jan 2024"]),
        ("Malaysia", ["SST", "8 %", "Yes", "Yes", "No", "1 Mar 2024"]),
    ],
)
def test_a_row_says_rate_products_ids_and_since_when(viewer, place, row):
    (found,) = named(viewer.get(TAXES), place)
    assert found == row


def test_ones_own_taxes_come_first_and_are_marked(viewer, moves):
    moves("CA", "British Columbia")
    page = viewer.get(TAXES)
    assert [row[:2] for row in table(page)[:3]] == [
        ["Canada Your address", "GST"],
        ["Canada, British Columbia Your address", "PST"],
        ["Australia", "GST"],
    ]
    assert page.text.count("Your address") == 2
    assert "GST of 5 % and PST of 7 % are charged on usage" in page.text


def test_who_lives_where_nothing_is_taxed_is_told_so(viewer, moves):
    moves("US", "Texas")
    page = viewer.get(TAXES)
    assert "No tax is charged in United States" in page.text
    assert not page.soup.select("tbody .badge")


def test_who_has_no_address_is_shown_the_way(viewer):
    assert viewer.get(TAXES).click("See the billing profile").h1 == "Billing profile"


@pytest.mark.parametrize(("asked", "places"), [("Canada", 5), ("germany", 1), ("IE", 1)])
def test_the_filter_shows_one_country(viewer, asked, places):
    part = viewer.part(f"{TAXES}?country={asked}")
    assert part.soup.find(id="taxes", recursive=False)
    assert len(table(part)) == places


def test_a_country_without_taxes_is_said_to_have_none(viewer):
    page = viewer.get(f"{TAXES}?country=Brazil")
    assert "No tax is charged in Brazil" in page.text
    assert len(table(page.click("Show all countries"))) > 40


def test_what_is_no_country_is_refused_beside_the_filter(viewer):
    page = viewer.get(f"{TAXES}?country=Atlantis")
    assert page.status == 422
    assert page.soup.find(id="country")["value"] == "Atlantis"
    assert "Choose a country from the list." in page.soup.find(id="country-error").text


def test_consulting_has_a_column_where_it_is_sold(app, visitor):
    visitor.sign_in("super_admin@borealis.example")
    heads = [head.text for head in visitor.get("/orgs/borealis/billing/taxes").soup.select("thead th")]
    assert "On usage" in heads
    assert "On Flex Consulting" not in heads
    visitor.client.delete_cookie("session")
    visitor.sign_in(VIEWER)
    assert "On Flex Consulting" in [head.text for head in visitor.get(TAXES).soup.select("thead th")]
