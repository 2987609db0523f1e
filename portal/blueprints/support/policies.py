"""The support policy of a vendor, for everybody: the version in force, and earlier ones."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.domain.catalogue import Catalogue
from portal.services import markdown, organizations, support_policies
from portal.web import db, htmx, tables
from portal.web.access import public
from portal.web.identity import signed_in
from portal.web.links import url_for

bp = Blueprint("policies", __name__, url_prefix="/support/policy")


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """To the vendor of the person's first organization, else to the first one; its page leads to the others."""
    person = signed_in()
    own = organizations.organizations_of(db.session(), person.user_id) if person else ()
    return redirect(url_for(".in_force", catalogue=own[0].catalogue if own else catalogues.names()[0]), 303)


@bp.get("/<catalogue>")
@public
def in_force(catalogue: str) -> ResponseReturnValue:
    """The version that holds today."""
    return _page(catalogue)


@bp.get("/<catalogue>/<version>")
@public
def version(catalogue: str, version: str) -> ResponseReturnValue:
    """The version that was posted on this day."""
    return _page(catalogue, version)


def policy_context(catalogue: Catalogue, version: str | None = None) -> dict[str, Any]:
    """What both pages of a policy show: the version (None: the one in force), and which others there are."""
    posted = support_policies.posted(catalogue.name, on=clock.today())
    shown = next((one for one in posted if version in (None, one.version)), None)
    if shown is None:
        abort(404)
    is_in_force = shown == posted[0]
    text = support_policies.text_of(catalogue, shown, is_in_force=is_in_force).partition("\n")[2]
    return {
        "policy": shown,
        "versions": posted,
        "is_in_force": is_in_force,
        "text": tables.with_heads(markdown.html(text, heads_from=2)),
        "vendor": catalogue,
    }


def _page(name: str, version: str | None = None) -> ResponseReturnValue:
    vendors = [_segment(one, chosen=name) for one in catalogues.names() if catalogues.load_policies(one)]
    return htmx.page("support/public_policy.html", vendors=vendors, **policy_context(_catalogue(name), version))


def _segment(name: str, *, chosen: str) -> dict[str, object]:
    """The way to a vendor's policy, from the page of `chosen`."""
    url = url_for(".in_force", catalogue=name)
    return {"title": catalogues.load(name).title, "url": url, "is_current": name == chosen}


def _catalogue(name: str) -> Catalogue:
    if name not in catalogues.names():
        abort(404)
    return catalogues.load(name)
