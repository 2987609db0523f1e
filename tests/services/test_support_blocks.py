"""Who is kept from support, and why (NE-16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.domain.errors import AlreadyDone, Refusal
from portal.models.history import Activity
from portal.services import support_blocks
from tests.builders import an_organization
from tests.members import AT, a_member, a_user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WHY = "Insults in three tickets."


def test_what_holds_for_all_holds_for_each_and_comes_first(session: Session) -> None:
    acme, beta = an_organization(session, "acme"), an_organization(session, "beta")
    ann, ben = (a_member(session, acme, name, "ORG_OWNER").user for name in ("Ann", "Ben"))
    agent = a_user(session, "Agent", domain="portal.example")
    support_blocks.block(session, acme, WHY, by=agent, at=AT, user=ann)
    assert support_blocks.reason_of(session, acme, ann) == WHY
    assert support_blocks.reason_of(session, acme, ben) is None
    assert support_blocks.reason_of(session, beta, ann) is None, "elsewhere nothing is held against her"
    support_blocks.block(session, acme, "Everybody insults us.", by=agent, at=AT)
    assert support_blocks.reason_of(session, acme, ben) == "Everybody insults us."
    assert support_blocks.reason_of(session, acme, ann) == "Everybody insults us."
    with pytest.raises(Refusal, match="Everybody insults us"):
        support_blocks.check(session, acme, ben)
    support_blocks.check(session, beta, ben)


def test_it_holds_until_it_is_lifted_and_both_are_read_in_the_feed(session: Session) -> None:
    acme = an_organization(session, "acme")
    ann, agent = a_member(session, acme, "Ann", "ORG_OWNER").user, a_user(session, "Agent", domain="portal.example")
    block = support_blocks.block(session, acme, WHY, by=agent, at=AT, user=ann)
    for _ in range(2):
        support_blocks.lift(session, acme, block, because="She apologised to us.", by=agent, at=AT)
    assert support_blocks.reason_of(session, acme, ann) is None
    assert support_blocks.open_blocks(session, acme) == []
    assert support_blocks.find(session, acme, block.hex_id) is block, "it stays as a row"
    session.flush()
    texts = session.scalars(select(Activity.text).where(Activity.type.like("SUPPORT%")).order_by(Activity.id)).all()
    assert texts == [
        "Support was ended. For Ann: Insults in three tickets.",
        "Support is given again. For Ann: She apologised to us.",
    ]


def test_nobody_is_blocked_twice_and_a_stranger_not_at_all(session: Session) -> None:
    acme = an_organization(session, "acme")
    ann, agent = a_member(session, acme, "Ann", "ORG_OWNER").user, a_user(session, "Agent", domain="portal.example")
    support_blocks.block(session, acme, WHY, by=agent, at=AT, user=ann)
    with pytest.raises(AlreadyDone):
        support_blocks.block(session, acme, WHY, by=agent, at=AT, user=ann)
    with pytest.raises(Refusal, match="does not belong"):
        support_blocks.block(session, acme, WHY, by=agent, at=AT, user=a_user(session, "Stranger"))


@pytest.mark.parametrize("reason", ["", "  rude\n ", "x" * 9])
def test_a_word_is_no_reason(session: Session, reason: str) -> None:
    agent = a_user(session, "Agent", domain="portal.example")
    with pytest.raises(Refusal, match="at least 10 characters"):
        support_blocks.block(session, an_organization(session, "acme"), reason, by=agent, at=AT)


def test_another_organizations_block_is_not_found(session: Session) -> None:
    acme, beta = an_organization(session, "acme"), an_organization(session, "beta")
    block = support_blocks.block(session, acme, WHY, by=a_user(session, "Agent", domain="portal.example"), at=AT)
    assert support_blocks.find(session, beta, block.hex_id) is None
