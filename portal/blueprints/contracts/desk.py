"""How staff change anything here: a form, what it would do, and then the change, each on the same page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from portal import catalogues
from portal.blueprints.contracts.forms import Reviewed
from portal.domain.errors import Overtaken, Refusal
from portal.models.organizations import Organization
from portal.services.outlooks import Effect
from portal.web import effects, htmx

PAGE = "contracts/change.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A change that staff may make to what an organization has, called `title`.

    `preview` says what it would do, `make` does it; both refuse what cannot be. `note` is a consequence to know before.
    """

    organization: Organization
    form: Reviewed
    title: str
    of: str
    note: str
    back: str
    preview: Callable[[], Effect]
    make: Callable[[], object]
    button: str
    is_danger: bool = False


def review(desk: Desk) -> ResponseReturnValue:
    """The form; once it is filled in, what it would do. Nothing is changed."""
    if not desk.form.is_asked:
        return htmx.page(PAGE, desk=desk)
    if not desk.form.validate():
        return htmx.refused(PAGE, desk=desk)
    try:
        effect = desk.preview()
    except Refusal as refusal:
        return htmx.refused(PAGE, desk=desk, refusal=str(refusal))
    labels = catalogues.load(desk.organization.catalogue).payment_labels
    return htmx.page(PAGE, desk=desk, effect=effects.effect_of(effect, labels))


def make(desk: Desk) -> ResponseReturnValue:
    """Make the change, whose effect was shown."""
    if not desk.form.validate():
        return htmx.refused(PAGE, desk=desk)
    try:
        desk.make()
    except Overtaken:
        raise  # What was reviewed is not there any more: the form would only be refused again.
    except Refusal as refusal:
        return htmx.refused(PAGE, desk=desk, refusal=str(refusal))
    flash(f"{desk.title}: done. It counts for every month that is not closed.")
    return redirect(desk.back, 303)
