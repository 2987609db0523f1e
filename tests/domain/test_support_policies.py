"""A support policy says all that it has to say, and its versions hold from their days on."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.errors import Malformed
from portal.domain.support_policies import SECTIONS, PolicyVersion, in_force, read_version

WHOLE = "# Support policy of Acme\n\n" + "\n\n".join(f"## {section}\n\nWords." for section in SECTIONS)
OLD, NEW = PolicyVersion(date(2024, 8, 6), WHOLE), PolicyVersion(date(2024, 9, 2), WHOLE)


def complaint(text: str, name: str = "2024-09-02") -> str:
    with pytest.raises(Malformed) as caught:
        read_version(text, source="policies/acme/2024-09-02.md", name=name)
    return str(caught.value).removeprefix("policies/acme/2024-09-02.md: ")


def test_a_version_is_called_by_its_day_and_has_a_title() -> None:
    version = read_version(WHOLE, source="x", name="2024-09-02")
    assert (version.version, version.title) == ("2024-09-02", "Support policy of Acme")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_there_with_text(section: str) -> None:
    expected = f"a section “## {section}” with text is expected"
    assert complaint(WHOLE.replace(f"## {section}\n\nWords.", "")) == expected
    assert complaint(WHOLE.replace(f"## {section}\n\nWords.", f"## {section}\n\n")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{WHOLE}\n\n## Scope\n\nAgain.", "the section “## Scope” stands twice"),
        (WHOLE.removeprefix("# "), "a title is expected first: “# ” and words"),
        (f"{WHOLE} {{prices}}", "{prices} is not known here; there are {severities}, {first_response}"),
        (f"{WHOLE}\n\n{{severities}}", "{severities} is expected in the section “Severities”"),
    ],
)
def test_a_mistake_is_named(text: str, expected: str) -> None:
    assert complaint(text) == expected


@pytest.mark.parametrize("name", ["september", "2024-02-30", "2024"])
def test_the_name_of_the_file_is_its_day(name: str) -> None:
    assert complaint(WHOLE, name) == "a day like 2024-09-02 is expected for a name"


@pytest.mark.parametrize(
    ("on", "holds"),
    [
        (date(2024, 8, 5), None),
        (date(2024, 8, 6), OLD),
        (date(2024, 9, 1), OLD),
        (date(2024, 9, 2), NEW),
        (date(2030, 1, 1), NEW),
    ],
)
def test_a_version_holds_from_its_day_until_the_next_one(on: date, holds: PolicyVersion | None) -> None:
    assert in_force((OLD, NEW), on) is holds
    assert in_force((NEW, OLD), on) is holds


def test_tables_stand_where_their_marks_were() -> None:
    text = WHOLE.replace("## Severities\n\nWords.", "## Severities\n\nBelow.\n\n{severities}")
    written = read_version(text, source="x", name="2024-09-02").written_out({"{severities}": "| a |"})
    assert "Below.\n\n| a |" in written
    assert "{" not in written
