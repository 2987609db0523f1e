"""Roles given and taken, people removed and leaving: somebody who must remain does, whoever is at it at once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from portal.database import writing
from portal.domain import membership
from portal.domain.errors import Overtaken, Refusal
from portal.domain.permissions import Grants
from portal.models.history import Activity
from portal.models.invitations import Departure
from portal.models.organizations import Membership, Organization, User
from portal.models.outbox import Message, Recipient
from portal.services import deactivation, members, role_changes, teams
from tests.builders import a_project, an_organization
from tests.members import AT, a_member

FULL = {"atlas": "ORG_OWNER", "aiven": "super_admin", "neon": "admin"}
LESSER = {"atlas": "ORG_MEMBER", "aiven": "member", "neon": "member"}


@pytest.fixture
def acme(session):
    return an_organization(session)


@pytest.fixture
def owner(session, acme):
    return a_member(session, acme, "Olga", "ORG_OWNER")


def change(session, organization, member, wanted, *, by, seen=None):
    seen = membership.mark(members.own_grants(member)) if seen is None else seen
    role_changes.change(session, organization, member.id, wanted, seen=seen, by=by, at=AT)


def in_organization(*keys):
    return Grants(frozenset(keys))


def test_a_person_holds_exactly_the_roles_that_were_chosen_and_is_told(session, acme, owner):
    shop, lab = a_project(session, acme, "shop"), a_project(session, acme, "lab")
    held = {shop.id: ["GROUP_OWNER", "GROUP_READ_ONLY"]}
    mia = a_member(session, acme, "Mia", "ORG_MEMBER", projects=held)
    wanted = Grants(
        frozenset({"ORG_MEMBER", "ORG_BILLING_READ_ONLY"}),
        {shop.id: frozenset({"GROUP_READ_ONLY"}), lab.id: frozenset({"GROUP_OWNER"})},
    )
    change(session, acme, mia, wanted, by=owner.user)
    assert members.own_grants(mia) == wanted
    assert session.scalars(select(Activity.text)).one() == (
        "Roles of a person were changed. Mia (mia@acme.example) is now Organization Billing Viewer, "
        "Organization Member, Project Owner in lab, Project Read Only in shop."
    )
    mail = session.scalars(select(Message).join(Recipient).where(Recipient.address == "mia@acme.example")).one()
    assert mail.subject == "Your roles in Acme were changed"
    assert "You can now:\n- see invoices and payments" in mail.text
    assert "You can no longer:\n- manage project alerts, in shop" in mail.text


@pytest.mark.parametrize("catalogue", [*FULL])
def test_the_last_who_must_remain_can_neither_go_nor_give_it_up(session, catalogue):
    organization = an_organization(session, catalogue=catalogue)
    last = a_member(session, organization, "Olga", FULL[catalogue])
    other = a_member(session, organization, "Mia", LESSER[catalogue])
    with pytest.raises(Refusal, match="You are the last"):
        role_changes.leave(session, organization, by=last.user, at=AT)
    with pytest.raises(Refusal, match="You are the last"):
        change(session, organization, last, in_organization(LESSER[catalogue]), by=last.user)
    with pytest.raises(Refusal, match="cannot remove yourself"):
        role_changes.remove(session, organization, last.id, by=last.user, at=AT)
    with pytest.raises(Refusal):
        role_changes.remove(session, organization, last.id, by=other.user, at=AT)
    assert members.own_grants(last) == in_organization(FULL[catalogue])


def test_an_owner_who_was_deactivated_does_not_count(session, acme, owner):
    asleep = a_member(session, acme, "Asleep", "ORG_OWNER")
    deactivation.deactivate(session, asleep.user, by=None, reason="Left", at=AT)
    with pytest.raises(Refusal, match="the last Organization Owner"):
        role_changes.leave(session, acme, by=owner.user, at=AT)
    deactivation.reactivate(session, asleep.user, by=None, reason="Back", at=AT)
    role_changes.leave(session, acme, by=owner.user, at=AT)


def test_an_owner_elsewhere_does_not_count(session, acme, owner):
    a_member(session, an_organization(session, "other"), "Elsewhere", "ORG_OWNER")
    with pytest.raises(Refusal, match="the last Organization Owner"):
        role_changes.leave(session, acme, by=owner.user, at=AT)


def test_who_is_removed_is_gone_at_once_and_what_they_did_stays(session, acme, owner):
    shop = a_project(session, acme)
    mia = a_member(session, acme, "Mia", "ORG_MEMBER", projects={shop.id: ["GROUP_OWNER"]})
    user = mia.user
    role_changes.remove(session, acme, mia.id, by=owner.user, at=AT)
    assert session.scalar(select(func.count()).where(Membership.user_id == user.id)) == 0
    departure = session.scalars(select(Departure)).one()
    assert (departure.user_id, departure.by_id) == (user.id, owner.user_id)
    assert session.scalars(select(Activity.text)).one().endswith("Mia (mia@acme.example)")
    assert session.scalars(select(Message.subject)).one() == "You are no longer in Acme"
    with pytest.raises(Overtaken, match="no longer in the organization"):
        role_changes.remove(session, acme, mia.id, by=owner.user, at=AT)


def test_who_leaves_is_out(session, acme, owner):
    mia = a_member(session, acme, "Mia", "ORG_MEMBER")
    role_changes.leave(session, acme, by=mia.user, at=AT)
    assert session.scalars(select(Activity.type)).one() == "MEMBER_LEFT"
    with pytest.raises(Overtaken, match="no longer in Acme"):
        role_changes.leave(session, acme, by=mia.user, at=AT)


@pytest.mark.parametrize("catalogue", [*FULL])
def test_ownership_changes_hands_in_one_step(session, catalogue):
    organization = an_organization(session, catalogue=catalogue)
    olga = a_member(session, organization, "Olga", FULL[catalogue])
    mia = a_member(session, organization, "Mia", LESSER[catalogue])
    role_changes.hand_over(session, organization, mia.id, becomes=LESSER[catalogue], by=olga.user, at=AT)
    assert members.own_grants(olga) == in_organization(LESSER[catalogue])
    assert FULL[catalogue] in members.own_grants(mia).organization_roles
    with pytest.raises(Overtaken, match="no longer hold"):
        role_changes.hand_over(session, organization, mia.id, becomes=LESSER[catalogue], by=olga.user, at=AT)


@pytest.mark.parametrize("becomes", ["ORG_OWNER", "super_admin", ""])
def test_who_hands_over_takes_a_lesser_role(session, acme, owner, becomes):
    mia = a_member(session, acme, "Mia", "ORG_MEMBER")
    with pytest.raises(Refusal, match="Choose the role"):
        role_changes.hand_over(session, acme, mia.id, becomes=becomes, by=owner.user, at=AT)


def test_nothing_is_handed_over_to_oneself_or_to_who_cannot_sign_in(session, acme, owner):
    asleep = a_member(session, acme, "Asleep", "ORG_MEMBER")
    deactivation.deactivate(session, asleep.user, by=None, reason="Left", at=AT)
    for member in (owner, asleep):
        with pytest.raises(Refusal, match="somebody else who can sign in"):
            role_changes.hand_over(session, acme, member.id, becomes="ORG_MEMBER", by=owner.user, at=AT)


@pytest.mark.parametrize("keys", [(), ("super_admin",), ("ORG_MEMBER", "nobody")])
def test_only_roles_of_the_catalogue_are_given_and_one_at_least(session, acme, owner, keys):
    mia = a_member(session, acme, "Mia", "ORG_MEMBER")
    with pytest.raises(Refusal, match=r"no role|at least one role"):
        change(session, acme, mia, in_organization(*keys), by=owner.user)


def test_a_change_that_was_decided_on_other_roles_is_not_made(session, acme, owner):
    mia = a_member(session, acme, "Mia", "ORG_MEMBER")
    seen = membership.mark(members.own_grants(mia))
    change(session, acme, mia, in_organization("ORG_READ_ONLY"), by=owner.user)
    with pytest.raises(Overtaken, match="roles of Mia were changed"):
        change(session, acme, mia, in_organization("ORG_BILLING_ADMIN"), by=owner.user, seen=seen)


def test_a_member_of_another_organization_is_nobody_here(session, acme, owner):
    stranger = a_member(session, an_organization(session, "other"), "Stranger", "ORG_MEMBER")
    with pytest.raises(Overtaken, match="no longer in the organization"):
        change(session, acme, stranger, in_organization("ORG_READ_ONLY"), by=owner.user)


def test_what_a_team_still_permits_is_not_said_to_be_lost(session, acme, owner):
    shop = a_project(session, acme)
    mia = a_member(session, acme, "Mia", "ORG_MEMBER", projects={shop.id: ["GROUP_OWNER"]})
    team = teams.create(session, acme, "Readers", by=owner.user, at=AT)
    teams.add_person(session, acme, team, mia.user.email, by=owner.user, at=AT)
    teams.give_role(session, team, shop, "GROUP_READ_ONLY", by=owner.user, at=AT)
    session.expire_all()
    change(session, acme, mia, in_organization("ORG_MEMBER"), by=owner.user)
    lost = session.scalars(select(Message.text)).one().split("You can no longer:")[1]
    assert "manage who is in projects, in shop" in lost
    assert "see projects, in shop" not in lost


@pytest.mark.parametrize("third", [False, True], ids=["two owners", "three owners"])
def test_of_two_owners_who_demote_each_other_at_once_one_stays(engine, session, acme, owner, third):
    """With a third, nothing but the lost right to do so stops the slower of both."""
    other = a_member(session, acme, "Otto", "ORG_OWNER")
    if third:
        a_member(session, acme, "Ossi", "ORG_OWNER")
    session.commit()
    ids = {owner.user_id: other.id, other.user_id: owner.id}
    at_once(engine, [demotion(acme.id, by, member) for by, member in ids.items()])
    session.expire_all()
    assert sum("ORG_OWNER" in members.own_grants(one).organization_roles for one in (owner, other)) == 1


def test_two_owners_who_leave_at_once_leave_one(engine, session, acme, owner):
    others = a_member(session, acme, "Otto", "ORG_OWNER")
    session.commit()
    at_once(engine, [leaving(acme.id, one.user_id) for one in (owner, others)])
    assert session.scalar(select(func.count()).where(Membership.organization_id == acme.id)) == 1


def demotion(organization_id, by, member_id):
    def work(own, wait):
        organization, actor = own.get_one(Organization, organization_id), own.get_one(User, by)
        # What the guard of a route has read before the wait.
        seen = [members.find_by_address(own, organization, actor.email), members.find(own, organization, member_id)]
        wait()
        change(own, organization, seen[1], in_organization("ORG_MEMBER"), by=actor)

    return work


def leaving(organization_id, by):
    def work(own, wait):
        organization, actor = own.get_one(Organization, organization_id), own.get_one(User, by)
        seen = members.find_by_address(own, organization, actor.email)
        wait()
        role_changes.leave(own, organization, by=actor, at=AT)
        assert seen

    return work


def at_once(engine, works):
    """All begin together: on PostgreSQL when each has read; on SQLite who writes first has the others wait."""
    begin, refused = threading.Barrier(len(works)), []
    both_read = engine.dialect.name == "postgresql"

    def run(work):
        with writing(engine)() as own:
            if not both_read:
                begin.wait()
            try:
                work(own, begin.wait if both_read else lambda: None)
                own.commit()
            except Refusal as refusal:
                refused.append(refusal)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == len(works) - 1
