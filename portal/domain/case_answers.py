"""Whether the form for a new case is filled in as the catalogue asks: one message for each field that is not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from portal.domain import case_addresses
from portal.domain.case_forms import FormField, Required, Widget
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Refusal
from portal.domain.support_plans import SupportPlan

_ONE_LINE = frozenset({Widget.TEXT})
# What is chosen among things that only the caller knows, or is checked elsewhere.
_ELSEWHERE = frozenset({Widget.SCOPE, Widget.PROJECTS, Widget.INVOICE, Widget.FILES, Widget.CHECKBOX})


def opening_plan(catalogue: Catalogue, plan: SupportPlan | None, *, has_projects: Callable[[], bool]) -> SupportPlan:
    """The plan in force, where it opens cases; else refused in the customer's words (CASE-1, AV-40, NE-11).

    Projects are asked for only where a case needs one.
    """
    words = catalogue.words
    if plan is None:
        raise Refusal(f"Without a paid service there are no {words.cases}; the community answers.")
    if not plan.opens_cases:
        raise Refusal(f"{plan.name} does not include {words.cases}. Choose another {words.support_plan}.")
    scope = catalogue.case_form.get("scope")
    if scope and scope.required is Required.YES and not has_projects():
        raise Refusal(f"An organization without a project cannot open a {words.case}. Create a project first.")
    return plan


def fields_of(catalogue: Catalogue, plan: SupportPlan) -> Mapping[str, FormField]:
    """The fields that customers of this plan fill in, in the form's order."""
    return {key: field for key, field in catalogue.case_form.items() if not field.plans or plan.key in field.plans}


def problems(catalogue: Catalogue, plan: SupportPlan, answers: Mapping[str, str]) -> Mapping[str, str]:
    """What is wrong with the answers, by field, in words for the customer; empty where nothing is (CASE-1)."""
    found = {}
    for key, field in fields_of(catalogue, plan).items():
        problem = _problem(catalogue, field, answers.get(key, ""), answers)
        if problem:
            found[key] = problem
    return found


def impact_problem(catalogue: Catalogue, severity: str, impact: str | None) -> str | None:
    """What is wrong with the business impact of this severity, at the opening and when it is raised (V-AMB-28)."""
    field = catalogue.case_form.get("business_impact")
    if field is None or not field.is_required({"severity": severity}):
        return None
    return _missing(field) if not (impact or "").strip() else _length(field, impact or "")


def _problem(catalogue: Catalogue, field: FormField, answer: str, answers: Mapping[str, str]) -> str | None:
    if field.widget in _ELSEWHERE:
        return None
    if not answer.strip():
        return _missing(field) if field.is_required(answers) else None
    choices = _choices(catalogue, field)
    if choices is not None:
        return None if answer in choices else f"Choose one of the list for {field.label.lower()}."
    if field.widget is Widget.ADDRESSES:
        return _addresses(catalogue, answer)
    if field.widget in _ONE_LINE and not answer.strip().isprintable():
        return f"{field.label} is one line of text."
    return _length(field, answer)


def _choices(catalogue: Catalogue, field: FormField) -> Collection[str] | None:
    """What can be chosen for the field; None where something is written."""
    if field.widget is Widget.SEVERITY:
        return [severity.key for severity in catalogue.severities.values() if severity.customer_selectable]
    return field.options if field.widget is Widget.SELECT else None


def _missing(field: FormField) -> str:
    verb = "Choose" if field.widget in {Widget.SEVERITY, Widget.SELECT} else "Enter"
    return f"{verb} the {field.label.lower()}."


def _length(field: FormField, answer: str) -> str | None:
    length = len(answer.strip())
    if field.min_length and length < field.min_length:
        return f"{field.label} takes at least {field.min_length:,} characters; this is {length:,}."
    if field.max_length and length > field.max_length:
        return f"{field.label} takes at most {field.max_length:,} characters; this is {length:,}."
    return None


def _addresses(catalogue: Catalogue, answer: str) -> str | None:
    policy = catalogue.case_policy
    try:
        addresses = case_addresses.read(answer, separators=policy.cc_separators)
        case_addresses.to_add(addresses, requester="", present=(), most=policy.cc_most)
    except Refusal as refusal:
        return str(refusal)
    return None
