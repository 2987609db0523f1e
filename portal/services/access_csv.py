"""The access matrix as CSV: a line for each person, a column for each action, in each cell the roles that give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from portal.domain.action_nouns import grouped
from portal.domain.action_words import ACTION_WORDS
from portal.domain.permissions import Action, actions_known
from portal.models.organizations import Membership
from portal.services import access_matrix
from portal.services.access_matrix import Question
from portal.services.csv_text import guarded, written


def pieces(question: Question, people: Iterable[Sequence[Membership]]) -> Iterator[str]:
    """The file from its head to its last row, some hundreds of people at a time."""
    actions = [action for group in grouped(actions_known(question.roles)).values() for action in group]
    yield written([("Person", "Address", "Account", *(f"Can {ACTION_WORDS[action]}" for action in actions))])
    for page in people:
        yield written(_row(question, member, actions) for member in page)


def _row(question: Question, member: Membership, actions: Sequence[Action]) -> tuple[str, ...]:
    user = member.user
    reasons = (access_matrix.reasons(question, member, action) for action in actions)
    return (
        guarded(user.name),
        guarded(user.email),
        "deactivated" if user.deactivated_at else "active",
        *(guarded("; ".join(reason.words for reason in found)) for found in reasons),
    )
