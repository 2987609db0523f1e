"""Teams: what they hold their members may do, until they leave the team or the organization."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal import catalogues
from portal.domain.errors import Overtaken, Refusal
from portal.domain.permissions import Action, allows
from portal.models.history import Activity
from portal.models.outbox import Recipient
from portal.models.teams import Team, TeamMember
from portal.services import belonging, organizations, project_ends, project_people, role_changes, teams
from portal.services.organizations import RoleSource
from tests.builders import a_project, an_organization
from tests.members import AT, a_member, sender

ROLES = catalogues.load("atlas").roles


@pytest.fixture
def acme(session):
    acme = an_organization(session)
    a_project(session, acme)
    return acme


@pytest.fixture
def shop(session, acme):
    return organizations.projects_of(session, acme)[0]


@pytest.fixture
def owner(session, acme):
    return a_member(session, acme, "Olga", "ORG_OWNER").user


@pytest.fixture
def team(session, acme, owner):
    return teams.create(session, acme, "Night shift", by=owner, at=AT)


def member_of(session, user):
    session.expire_all()
    (member,) = organizations.memberships_of(session, user.id)
    return member


def may_view(session, user, project):
    return allows(ROLES, grants(session, user), Action.VIEW_PROJECT, project=project.id)


def grants(session, user):
    session.expire_all()
    found = belonging.find(session, user_id=user.id, slug="acme")
    assert found
    return found.grants


def test_what_a_team_holds_its_people_hold_and_it_is_said_where_it_comes_from(session, acme, shop, owner, team):
    nina = a_member(session, acme, "Nina", "ORG_MEMBER", projects={shop.id: ["GROUP_BACKUP_MANAGER"]}).user
    teams.add_person(session, acme, team, "NINA@acme.example", by=owner, at=AT)
    teams.give_role(session, team, shop, "GROUP_BACKUP_MANAGER", by=owner, at=AT)
    teams.give_role(session, team, shop, "GROUP_OWNER", by=owner, at=AT)
    assert grants(session, nina).project_roles == {shop.id: {"GROUP_OWNER", "GROUP_BACKUP_MANAGER"}}
    assert set(organizations.sources_of(member_of(session, nina))) == {
        RoleSource("ORG_MEMBER"),
        RoleSource("GROUP_BACKUP_MANAGER", shop.id),
        RoleSource("GROUP_BACKUP_MANAGER", shop.id, "Night shift"),
        RoleSource("GROUP_OWNER", shop.id, "Night shift"),
    }
    [person] = project_people.people_of(session, shop, number=1, size=10).items
    assert sorted(source.words for source in person.sources) == ["own role", "team Night shift", "team Night shift"]


@pytest.mark.parametrize("way", ["role taken", "left the team", "team deleted", "project deleted"])
def test_what_comes_through_a_team_goes_with_it(session, acme, shop, owner, team, way):
    nina = a_member(session, acme, "Nina", "ORG_MEMBER")
    teams.add_person(session, acme, team, nina.user.email, by=owner, at=AT)
    teams.give_role(session, team, shop, "GROUP_READ_ONLY", by=owner, at=AT)
    assert may_view(session, nina.user, shop)
    if way == "role taken":
        teams.take_role(session, team, shop, "GROUP_READ_ONLY", by=owner, at=AT)
    elif way == "left the team":
        teams.remove_person(session, acme, team, nina.id, by=owner, at=AT)
    elif way == "team deleted":
        teams.remove(session, acme, team, by=owner, at=AT)
    else:
        project_ends.remove(session, shop, by=owner, at=AT)
    assert not may_view(session, nina.user, shop)


def test_who_is_removed_from_the_organization_is_in_no_team_any_more(session, acme, owner, team):
    nina = a_member(session, acme, "Nina", "ORG_MEMBER")
    teams.add_person(session, acme, team, nina.user.email, by=owner, at=AT)
    role_changes.remove(session, acme, nina.id, by=owner, at=AT)
    assert session.scalars(select(TeamMember)).all() == []


def test_a_team_has_members_of_its_organization_alone_each_once(session, acme, owner, team):
    other = an_organization(session, "other")
    stranger = a_member(session, other, "Sam", "ORG_OWNER")
    with pytest.raises(Refusal, match="not a member of Acme"):
        teams.add_person(session, acme, team, stranger.user.email, by=owner, at=AT)
    teams.add_person(session, acme, team, owner.email, by=owner, at=AT)
    with pytest.raises(Refusal, match="is in Night shift already"):
        teams.add_person(session, acme, team, owner.email, by=owner, at=AT)
    assert teams.find(session, other, team.hex_id) is None
    with pytest.raises(Overtaken):
        teams.add_person(session, other, team, stranger.user.email, by=stranger.user, at=AT)
    foreign = a_project(session, other)
    with pytest.raises(Overtaken):
        teams.give_role(session, team, foreign, "GROUP_OWNER", by=stranger.user, at=AT)


def test_only_who_manages_members_makes_teams_and_only_roles_of_the_catalogue_are_given(
    session, acme, shop, owner, team
):
    plain = a_member(session, acme, "Mia", "ORG_MEMBER", projects={shop.id: ["GROUP_OWNER"]}).user
    with pytest.raises(Overtaken):
        teams.create(session, acme, "Mine", by=plain, at=AT)
    with pytest.raises(Overtaken):
        teams.give_role(session, team, shop, "GROUP_OWNER", by=plain, at=AT)
    with pytest.raises(Refusal, match="no such role"):
        teams.give_role(session, team, shop, "super_admin", by=owner, at=AT)
    with pytest.raises(Refusal, match="already has a team “Night shift”"):
        teams.create(session, acme, "night SHIFT", by=owner, at=AT)


def test_the_feed_tells_what_happened_to_a_team(session, acme, shop, owner, team):
    teams.rename(session, acme, team, "Day shift", by=owner, at=AT)
    teams.add_person(session, acme, team, owner.email, by=owner, at=AT)
    teams.give_role(session, team, shop, "GROUP_OWNER", by=owner, at=AT)
    assert session.scalars(select(Activity.text).order_by(Activity.id)).all() == [
        "Team was created. Night shift.",
        "Team was renamed. Night shift is now Day shift.",
        "Person was added to a team. Olga (olga@acme.example): Day shift.",
        "Team was given a role in a project. Day shift: Project Owner in shop.",
    ]


def test_a_project_owner_adds_people_and_invites_who_is_not_there_yet(session, acme, shop):
    lead = a_member(session, acme, "Lea", "ORG_MEMBER", projects={shop.id: ["GROUP_OWNER"]}).user
    nina = a_member(session, acme, "Nina", "ORG_MEMBER")
    by = sender(acme, lead)
    project_people.add(session, by, shop, nina.user.email, "GROUP_READ_ONLY", at=AT)
    assert may_view(session, nina.user, shop)
    with pytest.raises(Refusal, match="has this role already"):
        project_people.add(session, by, shop, nina.user.email, "GROUP_READ_ONLY", at=AT)
    said = project_people.add(session, by, shop, "new@else.example", "GROUP_READ_ONLY", at=AT)
    assert "new@else.example is invited" in said
    assert "new@else.example" in session.scalars(select(Recipient.address)).all()
    project_people.remove(session, shop, nina.id, by=lead, at=AT)
    assert not may_view(session, nina.user, shop)


def test_roles_that_were_changed_meanwhile_are_not_overwritten(session, acme, shop, owner):
    nina = a_member(session, acme, "Nina", "ORG_MEMBER", projects={shop.id: ["GROUP_READ_ONLY"]})
    seen = ["GROUP_READ_ONLY"]
    project_people.change(session, shop, nina.id, ["GROUP_OWNER"], seen=seen, by=owner, at=AT)
    with pytest.raises(Overtaken, match="were changed since"):
        project_people.change(session, shop, nina.id, ["GROUP_BACKUP_MANAGER"], seen=seen, by=owner, at=AT)


def test_who_works_in_one_project_alone_is_not_left_without_any_role(session):
    cobalt = an_organization(session, "cobalt", catalogue="neon")
    shop = a_project(session, cobalt)
    admin = a_member(session, cobalt, "Ada", "admin").user
    guest = a_member(session, cobalt, "Gus", projects={shop.id: ["collaborator"]})
    with pytest.raises(Refusal, match="Remove them from the organization instead"):
        project_people.remove(session, shop, guest.id, by=admin, at=AT)


def test_a_team_that_was_deleted_meanwhile_is_said_to_be_gone(session, acme, owner, team):
    gone = Team(id=team.id, organization_id=acme.id, name=team.name)
    teams.remove(session, acme, team, by=owner, at=AT)
    session.commit()
    for act in (
        lambda: teams.rename(session, acme, gone, "Day shift", by=owner, at=AT),
        lambda: teams.remove(session, acme, gone, by=owner, at=AT),
    ):
        with pytest.raises(Overtaken, match="no longer there"):
            act()


def test_an_id_or_role_that_no_database_can_hold_is_none(session, acme, shop, owner, team):
    assert organizations.find_project(session, acme, "\0") is None
    teams.take_role(session, team, shop, "\0", by=owner, at=AT)
    assert teams.roles_of(session, team) == {}
