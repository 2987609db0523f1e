"""Writes letters: the subject and text of a mail, from a template and the facts of its case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal import catalogues
from portal.domain.money import Money, decimal_text
from portal.domain.periods import Month

FOLDER = Path(__file__).resolve().parent.parent / "templates/mail"
# Whoever reads one of these can act as its recipient.
_SECRET = frozenset({"activation_code", "invitation", "password_reset"})


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as people read it, in plain text; the subject is one line.

    A secret text is erased when it has gone to everybody, or can go to nobody any more (MAIL-21).
    """

    subject: str
    text: str
    is_secret: bool = False

    def __post_init__(self) -> None:
        """Refuse a subject that could end its header and begin another."""
        if not self.subject.isprintable():
            raise ValueError("a subject is one line of text")


def write(name: str, **facts: object) -> Letter:
    """The letter of `templates/mail/NAME.txt` with these facts; its first line is the subject.

    A fact that is text is put on one line, so that no name that somebody chose can add a line to a letter, or a header
    to a mail. A fact that the template asks for and that is missing is an error; `seller`, who writes, is always known.
    """
    one_line = {key: _on_one_line(fact) if isinstance(fact, str) else fact for key, fact in facts.items()}
    one_line.setdefault("seller", catalogues.load_seller().entity)
    subject, _, text = _TEMPLATES.get_template(f"{name}.txt").render(one_line).partition("\n")
    return Letter(subject.strip(), text.strip() + "\n", is_secret=name in _SECRET)


def money(value: Money) -> str:
    """`EUR 1,088.85`."""
    whole, dot, part = decimal_text(value.minor, value.currency).partition(".")
    return f"{value.currency} {int(whole):,}{dot}{part}"


def day(value: date) -> str:
    """`1 November 2026`."""
    return f"{value.day} {value:%B} {value.year:04d}"


def month(value: Month | date) -> str:
    """`November 2026`."""
    return f"{date(value.year, value.month, 1):%B} {value.year:04d}"


def _on_one_line(fact: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in fact).split())


_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=select_autoescape(("html",)),  # plain text stays as it is
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters.update(money=money, day=day, month=month)
