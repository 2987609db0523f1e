"""Who may do what: every cell of the matrix of atlas 1.5, the vectors of 3.5, and the other two vendors' roles."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from portal import catalogues
from portal.domain.catalogue_reading import parse_catalogue
from portal.domain.permissions import Action, Grants, allows, projects_allowed

if TYPE_CHECKING:
    from portal.domain.permissions import Roles

P, Q = 1, 2

COLUMNS = {
    "O": "ORG_OWNER",
    "PC": "ORG_GROUP_CREATOR",
    "BA": "ORG_BILLING_ADMIN",
    "BV": "ORG_BILLING_READ_ONLY",
    "RO": "ORG_READ_ONLY",
    "M": "ORG_MEMBER",
}

# ✔ allowed, – refused, p only through a project role; "new/old" where the support rules differ.
MATRIX = """
P1   view_billing                ✔ – ✔ ✔ – –
P2   explore_costs               ✔ – ✔ ✔ – –
P3   change_billing_settings     ✔ – ✔ – – –
P4   apply_activation_code       ✔ – ✔ – – –
P5   pay_invoice                 ✔ – ✔ – – –
P6   link_organizations          ✔ – ✔ – – –
P7   view_linked_invoices        ✔ – ✔ – – –
P8   manage_billing_alerts       ✔ – ✔ – – –
P9   manage_organization_alerts  ✔ – – – – –
P10  manage_project_alerts       p p p p p p
P11  view_organization_activity  ✔ ✔ ✔ ✔ ✔ ✔
P12  view_project_activity       ✔ p p p ✔ p
P13  view_project_cases          ✔ p p p ✔/p p
P14  raise_project_cases         ✔ p p p ✔/p p
P15  view_organization_cases     ✔ – – – ✔/– –
P16  raise_organization_cases    ✔ – – – – –
P17  change_support_plan         ✔ – ✔ – – –
P18  buy_consulting              ✔ – ✔ – – –
P19  create_projects             ✔ ✔ – – – –
P20  manage_members              ✔ – – – – –
P21  view_settings               ✔ ✔ ✔ ✔ ✔ ✔
P22  rename_organization         ✔ – – – – –
"""

PROJECT_ROLES = (
    "GROUP_OWNER", "GROUP_CLUSTER_MANAGER", "GROUP_STREAM_PROCESSING_OWNER", "GROUP_DATA_ACCESS_ADMIN",
    "GROUP_DATA_ACCESS_READ_WRITE", "GROUP_DATA_ACCESS_READ_ONLY", "GROUP_DATABASE_ACCESS_ADMIN",
    "GROUP_BACKUP_MANAGER", "GROUP_OBSERVABILITY_VIEWER", "GROUP_SEARCH_INDEX_EDITOR", "GROUP_READ_ONLY",
)  # fmt: skip


def holding(role: str) -> Grants:
    """A role in the organization, none in a project."""
    return Grants(organization_roles=frozenset({role}))


def in_p(*roles: str) -> Grants:
    """Roles in project P, none in the organization."""
    return Grants(project_roles={P: frozenset(roles)})


def roles_under(support_rules: str) -> Roles:
    table = tomllib.loads((catalogues.FOLDER / "atlas.toml").read_text("utf-8"))
    table["support_rules"] = support_rules
    return parse_catalogue(table, name="atlas", source="atlas.toml").roles


RULES = {name: roles_under(name) for name in ("2024", "legacy")}


def cells():
    for row in MATRIX.strip().splitlines():
        number, action, *marks = row.split()
        for column, mark in zip(COLUMNS, marks, strict=True):
            for rules, expected in zip(RULES, (mark.split("/") * 2)[:2], strict=True):
                yield pytest.param(Action(action), column, rules, expected, id=f"{number}-{column}-{rules}")


def an_action(roles: Roles, grants: Grants, action: Action, *, project: int = P) -> bool:
    return allows(roles, grants, action, project=project if action.in_project else None)


@pytest.mark.parametrize(("action", "column", "rules", "expected"), list(cells()))
def test_the_matrix_of_organization_roles(action, column, rules, expected):
    role = COLUMNS[column]
    alone = holding(role)
    assert an_action(RULES[rules], alone, action) == (expected == "✔")
    # Through a project role: an owner of the project may do everything there is to do in a project.
    in_project = Grants(frozenset({role}), {P: frozenset({"GROUP_OWNER"})})
    assert an_action(RULES[rules], in_project, action) == (expected in {"✔", "p"})


def test_every_action_of_the_matrix_has_its_row():
    assert [row.split()[0] for row in MATRIX.strip().splitlines()] == [f"P{number}" for number in range(1, 23)]


@pytest.mark.parametrize("role", PROJECT_ROLES)
@pytest.mark.parametrize("rules", RULES)
def test_every_project_role_sees_its_project_and_no_other(role, rules):
    # 1.3: every project role includes Project Read Only.
    grants = in_p(role)
    for action in (Action.VIEW_PROJECT, Action.VIEW_PROJECT_ACTIVITY, Action.VIEW_PROJECT_CASES):
        assert allows(RULES[rules], grants, action, project=P)
        assert not allows(RULES[rules], grants, action, project=Q)


@pytest.mark.parametrize("role", PROJECT_ROLES)
def test_only_project_read_only_cannot_raise_cases_under_the_old_rules(role):
    grants = in_p(role)
    assert allows(RULES["2024"], grants, Action.RAISE_PROJECT_CASES, project=P)
    assert allows(RULES["legacy"], grants, Action.RAISE_PROJECT_CASES, project=P) == (role != "GROUP_READ_ONLY")


def test_there_are_the_eleven_project_roles():
    assert tuple(RULES["2024"].project) == PROJECT_ROLES


def test_read_only_beside_another_role_takes_nothing_away():
    # The first trap of 1.3.
    both = in_p("GROUP_READ_ONLY", "GROUP_BACKUP_MANAGER")
    assert allows(RULES["legacy"], both, Action.RAISE_PROJECT_CASES, project=P)


def test_an_owner_needs_no_project_role_even_where_a_lesser_one_is_held():
    # The second trap of 1.3, and 1.2: "even when listed there with less"
    owner = Grants(frozenset({"ORG_OWNER"}), {P: frozenset({"GROUP_READ_ONLY"})})
    for rules in RULES.values():
        assert allows(rules, owner, Action.RAISE_PROJECT_CASES, project=P)
        assert allows(rules, owner, Action.RAISE_PROJECT_CASES, project=Q)


def test_an_owner_joins_a_project_before_managing_its_alerts():
    # P10
    owner = holding("ORG_OWNER")
    assert not allows(RULES["2024"], owner, Action.MANAGE_PROJECT_ALERTS, project=P)
    joined = Grants(frozenset({"ORG_OWNER"}), {P: frozenset({"GROUP_OWNER"})})
    assert allows(RULES["2024"], joined, Action.MANAGE_PROJECT_ALERTS, project=P)
    assert not allows(RULES["2024"], joined, Action.MANAGE_PROJECT_ALERTS, project=Q)


@pytest.mark.parametrize("role", PROJECT_ROLES[1:])
def test_no_lesser_project_role_manages_alerts(role):
    grants = in_p(role)
    assert not allows(RULES["2024"], grants, Action.MANAGE_PROJECT_ALERTS, project=P)


# The rows of 3.5 that are about roles; plan and number of projects are the case rules' matter.
VECTORS = [
    (in_p("GROUP_READ_ONLY"), "view_project_cases", P, True, True),
    (in_p("GROUP_READ_ONLY"), "raise_project_cases", P, True, False),
    (in_p("GROUP_BACKUP_MANAGER"), "raise_project_cases", P, True, True),
    (in_p("GROUP_OWNER"), "view_project_cases", Q, False, False),
    (holding("ORG_READ_ONLY"), "view_project_cases", P, True, False),
    (holding("ORG_READ_ONLY"), "raise_project_cases", P, True, False),
    (holding("ORG_READ_ONLY"), "raise_organization_cases", None, False, False),
    (holding("ORG_BILLING_ADMIN"), "view_project_cases", P, False, False),
    (holding("ORG_BILLING_ADMIN"), "raise_project_cases", P, False, False),
    (holding("ORG_BILLING_ADMIN"), "view_organization_cases", None, False, False),
    (holding("ORG_BILLING_ADMIN"), "raise_organization_cases", None, False, False),
]


@pytest.mark.parametrize(("grants", "action", "project", "new", "old"), VECTORS)
def test_the_vectors_of_case_access(grants, action, project, new, old):
    assert allows(RULES["2024"], grants, Action(action), project=project) is new
    assert allows(RULES["legacy"], grants, Action(action), project=project) is old


@pytest.mark.parametrize("action", list(Action))
def test_nobody_without_a_role_may_do_anything(action):
    for name in catalogues.names():
        assert not an_action(catalogues.load(name).roles, Grants(), action)


def test_a_role_that_the_catalogue_dropped_grants_nothing():
    gone = Grants(frozenset({"ORG_WIZARD"}), {P: frozenset({"GROUP_WIZARD"})})
    assert not allows(RULES["2024"], gone, Action.VIEW_ORGANIZATION)
    assert not allows(RULES["2024"], gone, Action.VIEW_PROJECT, project=P)


def test_a_question_about_a_project_names_the_project():
    with pytest.raises(ValueError, match="one project"):
        allows(RULES["2024"], Grants(), Action.VIEW_PROJECT)
    with pytest.raises(ValueError, match="the organization"):
        allows(RULES["2024"], Grants(), Action.VIEW_BILLING, project=P)


def test_the_projects_that_a_member_may_see_are_those_with_a_role():
    member = Grants(frozenset({"ORG_MEMBER"}), {P: frozenset({"GROUP_READ_ONLY"})})
    assert projects_allowed(RULES["2024"], member, Action.VIEW_PROJECT, among=[P, Q]) == {P}
    reader = holding("ORG_READ_ONLY")
    assert projects_allowed(RULES["2024"], reader, Action.VIEW_PROJECT, among=[P, Q]) == {P, Q}


# aiven 7.1 and neon 7.2: action, then who may.
OTHERS = [
    ("aiven", "view_billing", {"super_admin"}),
    ("aiven", "change_billing_settings", {"super_admin"}),
    ("aiven", "change_support_plan", {"super_admin"}),
    ("aiven", "view_organization_cases", {"super_admin"}),
    ("aiven", "follow_all_cases", {"super_admin"}),
    ("aiven", "raise_organization_cases", {"super_admin", "member"}),
    ("aiven", "view_organization", {"super_admin", "member"}),
    ("neon", "view_billing", {"admin", "member"}),
    ("neon", "change_billing_settings", {"admin"}),
    ("neon", "change_support_plan", {"admin"}),
    ("neon", "view_organization_cases", {"admin", "member"}),
    ("neon", "follow_all_cases", {"admin"}),
    ("neon", "raise_organization_cases", {"admin", "member"}),
    ("neon", "create_projects", {"admin", "member"}),
    ("neon", "invite_collaborators", {"admin", "member"}),
    ("neon", "manage_members", {"admin"}),
]


@pytest.mark.parametrize(("catalogue", "action", "who"), OTHERS)
def test_the_organization_roles_of_the_other_vendors(catalogue, action, who):
    roles = catalogues.load(catalogue).roles
    permitted = {key for key in roles.organization if allows(roles, holding(key), Action(action))}
    assert permitted == who


def test_a_neon_member_creates_projects_and_deletes_none():
    roles = catalogues.load("neon").roles
    assert not allows(roles, holding("member"), Action.DELETE_PROJECTS, project=P)
    assert allows(roles, holding("admin"), Action.DELETE_PROJECTS, project=P)


def test_a_neon_collaborator_has_single_projects_and_no_organization_pages():
    roles = catalogues.load("neon").roles
    collaborator = in_p("collaborator")
    assert allows(roles, collaborator, Action.VIEW_PROJECT, project=P)
    assert not allows(roles, collaborator, Action.VIEW_PROJECT, project=Q)
    assert not allows(roles, collaborator, Action.RAISE_PROJECT_CASES, project=P)
    assert not any(allows(roles, collaborator, action) for action in Action if not action.in_project)


@pytest.mark.parametrize(
    ("role", "manages_members"),
    [("project_admin", True), ("operator", False), ("developer", False), ("read_only", False)],
)
def test_only_an_aiven_project_admin_manages_the_members_of_a_project(role, manages_members):
    roles = catalogues.load("aiven").roles
    grants = in_p(role)
    assert allows(roles, grants, Action.MANAGE_PROJECT_MEMBERS, project=P) is manages_members
    assert allows(roles, grants, Action.VIEW_PROJECT, project=P)
