"""Agents open a case for a customer who asked in another way."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from portal import catalogues
from portal.blueprints.desk.routes import as_agent, bp
from portal.domain import case_addresses
from portal.domain.errors import Refusal
from portal.domain.permissions import StaffRole
from portal.models.organizations import Organization, User
from portal.services import belonging, cases, organizations, people, staff_visits
from portal.services.cases import NewCase, NotFilledIn
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.fields import Entered, FilterForm, Form, legible, text_field, trimmed
from portal.web.filters import Choice, choices
from portal.web.idempotency import once

CHOOSE, PAGE = "desk/choose_organization.html", "desk/new.html"
_MOST_SHOWN = 20


class OrganizationSearch(FilterForm):
    """A part of an organization's name, or of its short name."""

    q = text_field("Name or short name", longest=100)


class OpeningForm(Form):
    """What the customer asked, and who it was."""

    requester = text_field("Requester’s e-mail address", required="Enter who asked.", longest=254)
    project = Choice("Project", default="")
    subject = text_field("Subject", required="Say in a line what it is about.", longest=255)
    description = TextAreaField("Description", validators=[Entered("Write down what was asked.")])
    severity = Choice("Severity", default="")
    business_impact = TextAreaField("Business impact", filters=[trimmed])
    cc = TextAreaField("CC", filters=[trimmed])

    def offer(self, organization: Organization) -> None:
        """Fill in the lists."""
        known = organizations.projects_of(db.session(), organization)
        severities = catalogues.load(organization.catalogue).severities.values()
        self.project.choices = choices("The whole organization", ((one.hex_id, one.name) for one in known))
        self.severity.choices = choices("Leave it open", ((one.key, one.name) for one in severities))


@bp.get("/cases/new")
@staff_only(StaffRole.SUPPORT)
def choose_organization() -> ResponseReturnValue:
    """Whose case it will be."""
    form = OrganizationSearch()
    if not form.validate():
        return htmx.refused(CHOOSE, form=form, found=None)
    search = form.q.data or ""
    found = organizations.list_organizations(db.session(), search=search, number=1, size=_MOST_SHOWN)
    return htmx.page(CHOOSE, form=form, found=found)


@bp.get("/organizations/<organization_id>/cases/new")
@staff_only(StaffRole.SUPPORT)
def new_case(organization_id: str) -> ResponseReturnValue:
    """The form of a case for a customer."""
    return htmx.page(PAGE, **_drawn(_found(organization_id), OpeningForm()))


@bp.post("/organizations/<organization_id>/cases")
@staff_only(StaffRole.SUPPORT)
@once
def open_for(organization_id: str) -> ResponseReturnValue:
    """Open it; the requester and who is on CC hear of it as of any other."""
    organization, form = _found(organization_id), OpeningForm()
    drawn = _drawn(organization, form)
    if not form.validate():
        return htmx.refused(PAGE, **drawn)
    try:
        case = cases.open_case(db.session(), organization, _wanted(organization, form), as_agent())
    except NotFilledIn as missing:
        for key, words in missing.fields.items():
            field = form[key if key in form else "description"]
            field.errors = [words]
    except Refusal as refusal:
        form.requester.errors = [*form.requester.errors, str(refusal)]
    else:
        flash(f"{case.id} is open for {case.requester.name}.")
        return redirect(url_for(".case", case_number=case.id), 303)
    return htmx.refused(PAGE, **drawn)


def _wanted(organization: Organization, form: OpeningForm) -> NewCase:
    try:
        separators = catalogues.load(organization.catalogue).case_policy.cc_separators
        cc = case_addresses.read(form.cc.data or "", separators=separators)
    except Refusal as refusal:
        raise NotFilledIn({"cc": str(refusal)}) from refusal
    project = organizations.find_project(db.session(), organization, form.project.data) if form.project.data else None
    return NewCase(
        subject=legible(form.subject.data) or "",
        description=form.description.data or "",
        project=project,
        severity=form.severity.data or None,
        business_impact=form.business_impact.data,
        cc=cc,
        requester=_requester(organization, form.requester.data or ""),
    )


def _requester(organization: Organization, email: str) -> User:
    found = people.find_user_by_email(db.session(), email)
    belongs = found and belonging.find(db.session(), user_id=found.id, slug=organization.slug)
    if found is None or found.deactivated_at or belongs is None:
        raise NotFilledIn({"requester": f"Nobody of {organization.name} signs in with this address."})
    return found


def _found(hex_id: str) -> Organization:
    found = staff_visits.find_organization(db.session(), hex_id)
    if found is None:
        abort(404)
    return found


def _drawn(organization: Organization, form: OpeningForm) -> dict[str, Any]:
    form.offer(organization)
    return {"customer": organization, "form": form, "catalogue": catalogues.load(organization.catalogue)}
