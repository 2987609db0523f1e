"""Units: the list of them, a new one, renamed, deleted when empty."""

from __future__ import annotations

from flask import abort, flash, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.projects.forms import ConfirmationForm, NameForm, is_done
from portal.blueprints.projects.routes import bp
from portal.domain.permissions import Action
from portal.models.projects import Unit
from portal.services import units as all_units
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, requires
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user

LIST, NAMING, DELETION = "projects/units.html", "projects/unit_name.html", "projects/unit_deletion.html"


@bp.get("/units")
@requires(Action.CREATE_PROJECTS)
def units() -> ResponseReturnValue:
    """All units, with how many projects stand in each."""
    found = all_units.units_of(db.session(), current_organization())
    has_units = current_catalogue().projects.has_units
    counts = all_units.count_projects(db.session(), found)
    return htmx.page(LIST, units=found, counts=counts, has_units=has_units)


@bp.get("/units/new")
@requires(Action.CREATE_PROJECTS)
def new_unit() -> ResponseReturnValue:
    """The form of a new unit."""
    return htmx.page(NAMING, form=NameForm(), unit=None)


@bp.post("/units")
@requires(Action.CREATE_PROJECTS)
@once
def create_unit() -> ResponseReturnValue:
    """Create a unit."""
    form, here = NameForm(), current_organization()
    name = form.name.data or ""
    if not form.validate() or not is_done(
        lambda: all_units.create(db.session(), here, name, by=current_user(), at=clock.now()), form.name
    ):
        return htmx.refused(NAMING, form=form, unit=None)
    flash(f"The unit {name} is created.")
    return htmx.leave(url_for(".units"))


@bp.get("/units/<unit>")
@requires(Action.CREATE_PROJECTS)
def unit(unit: str) -> ResponseReturnValue:
    """The form of its name."""
    found = _found(unit)
    return htmx.page(NAMING, form=NameForm(name=found.name), unit=found)


@bp.post("/units/<unit>")
@requires(Action.CREATE_PROJECTS)
@repeatable("the same name twice is one")
def rename_unit(unit: str) -> ResponseReturnValue:
    """Call it otherwise."""
    form, found, here = NameForm(), _found(unit), current_organization()
    name = form.name.data or ""
    if not form.validate() or not is_done(
        lambda: all_units.rename(db.session(), here, found, name, by=current_user(), at=clock.now()), form.name
    ):
        return htmx.refused(NAMING, form=form, unit=found)
    flash("The unit is renamed.")
    return htmx.leave(url_for(".units"))


@bp.get("/units/<unit>/deletion")
@requires(Action.CREATE_PROJECTS)
def unit_deletion(unit: str) -> ResponseReturnValue:
    """The form that asks for its name."""
    return htmx.page(DELETION, form=ConfirmationForm(), unit=_found(unit))


@bp.post("/units/<unit>/deletion")
@requires(Action.CREATE_PROJECTS)
@repeatable("a unit is deleted once; after that it is not there")
def delete_unit(unit: str) -> ResponseReturnValue:
    """Delete an empty unit."""
    form, found, here = ConfirmationForm(), _found(unit), current_organization()
    if not form.confirms(found.name) or not is_done(
        lambda: all_units.remove(db.session(), here, found, by=current_user(), at=clock.now()), form.name
    ):
        return htmx.refused(DELETION, form=form, unit=found)
    flash(f"The unit {form.name.data} is deleted.")
    return htmx.leave(url_for(".units"))


def _found(hex_id: str) -> Unit:
    found = all_units.find(db.session(), current_organization(), hex_id)
    if found is None:
        abort(404)
    return found
