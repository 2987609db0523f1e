"""What stands for the variables in the addresses of routes, so that the walk over all of them opens real pages."""

# Whoever adds a route with a new variable adds a line: how to find, or make, such a thing in an organization.

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from tests.world import World

# (session, world, slug of the organization) → the value; made once for each organization, and committed.
EXAMPLES: dict[str, Callable[[Session, World, str], object]] = {
    "slug": lambda _session, _world, slug: slug,
    "project": lambda _session, world, slug: world.projects[slug][0].hex_id,
    "filename": lambda _session, _world, _slug: "mark.svg",
}
