"""What tests share to be quick is nothing that one of them could change for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from werkzeug.routing import Map, Rule

from portal.database import make_engine, writing
from portal.models.organizations import Organization
from tests.kept_world import TEMPLATE, world_in

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from tests.databases import Databases


def test_what_one_test_changes_in_the_world_no_other_test_finds(databases: Databases) -> None:
    for _ in range(2):
        world = world_in(databases)
        with databases.fresh(TEMPLATE) as url:
            engine = make_engine(url)
            with writing(engine).begin() as session:
                acme = session.scalars(select(Organization).where(Organization.slug == "acme")).one()
                assert (acme.id, acme.name) == (world.organizations["acme"].id, "Acme")
                assert world.organizations["acme"].name == "Acme"
                acme.name = world.organizations["acme"].name = "Changed"
            engine.dispose()


def test_addresses_that_differ_share_nothing() -> None:
    rules = [
        Rule("/<int:n>", endpoint="a"),
        Rule("/<int(fixed_digits=3):n>", endpoint="a"),
        Rule("/x/<n>", endpoint="a"),
    ]
    built = [Map([rule]).bind("localhost").build("a", {"n": 7}) for rule in rules]
    assert built == ["/7", "/007", "/x/7"]


def test_the_portals_own_work_for_a_password_is_not_the_quick_one_of_tests(own_hasher: PasswordHasher) -> None:
    assert (own_hasher.time_cost, own_hasher.memory_cost, own_hasher.parallelism) == (3, 65536, 4)
