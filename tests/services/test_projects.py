"""Projects: who creates them and what becomes of them; their usage stays where it was posted and is billed."""

from __future__ import annotations

import io
from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.errors import Overtaken, Refusal
from portal.domain.usage_rows import FileRefused
from portal.models.history import Activity
from portal.models.invoices import InvoiceLine
from portal.models.organizations import ProjectRole
from portal.models.projects import ProjectEnd
from portal.services import (
    belonging,
    invoice_csv,
    organizations,
    project_ends,
    projects,
    units,
    usage_files,
    usage_imports,
)
from tests import customers
from tests.customers import a_customer, midnight, use
from tests.members import AT, a_member, a_user
from tests.usage_texts import a_file, a_row

START = date(2024, 1, 1)
LATER = midnight(date(2024, 2, 10))


@pytest.fixture
def acme(session):
    """An atlas customer with the project “shop”, paying by card."""
    return a_customer(session)


@pytest.fixture
def owner(session, acme):
    return a_member(session, acme.organization, "Olga", "ORG_OWNER").user


def feed(session, organization):
    query = select(Activity.text).where(Activity.organization_id == organization.id).order_by(Activity.id)
    return session.scalars(query).all()


def grants(session, user, slug="acme"):
    session.expire_all()
    found = belonging.find(session, user_id=user.id, slug=slug)
    assert found
    return found.grants


def test_who_creates_a_project_owns_it_and_sees_it(session, acme):
    creator = a_member(session, acme.organization, "Carl", "ORG_GROUP_CREATOR").user
    made = projects.create(session, acme.organization, "  new   lab ", by=creator, at=AT)
    assert made.name == "new lab"
    assert grants(session, creator).project_roles == {made.id: {"GROUP_OWNER"}}
    assert feed(session, acme.organization)[-1] == "Project was created. new lab."


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (" ", "Enter a name for the project."),
        ("x" * 65, "Enter at most 64 characters."),
        ("a\u202eb", "a character that cannot be seen"),
        ("a/b", "not “/”"),
        ("a" * 24, "looks like an ID"),
        ("SHOP", "already has a project “SHOP”"),
        ("\N{PILE OF POO}", "Use letters"),
        ("\N{CUNEIFORM SIGN A}", "Use letters"),  # No font of the invoices has it.
    ],
)
def test_a_name_that_cannot_stand_on_an_invoice_or_is_taken_is_refused(session, acme, owner, name, reason):
    with pytest.raises(Refusal, match=reason):
        projects.create(session, acme.organization, name, by=owner, at=AT)


def test_there_are_250_projects_at_most_and_those_that_ended_do_not_count(session, acme, owner):
    projects.create(session, acme.organization, "soon gone", by=owner, at=AT)
    for number in range(248):
        organizations.create_project(session, acme.organization, f"p{number}", at=AT)
    with pytest.raises(Refusal, match="250 projects"):
        projects.create(session, acme.organization, "one more", by=owner, at=AT)
    gone = next(one for one in organizations.projects_of(session, acme.organization) if one.name == "soon gone")
    project_ends.remove(session, gone, by=owner, at=AT)
    projects.create(session, acme.organization, "one more", by=owner, at=AT)


def test_who_may_not_create_projects_any_more_is_stopped_behind_the_page_too(session, acme):
    member = a_member(session, acme.organization, "Mia", "ORG_MEMBER").user
    with pytest.raises(Overtaken, match="no longer"):
        projects.create(session, acme.organization, "lab", by=member, at=AT)
    with pytest.raises(Overtaken, match="no longer"):
        project_ends.remove(session, acme.project, by=member, at=AT)


def test_a_closed_invoice_keeps_the_name_that_it_was_closed_with(session, acme, owner):
    use(session, acme, date(2024, 1, 10), "100")
    [invoice] = customers.close(session, acme, "2024-01")
    source = invoice_csv.source_of(acme.organization, invoice, {})
    before = "".join(invoice_csv.pieces(session, source))
    projects.rename(session, acme.project, "store", by=owner, at=LATER)
    assert "".join(invoice_csv.pieces(session, source)) == before
    customers.charge_due(session, acme, date(2024, 3, 1))
    project_ends.remove(session, acme.project, by=owner, at=LATER)
    assert "".join(invoice_csv.pieces(session, source)) == before
    assert session.scalars(select(InvoiceLine.project)).all() == ["shop"]


