"""Changes of a case by staff and customers: state, assignment, video chat, links, merging, and closing by time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from portal import catalogues
from portal.domain import cases as rules
from portal.domain.cases import UNDER_WAY, CaseState, Happening, Video, Visibility
from portal.domain.errors import AlreadyDone, Overtaken, Refusal
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case, CaseLink
from portal.models.organizations import User
from portal.services import case_access, case_entries, case_news, case_people, cases, conversations
from portal.services.case_doing import Doing

_BY_CUSTOMER = "answered"


def set_state(session: Session, case: Case, wanted: CaseState, doing: Doing, *, reason: str | None = None) -> None:
    """Staff set the state; who solves says how, by a reason of the catalogue (CASE-4, NE-15)."""
    case = cases.hold(session, case)
    if wanted is case.state:
        raise AlreadyDone(f"The state is “{rules.STAFF_WORDS[wanted]}” already.")
    if reason is not None and reason not in catalogues.load(case.organization.catalogue).close_reasons:
        raise Refusal("Choose one of the reasons.")
    rules.check_staff_change(case.state, wanted, close_reason=reason)
    _set(session, case, wanted, doing, reason=reason)


def solve(session: Session, case: Case, doing: Doing) -> None:
    """The customer says that it is solved; it closes after the catalogue's days, and opens by a comment (CASE-4)."""
    case = cases.hold(session, case)
    if case.state not in UNDER_WAY:
        raise AlreadyDone("This is solved already.")
    reasons = catalogues.load(case.organization.catalogue).close_reasons
    _set(session, case, CaseState.SOLVED, doing, reason=_BY_CUSTOMER if _BY_CUSTOMER in reasons else None)


def reopen(session: Session, case: Case, why: str, doing: Doing) -> CaseEntry:
    """Open a solved case again, with the comment that says why; a closed one takes a follow-up (CASE-5)."""
    if not case_access.may_reopen(cases.hold(session, case)):
        raise Refusal("Only what is solved and not closed yet can be opened again.")
    return conversations.comment(session, case, why, doing)


def close_due(session: Session, *, at: datetime, base_url: str, limit: int = 100) -> Sequence[int]:
    """Close cases that have been solved for the days of their catalogue, and tell (CASE-4); the numbers of them.

    `base_url` is how people reach the portal.
    """
    shortest = min(catalogues.load(name).case_policy.autoclose_days for name in catalogues.names())
    waiting = (
        select(Case)
        .where(Case.state == CaseState.SOLVED, Case.state_since <= at - timedelta(days=shortest))
        .order_by(Case.state_since)
        .limit(limit)
        .options(joinedload(Case.organization, innerjoin=True))
        .with_for_update(skip_locked=True, of=Case)
    )
    closed = []
    doing = Doing(by=None, at=at, base_url=base_url, as_staff=True)
    for case in session.scalars(waiting).all():
        days = catalogues.load(case.organization.catalogue).case_policy.autoclose_days
        if rules.closes_at(case.state_since, autoclose_days=days) <= at:
            _set(session, case, CaseState.CLOSED, doing, reason=case.close_reason)
            closed.append(case.id)
    session.flush()
    return closed


def assign(session: Session, case: Case, agent: User | None, doing: Doing, *, seen: int | None = None) -> None:
    """Give the case to an agent, or to nobody. A new one becomes open (CASE-6).

    `seen` is whom the page showed as its agent (their id): where it is somebody else by now, nothing is done.
    """
    case = cases.hold(session, case)
    if agent is not None and (agent.deactivated_at or not case_access.is_agent(agent)):
        raise Refusal(f"{agent.name} does not answer cases.")
    if seen != case.assignee_id and case.assignee_id is not None:
        raise Overtaken("Somebody else has taken it since you opened the page.")
    if (agent.id if agent else None) == case.assignee_id:
        raise AlreadyDone("It is theirs already." if agent else "It is nobody's already.")
    case.assignee_id = agent.id if agent else None
    case.updated_at = doing.at
    facts = {"agent": agent.name if agent else None}
    case_entries.write_event(session, case, Happening.ASSIGNED, facts, doing, visibility=Visibility.INTERNAL)
    if agent is not None and case.state is CaseState.NEW:
        conversations.set_state(session, case, CaseState.OPEN, doing)


def answer_video(session: Session, case: Case, *, granted: bool, text: str, doing: Doing) -> None:
    """Grant or decline the video chat that was asked for, with words for the customer (NE-3)."""
    case = cases.hold(session, case)
    if case.video is not Video.ASKED:
        raise AlreadyDone("No video chat is asked for.")
    if not text.strip():
        raise Refusal("Say when and how you meet." if granted else "Say why not.")
    case.video = Video.GRANTED if granted else Video.DECLINED
    case.updated_at = doing.at
    entry = case_entries.write_event(session, case, Happening.VIDEO, {"answer": case.video.value}, doing, body=text)
    case_news.tell_changed(session, case, entry, doing)


