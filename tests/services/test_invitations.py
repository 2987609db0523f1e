"""Invitations: all or none, good for thirty days, for one person, once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from portal import catalogues
from portal.database import writing
from portal.domain import membership
from portal.domain.errors import AlreadyDone, Overtaken, Refusal
from portal.domain.membership import INVITATION_GOOD_FOR, InvitationOutcome
from portal.domain.permissions import Grants
from portal.models.history import Activity
from portal.models.invitations import Invitation
from portal.models.organizations import Membership, OrganizationRole, User
from portal.models.outbox import Message, Recipient
from portal.services import invitations, joining, members, project_ends, role_changes
from tests.builders import a_project, an_organization
from tests.members import AT, a_member, a_user, mailed_token, sender

NEW = "nina@new.example"
MEMBER = Grants(frozenset({"ORG_MEMBER"}))
OWNER = Grants(frozenset({"ORG_OWNER"}))


@pytest.fixture
def acme(session):
    return an_organization(session)


@pytest.fixture
def owner(session, acme):
    return a_member(session, acme, "Olga Owner", "ORG_OWNER").user


def invite(session, acme, owner, *addresses, offer=MEMBER, at=AT):
    return invitations.invite(session, sender(acme, owner), addresses or [NEW], offer=offer, at=at)


def test_who_accepts_is_a_member_with_the_roles_of_the_invitation(session, acme, owner):
    shop = a_project(session, acme)
    offer = Grants(frozenset({"ORG_BILLING_ADMIN"}), {shop.id: frozenset({"GROUP_OWNER", "GROUP_READ_ONLY"})})
    invite(session, acme, owner, offer=offer)
    nina = a_user(session, "Nina", domain="NEW.example")
    member = joining.accept(session, mailed_token(session, NEW), by=nina, at=AT)
    assert members.own_grants(member) == offer
    assert session.scalars(select(Activity.text).order_by(Activity.id)).all() == [
        f"Person was invited. {NEW}.",
        "Person joined the organization. Nina (nina@NEW.example)",
    ]


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        (["olga.owner@acme.example"], "olga.owner@acme.example is your own address."),
        (["mia@acme.example"], "mia@acme.example is a member already."),
        (["twice@new.example"], "twice@new.example is invited already. Resend that invitation instead."),
        (["fresh@new.example", "mia@acme.example"], "mia@acme.example is a member already."),
    ],
)
def test_where_one_address_is_bad_nobody_is_invited(session, acme, owner, addresses, words):
    a_member(session, acme, "Mia", "ORG_MEMBER")
    invite(session, acme, owner, "twice@new.example")
    mails = session.scalar(select(func.count()).select_from(Message))
    with pytest.raises(Refusal) as refusal:
        invite(session, acme, owner, *addresses)
    assert str(refusal.value) == words
    assert session.scalar(select(func.count()).select_from(Message)) == mails


def test_who_gets_a_project_alone_belongs_to_the_organization_as_a_plain_member(session, acme, owner):
    shop = a_project(session, acme)
    lead = a_member(session, acme, "Lead", "ORG_MEMBER", projects={shop.id: ["GROUP_OWNER"]}).user
    offer = Grants(project_roles={shop.id: frozenset({"GROUP_READ_ONLY"})})
    (invitation,) = invite(session, acme, lead, offer=offer)
    assert invitations.offered(invitation) == Grants(frozenset({"ORG_MEMBER"}), offer.project_roles)


@pytest.mark.parametrize(
    ("roles", "in_shop", "in_lab"),
    [
        ({"ORG_OWNER"}, {"GROUP_READ_ONLY"}, ()),
        ({"ORG_BILLING_ADMIN"}, (), ()),
        ((), (), {"GROUP_READ_ONLY"}),
        ((), (), ()),
        ({"super_admin"}, (), ()),
        ((), {"collaborator"}, ()),
    ],
)
def test_a_project_owner_gives_roles_in_the_project_alone(session, acme, owner, roles, in_shop, in_lab):
    shop, lab = a_project(session, acme, "shop"), a_project(session, acme, "lab")
    lead = a_member(session, acme, "Lead", "ORG_MEMBER", projects={shop.id: ["GROUP_OWNER"]}).user
    projects = {shop.id: frozenset(in_shop), lab.id: frozenset(in_lab)}
    offer = Grants(frozenset(roles), {one: keys for one, keys in projects.items() if keys})
    if not roles and not offer.project_roles:
        offer = Grants(frozenset({"ORG_READ_ONLY"}))
    with pytest.raises(Refusal):
        invite(session, acme, lead, offer=offer)


def test_a_project_of_another_organization_is_none(session, acme, owner):
    foreign = a_project(session, an_organization(session, "other"))
    offer = Grants(project_roles={foreign.id: frozenset({"GROUP_OWNER"})})
    with pytest.raises(Refusal, match="no such project"):
        invite(session, acme, owner, offer=offer)


def test_a_collaborator_is_invited_by_a_member_of_neon_into_projects_only(session):
    cobalt = an_organization(session, "cobalt", catalogue="neon")
    fleet = a_project(session, cobalt, "fleet")
    mo = a_member(session, cobalt, "Mo", "member").user
    offer = Grants(project_roles={fleet.id: frozenset({"collaborator"})})
    (invitation,) = invite(session, cobalt, mo, offer=offer)
    assert invitations.offered(invitation) == offer
    with pytest.raises(Refusal, match="roles in projects only"):
        invite(session, cobalt, mo, "eve@new.example", offer=Grants(frozenset({"member"})))


def test_an_invitation_is_for_the_person_of_its_address(session, acme, owner):
    invite(session, acme, owner)
    eve = a_user(session, "Eve")
    for answer in (joining.accept, joining.decline):
        with pytest.raises(Refusal, match=f"for {NEW}. You are signed in as eve@acme.example"):
            answer(session, mailed_token(session, NEW), by=eve, at=AT)


def test_an_invitation_is_good_for_thirty_days_and_not_an_instant_longer(session, acme, owner):
    invite(session, acme, owner)
    nina, token = a_user(session, "Nina", domain="new.example"), mailed_token(session, NEW)
    with pytest.raises(Refusal, match="has expired"):
        joining.accept(session, token, by=nina, at=AT + INVITATION_GOOD_FOR)
    joining.accept(session, token, by=nina, at=AT + INVITATION_GOOD_FOR - timedelta(microseconds=1))


def test_sending_it_again_renews_it_and_ends_the_link_before(session, acme, owner):
    (invitation,) = invite(session, acme, owner)
    before = mailed_token(session, NEW)
    late = AT + INVITATION_GOOD_FOR
    invitations.resend(session, sender(acme, owner), invitation.hex_id, at=late)
    nina, after = a_user(session, "Nina", domain="new.example"), mailed_token(session, NEW)
    assert after != before
    with pytest.raises(Refusal, match="newer mail"):
        joining.accept(session, before, by=nina, at=late)
    joining.accept(session, after, by=nina, at=late + timedelta(days=29))


def test_a_revoked_invitation_opens_nothing_and_its_address_can_be_invited_again(session, acme, owner):
    (invitation,) = invite(session, acme, owner)
    invitations.revoke(session, sender(acme, owner), invitation.hex_id, at=AT)
    nina, token = a_user(session, "Nina", domain="new.example"), mailed_token(session, NEW)
    with pytest.raises(Refusal, match="was revoked"):
        joining.accept(session, token, by=nina, at=AT)
    for again in (invitations.resend, invitations.revoke):
        with pytest.raises(Overtaken, match="was revoked"):
            again(session, sender(acme, owner), invitation.hex_id, at=AT)
    invite(session, acme, owner)


def test_one_that_expired_makes_room_for_another(session, acme, owner):
    first = invite(session, acme, owner)[0]
    invite(session, acme, owner, at=AT + INVITATION_GOOD_FOR)
    assert (first.outcome, first.settled_by_id) == (InvitationOutcome.EXPIRED, None)


def test_who_declines_does_not_join_and_may_say_so_twice(session, acme, owner):
    invite(session, acme, owner)
    nina, token = a_user(session, "Nina", domain="new.example"), mailed_token(session, NEW)
    for who in (None, nina):
        assert joining.decline(session, token, by=who, at=AT).outcome is InvitationOutcome.DECLINED
    with pytest.raises(Refusal, match="was declined"):
        joining.accept(session, token, by=nina, at=AT)


def test_accepting_again_changes_nothing(session, acme, owner):
    invite(session, acme, owner)
    nina, token = a_user(session, "Nina", domain="new.example"), mailed_token(session, NEW)
    first = joining.accept(session, token, by=nina, at=AT)
    assert joining.accept(session, token, by=nina, at=AT).id == first.id
    with pytest.raises(Refusal, match="was accepted already"):
        joining.decline(session, token, by=nina, at=AT)


def test_who_was_removed_does_not_come_back_by_the_old_link(session, acme, owner):
    invite(session, acme, owner)
    nina, token = a_user(session, "Nina", domain="new.example"), mailed_token(session, NEW)
    member = joining.accept(session, token, by=nina, at=AT)
    role_changes.remove(session, acme, member.id, by=owner, at=AT)
    with pytest.raises(AlreadyDone, match="was accepted already"):
        joining.accept(session, token, by=nina, at=AT)


def test_a_project_that_ended_since_brings_nothing(session, acme, owner):
    shop = a_project(session, acme)
    offer = Grants(frozenset({"ORG_MEMBER"}), {shop.id: frozenset({"GROUP_OWNER"})})
    (invitation,) = invite(session, acme, owner, offer=offer)
    project_ends.remove(session, shop, by=owner, at=AT)
    nina = a_user(session, "Nina", domain="new.example")
    member = joining.accept(session, mailed_token(session, NEW), by=nina, at=AT)
    assert members.own_grants(member) == Grants(frozenset({"ORG_MEMBER"}))
    roles = catalogues.load("atlas").roles
    assert "in shop" not in str(membership.effect(roles, Grants(), invitations.offered(invitation), names={}))


def test_accepted_twice_at_once_makes_one_member(engine, session, acme, owner):
    invite(session, acme, owner)
    nina_id, token = a_user(session, "Nina", domain="new.example").id, mailed_token(session, NEW)
    session.commit()
    begin, answers = threading.Barrier(2), []

    def accept():
        with writing(engine)() as own:
            begin.wait()
            answers.append(joining.accept(own, token, by=own.get_one(User, nina_id), at=AT).id)
            own.commit()

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.expire_all()
    own = session.scalars(select(Membership.id).where(Membership.user_id == nina_id)).all()
    assert [*set(answers)] == own
    assert session.scalars(select(Activity.type).where(Activity.user_id == nina_id)).all() == ["MEMBER_JOINED"]


def test_an_owner_who_is_one_no_more_invites_nobody(session, acme, owner):
    session.execute(update(OrganizationRole).values(role="ORG_MEMBER"))
    with pytest.raises(Refusal):
        invite(session, acme, owner)


def test_fifty_addresses_cost_no_more_looking_than_one(session, acme, owner):
    addresses = [f"p{number}@new.example" for number in range(50)]
    invite(session, acme, owner, *addresses)
    assert session.scalars(select(Recipient.address).order_by(Recipient.id)).all() == addresses
    assert len({one.token_hash for one in session.scalars(select(Invitation))}) == 50
    assert len(mailed_token(session, addresses[0])) >= 22  # 128 bits and more, in base64


@pytest.mark.parametrize("end", ["removed", "demoted", "deactivated"])
def test_an_invitation_does_not_outlive_the_rights_of_who_sent_it(session, acme, owner, end):
    """MEMBER-9: an owner on the way out would else leave a door open."""
    other = a_member(session, acme, "Otto", "ORG_OWNER")
    invite(session, acme, other.user, offer=OWNER)
    if end == "removed":
        role_changes.remove(session, acme, other.id, by=owner, at=AT)
    elif end == "demoted":
        demoted = update(OrganizationRole).where(OrganizationRole.membership_id == other.id)
        session.execute(demoted.values(role="ORG_MEMBER"))
    else:
        other.user.deactivated_at = AT
    session.flush()
    nina = a_user(session, "Nina", domain="new.example")
    token = mailed_token(session, NEW)
    with pytest.raises(Refusal, match="Otto, who invited you, can no longer do so"):
        joining.accept(session, token, by=nina, at=AT)
    assert session.scalar(select(func.count()).where(Membership.user_id == nina.id)) == 0


def test_who_sends_an_invitation_again_stands_for_it(session, acme, owner):
    other = a_member(session, acme, "Otto", "ORG_OWNER")
    (invitation,) = invite(session, acme, other.user, offer=OWNER)
    role_changes.remove(session, acme, other.id, by=owner, at=AT)
    invitations.resend(session, sender(acme, owner), invitation.hex_id, at=AT)
    nina = a_user(session, "Nina", domain="new.example")
    member = joining.accept(session, mailed_token(session, NEW), by=nina, at=AT)
    assert members.own_grants(member) == OWNER
