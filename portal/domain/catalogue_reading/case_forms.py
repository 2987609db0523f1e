"""Reads the form for a new case and how cases are handled."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.case_forms import CasePolicy, Condition, FormField, ReplyVisibility, Required, Widget
from portal.domain.catalogue_reading.values import by_key, choice, names, optional_integer, origin, reference, some_of
from portal.domain.origins import Origin
from portal.domain.reading import Reader
from portal.domain.support_plans import Severity, SupportPlan

SEPARATORS = ("space", "comma", "newline")


def parse_case_form(
    top: Reader, plans: Mapping[str, SupportPlan], severities: Mapping[str, Severity]
) -> Mapping[str, FormField]:
    """The fields in the file's order; a condition names another field and an answer that it can have."""

    def parse(field: Reader, key: str) -> FormField:
        return _field(field, key, plans)

    fields = by_key(top, "case_form", parse)
    for field in fields.values():
        if field.condition is not None:
            _check(top, field, field.condition, fields, severities)
    return fields


def parse_case_policy(top: Reader, severities: Mapping[str, Severity]) -> CasePolicy:
    """How cases are handled; each value is a table of `value` and `origin`."""
    with top.table("case_policy") as policy:
        origins: dict[str, Origin] = {}

        def at(key: str) -> Reader:
            # Each table holds one value beside its origin; closing it refuses what else is there.
            setting = policy.table(key)
            origins[key] = origin(setting)
            return setting

        with (
            at("autoclose_days") as autoclose_days,
            at("cc_separators") as cc_separators,
            at("cc_most") as cc_most,
            at("cc_same_organization_only") as cc_same_organization_only,
            at("external_may_add_cc") as external_may_add_cc,
            at("external_reply_visibility") as external_reply_visibility,
            at("staff_explain_severity") as staff_explain_severity,
            at("incidents_first") as incidents_first,
        ):
            return CasePolicy(
                autoclose_days=autoclose_days.integer("value", lowest=1, highest=365),
                cc_separators=some_of(cc_separators, "value", SEPARATORS, otherwise=SEPARATORS),
                cc_most=cc_most.integer("value", highest=1000),
                cc_same_organization_only=cc_same_organization_only.flag("value"),
                external_may_add_cc=external_may_add_cc.flag("value"),
                external_reply_visibility=choice(external_reply_visibility, "value", ReplyVisibility),
                severity_when_missing=_severity_when_missing(policy, severities, origins),
                staff_explain_severity=staff_explain_severity.flag("value"),
                incidents_first=incidents_first.flag("value"),
                origins=origins,
                synchronizes_first=_synchronizes_first(policy, origins),
            )


def _severity_when_missing(
    policy: Reader, severities: Mapping[str, Severity], origins: dict[str, Origin]
) -> str | None:
    given = policy.optional_table("severity_when_missing")
    if given is None:
        return None
    with given as setting:
        origins["severity_when_missing"] = origin(setting)
        return reference(setting, "value", severities, section="severities")


def _synchronizes_first(policy: Reader, origins: dict[str, Origin]) -> bool:
    given = policy.optional_table("synchronizes_first")
    if given is None:
        return False
    with given as setting:
        origins["synchronizes_first"] = origin(setting)
        return setting.flag("value")


def _field(field: Reader, key: str, plans: Mapping[str, SupportPlan]) -> FormField:
    widget, required = choice(field, "widget", Widget), choice(field, "required", Required)
    options = names(field, "options")
    if (widget is Widget.SELECT) != bool(options):
        raise field.refuse("options", "options are expected for a select field, and for no other")
    min_length = optional_integer(field, "min_length")
    return FormField(
        key=key,
        label=field.text("label"),
        help=field.optional_text("help"),
        widget=widget,
        required=required,
        condition=_condition(field) if required is Required.IF else None,
        min_length=min_length,
        max_length=optional_integer(field, "max_length", lowest=min_length or 1),
        most=optional_integer(field, "most"),
        most_bytes=optional_integer(field, "most_bytes"),
        options=options,
        plans=some_of(field, "plans", plans, otherwise=()),
        origin=origin(field),
    )


def _condition(field: Reader) -> Condition:
    with field.table("condition") as condition:
        return Condition(condition.text("field"), condition.text("value"))


def _check(
    top: Reader,
    field: FormField,
    condition: Condition,
    fields: Mapping[str, FormField],
    severities: Mapping[str, Severity],
) -> None:
    place = f"case_form.{field.key}.condition"
    other = fields.get(condition.field)
    if other is None or other is field:
        raise top.refuse(f"{place}.field", "the key of another field is expected")
    answers = severities if other.widget is Widget.SEVERITY else other.options
    if condition.value not in answers:
        raise top.refuse(f"{place}.value", f"one of {', '.join(sorted(answers))} is expected, not {condition.value!r}")