def ask_for_video(session: Session, case: Case, doing: Doing) -> None:
    """The customer asks for a video chat in a case under way (NE-3)."""
    case = cases.hold(session, case)
    field = catalogues.load(case.organization.catalogue).case_form.get("video")
    if field is None or (field.plans and case.terms["plan"] not in field.plans):
        raise Refusal("Your plan has no video chat.")
    if case.video is Video.ASKED:
        raise AlreadyDone("You have asked for it already.")
    if case.state not in UNDER_WAY:
        raise Refusal("This is solved. Open it again first.")
    case.video = Video.ASKED
    case.updated_at = doing.at
    entry = case_entries.write_event(session, case, Happening.VIDEO, {"answer": Video.ASKED.value}, doing)
    case_news.tell_changed(session, case, entry, doing)


def link(session: Session, case: Case, other: Case, doing: Doing) -> None:
    """Note that two cases have to do with each other; customers do not see it."""
    if case.id == other.id:
        raise Refusal("A case cannot be linked to itself.")
    first, second = sorted((case.id, other.id))
    # Both are held in the order of their numbers, so that two who link them at once do not wait for each other.
    held = [session.get_one(Case, number, with_for_update=True, populate_existing=True) for number in (first, second)]
    if session.get(CaseLink, (first, second)) is not None:
        raise AlreadyDone("They are linked already.")
    session.add(CaseLink(case_id=first, other_id=second, linked_by_id=doing.who.id, linked_at=doing.at))
    for one, number in zip(held, (second, first), strict=True):
        case_entries.write_event(
            session, one, Happening.LINKED, {"number": number}, doing, visibility=Visibility.INTERNAL
        )


def links_of(session: Session, case: Case) -> Sequence[Case]:
    """The cases linked with this one, by number."""
    of_first = select(CaseLink.other_id).where(CaseLink.case_id == case.id)
    of_second = select(CaseLink.case_id).where(CaseLink.other_id == case.id)
    return session.scalars(
        select(Case).where(or_(Case.id.in_(of_first), Case.id.in_(of_second))).order_by(Case.id)
    ).all()


def merge(session: Session, case: Case, target: Case, doing: Doing) -> None:
    """Close `case` as a duplicate and let its people, and later mail, go on in `target`, of the same organization.

    The conversation of `case` stays where it is, and says where it goes on. Refused in a circle.
    """
    first, second = sorted((case.id, target.id))
    for number in (first, second):
        session.get_one(Case, number, with_for_update=True, populate_existing=True)
    check_mergeable(case, target)
    people = people_of(session, case)
    case.merged_into_id = target.id
    case_entries.write_event(session, case, Happening.MERGED_INTO, {"number": target.id}, doing)
    conversations.set_state(session, case, CaseState.CLOSED, doing, reason="duplicate")
    entry = case_entries.write_event(session, target, Happening.MERGED, {"number": case.id}, doing)
    case_people.add_cc(session, target, people, doing)
    target.updated_at = doing.at
    case_news.tell_changed(session, target, entry, doing)


def people_of(session: Session, case: Case) -> Sequence[str]:
    """Whose case it is: those on CC, and its requester, unless they may see it no more (CASE-11)."""
    copied = [participant.address for participant in case_people.current(session, case)]
    return [case.requester.email, *copied] if case_news.may_hear(session, case, case.requester) else copied


def check_mergeable(case: Case, target: Case) -> None:
    """Refuse what cannot be merged, in the agent's words."""
    if case.id == target.id:
        raise Refusal("A case cannot be merged into itself.")
    if case.organization_id != target.organization_id:
        raise Refusal("Only cases of the same organization can be merged.")
    if case.merged_into_id is not None:
        raise AlreadyDone(f"It was merged into {case.merged_into_id} already.")
    if target.merged_into_id is not None or target.state is CaseState.CLOSED:
        raise Refusal(f"{target.id} is closed. Merge into a case that is under way.")
    if case.state is CaseState.CLOSED:
        raise Refusal("It is closed already.")


def target_of(session: Session, case: Case) -> Case:
    """The case in which this one goes on: itself, or what it was merged into, however often."""
    while case.merged_into_id is not None:
        case = session.get_one(Case, case.merged_into_id)
    return case


def _set(session: Session, case: Case, wanted: CaseState, doing: Doing, *, reason: str | None) -> None:
    is_news = rules.CUSTOMER_WORDS[wanted] != rules.CUSTOMER_WORDS[case.state]
    entry = conversations.set_state(session, case, wanted, doing, reason=reason)
    if is_news and entry is not None:
        case_news.tell_changed(session, case, entry, doing)
