"""What stands in the sidebar: nouns and their pages, as far as they exist and the person may open them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from flask import Flask, g, request

from portal import catalogues, clock
from portal.models.organizations import Organization
from portal.services import links, organizations
from portal.web import db
from portal.web.access import current_catalogue, current_grants, current_organization, may_open
from portal.web.identity import current_session, signed_in
from portal.web.links import url_for
from portal.web.visits import current_visit


@dataclass(frozen=True, slots=True)
class Item:
    """A page in the sidebar; pages of the same noun stand below it.

    `only_for_linking`: where the organization can pay for others, does, or is paid for (13.1). `also` names a blueprint
    whose pages belong to the noun and stand in no sidebar. `word` names the vendor's word that is its title there.
    """

    title: str
    endpoint: str
    icon: str = ""
    pages: tuple[Item, ...] = ()
    only_for_linking: bool = False
    also: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An item as the person sees it now."""

    title: str
    url: str
    icon: str
    is_current: bool
    is_open: bool
    pages: tuple[Link, ...]


LINKED = "linked.index"

# A new page is added here; it shows as soon as its endpoint exists and the person may open it.
BILLING = Item(
    "Billing",
    "billing.overview",
    "receipt-text",
    (
        Item("Invoices", "billing.invoice_list"),
        Item("Subscriptions", "subscriptions.index"),
        Item("Preview", "previews.preview"),
        Item("Linked organizations", LINKED, only_for_linking=True),
        Item("Apply code", "codes.apply_code"),
        Item("Billing profile", "billing.profile"),
        Item("What is taxed where", "billing.taxes"),
    ),
    also="leads",
)
ORGANIZATION = (
    Item("Overview", "organizations.overview", "gauge"),
    BILLING,
    Item(
        "Support",
        "support.index",
        "life-buoy",
        (
            Item("Plans", "support.plans"),
            Item("My cases", "cases.index", word="my_cases"),
            Item("Policy", "support.policy"),
        ),
        also="chats",
    ),
    Item("People", "people.index", "users", (Item("Open invitations", "people.open_invitations"),)),
    Item("Projects", "projects.index", "folder", (Item("Teams", "projects.teams"),)),
    Item("Activity", "organizations.activity", "activity"),
    Item("Access", "access.index", "lock", (Item("What each role grants", "access.roles"),)),
)
STAFF = (
    Item("Cases", "desk.index", "ticket", (Item("Quarantine", "desk.quarantine"), Item("Macros", "desk.macros"))),
    Item("Organizations", "staff.index", "building-2"),
    Item("Chats", "staff_chats.index", "message-circle"),
    Item("Incidents", "incidents.index", "triangle-alert"),
    Item("Month close", "staff.month_closes", "calendar"),
    Item("Preview", "staff_previews.preview", "receipt-text"),
    Item("Leads", "staff_leads.index", "users"),
    Item("People", "staff.find_person", "users"),
    Item("Requests", "finance_requests.index", "receipt-text"),
    Item("Support tiers", "tier_requests.waiting", "life-buoy"),
    Item("Deliveries", "staff.deliveries", "send"),
    Item("Mailbox", "mailbox.index", "mail"),
    Item("Components", "staff.components", "layers"),
)


def init_app(app: Flask) -> None:
    """Give the templates of `app` the sidebar and who is signed in."""
    app.jinja_env.globals.update(
        brand=catalogues.load_seller().entity.brand,
        navigation=navigation,
        what_decides_navigation=what_decides_navigation,
        own_organizations=own_organizations,
        signed_in=signed_in,
    )


def navigation() -> tuple[Link, ...]:
    """The sidebar of this page."""
    return tuple(_links(ORGANIZATION if "organization" in g else STAFF))


def what_decides_navigation() -> tuple[Hashable, ...]:
    """All from which `navigation` follows, beside where the organization is: the page, and the roles of who sees it."""
    if "organization" not in g:
        return request.endpoint, current_session().staff_roles
    is_visit = current_visit() is not None
    held = current_grants().organization_roles
    return request.endpoint, current_organization().catalogue, is_visit, held, _links_organizations()


def own_organizations() -> Sequence[Organization]:
    """The organizations that the person can switch to, by name."""
    return organizations.organizations_of(db.session(), current_session().user_id)


def _links(items: Sequence[Item]) -> Iterator[Link]:
    for item in items:
        if may_open(item.endpoint) and (_links_organizations() or not item.only_for_linking):
            pages = tuple(_links(item.pages))
            yield Link(
                title=_title(item),
                url=url_for(item.endpoint),
                icon=item.icon,
                is_current=request.endpoint == item.endpoint,
                # A page that is not in the sidebar, as one invoice, belongs to the noun of its blueprint.
                is_open=bool(pages) and request.blueprint in _blueprints(item),
                pages=pages,
            )


def _title(item: Item) -> str:
    return str(getattr(current_catalogue().words, item.word)) if item.word else item.title


def _links_organizations() -> bool:
    """Whether the pages of linked organizations are anything to this organization; it is asked once a request.

    Elsewhere than among the pages of billing, which show it, nothing is asked.
    """
    if request.blueprint not in _blueprints(BILLING):
        return False
    if "links_organizations" not in g:
        g.links_organizations = may_open(LINKED) and links.is_offered(
            db.session(), current_organization(), on=clock.today()
        )
    answer: bool = g.links_organizations
    return answer


def _blueprints(item: Item) -> frozenset[str]:
    return frozenset((item.also, *(one.endpoint.partition(".")[0] for one in (item, *item.pages))))
