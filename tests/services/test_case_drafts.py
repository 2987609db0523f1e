"""Drafts are kept for their person and place until they are sent, and nobody else sees them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.errors import Refusal
from portal.services import case_drafts, support_syncs
from portal.services.case_drafts import MOST_LETTERS, Place
from tests.supported import AT, a_case, a_supported


@pytest.fixture
def acme(session):
    return a_supported(session)


def content(session, place):
    found = case_drafts.find(session, place)
    return found.content if found else None


def test_a_draft_is_its_persons_and_of_one_place(session, acme):
    """DRAFT-1."""
    case = a_case(session, acme)
    new, reply = Place(acme.organization, acme.owner), Place(acme.organization, acme.owner, case)
    case_drafts.save(session, new, {"subject": ["Slow"]}, at=AT)
    case_drafts.save(session, reply, {"text": ["Still slow"]}, at=AT)
    case_drafts.save(session, new, {"subject": ["Slower"], "cc": [" "]}, at=AT)
    assert content(session, new) == {"subject": ["Slower"]}
    assert content(session, reply) == {"text": ["Still slow"]}
    assert content(session, Place(acme.organization, acme.agent)) is None
    case_drafts.discard(session, new)
    assert (content(session, new), content(session, reply)) == (None, {"text": ["Still slow"]})


def test_nothing_typed_is_no_draft(session, acme):
    place = Place(acme.organization, acme.owner)
    case_drafts.save(session, place, {"subject": ["Slow"]}, at=AT)
    assert case_drafts.save(session, place, {"subject": [" "]}, at=AT) is None
    assert content(session, place) is None


def test_what_nobody_could_send_is_not_kept(session, acme):
    with pytest.raises(Refusal, match="too long"):
        case_drafts.save(session, Place(acme.organization, acme.owner), {"text": ["x" * (MOST_LETTERS + 1)]}, at=AT)


def test_old_drafts_are_forgotten(session, acme):
    case = a_case(session, acme)
    case_drafts.save(session, Place(acme.organization, acme.owner), {"subject": ["Old"]}, at=AT)
    kept = Place(acme.organization, acme.owner, case)
    case_drafts.save(session, kept, {"text": ["New"]}, at=AT + timedelta(days=1))
    assert case_drafts.forget(session, saved_before=AT + timedelta(days=1), at_most=10) == 1
    assert content(session, kept) == {"text": ["New"]}


def test_an_organizations_data_is_made_known_once(session, acme):
    """SYNC-1."""
    place = Place(acme.organization, acme.owner)
    assert support_syncs.visit(session, place).is_first
    draft = case_drafts.save(session, place, {"subject": ["Slow"]}, at=AT)
    for _ in range(2):
        support_syncs.synchronize(session, acme.organization, at=AT)
    visit = support_syncs.visit(session, place)
    assert (visit.is_first, visit.draft) == (False, draft)
    assert support_syncs.visit(session, Place(acme.organization, acme.agent)).draft is None
