"""The components in all their states: what each promises to who sees, hears or types."""

from __future__ import annotations

import re

import pytest

from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from tests.pages import PARTIAL, Visitor

DATABASES = ("sqlite",)

PAGE = "/staff/components"


def words(tag):
    return " ".join(tag.get_text().split())


@pytest.fixture
def staff(visitor: Visitor) -> Visitor:
    visitor.sign_in("sales@portal.example")
    return visitor


@pytest.fixture
def soup(staff):
    return staff.get(PAGE).soup


def part(soup, name):
    return soup.find("section", attrs={"aria-labelledby": name})


def test_customers_do_not_see_the_workshop(visitor):
    visitor.sign_in("org_owner@acme.example")
    assert visitor.get(PAGE).status == 403


def test_every_section_is_reached_by_its_link(soup):
    links = [link["href"][1:] for link in soup.find("nav", attrs={"aria-label": "Components"}).find_all("a")]
    assert links == [head["id"] for head in soup.select("main section > h2")]


def test_a_button_that_is_busy_says_so_and_keeps_its_words(soup):
    busy = part(soup, "buttons").select("[aria-busy=true]")
    assert {button.get("data-kind") for button in busy} == {None, "primary", "danger", "quiet"}
    assert all(words(button) for button in busy)
    assert len(part(soup, "buttons").select("button[disabled]")) == 4


def test_every_status_has_a_badge_with_words_and_an_icon(soup):
    badges = part(soup, "states").select(".badge")
    assert len(badges) == 5 + len(InvoiceStatus) + len(PaymentStatus)
    assert all(words(badge) and badge.find("svg") for badge in badges)


def test_a_field_says_its_help_its_error_and_its_caution_with_it(soup):
    described = {
        field["name"]: [soup.find(id=name)["class"][0] for name in field["aria-describedby"].split()]
        for field in part(soup, "fields").select("[name][aria-describedby]:not([type=radio])")
    }
    assert described["empty-code"] == ["hint"]
    assert described["filled-code"] == ["hint"]
    assert described["filled-note"] == ["caution"]
    assert described["refused-code"] == ["hint", "error"]
    assert described["refused-severity"] == ["error"]
    assert described["refused-files"] == ["hint", "error"]
    assert described["refused-copy"] == ["hint"]


def test_only_what_is_wrong_is_marked_as_wrong(soup):
    marked = [field["name"] for field in part(soup, "fields").select("[aria-invalid]")]
    assert marked == ["refused-code", "refused-severity", "refused-files"]


def test_the_values_that_were_entered_stay(soup):
    fields = part(soup, "fields")
    assert fields.find(id="filled-code")["value"] == "MC-2026-ACME-7Q4T"
    assert fields.find(id="filled-severity").find(selected=True)["value"] == "2"
    assert [choice["value"] for choice in fields.select("[name=filled-role][checked]")] == ["billing"]
    assert len(fields.find(id="refused-note").text.strip()) == 300


def test_the_choices_of_one_group_are_named_by_it_and_explained_one_by_one(soup):
    group = part(soup, "fields").find("input", attrs={"name": "refused-role"}).find_parent("fieldset")
    assert words(group.legend) == "Organization role"
    assert [soup.find(id=name)["class"][0] for name in group["aria-describedby"].split()] == ["hint", "error"]
    explained = group.find("input", attrs={"value": "billing"})["aria-describedby"]
    assert "applies codes" in words(soup.find(id=explained))


def test_the_error_summary_counts_and_names_the_fields_in_their_order(staff):
    summary = staff.get(PAGE).submit(PAGE, severity="", role="").soup.find(id="error-summary")
    assert "There are 4 things to correct" in words(summary)
    assert [(link["href"], words(link)) for link in summary.find_all("a")] == [
        ("#code", "Activation code: Enter the activation code."),
        ("#note", "Note: Enter what the code is for."),
        ("#severity", "Severity: Choose a severity."),
        ("#role-0", "Organization role: Choose a role."),
    ]
    assert summary.has_attr("autofocus")


