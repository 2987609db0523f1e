"""The page that shows every component in all its states: what designers look at, and what tests look at."""

from __future__ import annotations

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff import examples
from portal.blueprints.staff.routes import bp
from portal.web import htmx
from portal.web.access import staff_only
from portal.web.idempotency import repeatable
from portal.web.paging import counted

PAGE, FORM, LIST = "staff/components.html", "staff/components/_form.html", "staff/components/_list.html"
DIALOG = "staff/components/dialog.html"
TRIED = "The example was taken. Nothing of it is kept."


@bp.get("/components")
@staff_only()
def components() -> ResponseReturnValue:
    """All of them; for htmx only the list that sorts and pages."""
    paged, is_descending = examples.projects()
    said = counted(paged, "project", "projects")
    drawn = examples.context() | {"form": examples.ExampleForm(), "said": said}
    return htmx.page(PAGE, LIST, paged=paged, is_descending=is_descending, **drawn)


@bp.post("/components")
@staff_only()
@repeatable("nothing is kept")
def try_components() -> ResponseReturnValue:
    """Check the form that works, and keep nothing."""
    form = examples.ExampleForm()
    if not form.validate():
        paged, is_descending = examples.projects()
        drawn = examples.context() | {"form": form, "refused": True}
        return htmx.refused(PAGE, FORM, paged=paged, is_descending=is_descending, **drawn)
    return htmx.done(FORM, otherwise=url_for(".components"), news=TRIED, form=examples.ExampleForm(formdata=None))


@bp.get("/components/dialog")
@staff_only()
def component_dialog() -> ResponseReturnValue:
    """What the dialog asks, as the page that one gets without script."""
    return htmx.page(DIALOG, code_form=examples.CodeForm())


@bp.post("/components/dialog")
@staff_only()
@repeatable("nothing is kept")
def answer_dialog() -> ResponseReturnValue:
    """Check what was entered in the dialog, and keep nothing."""
    form = examples.CodeForm()
    if not form.validate():
        return htmx.refused(DIALOG, code_form=form, refused=True)
    flash(TRIED)
    return htmx.leave(url_for(".components"))
