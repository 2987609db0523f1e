"""The support policy of a vendor, for everybody: the version in force, and earlier ones."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.domain.catalogue import Catalogue
from portal.services import markdown, support_policies
from portal.web import htmx, tables
from portal.web.access import public

bp = Blueprint("policies", __name__, url_prefix="/support/policy/<catalogue>")


@bp.get("")
@public
def in_force(catalogue: str) -> ResponseReturnValue:
    """The version that holds today."""
    return htmx.page("support/public_policy.html", **policy_context(_catalogue(catalogue)))


@bp.get("/<version>")
@public
def version(catalogue: str, version: str) -> ResponseReturnValue:
    """The version that was posted on this day."""
    return htmx.page("support/public_policy.html", **policy_context(_catalogue(catalogue), version))


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


def _catalogue(name: str) -> Catalogue:
    if name not in catalogues.names():
        abort(404)
    return catalogues.load(name)
