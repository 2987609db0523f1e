"""What stands in the components on the page that shows them: made up, of every length and state, and kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, MultipleFileField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from portal.domain.attachments import FileState, Limits
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.domain.money import USD, Money
from portal.models.attachments import AttachedContent, Attachment
from portal.web.charts import MONTH_BAR, Chart, Cost, Span, stacked_chart
from portal.web.fields import Entered, Form, SelectChoice, text_field
from portal.web.paging import Paged, page_number
from portal.web.uploads import Chooser

AT = datetime(2026, 11, 20, 13, 31, tzinfo=UTC)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH & Co. KG"
PROJECT_COUNT, SHOWN = 120, 12
_MONTHS = ("Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov")
_ROLES = (("member", "Organization Member"), ("billing", "Organization Billing Admin"), ("owner", LONG))
_FULL = {
    "code": "MC-2026-ACME-7Q4T",
    "note": "Replaces the commitment of 2025.",
    "severity": "2",
    "role": "billing",
    "copy": "y",
}
_WRONG = {"code": "", "note": "x" * 300, "severity": "", "role": ""}


class ExampleForm(Form):
    """A field of each kind."""

    code = text_field("Activation code", required="Enter the activation code.")
    note = TextAreaField("Note", validators=[Entered("Enter what the code is for.")])
    severity = SelectField(
        "Severity",
        choices=[SelectChoice("", "Choose a severity"), SelectChoice("2", "2 – works with reduced capacity")],
        validators=[Entered("Choose a severity.")],
    )
    role = RadioField(
        "Organization role",
        choices=[SelectChoice(*choice) for choice in _ROLES],
        validators=[InputRequired("Choose a role.")],
    )
    files = MultipleFileField("Attachments")
    copy = BooleanField("Send a copy to everybody who manages billing")


class CodeForm(Form):
    """What the dialog asks."""

    applied_code = text_field("Activation code", required="Enter the activation code.")


@dataclass(frozen=True, slots=True)
class Project:
    """A row of the list."""

    name: str
    owner: str
    usage: Money


def forms() -> dict[str, ExampleForm]:
    """The same form empty, filled in, refused and disabled, by the word for it."""
    drawn = {
        name: ExampleForm(formdata=None if entered is None else _sent(name, entered), prefix=name, meta={"csrf": False})
        for name, entered in (("empty", None), ("filled", _FULL), ("refused", _WRONG), ("disabled", _FULL))
    }
    drawn["refused"].validate()
    drawn["refused"].files.errors = ["Each file may have 10 MiB; replica-set.tar.gz has 12 MiB."]
    return drawn


def projects() -> tuple[Paged[Project], bool]:
    """One page of a long list, sorted by name as the address says, and whether it is descending."""
    is_descending = request.args.get("sort", "name").startswith("-")
    everything = sorted(_all_projects(), key=lambda project: project.name, reverse=is_descending)
    number = min(page_number(), -(-PROJECT_COUNT // SHOWN))
    shown = everything[(number - 1) * SHOWN : number * SHOWN]
    return Paged(shown, number, PROJECT_COUNT, SHOWN), is_descending


def charts() -> dict[str, Chart]:
    """Twelve months of many services, and a single month."""
    spans = [Span(date(2026, 1, 1 + index), f"{name} 2026", name) for index, name in enumerate(_MONTHS)]
    last = Span(date(2026, 1, 12), "November 2026 to date", "Nov", "to date", is_running=True)
    costs = [
        (span.starts_on, service, (base + 1731 * index * index) % 90_000 + base)
        for index, span in enumerate(spans)
        for service, base in (("Clusters", 61_000), ("Backup", 22_000), ("Search", 9_500), (LONG, 900), ("Charts", 410))
    ]
    return {
        "many": _chart([*spans[:-1], last], costs),
        "one": _chart([last], [(last.starts_on, "Clusters", 1)]),
    }


def attachments() -> list[Attachment]:
    """A file of each group, and one in each state."""
    kinds = (("shot.png", "image/png"), ("screen.webm", "video/webm"), ("report.pdf", "application/pdf"))
    more = (("mongod.log", "text/plain"), ("diagnostics-of-three-members.tar.gz", "application/gzip"))
    clean = [_attachment(name, type_, FileState.CLEAN) for name, type_ in (*kinds, *more)]
    found = _attachment("invoice.zip", "application/zip", FileState.INFECTED, "Eicar-Test-Signature")
    refused = _attachment(
        "tool.exe", "application/octet-stream", FileState.REFUSED, "“tool.exe” could run, and is not taken."
    )
    return [*clean, _attachment(f"{LONG}.log", "text/plain", FileState.CHECKING), found, refused]


def choosers() -> dict[str, Chooser]:
    """The field of files empty, with files that are kept already, and refused."""
    kept = [one for one in attachments() if one.state is not FileState.REFUSED]
    limits, url = Limits(5, 10 * 1024 * 1024), "/staff/components"
    problem = "“dump.gz” is too large: it has 20 MiB, and a file may have 10 MiB. Pack it, or send it in parts."
    return {
        "empty": Chooser(url, limits, ()),
        "kept": Chooser(url, limits, kept[-2:]),
        "refused": Chooser(url, limits, kept[:1], (problem,)),
        "full": Chooser(url, limits, kept[:5]),
    }


def context() -> dict[str, object]:
    """Everything that the page shows."""
    return {
        "at": AT,
        "long": LONG,
        "forms": forms(),
        "charts": charts(),
        "code_form": CodeForm(formdata=None),
        "attachments": attachments(),
        "choosers": choosers(),
        "moneys": [Money(minor, code) for minor, code in _AMOUNTS],
        "invoice_statuses": list(InvoiceStatus),
        "payment_statuses": list(PaymentStatus),
    }


_AMOUNTS = (
    (0, "USD"), (1, "USD"), (-75_000, "USD"), (529_773, "EUR"), (1_200, "CHF"), (123_456_789_012, "JPY"),
)  # fmt: skip


def _attachment(name: str, content_type: str, state: FileState, why: str | None = None) -> Attachment:
    made = Attachment(hex_id="0" * 24, name=name, content_type=content_type, size=len(name) ** 4, refusal=why)
    if state is not FileState.REFUSED:
        made.content = AttachedContent(sha256="0" * 64, size=made.size, state=state, finding=why)
    return made


def _sent(prefix: str, entered: dict[str, str]) -> MultiDict[str, str]:
    return MultiDict({f"{prefix}-{name}": value for name, value in entered.items()})


def _all_projects() -> Sequence[Project]:
    return [
        Project(LONG if number == 1 else f"project-{number:03}", "Lena Hartwig", Money(number * number * 137, USD))
        for number in range(PROJECT_COUNT)
    ]


def _chart(spans: Sequence[Span], costs: Sequence[Cost]) -> Chart:
    return stacked_chart(spans, costs, other="Other services", bar=MONTH_BAR)
