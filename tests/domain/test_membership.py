"""Members by rules alone: addresses, what a change of roles brings, who may give which role."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import catalogues
from portal.domain import membership
from portal.domain.action_words import ACTION_WORDS
from portal.domain.catalogue_reading import parse_catalogue
from portal.domain.errors import Malformed, Refusal
from portal.domain.mail import is_address
from portal.domain.permissions import Action, Grants, allows

ATLAS = catalogues.load("atlas").roles
SHOP, LAB = 1, 2
NAMES = {SHOP: "shop", LAB: "lab"}


def held(*keys, **projects):
    return Grants(frozenset(keys), {{"shop": SHOP, "lab": LAB}[name]: frozenset(own) for name, own in projects.items()})


grants = st.builds(
    lambda keys, shop, lab: Grants(keys, {one: own for one, own in ((SHOP, shop), (LAB, lab)) if own}),
    st.frozensets(st.sampled_from([*ATLAS.organization])),
    st.frozensets(st.sampled_from([*ATLAS.project])),
    st.frozensets(st.sampled_from([*ATLAS.project])),
)


def test_every_action_has_words_of_its_own():
    assert set(ACTION_WORDS) == set(Action)
    assert len(set(ACTION_WORDS.values())) == len(Action)


def test_an_effect_says_where_something_can_be_done():
    changed = membership.effect(ATLAS, held("ORG_READ_ONLY"), held("ORG_MEMBER", lab=["GROUP_READ_ONLY"]), names=NAMES)
    assert changed.gained == ()
    assert changed.lost == (
        "see cases at organization level",
        "see project activity, in all projects",
        "see project cases, in all projects",
        "open project cases, in all projects",
        "see projects, in all projects",
    )


def test_what_one_role_takes_away_another_may_still_give():
    before, after = held("ORG_OWNER", shop=["GROUP_OWNER"]), held("ORG_OWNER")
    assert membership.effect(ATLAS, before, after, names=NAMES) == membership.Effect(
        (), ("manage project alerts, in shop",)
    )


@given(grants, grants)
def test_an_effect_tells_each_difference_and_nothing_else(before, after):
    there, back = (membership.effect(ATLAS, *pair, names=NAMES) for pair in ((before, after), (after, before)))
    assert (there.gained, there.lost) == (back.lost, back.gained)
    for action in Action:
        if not action.in_project:
            is_gained = allows(ATLAS, after, action) and not allows(ATLAS, before, action)
            assert (ACTION_WORDS[action] in there.gained) == is_gained
    nothing = membership.effect(ATLAS, before, before, names=NAMES)
    assert nothing == membership.Effect((), ())


@given(grants, grants)
def test_the_mark_of_roles_is_another_one_for_other_roles(one, other):
    assert (membership.mark(one) == membership.mark(other)) == (one == other)


@given(st.text())
def test_whatever_is_typed_is_addresses_or_is_refused(text):
    found, words = parsed(text)
    assert words.isprintable()
    assert bool(found) != bool(words)
    assert len(found) == len(set(found)) <= membership.MOST_AT_ONCE
    assert all(is_address(one) and one == one.lower() for one in found)


def parsed(text):
    """The addresses, or the words of the refusal."""
    try:
        return membership.parse_addresses(text), ""
    except Refusal as refusal:
        return (), str(refusal)


def test_addresses_stand_one_a_line_or_between_commas():
    assert membership.parse_addresses(" A@b.example,\r\n c@d.example;e@f.example\n\n") == (
        "a@b.example", "c@d.example", "e@f.example",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("own", "given", "is_theirs"),
    [
        (held("ORG_OWNER"), held("ORG_OWNER", shop=["GROUP_OWNER"]), True),
        (held("ORG_BILLING_ADMIN"), held("ORG_MEMBER"), False),
        (held("ORG_MEMBER", shop=["GROUP_OWNER"]), held("ORG_MEMBER", shop=["GROUP_OWNER"]), True),
        (held("ORG_MEMBER", shop=["GROUP_OWNER"]), held("ORG_MEMBER", lab=["GROUP_READ_ONLY"]), False),
        (held("ORG_MEMBER", shop=["GROUP_OWNER"]), held("ORG_READ_ONLY", shop=["GROUP_READ_ONLY"]), False),
        (held("ORG_MEMBER", shop=["GROUP_OWNER"]), held("ORG_MEMBER"), False),
        (held("ORG_MEMBER", shop=["GROUP_BACKUP_MANAGER"]), held("ORG_MEMBER", shop=["GROUP_READ_ONLY"]), False),
    ],
)
def test_who_may_give_which_role(own, given, is_theirs):
    if is_theirs:
        membership.check_may_give(ATLAS, own, given)
        return
    with pytest.raises(Refusal):
        membership.check_may_give(ATLAS, own, given)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("must_remain = true\n", "", "roles"),
        ("[roles.ORG_MEMBER]\n", "[roles.ORG_MEMBER]\nmust_remain = true\n", "roles"),
        ("must_remain = true\n", "must_remain = true\nplain = true\n", "roles"),
        ("[roles.ORG_READ_ONLY]\n", "[roles.ORG_READ_ONLY]\nplain = true\n", "roles"),
        ("must_remain = true", 'must_remain = "yes"', "roles"),
    ],
)  # fmt: skip
def test_a_catalogue_whose_marks_make_no_sense_is_refused(old, new, place):
    text = (catalogues.FOLDER / "atlas.toml").read_text("utf-8")
    assert old in text
    table = tomllib.loads(text.replace(old, new, 1))
    with pytest.raises(Malformed) as mistake:
        parse_catalogue(table, name="atlas", source="atlas.toml")
    assert mistake.value.place.startswith(f"atlas.toml: {place}")