def test_a_refused_form_keeps_what_was_entered_as_page_and_as_part(staff):
    entered = {"code": "MC-1", "note": "Mine", "severity": "", "role": "owner"}
    page = staff.get(PAGE).submit(PAGE, **entered)
    token = str(page.soup.select_one("input[name=csrf_token]")["value"])
    fragment = staff.client.post(PAGE, data=entered | {"csrf_token": token}, headers=PARTIAL)
    looked_at = staff._looked_at(fragment, whole=False)
    for answer in (page, looked_at):
        assert answer.status == 422
        form = answer.soup.find(id="example-form")
        assert form.find(id="code")["value"] == "MC-1"
        assert [choice["value"] for choice in form.select("[name=role][checked]")] == ["owner"]
        assert words(form.find(id="error-summary").find("a")) == "Severity: Choose a severity."


def test_what_the_form_took_is_said_and_kept_nowhere(staff):
    taken = staff.get(PAGE).submit(PAGE, code="MC-1", note="Mine", severity="2", role="owner")
    assert (taken.status, taken.location) == (303, PAGE)
    assert "The example was taken." in words(taken.follow().soup.find(id="news"))


def test_a_dialog_is_a_page_for_who_has_no_script(staff, soup):
    link = soup.find("a", attrs={"data-dialog": True})
    dialog = soup.find("dialog", id=link["data-dialog"])
    assert not dialog.has_attr("open")
    assert words(soup.find(id=dialog["aria-labelledby"])) == "Apply a code"
    page = staff.get(link["href"])
    assert page.h1 == "Apply a code"
    refused = page.submit("/staff/components/dialog")
    assert (refused.status, words(refused.soup.find(id="error-summary").find("a"))) == (
        422, "Activation code: Enter the activation code.",
    )  # fmt: skip
    assert refused.submit("/staff/components/dialog", applied_code="MC-1").location == PAGE


def test_every_way_out_of_the_dialog_is_a_button_of_its_closing_form(soup):
    dialog = soup.find("dialog")
    closing = dialog.find("form", method="dialog")
    assert [words(button) for button in dialog.select(f"#{closing['id']} button, [form={closing['id']}]")] == [
        "Close", "Cancel",
    ]  # fmt: skip


def test_steps_before_the_current_one_lead_back_and_say_that_they_are_done(soup):
    for nav, done in zip(part(soup, "ways").select("nav:has(.steps)"), (0, 1, 3), strict=True):
        assert len(nav.select("[aria-current=step]")) == 1
        assert len(nav.select("li.done a[href]")) == done == len(re.findall(", done", nav.text))


def test_each_cell_of_a_card_has_the_name_of_its_column(soup):
    for table in part(soup, "tables").select("table"):
        heads = [words(head) for head in table.select("thead th")]
        for row in table.select("tbody tr, tfoot tr"):
            assert row.find("th", scope="row")
            assert [cell["data-label"] for cell in row.find_all("td")] == heads[1:]


def test_a_table_sorts_and_pages_by_link_as_page_and_as_part(staff):
    for ask in (staff.get, staff.part):
        soup = ask(f"{PAGE}?sort=-name&page=10").soup
        rows = [words(row.th) for row in soup.select("#example-list tbody tr")]
        assert len(rows) == 12
        assert rows[-2:] == ["project-000", rows[-1]]
        assert rows[-1].startswith("Donaudampf")
        assert soup.select_one("#example-list [aria-sort]")["aria-sort"] == "descending"
        assert "109–120 of 120" in words(soup.find(id="example-list"))
    assert "120 projects, 109 to 120 shown" in words(soup.select_one("#news[data-hx-swap-oob]"))


def test_progress_is_named_and_said_in_words(soup):
    bars = part(soup, "facts").find_all("progress")
    assert [(bar["value"], bar["max"], words(bar)) for bar in bars] == [
        ("0", "100", "0 %"), ("42", "100", "42 %"), ("100", "100", "100 %"),
    ]  # fmt: skip
    assert all(bar["aria-label"] for bar in bars)


def test_money_and_time_are_written_alike_everywhere(soup):
    shown = words(part(soup, "facts")).replace("\N{NO-BREAK SPACE}", " ")
    for written in ("$0.00", "$0.01", "−$750.00", "€5,297.73", "CHF 12.00", "20 Nov 2026, 13:31 UTC", "no limit"):
        assert written in shown


def test_a_chart_has_a_name_a_finding_and_every_number_in_a_table(soup):
    for figure in part(soup, "charts").select("figure"):
        name, finding = (soup.find(id=part) for part in figure.svg["aria-labelledby"].split())
        assert words(name)
        assert "in all; the most in" in words(finding)
        assert len(figure.select("tbody tr")) == len(figure.select(".chart-col"))
