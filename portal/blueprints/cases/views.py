"""The conversation of a case as its page shows it: who looks at it, what they may do, and where its forms lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from portal import catalogues, clock
from portal.blueprints.cases.forms import CommentForm, DisagreementForm, SeverityForm
from portal.domain.cases import UNDER_WAY, CaseState, Happening, closes_at
from portal.domain.catalogue import Catalogue
from portal.domain.permissions import Action, allows
from portal.models.case_drafts import CaseDraft
from portal.models.case_entries import CaseEntry, CaseParticipant
from portal.models.cases import Case
from portal.services import (
    attachments,
    belonging,
    case_access,
    case_drafts,
    case_people,
    case_promises,
    case_subjects,
    cases,
    conversations,
    support_policies,
)
from portal.services.attachments import Draft
from portal.services.case_access import CaseRights
from portal.services.case_drafts import Place
from portal.web import db, uploads
from portal.web.access import current_grants, current_organization, current_roles, may, visible_projects
from portal.web.case_words import Reader
from portal.web.identity import current_user
from portal.web.links import url_for

PAGE, OUTSIDE_PAGE = "cases/case.html", "cases/case_outside.html"


@dataclass(frozen=True, slots=True)
class Opened:
    """A case that the person may see, what they may do with it, and who is on CC.

    `is_inside`: at the page of its organization. Others are on CC of this one case (CC-9).
    """

    case: Case
    rights: CaseRights
    participants: Sequence[CaseParticipant]
    is_inside: bool

    @property
    def catalogue(self) -> Catalogue:
        """The vendor's."""
        return catalogues.load(self.case.organization.catalogue)

    @property
    def page(self) -> str:
        """The template of its page."""
        return PAGE if self.is_inside else OUTSIDE_PAGE

    @property
    def place(self) -> Place:
        """Where the person's draft of a comment is kept."""
        return Place(self.case.organization, current_user(), self.case)

    @property
    def files(self) -> Draft:
        """Where the files of that comment are kept."""
        return Draft(self.case.organization, current_user(), self.case)

    def to(self, action: str) -> str:
        """The address of its page (`case`), or of what is done there."""
        return url_for(f"{'cases' if self.is_inside else 'shared_cases'}.{action}", case_number=self.case.id)

    def to_participant(self, participant: CaseParticipant) -> str:
        """The address at which they are taken off CC."""
        blueprint = "cases" if self.is_inside else "shared_cases"
        return url_for(f"{blueprint}.remove_cc", case_number=self.case.id, participant_id=participant.id)


@dataclass(slots=True)
class CaseForms:
    """The forms of the page; those that are not given are drawn anew."""

    comment: CommentForm | None = None
    severity: SeverityForm | None = None
    disagreement: DisagreementForm | None = None


def of_organization(case_number: int) -> Opened:
    """The case at the page of its organization: 404 where there is none, 403 for who may not see it."""
    session, user = db.session(), current_user()
    case = cases.find(session, case_number, organization=current_organization())
    if case is None:
        abort(404)
    participants = case_people.current(session, case)
    is_cc = any(one.user_id == user.id for one in participants)
    rights = case_access.rights_inside(session, case, user, current_roles(), current_grants(), is_cc=is_cc)
    if not rights.may_see:
        abort(403)
    return Opened(case, rights, participants, is_inside=True)


def on_cc(case_number: int) -> Opened:
    """The case for somebody on CC from elsewhere: 404 for a stranger; a member goes to the organization's page."""
    session, user = db.session(), current_user()
    case = cases.find(session, case_number)
    if case is None:
        abort(404)
    if case_access.is_agent(user):
        raise _Elsewhere(f"/staff/cases/{case.id}")
    rights = case_access.rights(session, case, user)
    if rights.is_member and _sees_organization(case):
        raise _Elsewhere(url_for("cases.case", slug=case.organization.slug, case_number=case.id))
    if not rights.may_see:
        abort(403 if rights.is_member else 404)
    return Opened(case, rights, case_people.current(session, case), is_inside=False)


