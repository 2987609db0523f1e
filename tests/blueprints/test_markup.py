"""Every page and every part that anybody can reach, filled in rightly and wrongly, is good HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal import catalogues, database
from portal.domain.permissions import Action, allows
from tests import failing, previewed
from tests.billed import OWNER, bill_acme
from tests.crawl import Crawl, shape
from tests.desk_examples import let_all_talk
from tests.markup import html_validate_findings, nu_findings, write_page
from tests.pages import Visitor
from tests.visits import VISITED, let_agent_in
from tests.world import SLUGS, token_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flask import Flask

    from tests.crawl import Sight
    from tests.world import Person, World

DATABASES = ("sqlite",)

# Without it, a checker that finds nothing could be one that does not look.
WRONG = (
    '<!DOCTYPE html>\n<html lang="en"><head><title>Wrong</title></head><body><h1>Wrong</h1><img src="/x"></body></html>'
)


def test_two_checkers_find_nothing_in_what_anybody_can_reach(app: Flask, world: World, tmp_path: Path) -> None:
    app.register_blueprint(failing.bp)
    with database.writing(app.extensions["database"]).begin() as session:
        bill_acme(session, world)
        let_agent_in(session, world)
        let_all_talk(session, world, "acme")
    links = [f"/invitations/{token_of(one.email)}" for one in world.invited[:1]]
    ways, kinds = {"wrong.html": "wrong"}, set[tuple[str, bool, int]]()
    seen = set[str]()
    for person in (None, *of_each_kind(world)):
        for sight in reached(app, person, links):
            kinds.add((shape(sight.way.partition(" ")[2]), sight.is_part, sight.status))
            if sight.essence not in seen:
                seen.add(sight.essence)
                name = f"{len(ways)}.html"
                ways[name] = f"{person.email if person else 'nobody'}, {sight.way}, part: {sight.is_part}"
                write_page(tmp_path, name, sight.text, is_part=sight.is_part)
    (tmp_path / "wrong.html").write_text(WRONG, "utf-8")

    for findings in (nu_findings, html_validate_findings):
        found = [(ways[name], words) for name, words in findings(tmp_path)]
        assert [words for way, words in found if way == "wrong"], f"{findings.__name__} looks at nothing"
        assert not [finding for finding in found if finding[0] != "wrong"]
    profile = ("/orgs/_/billing/profile", True)
    assert {("/orgs/_/failing/_", part, status) for part in (False, True) for status in failing.STATUSES} <= kinds
    assert {(*profile, 200), (*profile, 422), ("/orgs/_/billing/invoices/_/payments/_", False, 200)} <= kinds


def of_each_kind(world: World) -> Iterable[Person]:
    """One of those who may do the same: they see the same."""
    kinds: dict[object, Person] = {}
    for person in world.people:
        may: frozenset[tuple[Action, int | None]] = frozenset()
        if person.slug:
            roles, (project, _) = catalogues.load(SLUGS[person.slug]).roles, world.projects[person.slug]
            asked = [(action, project.id if action.in_project else None) for action in Action]
            may = frozenset(one for one in asked if allows(roles, person.grants, one[0], project=one[1]))
        kinds.setdefault((person.slug, person.staff, may), person)
    return kinds.values()


def reached(app: Flask, person: Person | None, links: Iterable[str]) -> Iterator[Sight]:
    """All that this person sees; `links` are of mails."""
    visitor = Visitor(app)
    begins = ["/", "/nowhere", *links]
    if person:
        visitor.sign_in(person.email)
        begins += [f"/orgs/{person.slug}/"] if person.slug else []
        begins += ["/staff/", "/staff/components", f"/orgs/{VISITED}/"] if person.staff else []
        if person.email == OWNER:
            begins += [previewed.address(compare=["prepaid", "none"])]
            begins += [f"/orgs/{person.slug}/failing/{status}" for status in failing.STATUSES]
    return Crawl(visitor.client).sights(begins)
