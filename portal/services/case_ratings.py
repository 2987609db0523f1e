"""How customers found what was done for them: asked when a case is solved, answered once and changed for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain.cases import UNDER_WAY, CaseState, Happening, Visibility
from portal.domain.errors import Refusal
from portal.models.case_views import CaseRating
from portal.models.cases import Case
from portal.services import case_entries, cases
from portal.services.case_doing import Doing

CHANGED_FOR = timedelta(days=30)
LONGEST_WORDS = 2_000


def find(session: Session, case: Case) -> CaseRating | None:
    """What was answered; None where nothing was."""
    return session.get(CaseRating, case.id)


def is_open(case: Case, *, at: datetime) -> bool:
    """Whether the question can be answered: from solving on, and for 30 days after closing (ASKED-1)."""
    if case.state in UNDER_WAY or case.merged_into_id is not None:
        return False
    return case.state is CaseState.SOLVED or at <= case.state_since + CHANGED_FOR


def rate(session: Session, case: Case, *, is_good: bool, words: str, doing: Doing) -> CaseRating:
    """Keep the requester's answer; a later one takes its place. Staff read it, and nobody is mailed (ASKED-1)."""
    case = cases.hold(session, case)
    if case.requester_id != doing.who.id:
        raise Refusal("Only who opened it is asked how it was.")
    if not is_open(case, at=doing.at):
        raise Refusal("It is not solved." if case.state in UNDER_WAY else "It was closed too long ago.")
    words = words.strip()
    if len(words) > LONGEST_WORDS:
        raise Refusal(f"At most {LONGEST_WORDS:,} characters, please; this has {len(words):,}.")
    before = find(session, case)
    is_same = before is not None and (before.is_good, before.words) == (is_good, words)
    rating = before or CaseRating(case_id=case.id)
    rating.rated_by_id, rating.is_good, rating.words, rating.rated_at = doing.who.id, is_good, words, doing.at
    session.add(rating)
    session.flush()
    if not is_same:
        facts = {"good": is_good}
        case_entries.write_event(
            session, case, Happening.RATED, facts, doing, visibility=Visibility.INTERNAL, body=words
        )
    return rating