def test_unbilled_usage_and_open_invoices_stand_against_a_deletion_until_they_are_paid(session, acme, owner):
    use(session, acme, date(2024, 1, 10), "100")
    with pytest.raises(Refusal, match="usage that is not billed yet"):
        project_ends.remove(session, acme.project, by=owner, at=AT)
    [invoice] = customers.close(session, acme, "2024-01")
    with pytest.raises(Refusal, match=f"still open: {invoice.number}"):
        project_ends.remove(session, acme.project, by=owner, at=LATER)
    customers.charge_due(session, acme, date(2024, 3, 1))
    assert project_ends.obstacles(session, acme.project) == ()
    use(session, acme, date(2024, 2, 1), "0")
    assert len(project_ends.obstacles(session, acme.project)) == 1


def test_a_deleted_project_is_gone_for_people_and_stays_for_the_books(session, acme, owner):
    worker = a_member(
        session, acme.organization, "Wim", "ORG_MEMBER", projects={acme.project.id: ["GROUP_READ_ONLY"]}
    ).user
    hex_id = acme.project.hex_id
    project_ends.remove(session, acme.project, by=owner, at=LATER)
    assert organizations.find_project(session, acme.organization, hex_id) is None
    assert organizations.projects_of(session, acme.organization) == []
    assert grants(session, worker).project_roles == {}
    [kept] = organizations.projects_ever_of(session, acme.organization)
    assert (kept.id, kept.name) == (acme.project.id, "shop (deleted 2024-02-10)")
    end = session.get_one(ProjectEnd, kept.id)
    assert (end.name, end.ended_by_id, end.ended_at) == ("shop", owner.id, LATER)
    assert feed(session, acme.organization)[-1] == "Project was deleted. shop."


def test_a_name_is_free_again_as_often_as_its_project_is_deleted(session, acme, owner):
    project_ends.remove(session, acme.project, by=owner, at=LATER)
    again = projects.create(session, acme.organization, "shop", by=owner, at=LATER)
    project_ends.remove(session, again, by=owner, at=LATER)
    projects.create(session, acme.organization, "shop", by=owner, at=LATER)
    names = [one.name for one in organizations.projects_ever_of(session, acme.organization)]
    assert sorted(names) == ["shop", "shop (deleted 2024-02-10)", "shop (deleted 2024-02-10, 2)"]


def test_usage_for_a_deleted_project_is_refused_with_the_day_unless_its_name_is_given_again(session, acme, owner):
    hex_id = acme.project.hex_id
    project_ends.remove(session, acme.project, by=owner, at=LATER)
    for name in ("shop", hex_id):
        with pytest.raises(FileRefused) as refused:
            import_text(session, a_file(a_row(project=name)))
        assert refused.value.errors[0].reason == f"“{name}” was deleted on 2024-02-10"
    again = projects.create(session, acme.organization, "shop", by=owner, at=LATER)
    import_text(session, a_file(a_row(project="shop")))
    assert project_ends.obstacles(session, again)


def import_text(session, content):
    with usage_files.opened(io.BytesIO(content), "usage.csv") as file:
        return usage_imports.import_file(session, file, at=LATER)


@pytest.fixture
def beta(session, owner):
    """Another customer of the same vendor, in which the owner of the first may create projects."""
    beta = a_customer(session, "beta")
    join(session, beta.organization, owner, "ORG_GROUP_CREATOR")
    return beta


def join(session, organization, user, *roles, projects=None):
    from portal import catalogues

    known = catalogues.load(organization.catalogue).roles
    return organizations.add_member(
        session, organization, user, roles=known, at=AT, organization_roles=roles, project_roles=projects
    )


