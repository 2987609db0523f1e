"""Cases in scenario files: the same clock as in the portal, played from a file."""

from __future__ import annotations

import pytest

from portal.domain.errors import Malformed
from tests.scenarios import a_scenario, contract, simulate

PRO = contract("2024-09-01", "prepaid", "1000.00", support_plan="pro")


def opened(at, severity, ref="a", **changes):
    return {"at": at, "do": "open_case", "ref": ref, "severity": severity, "scope": "organization"} | changes


def replied(at, by="staff", ref="a"):
    return {"at": at, "do": "case_reply", "ref": ref, "by": by}


def severity(at, to, by="staff", ref="a", **changes):
    return {"at": at, "do": "case_severity", "ref": ref, "by": by, "severity": to} | changes


def cases(*timeline, until="2024-09-20", **changes):
    return simulate(a_scenario(PRO, *timeline, until=until, **changes))["cases"]


def test_a_case_is_due_by_the_plan_and_met_by_the_first_answer_of_staff():
    (case,) = cases(
        opened("2024-09-13T16:55:00Z", "2"),
        replied("2024-09-13T17:00:00Z", by="customer"),
        replied("2024-09-13T20:55:00Z"),
        replied("2024-09-14T20:55:00Z"),
    )
    assert case == {
        "ref": "a",
        "first_response_due": "2024-09-13T20:55:00Z",
        "first_response": "2024-09-13T20:55:00Z",
        "result": "met",
    }


def test_that_it_was_opened_is_one_of_the_events():
    """Whom a scenario makes up did it; what people do beside a scenario is told of in none (see the demo)."""
    answer = simulate(a_scenario(PRO, opened("2024-09-13T16:55:00Z", "2"), until="2024-09-20"))
    assert [event["on"] for event in answer["events"] if event["type"] == "CASE_CREATED"] == ["2024-09-13"]


@pytest.mark.parametrize(("until", "result"), [("2024-09-13", "open"), ("2024-09-14", "missed")])
def test_without_an_answer_it_is_open_until_due(until, result):
    """The last day is played to its end."""
    (case,) = cases(opened("2024-09-13T21:00:00Z", "2"), until=until)
    assert (case["first_response_due"], case["result"]) == ("2024-09-14T01:00:00Z", result)


def test_a_late_answer_has_missed():
    (case,) = cases(opened("2024-09-13T10:00:00Z", "1"), replied("2024-09-13T12:00:01Z"))
    assert case["result"] == "missed"


def test_steps_are_taken_by_their_instants_whatever_the_order_in_the_file():
    """SL-10: raised at 11:00, it is due two hours later."""
    (case,) = cases(
        replied("2024-09-13T12:59:00Z"),
        severity("2024-09-13T11:00:00Z", "1", by="customer"),
        opened("2024-09-13T10:00:00Z", "4", scope="shop"),
    )
    assert (case["first_response_due"], case["result"]) == ("2024-09-13T13:00:00Z", "met")


@pytest.mark.parametrize(
    ("timeline", "place"),
    [
        ([replied("2024-09-13T10:00:00Z")], "timeline[1].ref"),
        ([opened("2024-09-13T10:00:00Z", "1"), opened("2024-09-13T11:00:00Z", "1")], "timeline[2].ref"),
        ([opened("2024-09-13T10:00:00Z", "9")], "timeline[1].severity"),
        ([opened("2024-09-13T10:00:00Z", None)], "timeline[1]"),
        ([opened("2024-09-13T10:00:00", "1")], "timeline[1].at"),
        ([opened("2024-02-30T10:00:00Z", "1")], "timeline[1].at"),
        ([opened("2024-09-13T10:00:00Z", "1", scope="lab")], "timeline[1].scope"),
        ([opened("2024-09-13T10:00:00Z", "1", via="fax")], "timeline[1].via"),
        ([opened("2024-09-13T10:00:00Z", "1", on="2024-09-13")], "timeline[1].on"),
        ([opened("2024-08-13T10:00:00Z", "1")], "timeline[1]"),
        ([opened("2024-09-13T10:00:00Z", "1"), severity("2024-09-13T11:00:00Z", "1")], "timeline[2]"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(timeline, place):
    with pytest.raises(Malformed) as refused:
        cases(*timeline)
    assert refused.value.place == place


def test_on_basic_a_case_is_refused():
    with pytest.raises(Malformed) as refused:
        simulate(a_scenario(opened("2024-09-13T10:00:00Z", "1"), until="2024-09-20"))
    assert (refused.value.place, "Basic" in refused.value.expected) == ("timeline[0]", True)


def test_a_severity_lowered_counts_from_the_opening():
    """SL-10."""
    (case,) = cases(opened("2024-09-13T10:00:00Z", "1"), severity("2024-09-13T10:30:00Z", "2"))
    assert case["first_response_due"] == "2024-09-13T14:00:00Z"