def drawn(opened: Opened, forms: CaseForms | None = None) -> dict[str, Any]:
    """What the page needs. Its queries do not grow with the conversation."""
    session, case, forms = db.session(), opened.case, forms or CaseForms()
    entries = conversations.entries(session, case, for_staff=False)
    draft = case_drafts.find(session, opened.place) if opened.rights.may_comment else None
    return {
        **head(opened),
        "entries": entries,
        "files_of": attachments.of_entries(session, [entry.id for entry in entries], for_staff=False),
        "last_id": entries[-1].id if entries else 0,
        "draft": draft,
        "chooser": uploads.chooser(opened.files, problems=uploads.sent().problems) if _takes_comments(opened) else None,
        "comment": forms.comment or _comment_form(draft),
        "severity": forms.severity or SeverityForm(opened.catalogue, formdata=None),
        "disagreement": forms.disagreement or DisagreementForm(formdata=None),
        "assessment": _open_assessment(entries),
        "affected": case_subjects.affected(session, case) if _has_affected(opened) else (),
        "policy": support_policies.find(case.organization.catalogue, case.policy_version),
        "invoice": case_subjects.invoice_of(session, case) if may(Action.VIEW_BILLING) else None,
    }


def head(opened: Opened) -> dict[str, Any]:
    """What stands above and beside the conversation, and is asked for again with news."""
    case, catalogue = opened.case, opened.catalogue
    return {
        "opened": opened,
        "case": case,
        "rights": opened.rights,
        "catalogue": catalogue,
        "words": catalogue.words,
        "reader": Reader(catalogue),
        "promise": case_promises.of_case(case, at=clock.now()),
        "closes_at": _closes_at(case, catalogue),
        "is_closed": case.state is CaseState.CLOSED,
        "is_under_way": case.state in UNDER_WAY,
        "may_follow_up": opened.is_inside and case.state is CaseState.CLOSED and _may_raise_any(),
        "may_ask_for_video": _may_ask_for_video(opened),
    }


class _Elsewhere(HTTPException):
    """The case has another page for who asks."""

    def __init__(self, target: str) -> None:
        answer: Any = redirect(target, 303)
        super().__init__(response=answer)


def _sees_organization(case: Case) -> bool:
    """Whether they see its pages: collaborators in a project belong to it and do not."""
    found = belonging.find(db.session(), user_id=current_user().id, slug=case.organization.slug)
    roles = catalogues.load(case.organization.catalogue).roles
    return found is not None and allows(roles, found.grants, Action.VIEW_ORGANIZATION)


def _takes_comments(opened: Opened) -> bool:
    return opened.rights.may_comment and opened.case.state is not CaseState.CLOSED


def _comment_form(draft: CaseDraft | None) -> CommentForm:
    return CommentForm(formdata=MultiDict(draft.content) if draft else None)


def _open_assessment(entries: Sequence[CaseEntry]) -> CaseEntry | None:
    """Staff's last assessment, where the customer has not disagreed with it yet (NE-20)."""
    told = [entry for entry in entries if entry.happening in {Happening.SEVERITY, Happening.DISAGREED}]
    last = next((entry for entry in reversed(told) if entry.by_staff or entry.happening is Happening.DISAGREED), None)
    return last if last is not None and last.happening is Happening.SEVERITY else None


def _has_affected(opened: Opened) -> bool:
    return "projects" in opened.catalogue.case_form


def _closes_at(case: Case, catalogue: Catalogue) -> Any:
    if case.state is not CaseState.SOLVED:
        return None
    return closes_at(case.state_since, autoclose_days=catalogue.case_policy.autoclose_days)


def _may_raise_any() -> bool:
    return may(Action.RAISE_ORGANIZATION_CASES) or bool(visible_projects(Action.RAISE_PROJECT_CASES))


def _may_ask_for_video(opened: Opened) -> bool:
    """Whether the plan that the case was opened under has it, and it was not asked for yet (NE-3)."""
    case = opened.case
    field = opened.catalogue.case_form.get("video")
    has_it = field is not None and (not field.plans or case.terms["plan"] in field.plans)
    return has_it and opened.rights.may_manage and case.video is None and case.state in UNDER_WAY