def test_a_moved_project_is_billed_where_it_was_used(session, acme, beta, owner):
    use(session, acme, date(2024, 1, 10), "100")
    projects.rename(
        session, beta.project, "other", by=a_member(session, beta.organization, "Bea", "ORG_OWNER").user, at=AT
    )
    new = project_ends.move(session, acme.project, beta.organization, by=owner, at=midnight(date(2024, 1, 15)))
    assert (new.name, new.organization_id) == ("shop", beta.organization.id)
    assert new.hex_id != acme.project.hex_id
    use(session, beta, date(2024, 1, 20), "7", project=new)
    [invoice] = customers.close(session, acme, "2024-01")
    [theirs] = customers.close(session, beta, "2024-01")
    assert (invoice.usage_cents, theirs.usage_cents) == (100_00, 7_00)
    assert (
        feed(session, beta.organization).count("Project was moved here from another organization. shop, from Acme.")
        == 1
    )
    assert "Project was moved to another organization. shop, to Beta." in feed(session, acme.organization)


def test_who_is_in_both_organizations_keeps_their_roles_and_nobody_else(session, acme, beta, owner):
    both = a_user(session, "Bo")
    join(session, acme.organization, both, "ORG_MEMBER", projects={acme.project.id: ["GROUP_READ_ONLY"]})
    join(session, beta.organization, both, "ORG_MEMBER")
    a_member(session, acme.organization, "Al", "ORG_MEMBER", projects={acme.project.id: ["GROUP_OWNER"]})
    acme.project.name = "mobile"
    new = project_ends.move(session, acme.project, beta.organization, by=owner, at=LATER)
    held = session.execute(select(ProjectRole.membership_id, ProjectRole.role)).all()
    assert grants(session, both, "beta").project_roles == {new.id: {"GROUP_READ_ONLY"}}
    assert grants(session, owner, "beta").project_roles == {new.id: {"GROUP_OWNER"}}
    assert len(held) == 2


def test_a_project_moves_only_where_its_mover_may_create_one_of_the_same_vendor(session, acme, beta, owner):
    stranger = a_customer(session, "gamma").organization
    plain = a_customer(session, "delta").organization
    join(session, plain, owner, "ORG_MEMBER")
    neon = organizations.create_organization(session, "cobalt", name="Cobalt", catalogue="neon", at=AT)
    join(session, neon, owner, "admin")
    assert project_ends.targets_of(session, acme.project, owner.id) == [beta.organization]
    for to in (stranger, plain, neon, acme.organization):
        with pytest.raises(Refusal):
            project_ends.move(session, acme.project, to, by=owner, at=LATER)
    with pytest.raises(Refusal, match="already has a project “shop”"):
        project_ends.move(session, acme.project, beta.organization, by=owner, at=LATER)


def test_units_group_projects_and_are_deleted_empty(session):
    borealis = organizations.create_organization(session, "borealis", name="Borealis", catalogue="aiven", at=AT)
    admin = a_member(session, borealis, "Ada", "super_admin").user
    north = units.create(session, borealis, "North", by=admin, at=AT)
    with pytest.raises(Refusal, match="already has a unit “North”"):
        units.create(session, borealis, "NORTH", by=admin, at=AT)
    shop = projects.create(session, borealis, "shop", by=admin, at=AT, unit=north)
    lab = projects.create(session, borealis, "lab", by=admin, at=AT)
    found = projects.list_projects(session, borealis, among=[shop.id, lab.id], search="", number=1, size=10)
    assert [(one.project.name, one.unit_name) for one in found.items] == [("lab", ""), ("shop", "North")]
    with pytest.raises(Refusal, match="Projects stand in North"):
        units.remove(session, borealis, north, by=admin, at=AT)
    units.put(session, shop, None, by=admin, at=AT)
    units.remove(session, borealis, north, by=admin, at=AT)
    assert units.units_of(session, borealis) == []
    assert feed(session, borealis)[-2:] == [
        "Project was put into another unit. shop is now in no unit.",
        "Unit was deleted. North.",
    ]


def test_an_organization_of_a_vendor_without_units_has_none(session, acme, owner):
    with pytest.raises(Refusal, match="no units"):
        units.create(session, acme.organization, "North", by=owner, at=AT)
