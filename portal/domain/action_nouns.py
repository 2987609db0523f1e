"""What actions are about, so that people find them: each action belongs to one noun."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from portal.domain.permissions import Action


class Noun(StrEnum):
    """What an action is about, in words."""

    ORGANIZATION = "Organization"
    PEOPLE = "People"
    PROJECTS = "Projects"
    BILLING = "Billing"
    SUBSCRIPTIONS = "Subscriptions and linked organizations"
    SUPPORT = "Support"


ACTIONS_OF: Mapping[Noun, tuple[Action, ...]] = {
    Noun.ORGANIZATION: (
        Action.VIEW_ORGANIZATION,
        Action.VIEW_SETTINGS,
        Action.RENAME_ORGANIZATION,
        Action.VIEW_ORGANIZATION_ACTIVITY,
        Action.MANAGE_ORGANIZATION_ALERTS,
    ),
    Noun.PEOPLE: (Action.MANAGE_MEMBERS, Action.INVITE_COLLABORATORS, Action.MANAGE_PROJECT_MEMBERS),
    Noun.PROJECTS: (
        Action.CREATE_PROJECTS,
        Action.VIEW_PROJECT,
        Action.DELETE_PROJECTS,
        Action.VIEW_PROJECT_ACTIVITY,
        Action.MANAGE_PROJECT_ALERTS,
    ),
    Noun.BILLING: (
        Action.VIEW_BILLING,
        Action.EXPLORE_COSTS,
        Action.CHANGE_BILLING_SETTINGS,
        Action.PAY_INVOICE,
        Action.MANAGE_BILLING_ALERTS,
    ),
    Noun.SUBSCRIPTIONS: (
        Action.APPLY_ACTIVATION_CODE,
        Action.BUY_CONSULTING,
        Action.LINK_ORGANIZATIONS,
        Action.VIEW_LINKED_INVOICES,
    ),
    Noun.SUPPORT: (
        Action.CHANGE_SUPPORT_PLAN,
        Action.VIEW_PROJECT_CASES,
        Action.RAISE_PROJECT_CASES,
        Action.VIEW_ORGANIZATION_CASES,
        Action.RAISE_ORGANIZATION_CASES,
        Action.FOLLOW_ALL_CASES,
    ),
}


def grouped(known: Collection[Action]) -> dict[Noun, tuple[Action, ...]]:
    """The actions `known` by their nouns; a noun without any is left out."""
    found = {noun: tuple(action for action in actions if action in known) for noun, actions in ACTIONS_OF.items()}
    return {noun: actions for noun, actions in found.items() if actions}
