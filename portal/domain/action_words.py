"""Actions in words, as they follow on “can”: the same for every catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.permissions import Action

ACTION_WORDS: Mapping[Action, str] = {
    Action.VIEW_ORGANIZATION: "open the organization’s pages",
    Action.VIEW_BILLING: "see invoices and payments",
    Action.EXPLORE_COSTS: "explore costs",
    Action.CHANGE_BILLING_SETTINGS: "change the payment method and billing profile",
    Action.APPLY_ACTIVATION_CODE: "apply activation codes",
    Action.PAY_INVOICE: "pay invoices",
    Action.LINK_ORGANIZATIONS: "link organizations",
    Action.VIEW_LINKED_INVOICES: "see invoices of linked organizations",
    Action.MANAGE_BILLING_ALERTS: "manage billing alerts",
    Action.MANAGE_ORGANIZATION_ALERTS: "manage the organization’s other alerts",
    Action.MANAGE_PROJECT_ALERTS: "manage project alerts",
    Action.VIEW_ORGANIZATION_ACTIVITY: "see the organization’s activity",
    Action.VIEW_PROJECT_ACTIVITY: "see project activity",
    Action.VIEW_PROJECT_CASES: "see project cases",
    Action.RAISE_PROJECT_CASES: "open project cases",
    Action.VIEW_ORGANIZATION_CASES: "see cases at organization level",
    Action.RAISE_ORGANIZATION_CASES: "open cases at organization level",
    Action.CHANGE_SUPPORT_PLAN: "change the support plan",
    Action.BUY_CONSULTING: "buy consulting",
    Action.CREATE_PROJECTS: "create projects",
    Action.MANAGE_MEMBERS: "invite and remove people and change their roles",
    Action.VIEW_SETTINGS: "see settings and people",
    Action.RENAME_ORGANIZATION: "rename or delete the organization",
    Action.FOLLOW_ALL_CASES: "follow all cases",
    Action.INVITE_COLLABORATORS: "invite people to single projects",
    Action.DELETE_PROJECTS: "delete projects",
    Action.VIEW_PROJECT: "see projects",
    Action.MANAGE_PROJECT_MEMBERS: "manage who is in projects",
}
