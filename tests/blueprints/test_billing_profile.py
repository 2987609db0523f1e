"""The billing profile over HTTP: every row of atlas 8.2 and 8.4, who may, what is kept, with htmx and without."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from portal import database
from portal.models.billing_groups import BillingProfile
from portal.models.history import Activity
from portal.models.organizations import User
from tests import customers
from tests.billed import MEMBER, OWNER, VIEWER, customer_of
from tests.pages import Visitor

PROFILE = "/orgs/acme/billing/profile"
ADMIN = "org_billing_admin@acme.example"
PLACES = {
    "Germany": {"region": "Berlin", "postal_code": "10119"},
    "United States": {"region": "Texas", "postal_code": "78701"},
    "Canada": {"region": "British Columbia", "postal_code": "V6B 1A1"},
}
GIVEN = {"company": "Acme GmbH", "country": "Germany", "line1": "Torstraße 1", "city": "Berlin", **PLACES["Germany"]}


@pytest.fixture
def owner(visitor):
    visitor.sign_in(OWNER)
    return visitor


@pytest.fixture
def texas(app, world) -> None:
    """Acme is in Texas."""
    with database.writing(app.extensions["database"]).begin() as session:
        customers.live_at(session, customer_of(session, world, "acme"), "US", region="Texas")


def filled(page) -> dict[str, str]:
    """What the form sends when nothing is touched."""
    form = page.soup.find("form", action=PROFILE)
    sent = {
        field["name"]: field.get("value", "")
        for field in form.find_all("input", attrs={"name": True})
        if field.get("type") != "checkbox" or field.has_attr("checked")
    }
    for select_ in form.find_all("select"):
        chosen = select_.find("option", selected=True) or select_.find("option")
        sent[select_["name"]] = chosen["value"]
    return sent


def save(visitor, *, htmx=False, **entered):
    """Fill in the form as it stands, and send it."""
    fields = filled(visitor.get(PROFILE)) | entered
    return visitor.post_part(PROFILE, fields) if htmx else visitor.post(PROFILE, fields)


def rows(app) -> list[BillingProfile]:
    with database.reading(app.extensions["database"])() as session:
        return list(session.scalars(select(BillingProfile).order_by(BillingProfile.id)))


def errors(page) -> dict[str, str]:
    """What stands beside each field."""
    found = {tag["id"].removesuffix("-error"): tag.get_text(" ", strip=True) for tag in page.soup.select(".error")}
    for name in found:
        control = page.soup.find(id=name)
        assert control["aria-invalid"] == "true"
        assert f"{name}-error" in control["aria-describedby"]
    return found


def labels(soup) -> dict[str, str]:
    """The label of each field, without its “optional”."""
    return {tag["for"]: next(iter(tag.stripped_strings)) for tag in soup.find_all("label")}


def test_what_was_entered_is_kept_and_can_be_read_back(app, owner):
    page = save(
        owner,
        **GIVEN,
        line2="4th floor",
        tax_id="de 136 695 976",
        purchase_order="PO 7",
        billing_email="ap@acme.example",
    )
    assert (page.status, page.location) == (303, PROFILE)
    after = page.follow()
    assert "The billing profile is saved" in after.soup.find(id="news").text
    expected = GIVEN | {
        "line2": "4th floor",
        "tax_id": "DE136695976",
        "purchase_order": "PO 7",
        "billing_email": "ap@acme.example",
    }
    assert expected.items() <= filled(after).items()
    (row,) = rows(app)
    assert (row.country, row.region, row.tax_id, row.only_billing_email) == ("DE", "Berlin", "DE136695976", False)


def test_the_change_is_an_event_of_the_person_who_made_it(app, owner, texas):
    save(owner, city="Austin")
    with database.reading(app.extensions["database"])() as session:
        events = session.execute(
            select(Activity.type, User.email).outerjoin(User, User.id == Activity.user_id).order_by(Activity.id)
        ).all()
    assert [tuple(event) for event in events] == [("INVOICE_ADDRESS_ADDED", None), ("INVOICE_ADDRESS_CHANGED", OWNER)]


def test_two_clicks_are_one_change(app, owner):
    """PROFILE-3: the second form says the same again."""
    first, second = (save(owner, **GIVEN) for _ in range(2))
    assert (first.status, second.status) == (303, 303)
    assert len(rows(app)) == 1


def test_two_clicks_at_the_same_moment_are_one_change_too(app, owner):
    fields = filled(owner.get(PROFILE)) | GIVEN
    session = owner.client.get_cookie("session").value

    def click(_number):
        client = app.test_client()
        client.set_cookie("session", session)
        return client.post(PROFILE, data=fields).status_code

    with ThreadPoolExecutor(4) as clicks:
        assert list(clicks.map(click, range(4))) == [303] * 4
    assert len(rows(app)) == 1


@pytest.mark.parametrize(
    ("field", "entered", "words"),
    [
        ("country", "", "Choose a country from the list."),
        ("country", "Atlantis", "Choose a country from the list."),
        ("line1", "  ", "Enter the street address."),
        ("city", " ", "Enter the city."),
        ("region", "", "Enter the state/province/region."),
        ("region", "   ", "Enter the state/province/region."),
        ("postal_code", "", "Enter the Postal Code."),
        ("postal_code", "1", "Enter a postal code of 2 to 12 letters, digits, spaces and hyphens."),
        ("postal_code", "1234567890123", "Enter a postal code of 2 to 12 letters, digits, spaces and hyphens."),
        ("postal_code", "10#19", "Enter a postal code of 2 to 12 letters, digits, spaces and hyphens."),
        ("billing_email", "ap@acme", "Enter an e-mail address like name@company.example."),
        ("billing_email", "ap acme.example", "Enter an e-mail address like name@company.example."),
        ("company", "山田", "Our invoices cannot print “山” “田”. Write it in Latin letters."),
        ("city", "北京", "Our invoices cannot print “京” “北”"),
        ("purchase_order", "PO 🙂", "Our invoices cannot print “🙂”"),
        ("tax_id", "税", "Our invoices cannot print “税”"),
        ("company", "x" * 201, "Enter at most 200 characters."),
        ("tax_id", "1" * 41, "Enter at most 40 characters."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_lost(app, owner, field, entered, words):
    page = save(owner, **GIVEN | {field: entered})
    assert page.status == 422
    assert page.soup.title.text.startswith("Error: Billing profile")
    assert list(errors(page)) == [field]
    assert errors(page)[field].startswith(words)
    assert page.soup.select(f'#error-summary a[href="#{field}"]')
    others = {name: value for name, value in GIVEN.items() if name != field}
    assert others.items() <= filled(page).items()
    assert filled(page)[field] == entered.strip()
    assert rows(app) == []


@pytest.mark.parametrize(
    ("country", "field", "entered", "words"),
    [
        ("United States", "region", "Bavaria", "Choose a state from the list."),
        ("Canada", "region", "Texas", "Choose a province from the list."),
        ("United States", "postal_code", "1234", "Enter a ZIP of five digits"),
        ("United States", "postal_code", "12345-678", "Enter a ZIP of five digits"),
        ("United States", "postal_code", "", "Enter the ZIP."),
        ("Canada", "postal_code", "12345", "Enter a postal code such as A1A 1A1."),
    ],
)
def test_a_country_with_its_own_rules_is_held_to_them(owner, country, field, entered, words):
    page = save(owner, **GIVEN | {"country": country} | PLACES[country] | {field: entered})
    assert page.status == 422
    assert list(errors(page)) == [field]
    assert errors(page)[field].startswith(words)


@pytest.mark.parametrize(
    ("country", "entered", "kept"),
    [
        ("United States", {"postal_code": "78701-1234"}, ("US", "Texas", "78701-1234")),
        ("usa", {"region": "tx", "postal_code": "78701"}, ("US", "Texas", "78701")),
        ("Canada", {"postal_code": "v6b1a1"}, ("CA", "British Columbia", "V6B 1A1")),
        ("CA", {"region": "Québec", "postal_code": "H2X 1Y4"}, ("CA", "Quebec", "H2X 1Y4")),
        ("côte d'ivoire", {"region": "Abidjan", "postal_code": "00225"}, ("CI", "Abidjan", "00225")),
        ("uk", {"region": "London", "postal_code": "sw1a 1aa"}, ("GB", "London", "SW1A 1AA")),
    ],
)
def test_a_country_is_understood_however_it_is_written(app, owner, country, entered, kept):
    """PROFILE-4."""
    assert save(owner, **GIVEN | {"country": country} | PLACES.get(country, {}) | entered).status == 303
    (row,) = rows(app)
    assert (row.country, row.region, row.postal_code) == kept


@pytest.mark.parametrize(
    ("country", "region", "postal_code", "has_tax_id"),
    [
        ("United States", "State", "ZIP", False),
        ("Canada", "Province", "Postal Code", True),
        ("Germany", "State/Province/Region", "Postal Code", True),
    ],
)
def test_the_fields_follow_the_country(owner, country, region, postal_code, has_tax_id):
    part = owner.part(f"{PROFILE}/country?country={country}&shown_country=FR&region=Corse&postal_code=20000")
    assert part.status == 200
    assert part.soup.find(id="country-fields", recursive=False)
    shown = labels(part.soup)
    assert (shown["region"], shown["postal_code"], "tax_id" in shown) == (region, postal_code, has_tax_id)
    assert part.soup.find(id="region").name == ("input" if country == "Germany" else "select")
    assert part.soup.find(id="postal_code")["value"] == "20000"


def test_the_lists_have_every_state_and_every_province(owner):
    for country, count in (("United States", 51), ("Canada", 13)):
        options = owner.part(f"{PROFILE}/country?country={country}").soup.select("#region option")
        assert (options[0]["value"], len(options)) == ("", count + 1)


def test_another_country_clears_the_region_and_the_same_country_keeps_it(owner):
    part = owner.part(f"{PROFILE}/country?country=Austria&shown_country=DE&region=Berlin&postal_code=1010")
    assert part.soup.find(id="region")["value"] == ""
    part = owner.part(f"{PROFILE}/country?country=germany&shown_country=DE&region=Berlin&postal_code=10119")
    assert part.soup.find(id="region")["value"] == "Berlin"


def test_a_country_that_is_none_leaves_the_fields_as_they_are(owner):
    part = owner.part(f"{PROFILE}/country?country=Canad&shown_country=US&region=Texas")
    assert labels(part.soup)["region"] == "State"
    assert part.soup.select_one("#region option[selected]")["value"] == "Texas"
    assert part.soup.find(id="shown_country")["value"] == "US"


def test_a_region_of_the_old_country_does_not_slip_into_the_new_one(app, owner, texas):
    page = save(owner, country="Germany", postal_code="10119")
    assert page.status == 422
    assert errors(page) == {"region": "Enter the state/province/region."}
    sent = filled(page) | {"region": "Berlin"}
    assert owner.post(PROFILE, sent).status == 303
    assert (rows(app)[-1].country, rows(app)[-1].region) == ("DE", "Berlin")


def test_a_browser_without_scripts_asks_for_the_fields_of_the_country_and_loses_nothing(app, owner, texas):
    page = save(owner, country="Canada", company="Acme Ltd", billing_email="ap@acme.example", action="country")
    assert page.status == 200
    assert labels(page.soup)["region"] == "Province"
    assert {"company": "Acme Ltd", "billing_email": "ap@acme.example", "region": ""}.items() <= filled(page).items()
    assert page.soup.select_one("noscript button[name=action][value=country]")
    assert len(rows(app)) == 1
    assert owner.post(PROFILE, filled(page) | PLACES["Canada"]).status == 303
    assert rows(app)[-1].company == "Acme Ltd"


def test_enter_saves_where_a_second_button_only_changes_the_fields(owner):
    form = owner.get(PROFILE).soup.find("form", action=PROFILE)
    assert not form.find("button").get("name")


def test_in_the_united_states_the_tax_id_is_neither_asked_for_nor_kept(app, owner):
    save(owner, **GIVEN, tax_id="DE136695976")
    assert rows(app)[-1].tax_id == "DE136695976"
    page = save(owner, country="United States", **PLACES["United States"], tax_id="DE136695976")
    assert page.status == 303
    assert rows(app)[-1].tax_id is None
    assert "tax_id" not in labels(page.follow().soup)


@pytest.mark.parametrize(("tax_id", "why"), [("DE136695975", "check digits"), ("hello", "9 digits")])
def test_a_tax_id_that_is_not_valid_is_kept_and_its_consequence_said(app, owner, tax_id, why):
    page = save(owner, htmx=True, **GIVEN, tax_id=tax_id)
    assert page.status == 200
    caution = page.soup.find(id="tax-outlook")
    assert "caution" in caution["class"]
    assert why in caution.text
    assert "VAT of 19\N{NO-BREAK SPACE}% is then charged" in caution.text
    assert "tax-outlook" in page.soup.find(id="tax_id")["aria-describedby"]
    assert not page.soup.find(id="tax_id").get("aria-invalid")
    assert rows(app)[-1].tax_id == tax_id


@pytest.mark.parametrize(
    ("address", "box", "words", "addresses"),
    [
        pytest.param("", "", "1 Organization Owner and 1 Organization Billing Admin", (OWNER, ADMIN), id="MAIL-1"),
        pytest.param("", "y", "1 Organization Owner and 1 Organization Billing Admin", (OWNER, ADMIN), id="MAIL-2"),
        pytest.param(
            "ap@acme.example", "", "ap@acme.example, 1 Organization Owner and 1 Organization Billing Admin",
            ("ap@acme.example", OWNER, ADMIN), id="MAIL-3",
        ),
        pytest.param("ap@acme.example", "y", "ap@acme.example", ("ap@acme.example",), id="MAIL-4"),
        pytest.param(
            OWNER.upper(), "", f"{OWNER.upper()} and 1 Organization Billing Admin", (OWNER.upper(), ADMIN), id="MAIL-5"
        ),
    ],
)  # fmt: skip
def test_the_form_says_who_gets_the_mail(owner, address, box, words, addresses):
    part = owner.part(f"{PROFILE}/recipients?billing_email={address}" + ("&only_billing_email=y" if box else ""))
    assert part.soup.find(id="recipients", recursive=False).strong.text == words
    assert [item.text for item in part.soup.find_all("li")] == list(addresses)
    ticked = {"only_billing_email": "y"} if box else {}
    saved = save(owner, **GIVEN, billing_email=address, **ticked).follow()
    assert saved.soup.find(id="recipients").strong.text == words
    assert saved.soup.find(id="only_billing_email").has_attr("checked") is bool(box)


def test_while_the_address_is_not_a_whole_one_nobody_is_named(owner):
    part = owner.part(f"{PROFILE}/recipients?billing_email=ap@ac")
    assert "Enter the whole e-mail address" in part.text


def test_each_catalogue_says_who_its_owners_and_admins_are(app, world):
    """MAIL-6."""
    visitor = Visitor(app)
    visitor.sign_in("super_admin@borealis.example")
    part = visitor.part("/orgs/borealis/billing/profile/recipients")
    assert "super_admin@borealis.example" in part.text


def test_htmx_gets_the_form_and_the_news(owner):
    page = save(owner, htmx=True, **GIVEN)
    assert page.status == 200
    assert page.soup.find(id="profile")
    assert not page.soup.find(["html", "noscript"])
    assert "The billing profile is saved" in page.soup.find(id="news").text


def test_htmx_gets_a_refused_form_with_the_focus_on_what_is_wrong(owner):
    page = save(owner, htmx=True, **GIVEN | {"city": ""})
    assert page.status == 422
    assert page.soup.find(id="profile").find(id="error-summary").has_attr("autofocus")


def test_without_htmx_a_preview_is_the_whole_page_and_keeps_the_rest_of_the_profile(owner):
    save(owner, **GIVEN, billing_email="ap@acme.example", only_billing_email="y")
    page = owner.get(f"{PROFILE}/country?country=Austria")
    assert page.h1 == "Billing profile"
    sent = filled(page)
    assert (sent["country"], sent["region"], sent["city"]) == ("Austria", "", "Berlin")
    assert sent["only_billing_email"]


def test_the_page_says_what_a_change_does_and_how_the_contact_is_changed(owner, texas):
    page = owner.get(PROFILE)
    assert "One profile for all projects of Acme" in page.text
    assert "Closed invoices stay as they are" in page.text
    assert "ap@acme.example" in page.text
    assert page.click("Change the billing contact").h1 == "Change the billing contact"


def test_who_may_only_look_sees_the_profile_and_cannot_change_it(app, visitor, texas):
    visitor.sign_in(VIEWER)
    page = visitor.get(PROFILE)
    facts = {term.text: " ".join(term.find_next("dd").text.split()) for term in page.soup.select(".facts dt")}
    assert facts["Country"] == "United States"
    assert facts["State"] == "Texas"
    assert facts["ZIP"] == "10119"
    assert "VAT/GST ID" not in facts
    assert "Only the role Organization Owner or Organization Billing Admin can change it." in page.text
    assert not page.soup.main.find("form")
    token = page.soup.find("input", attrs={"name": "csrf_token"})["value"]
    assert visitor.post(PROFILE, GIVEN | {"csrf_token": token}).status == 403
    assert visitor.get(f"{PROFILE}/country").status == 403
    assert len(rows(app)) == 1


def test_who_may_only_look_is_told_that_there_is_nothing_yet(visitor):
    visitor.sign_in(VIEWER)
    assert "No billing profile yet" in visitor.get(PROFILE).text


@pytest.mark.parametrize(("email", "status"), [(MEMBER, 403), ("super_admin@borealis.example", 404)])
def test_others_do_not_see_it(visitor, email, status):
    visitor.sign_in(email)
    assert visitor.get(PROFILE).status == status
    assert visitor.get("/orgs/acme/billing/taxes").status == status
