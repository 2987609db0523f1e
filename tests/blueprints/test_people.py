"""People over HTTP: the list, invitations, joining, roles with their effect, leaving, in all three catalogues."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal import clock, database
from portal.domain.membership import INVITATION_GOOD_FOR
from portal.models.invitations import Invitation
from portal.models.organizations import Membership, User
from portal.models.outbox import Message
from portal.services import deactivation, invitations
from tests.members import mailed_token
from tests.pages import PASSWORD, Visitor

DATABASES = ("sqlite",)

OWNERS = {
    "acme": "org_owner@acme.example",
    "borealis": "super_admin@borealis.example",
    "cobalt": "admin@cobalt.example",
}
FULL = {"acme": "ORG_OWNER", "borealis": "super_admin", "cobalt": "admin"}
PLAIN = {"acme": "ORG_MEMBER", "borealis": "member", "cobalt": "member"}
IN_PROJECT = {"acme": "GROUP_OWNER", "borealis": "project_admin", "cobalt": "collaborator"}
OWNER, MEMBER = OWNERS["acme"], "org_member@acme.example"
NEW, NEW_PASSWORD = "nina@new.example", "brisk otter lamp"


def signed_in(app, email, password=PASSWORD):
    visitor = Visitor(app)
    visitor.sign_in(email, password)
    return visitor


def token_of(app, address=NEW):
    with database.reading(app.extensions["database"])() as session:
        return mailed_token(session, address)


def member_id(app, email, slug="acme"):
    with database.reading(app.extensions["database"])() as session:
        found = session.scalars(select(Membership).join(Membership.user).where(User.email == email)).all()
        return next(one.id for one in found if one.organization.slug == slug)


def invite(owner, *, slug="acme", addresses=NEW, **chosen):
    return owner.get(f"/orgs/{slug}/people/invitations/new").submit(addresses=addresses, **chosen)


def choose(owner, who, *keys, slug="acme", project=None):
    """The page that shows what these roles would change."""
    query = "&".join(["chosen=yes", *(f"role={key}" for key in keys), *([f"project={project}"] if project else [])])
    return owner.get(f"/orgs/{slug}/people/{who}/roles?{query}")


@pytest.mark.parametrize("slug", [*OWNERS])
def test_who_is_invited_makes_an_account_and_is_in(app, world, slug):
    project = world.projects[slug][0]
    owner = signed_in(app, OWNERS[slug])
    page = invite(owner, slug=slug, role=PLAIN[slug], project=project.hex_id, project_role=IN_PROJECT[slug]).follow()
    assert f"{NEW} is invited." in page.text
    assert page.h1 == "Open invitations"
    nina = Visitor(app)
    page = nina.get(f"/invitations/{token_of(app)}")
    assert page.h1 == f"Join {world.organizations[slug].name}"
    page = page.submit(f"/invitations/{token_of(app)}/account", name="Nina Neu", new_password=NEW_PASSWORD)
    assert f"Welcome to {world.organizations[slug].name}." in page.follow().text
    assert "Nina Neu" in owner.get(f"/orgs/{slug}/people?q=nina@").text
    assert signed_in(app, NEW, NEW_PASSWORD).get(f"/orgs/{slug}/").status == 200
