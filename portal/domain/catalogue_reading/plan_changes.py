"""Reads how plans are changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from portal.domain.catalogue import Contact, ContactKind
from portal.domain.catalogue_reading.values import choice, origin, reference
from portal.domain.plan_changes import Change, ChangeBilling, Changed, ChangeRule, Effective, Mode, SelfService
from portal.domain.reading import Reader

_CONTACT = {Mode.CONTACT_SALES: ContactKind.SALES, Mode.CONTACT_ACCOUNT_TEAM: ContactKind.ACCOUNT_TEAM}


def parse_change_rules(
    top: Reader, plans: Mapping[Changed, Collection[str]], contacts: Mapping[ContactKind, Contact]
) -> tuple[ChangeRule, ...]:
    """The rules, no two for the same change; whom a rule leads to is among the contacts."""
    rules: list[ChangeRule] = []
    for table in top.tables("change_rules", required=False):
        rule = _change_rule(table, plans)
        contact = _CONTACT.get(rule.mode)
        if contact and contact not in contacts:
            raise table.refuse("mode", f"a section contacts.{contact} is expected for it")
        same = (rule.changed, rule.change, rule.from_plan, rule.to_plan)
        if any(same == (other.changed, other.change, other.from_plan, other.to_plan) for other in rules):
            raise table.refuse("change", "the rule for this change stands twice")
        rules.append(rule)
    return tuple(rules)


def _change_rule(table: Reader, plans: Mapping[Changed, Collection[str]]) -> ChangeRule:
    changed, mode = choice(table, "changes", Changed), choice(table, "mode", Mode)
    known, section = plans[changed], f"{changed}s"
    return ChangeRule(
        changed=changed,
        change=choice(table, "change", Change),
        mode=mode,
        from_plan=reference(table, "from_plan", known, section=section) if table.has("from_plan") else None,
        to_plan=reference(table, "to_plan", known, section=section) if table.has("to_plan") else None,
        terms=_terms(table) if mode is Mode.SELF_SERVICE else None,
        hint=table.optional_text("hint"),
        origin=origin(table),
    )


def _terms(table: Reader) -> SelfService:
    effective = choice(table, "effective", Effective)
    chosen = effective is Effective.CHOSEN_MONTH
    return SelfService(
        effective=effective,
        entitled=choice(table, "entitled", Effective, default=effective),
        billing=choice(table, "billing", ChangeBilling),
        months_ahead=table.integer("months_ahead", highest=24) if chosen else 0,
        setup_business_days=_setup(table),
    )


def _setup(table: Reader) -> tuple[int, int] | None:
    given = table.optional_table("setup_business_days")
    if given is None:
        return None
    with given as days:
        fewest = days.integer("fewest", highest=60)
        return fewest, days.integer("most", lowest=fewest, highest=60)
