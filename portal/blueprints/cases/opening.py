"""What a new case needs: who may raise one and of what, the form that the catalogue asks for, and reading it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import abort, request

from portal import clock
from portal.blueprints.cases.forms import ORGANIZATION, CaseForm, Offered
from portal.domain import case_addresses, case_answers
from portal.domain.case_forms import Widget
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Refusal
from portal.domain.permissions import Action
from portal.domain.support_plans import SupportPlan
from portal.models.cases import Case
from portal.models.invoices import Invoice
from portal.models.organizations import Project
from portal.services import (
    case_access,
    case_people,
    cases,
    invoices,
    organizations,
    support_blocks,
    support_standing,
)
from portal.services.cases import NewCase
from portal.services.support_standing import Standing
from portal.web import db
from portal.web.access import current_catalogue, current_organization, may, permitted
from portal.web.identity import current_user

# The invoices that the form offers, the newest first; another one comes with the link on its page.
_MOST_INVOICES = 24


@dataclass(frozen=True, slots=True)
class Raised:
    """What the person may raise cases of (None: the whole organization), and the projects that they see.

    `has_projects` says whether the organization has any.
    """

    scopes: Sequence[Project | None]
    visible: Sequence[Project]
    has_projects: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a case can be opened: by which plan, or why not (`refusal`), and why the person is kept from it."""

    raised: Raised
    standing: Standing
    plan: SupportPlan | None
    refusal: str | None
    blocked_because: str | None

    @property
    def is_possible(self) -> bool:
        """Whether there is a form at all."""
        return self.plan is not None and self.blocked_because is None


def raised() -> Raised:
    """What the person may raise; 403 for who may raise nothing (3.5)."""
    projects = organizations.projects_of(db.session(), current_organization())
    scopes: list[Project | None] = [*permitted(projects, Action.RAISE_PROJECT_CASES)]
    if may(Action.RAISE_ORGANIZATION_CASES):
        scopes.insert(0, None)
    if not scopes:
        abort(403)
    return Raised(scopes, permitted(projects, Action.VIEW_PROJECT), bool(projects))


def opening(raised: Raised) -> Opening:
    """How a new case stands for this organization and person now."""
    session, organization = db.session(), current_organization()
    standing = support_standing.plan_of(session, organization, on=clock.today())
    plan, refusal = None, None
    try:
        plan = case_answers.opening_plan(current_catalogue(), standing.plan, has_projects=lambda: raised.has_projects)
    except Refusal as refused:
        refusal = str(refused)
    return Opening(raised, standing, plan, refusal, support_blocks.reason_of(session, organization, current_user()))


def offered(plan: SupportPlan, raised: Raised) -> Offered:
    """What the form of this plan offers the person."""
    catalogue = current_catalogue()
    fields = case_answers.fields_of(catalogue, plan)
    kinds = {field.widget for field in fields.values()}
    return Offered(
        catalogue=catalogue,
        fields=fields,
        scopes=raised.scopes,
        projects=raised.visible if Widget.PROJECTS in kinds else (),
        invoices=_invoices() if Widget.INVOICE in kinds and may(Action.VIEW_BILLING) else (),
    )


def presets(form_of: Offered) -> dict[str, str]:
    """What links to the form fill in: the project, the invoice that is wrong (NE-31), and its severity (NE-23)."""
    given = {"scope": request.args.get("project", ""), "invoice": request.args.get("invoice", "")}
    given["follows"] = str(followed_number() or "")
    given["reason"] = request.args.get("reason", "")
    if given["invoice"] or given["reason"] == "billing":
        given["severity"] = form_of.catalogue.case_policy.severity_when_missing or ""
    return {name: value for name, value in given.items() if value}


def followed_number() -> int | None:
    """The number of the closed case that the new one is to follow, by form or link."""
    given = (request.form.get("follows") or request.args.get("follows", "")).strip()
    return int(given) if re.fullmatch(r"[0-9]{1,18}", given) else None


def problems(form: CaseForm, plan: SupportPlan) -> Mapping[str, str]:
    """What is wrong with the form, by field: by the catalogue's rules, and with what only this page knows."""
    catalogue, answers = form.offered.catalogue, form.answers
    found = dict(case_answers.problems(catalogue, plan, answers))
    if "scope" in form and form["scope"].data not in {_key_of(project) for project in form.offered.scopes}:
        found["scope"] = f"Choose the {form['scope'].label.text.lower()}."
    if "cc" in form and "cc" not in found:
        try:
            case_people.check_cc(db.session(), current_organization(), catalogue, addresses(catalogue, form["cc"].data))
        except Refusal as refusal:
            found["cc"] = str(refusal)
    if followed_number() is not None and _followed() is None:
        found["follows"] = f"There is no {catalogue.words.case} {followed_number()} that you could follow."
    return {key: found[key] for key in (*(key for key in form._fields if key in found), *found)}


def wanted(form: CaseForm) -> NewCase:
    """What a form without problems asks for."""
    answers, scopes_by_key = form.answers, {_key_of(project): project for project in form.offered.scopes}
    by_number = {one.number: one.id for one in form.offered.invoices}
    return NewCase(
        subject=answers.get("subject", ""),
        description=answers.get("description", ""),
        project=scopes_by_key[form["scope"].data] if "scope" in form else None,
        severity=answers.get("severity") or None,
        business_impact=answers.get("business_impact"),
        product=answers.get("product") or None,
        reason=answers.get("reason") or None,
        invoice_id=by_number.get(answers.get("invoice", "")),
        video=bool(form["video"].data) if "video" in form else False,
        cc=addresses(form.offered.catalogue, answers.get("cc")),
        affected=_affected(form),
        follows=_followed(),
    )


def addresses(catalogue: Catalogue, typed: str | None) -> Sequence[str]:
    """The addresses that were typed, read as the catalogue separates them."""
    return case_addresses.read(typed or "", separators=catalogue.case_policy.cc_separators)


def _followed() -> Case | None:
    number, session = followed_number(), db.session()
    case = cases.find(session, number, organization=current_organization()) if number is not None else None
    return case if case and case_access.rights(session, case, current_user()).may_comment else None


def _key_of(project: Project | None) -> str:
    return project.hex_id if project else ORGANIZATION


def _affected(form: CaseForm) -> list[tuple[Project, str]]:
    known = {project.hex_id: project for project in form.offered.projects}
    return [(known[row.project.data], row.service.data or "") for row in form.rows if row.project.data]


def _invoices() -> list[Invoice]:
    session, organization = db.session(), current_organization()
    newest = invoices.newest(session, organization, most=_MOST_INVOICES)
    asked = request.values.get("invoice", "")
    if asked and asked not in {one.number for one in newest}:
        found = invoices.find_invoice(session, organization, asked)
        return [*newest, *([found] if found else [])]
    return [*newest]
