"""People over HTTP: the list, invitations, joining, roles with their effect, leaving, in all three catalogues."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal import clock, database
from portal.domain.membership import INVITATION_GOOD_FOR
from portal.models.billing_groups import BillingGroup
from portal.models.invitations import Invitation
from portal.models.organizations import Membership, User
from portal.models.outbox import Message
from portal.models.teams import TeamMember, TeamProjectRole
from portal.services import billing_profiles, deactivation
from tests.members import a_member, mailed_token
from tests.pages import PASSWORD, Visitor
from tests.teams import a_team

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


def test_who_has_an_account_signs_in_and_comes_back_to_the_invitation(app, world):
    invite(signed_in(app, OWNER), addresses="nobody@nowhere.example", role="ORG_READ_ONLY")
    path = f"/invitations/{token_of(app, 'nobody@nowhere.example')}"
    somebody = Visitor(app)
    page = somebody.get(path).click("Sign in to accept")
    page = page.submit("/sign-in", email="Nobody@nowhere.example", password=PASSWORD).follow()
    assert "You can: open the organization’s pages" in page.text
    page = page.submit(f"{path}/acceptance")
    assert page.location == "/orgs/acme/"
    assert page.follow().status == 200
    assert "accepted already" in somebody.get(path).text
    assert somebody.get("/").submit("/sign-out").status == 303


def test_one_account_is_in_several_organizations(app, world):
    invite(signed_in(app, OWNERS["borealis"]), slug="borealis", addresses=OWNER, role="member")
    owner = signed_in(app, OWNER)
    owner.get(f"/invitations/{token_of(app, OWNER)}").submit(f"/invitations/{token_of(app, OWNER)}/acceptance")
    page = owner.get("/orgs/borealis/")
    assert [link["href"] for link in page.soup.select(".switch .menu-box a")] == ["/orgs/acme/", "/orgs/borealis/", "/"]


def test_an_invitation_says_to_somebody_else_whom_it_is_for(app, world):
    invite(signed_in(app, OWNER), role="ORG_MEMBER")
    path, other = f"/invitations/{token_of(app)}", signed_in(app, MEMBER)
    page = other.get(path)
    assert f"It is for {NEW}. You are signed in as {MEMBER}." in page.text
    assert not page.soup.select("main form")
    for act in ("acceptance", "declining", "account"):
        page = other.post(f"{path}/{act}", {"csrf_token": csrf(other), "name": "N", "new_password": NEW_PASSWORD})
        assert page.status == 422
        assert MEMBER in page.text


@pytest.mark.parametrize(
    ("end", "words"), [("revoke", "was revoked"), ("expire", "has expired"), ("decline", "was declined")]
)
def test_an_invitation_that_is_over_says_why(app, world, end, words):
    invite(signed_in(app, OWNER), role="ORG_MEMBER")
    path = f"/invitations/{token_of(app)}"
    open_page = Visitor(app).get(path)
    if end == "decline":
        assert "You have declined" in Visitor(app).get(path).submit(f"{path}/declining").follow().text
    if end == "revoke":
        page = signed_in(app, OWNER).get("/orgs/acme/people/invitations")
        button = page.soup.find("button", attrs={"aria-label": f"Revoke the invitation of {NEW}"})
        assert "is revoked" in page.submit(button.find_parent("form")["action"]).follow().text
    if end == "expire":
        with database.writing(app.extensions["database"]).begin() as session:
            one = session.scalars(select(Invitation).where(Invitation.email == NEW)).one()
            one.expires_at -= INVITATION_GOOD_FOR
    page = open_page.submit(f"{path}/account", name="Nina", new_password=NEW_PASSWORD)
    assert page.status == 422
    for told in (page, Visitor(app).get(path)):
        assert words in told.text
        assert "Ask whoever invited you for another one." in told.text


def test_the_link_of_a_newer_mail_takes_the_place_of_the_older(app, world):
    owner = signed_in(app, OWNER)
    page = invite(owner, role="ORG_MEMBER").follow()
    before = token_of(app)
    button = page.soup.find("button", attrs={"aria-label": f"Resend the invitation of {NEW}"})
    page = page.submit(button.find_parent("form")["action"]).follow()
    assert "sent 2 times" in page.text
    page = Visitor(app).get(f"/invitations/{before}")
    assert page.status == 404
    assert Visitor(app).get(f"/invitations/{token_of(app)}").status == 200


def test_a_token_is_in_no_line_of_the_log(app, world, capfd):
    invite(signed_in(app, OWNER), role="ORG_MEMBER")
    token = token_of(app)
    Visitor(app).get(f"/invitations/{token}").submit(
        f"/invitations/{token}/account", name="Nina", new_password=NEW_PASSWORD
    )
    logged = "".join(capfd.readouterr())
    assert r'"/invitations/\u2026"' in logged
    assert token not in logged
    assert NEW_PASSWORD not in logged


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        ("", "Enter at least one e-mail address."),
        (" ,;\n", "Enter at least one e-mail address."),
        ("nobody", "“nobody” is no e-mail address."),
        ("a@b.example\r\nBcc: evil@x.example", "“Bcc: evil@x.example” is no e-mail address."),
        ("a@b.example\u2028c@d.example", "is no e-mail address."),
        ("a@b.example, A@B.example", "a@b.example stands here twice."),
        (OWNER.upper(), f"{OWNER} is your own address."),
        (MEMBER, f"{MEMBER} is a member already."),
        ("invited@acme.example", "invited@acme.example is invited already."),
        ("\n".join(f"p{n}@x.example" for n in range(500)), "Enter at most 50 addresses at once. There are 500."),
        (", ".join(f"p{n}" for n in range(9)), "4 more are not right."),
        ("x" * 250 + "@x.example", "is no e-mail address."),
        ("a\1@x.example", "is no e-mail address."),
    ],
)
def test_what_is_wrong_with_addresses_is_said_beside_the_field(app, world, addresses, words):
    owner = signed_in(app, OWNER)
    page = invite(owner, addresses=addresses, role="ORG_MEMBER")
    assert page.status == 422
    assert words in page.soup.find(id="addresses-error").text
    with database.reading(app.extensions["database"])() as session:
        assert session.scalars(select(Message.id)).all() == []
        assert len(session.scalars(select(Invitation)).all()) == 3  # those of the world


@pytest.mark.parametrize(
    ("chosen", "field", "words"),
    [
        ({"role": "super_admin"}, "role", "Choose from the list."),
        ({"project": "0" * 24, "project_role": "GROUP_OWNER"}, "project", "Choose from the list."),
        ({"project_role": "GROUP_OWNER"}, "project", "Choose in which projects the roles are."),
        ({"project_role": "collaborator", "role": "ORG_MEMBER"}, "project_role", "Choose from the list."),
    ],
)
def test_what_is_wrong_with_roles_is_said_beside_them(app, world, chosen, field, words):
    owner = signed_in(app, OWNER)
    form = owner.get("/orgs/acme/people/invitations/new")
    page = owner.post("/orgs/acme/people/invitations/new", {"csrf_token": csrf(owner), "addresses": NEW, **chosen})
    assert form.status == 200
    assert page.status == 422
    assert words in page.soup.find(id=f"{field}-error").text


def test_a_member_of_neon_invites_into_projects_and_nothing_else(app, world):
    member = signed_in(app, "member@cobalt.example")
    assert member.get("/orgs/cobalt/people/invitations/new").status == 403
    page = member.get("/orgs/cobalt/people").click("Invite to projects")
    assert not page.soup.find_all("input", attrs={"name": "role"})
    project = world.projects["cobalt"][0].hex_id
    page = page.submit(addresses=NEW, project=project, project_role="collaborator").follow()
    assert f"{NEW} is invited." in page.text
    forged = {"csrf_token": csrf(member), "addresses": "b@new.example", "role": "admin"}
    assert member.post("/orgs/cobalt/people/collaborators/new", forged).status == 422


def test_the_effect_of_a_change_is_shown_before_it_is_made(app, world):
    owner, who = signed_in(app, OWNER), member_id(app, "org_read_only@acme.example")
    page = owner.get(f"/orgs/acme/people/{who}").click("Change roles in the organization")
    assert "Nothing yet" in page.text
    page = choose(owner, who, "ORG_BILLING_READ_ONLY")
    can, cannot = page.text.split("can no longer:")
    assert "see invoices and payments" in can.split("can:")[1]
    assert "see cases at organization level" in cannot
    assert "see projects, in all projects" in cannot
    assert owner.part(f"/orgs/acme/people/{who}/roles?chosen=yes&role=ORG_MEMBER").soup.find(id="effect")
    page = page.submit(f"/orgs/acme/people/{who}/role-change").follow()
    assert "The roles of Org Read Only are changed." in page.text
    assert "Organization Billing Viewer" in page.text


def test_roles_in_one_project_are_changed_by_themselves(app, world):
    owner, who, lab = signed_in(app, OWNER), member_id(app, "group_owner@acme.example"), world.projects["acme"][1]
    page = choose(owner, who, "GROUP_READ_ONLY", project=lab.hex_id)
    assert "see projects, in lab" in page.text
    page = page.submit(f"/orgs/acme/people/{who}/role-change").follow()
    rows = {row.th.text: row.td.text for row in page.soup.select("tbody tr")}
    assert rows == {"lab": "Project Read Only", "shop": "Project Owner"}
    page = choose(owner, who, project=lab.hex_id).submit(f"/orgs/acme/people/{who}/role-change").follow()
    assert len(page.soup.select("tbody tr")) == 1


def test_a_change_decided_on_a_page_that_is_old_is_409(app, world):
    owner, who = signed_in(app, OWNER), member_id(app, MEMBER)
    old = choose(owner, who, "ORG_BILLING_ADMIN")
    choose(owner, who, "ORG_READ_ONLY").submit(f"/orgs/acme/people/{who}/role-change")
    page = old.submit(f"/orgs/acme/people/{who}/role-change")
    assert page.status == 409
    assert "The roles of Org Member were changed since you opened the page." in page.text


def test_who_lost_the_role_while_the_page_stood_open_changes_nothing(app, world):
    owner, second = signed_in(app, OWNER), signed_in(app, "org_billing_admin@acme.example")
    second_id, who = member_id(app, "org_billing_admin@acme.example"), member_id(app, MEMBER)
    choose(owner, second_id, "ORG_OWNER").submit(f"/orgs/acme/people/{second_id}/role-change")
    old = choose(second, who, "ORG_READ_ONLY")
    choose(owner, second_id, "ORG_MEMBER").submit(f"/orgs/acme/people/{second_id}/role-change")
    page = old.submit(f"/orgs/acme/people/{who}/role-change")
    assert (page.status, page.h1) == (403, "You may not open this page")


@pytest.mark.parametrize("slug", [*OWNERS])
def test_the_last_owner_is_told_why_leaving_is_refused(app, world, slug):
    owner, own = signed_in(app, OWNERS[slug]), member_id(app, OWNERS[slug], slug)
    page = owner.get(f"/orgs/{slug}/people/{own}").click(f"Leave {world.organizations[slug].name}")
    assert "You are the last" in page.text
    assert not page.soup.select("main form")
    assert owner.post(f"/memberships/{own}/leaving", {"csrf_token": csrf(owner)}).status == 422
    assert "You are the last" in choose(owner, own, PLAIN[slug], slug=slug).text


@pytest.mark.parametrize("slug", [*OWNERS])
def test_who_holds_ownership_hands_it_over_and_may_leave_then(app, world, slug):
    owner = signed_in(app, OWNERS[slug])
    own, heir = member_id(app, OWNERS[slug], slug), member_id(app, f"{PLAIN[slug].lower()}@{slug}.example", slug)
    page = owner.get(f"/orgs/{slug}/people/{heir}").click("Hand over ownership")
    page = page.submit(f"/orgs/{slug}/people/{heir}/handover", role=PLAIN[slug]).follow()
    assert "Ownership is handed over" in page.text
    assert owner.get(f"/orgs/{slug}/people/invitations").status == 403
    page = owner.get(f"/memberships/{own}/leaving").submit(f"/memberships/{own}/leaving").follow()
    assert f"You have left {world.organizations[slug].name}." in page.text
    assert owner.get(f"/orgs/{slug}/").status == 404


def test_a_collaborator_who_may_open_no_page_can_still_leave(app, world):
    who = member_id(app, "collaborator@cobalt.example", "cobalt")
    page = signed_in(app, "collaborator@cobalt.example").get("/").click("Leave Cobalt")
    assert "You have left Cobalt." in page.submit(f"/memberships/{who}/leaving").follow().text


def test_whose_membership_it_is_not_learns_nothing_of_it(app, world):
    foreign, nobody = member_id(app, OWNERS["borealis"], "borealis"), 10**9
    owner = signed_in(app, OWNER)
    pages = [owner.get(f"/memberships/{one}/leaving") for one in (foreign, nobody)]
    assert {page.status for page in pages} == {422}
    assert owner.get(f"/orgs/acme/people/{foreign}").status == 404
    assert owner.get(f"/orgs/acme/people/{foreign}/roles").status == 404
    who, project = member_id(app, MEMBER), world.projects["borealis"][0].hex_id
    assert owner.get(f"/orgs/acme/people/{who}/roles?project={project}").status == 404


def test_who_was_removed_has_no_access_on_the_page_that_is_open(app, world):
    owner, member, who = signed_in(app, OWNER), signed_in(app, MEMBER), member_id(app, MEMBER)
    assert member.get("/orgs/acme/").status == 200
    page = owner.get(f"/orgs/acme/people/{who}").click("Remove from Acme")
    assert "Org Member can no longer: open the organization’s pages" in page.text
    assert "is removed from Acme." in page.submit(f"/orgs/acme/people/{who}/removal").follow().text
    page = member.get("/orgs/acme/")
    assert (page.status, page.h1) == (404, "You have no access here any more")
    assert signed_in(app, "nobody@nowhere.example").get("/orgs/acme/").h1 == "This page does not exist"


def test_who_is_deactivated_is_out_and_cannot_sign_in(app, world):
    member = signed_in(app, MEMBER)
    with database.writing(app.extensions["database"]).begin() as session:
        user = session.get_one(User, world.person(MEMBER).user_id)
        deactivation.deactivate(session, user, by=None, reason="Left", at=clock.now())
    assert member.get("/orgs/acme/").location.startswith("/sign-in")
    assert Visitor(app).sign_in(MEMBER).status == 422
    page = signed_in(app, OWNER).get("/orgs/acme/people?q=org_member")
    assert "Deactivated" in page.text


def test_staff_deactivate_a_person_for_a_reason_and_let_them_back(app, world):
    staff, user_id = signed_in(app, "support@portal.example"), world.person(MEMBER).user_id
    path = f"/staff/people/{user_id}"
    page = staff.get(path).submit(f"{path}/deactivation", why=" ")
    assert page.soup.find(id="why-error").text.strip() == "Enter why."
    page = page.submit(f"{path}/deactivation", why="Stolen laptop").follow()
    assert "Org Member is deactivated." in page.text
    assert "Deactivated by Support: Stolen laptop." in page.text
    assert Visitor(app).sign_in(MEMBER).status == 422
    page = page.submit(f"{path}/deactivation", why="Found").follow()
    assert "Org Member can sign in again." in page.text
    assert Visitor(app).sign_in(MEMBER).status == 303
    own = f"/staff/people/{world.person('support@portal.example').user_id}"
    assert staff.get(own).submit(f"{own}/deactivation", why="Tired").status == 422


@pytest.mark.parametrize(("contact", "is_offered"), [("ap@acme.example", True), (MEMBER, False), (None, False)])
def test_a_billing_contact_who_is_no_member_is_offered_an_invitation(app, world, contact, is_offered):
    with database.writing(app.extensions["database"]).begin() as session:
        acme = world.organizations["acme"]
        group = session.scalars(select(BillingGroup).where(BillingGroup.organization_id == acme.id)).one()
        billing_profiles.change(
            session,
            group,
            at=clock.now(),
            billing_contact=contact,
            company="Acme",
            line1="1 Main Street",
            city="Town",
            region="Dublin",
            postal_code="10119",
            country="IE",
        )
    owner, admin = signed_in(app, OWNER), signed_in(app, "org_billing_admin@acme.example")
    page = owner.get("/orgs/acme/billing/profile")
    assert ("invite the billing contact" in page.text) == is_offered
    assert "invite the billing contact" not in admin.get("/orgs/acme/billing/profile").text
    if is_offered:
        assert contact in page.click("invite the billing contact").soup.find(id="addresses").text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=BILLING", ["Org Billing Admin", "Org Billing Read Only"]),
        ("q=org_billing_a", ["Org Billing Admin"]),
        ("role=ORG_OWNER", ["Deactivated", "Org Owner"]),
        ("role=GROUP_OWNER", ["Group Owner"]),
        ("project=lab", []),
        ("q=100%25", []),
    ],
)
def test_people_are_found_by_name_address_role_and_project(app, world, query, names):
    query = query.replace("project=lab", f"project={world.projects['acme'][1].hex_id}")
    page = signed_in(app, OWNER).get(f"/orgs/acme/people?{query}")
    assert [link.text for link in page.soup.select("tbody th a")] == names


@pytest.mark.parametrize("query", ["role=super_admin", "project=nothing"])
def test_a_filter_of_another_catalogue_is_named(app, world, query):
    page = signed_in(app, OWNER).get(f"/orgs/acme/people?{query}")
    assert page.status == 422
    assert "Choose one of the list." in page.text


def csrf(visitor):
    return visitor.get("/").soup.find("input", attrs={"name": "csrf_token"})["value"]


def test_a_page_about_who_is_gone_does_nothing_to_who_came_after(app, world):
    owner, second = signed_in(app, OWNER), signed_in(app, OWNER)
    with database.writing(app.extensions["database"]).begin() as session:
        gone = a_member(session, world.organizations["acme"], "Gone", "ORG_MEMBER").id
    pages = [owner.get(f"/orgs/acme/people/{gone}/{page}") for page in ("removal", "handover")]
    pages.append(choose(owner, gone, "ORG_OWNER"))
    second.get(f"/orgs/acme/people/{gone}/removal").submit(f"/orgs/acme/people/{gone}/removal")
    with database.writing(app.extensions["database"]).begin() as session:
        # Databases may give the number again that was the highest.
        assert a_member(session, world.organizations["acme"], "After", "ORG_MEMBER").id == gone
    for page, end in zip(pages, ("removal", "handover", "role-change"), strict=True):
        assert page.submit(f"/orgs/acme/people/{gone}/{end}").status == 409
    assert owner.get(f"/orgs/acme/people/{gone}").h1 == "After"


def test_of_two_of_staff_who_deactivate_at_once_none_lets_the_person_back(app, world):
    first, second = signed_in(app, "support@portal.example"), signed_in(app, "billing@portal.example")
    path = f"/staff/people/{world.person(MEMBER).user_id}"
    pages = [one.get(path) for one in (first, second)]
    statuses = [page.submit(f"{path}/deactivation", why="Stolen laptop").status for page in pages]
    assert statuses == [303, 409]
    assert "Let the person sign in again" in first.get(path).text


def test_who_is_in_a_project_through_a_team_is_found_by_project_and_role(app, world):
    project = world.projects["acme"][0]
    with database.writing(app.extensions["database"]).begin() as session:
        acme = world.organizations["acme"]
        member = a_member(session, acme, "Tessa", "ORG_MEMBER")
        team = a_team(session, world, "acme", "Night shift")
        session.add(TeamMember(team_id=team.id, membership_id=member.id))
        session.add(TeamProjectRole(team_id=team.id, project_id=project.id, role="GROUP_BACKUP_MANAGER"))
    owner = signed_in(app, OWNER)
    for query in (f"project={project.hex_id}", "role=GROUP_BACKUP_MANAGER"):
        assert "Tessa" in owner.get(f"/orgs/acme/people/?q=tessa&{query}").text
    assert "Tessa" not in owner.get("/orgs/acme/people/?q=tessa&role=GROUP_SEARCH_INDEX_EDITOR").soup.find("main").text
