"""How the requester found what was done: asked on the page of a case that is solved."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal import clock
from portal.blueprints.cases.doing import doing
from portal.blueprints.cases.routes import bp
from portal.blueprints.cases.views import Opened, drawn, of_organization
from portal.domain.permissions import Action
from portal.services import case_ratings
from portal.web import db, htmx
from portal.web.access import requires
from portal.web.fields import Form, SelectChoice, trimmed
from portal.web.idempotency import repeatable


class RatingForm(Form):
    """Good or not, and words that nobody has to write."""

    answer = RadioField(
        "How was the help?",
        choices=[SelectChoice("good", "Good"), SelectChoice("bad", "Not good")],
        validators=[InputRequired("Choose one of both.")],
    )
    words = TextAreaField(
        "What should we know?",
        validators=[Length(max=case_ratings.LONGEST_WORDS, message="Write at most 2,000 characters.")],
        filters=[trimmed],
    )


@bp.post("/support/cases/<int:case_number>/rating")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("the newest answer counts")
def rate(case_number: int) -> ResponseReturnValue:
    """Keep the answer."""
    opened, form = of_organization(case_number), RatingForm()
    if not form.validate():
        return htmx.refused(opened.page, **drawn(opened), rating=form)
    is_good = form.answer.data == "good"
    case_ratings.rate(db.session(), opened.case, is_good=is_good, words=form.words.data or "", doing=doing())
    flash("Thank you. Support reads it.")
    return htmx.leave(opened.to("case"))


@bp.app_template_global()
def rating_form(opened: Opened) -> RatingForm | None:
    """The form with what was answered before; None for who is not asked, and when it is too early or too late."""
    if not (opened.is_inside and opened.rights.is_requester and case_ratings.is_open(opened.case, at=clock.now())):
        return None
    before = case_ratings.find(db.session(), opened.case)
    held = {"answer": "good" if before.is_good else "bad", "words": before.words} if before else {}
    return RatingForm(formdata=None, data=held)
