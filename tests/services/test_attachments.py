"""Files of cases: chosen, sent with a comment, given back to those who may read it, and to nobody else."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal import catalogues
from portal.database import writing
from portal.domain.attachments import FileState
from portal.domain.catalogue_reading.staff import grants_of
from portal.domain.errors import Refusal
from portal.domain.looks import Look
from portal.domain.permissions import Grants
from portal.models.attachments import AttachedContent, Attachment
from portal.models.cases import Case
from portal.services import attached_contents, attachments, case_people, conversations, looks
from portal.services.attachments import Draft, Inside
from tests.attached import LOG, PNG, PROGRAM, a_file, a_shelf, attached
from tests.supported import AT, a_case, a_person, a_supported

if TYPE_CHECKING:
    from portal.services.attached_contents import Shelf


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    return a_shelf(tmp_path)


@pytest.fixture
def acme(session):
    return a_supported(session)


@pytest.fixture
def case(session, acme) -> Case:
    return a_case(session, acme)


@pytest.fixture
def draft(acme, case) -> Draft:
    return Draft(acme.organization, acme.owner, case)


def take(session, shelf, draft, name="mongod.log", content=LOG):
    return attachments.take(session, shelf, a_file(name, content), draft, at=AT)


def comment(session, case, doing):
    return conversations.comment(session, case, "See the file.", doing)


def note_checked(session, attachment, finding):
    attached_contents.note_checked(session, attachment.sha256, finding=finding, at=AT)


def content_of(shelf, attachment):
    return b"".join(attached_contents.pieces(shelf.store, attachment.sha256))


def test_a_chosen_file_waits_until_the_comment_is_sent(session, shelf, acme, case, draft):
    chosen = take(session, shelf, draft)
    assert attachments.of_draft(session, draft) == [chosen]
    entry = comment(session, case, acme.customer())
    attachments.attach(session, entry, [chosen.hex_id], draft)
    assert attachments.of_draft(session, draft) == []
    assert attachments.of_entries(session, [entry.id], for_staff=False) == {entry.id: [chosen]}
    assert (chosen.name, chosen.content_type, chosen.size) == ("mongod.log", "text/plain", len(LOG))
    assert content_of(shelf, chosen) == LOG


def test_files_chosen_for_a_new_case_come_with_it(session, shelf, acme):
    draft = Draft(acme.organization, acme.owner)
    chosen = take(session, shelf, draft, "shot.png", PNG)
    entry = conversations.entries(session, a_case(session, acme), for_staff=False)[0]
    attachments.attach(session, entry, [chosen.hex_id], draft)
    assert (chosen.case_id, chosen.entry_id) == (entry.case_id, entry.id)


def test_each_draft_has_its_own_files(session, shelf, acme, case, draft):
    take(session, shelf, draft)
    other = a_person(session, acme.organization, "dora@acme.example", Grants(frozenset({"ORG_OWNER"})))
    for another in (
        Draft(acme.organization, acme.owner),
        Draft(acme.organization, other, case),
        Draft(acme.organization, acme.owner, a_case(session, acme)),
    ):
        assert attachments.of_draft(session, another) == []


def test_the_same_file_chosen_again_is_no_second_one(session, shelf, draft):
    assert take(session, shelf, draft) == take(session, shelf, draft)
    assert take(session, shelf, draft, "other.log") != take(session, shelf, draft)


def test_the_same_content_is_kept_once_whoever_sends_it(session, shelf, acme, case, draft, tmp_path):
    first = take(session, shelf, draft)
    second = take(session, shelf, Draft(acme.organization, acme.agent, case), "copy.txt")
    assert first.sha256 == second.sha256
    assert len([path for path in (tmp_path / "attachments").iterdir() if path.is_file()]) == 1
    assert session.scalar(select(func.count()).select_from(AttachedContent)) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("tool.png", PROGRAM, r"“tool.png” is not a PNG picture"),
        ("empty.log", b"", r"“empty.log” is empty"),
        ("../../big.log", b"x" * (10 * 1024 * 1024 + 1), r"“big.log” is too large"),
        ("broken.gz", b"\x1f\x8b\x08" + b"\0" * 40, r"“broken.gz” is damaged"),
        ("a.docx", b"PK\x05\x06" + bytes(18), r"“a.docx” is not a Word document"),
    ],
    ids=["program", "empty", "large", "damaged", "no document"],
)
def test_a_file_that_is_refused_leaves_nothing(session, shelf, draft, tmp_path, name, content, words):
    with pytest.raises(Refusal, match=words):
        take(session, shelf, draft, name, content)
    assert attachments.of_draft(session, draft) == []
    assert not (tmp_path / "attachments").exists()


def test_a_sixth_file_is_refused_when_it_is_chosen_and_when_it_is_sent(session, shelf, acme, case, draft):
    for number in range(5):
        take(session, shelf, draft, f"{number}.log", LOG * (number + 1))
    with pytest.raises(Refusal, match=r"“5.log” is one file too many"):
        take(session, shelf, draft, "5.log", LOG * 9)
    # Two may be chosen at the same moment.
    session.add(_copied(attachments.of_draft(session, draft)[0]))
    session.flush()
    everything = [one.hex_id for one in attachments.of_draft(session, draft)]
    with pytest.raises(Refusal, match="one file too many"):
        attachments.attach(session, comment(session, case, acme.customer()), everything, draft)


def test_nobody_sends_a_file_that_another_one_chose(session, shelf, acme, case, draft):
    chosen = take(session, shelf, draft)
    entry = conversations.comment(session, case, "Look.", acme.staff())
    with pytest.raises(Refusal, match="here no more"):
        attachments.attach(session, entry, [chosen.hex_id], replace(draft, by=acme.agent))


def test_a_file_is_sent_once(session, shelf, acme, case, draft):
    entry = comment(session, case, acme.customer())
    chosen = attached(session, shelf, entry, draft)[0]
    with pytest.raises(Refusal, match="here no more"):
        attachments.attach(session, comment(session, case, acme.customer()), [chosen.hex_id], draft)


def test_a_chosen_file_is_removed_by_who_chose_it_alone_and_a_sent_one_by_nobody(session, shelf, acme, case, draft):
    chosen = take(session, shelf, draft)
    assert attachments.remove(session, chosen.hex_id, by=acme.agent) is None
    assert attachments.remove(session, chosen.hex_id, by=acme.owner)
    assert attachments.of_draft(session, draft) == []
    sent = attached(session, shelf, comment(session, case, acme.customer()), draft)[0]
    assert attachments.remove(session, sent.hex_id, by=acme.owner) is None


def test_who_sees_the_case_gets_its_files_and_nobody_else(session, shelf, acme, case, draft):
    sent = attached(session, shelf, comment(session, case, acme.customer()), draft)[0]
    globex = a_supported(session, "globex")
    reader = a_person(session, acme.organization, "rita@acme.example", Grants(frozenset({"ORG_BILLING_ADMIN"})))
    assert attachments.open_for(session, sent.hex_id, by=acme.owner) == sent
    roles, grants = catalogues.load("atlas").roles, Grants(frozenset({"ORG_OWNER"}))
    assert attachments.open_for(session, sent.hex_id, by=acme.owner, inside=Inside(acme.organization, roles, grants))
    elsewhere = Inside(globex.organization, roles, grants)
    assert attachments.open_for(session, sent.hex_id, by=acme.owner, inside=elsewhere) is None
    for stranger in (globex.owner, reader, acme.agent):
        assert attachments.open_for(session, sent.hex_id, by=stranger) is None
    assert attachments.open_for(session, sent.hex_id, by=acme.agent, as_staff=True) == sent


def test_staff_on_a_visit_get_what_customers_get(session, shelf, acme, case, draft):
    sent = attached(session, shelf, comment(session, case, acme.customer()), draft)[0]
    note = conversations.note(session, case, "Look.", acme.staff())
    internal = attached(session, shelf, note, replace(draft, by=acme.agent), a_file("secret.log"))[0]
    roles = catalogues.load_staff_roles()
    support, billing = (Inside(acme.organization, roles, grants_of([one])) for one in ("support", "billing"))
    assert attachments.open_for(session, sent.hex_id, by=acme.agent, inside=support) == sent
    assert attachments.open_for(session, sent.hex_id, by=acme.agent, inside=billing) is None
    assert attachments.open_for(session, internal.hex_id, by=acme.agent, inside=support) is None


def test_who_is_on_cc_gets_the_files(session, shelf, acme, case, draft):
    sent = attached(session, shelf, comment(session, case, acme.customer()), draft)[0]
    colleague = a_person(session, acme.organization, "carl@acme.example", Grants(frozenset({"ORG_BILLING_ADMIN"})))
    assert attachments.open_for(session, sent.hex_id, by=colleague) is None
    case_people.add_cc(session, case, ["carl@acme.example"], acme.customer())
    assert attachments.open_for(session, sent.hex_id, by=colleague) == sent


def test_files_of_notes_and_of_outsiders_mails_are_for_staff_alone(session, shelf, acme, case, draft):
    staff = replace(draft, by=acme.agent)
    note = conversations.note(session, case, "Look at this.", acme.staff())
    internal = attached(session, shelf, note, staff, a_file("secret.log"))[0]
    outside = conversations.comment_from_outside(
        session, case, "Here it is.", "carl@elsewhere.example", acme.customer()
    )
    assert attachments.limits_of(acme.organization)
    part = attachments.take_part(session, shelf, a_file("mail.log"), outside, sender="carl@elsewhere.example", at=AT)
    entries = [note.id, outside.id]
    assert attachments.of_entries(session, entries, for_staff=False) == {}
    assert attachments.of_entries(session, entries, for_staff=True) == {note.id: [internal], outside.id: [part]}
    for sent in (internal, part):
        assert attachments.open_for(session, sent.hex_id, by=acme.owner) is None
        assert attachments.open_for(session, sent.hex_id, by=acme.agent, as_staff=True) == sent
    conversations.publish(session, case, outside, acme.staff())
    assert attachments.open_for(session, part.hex_id, by=acme.owner) == part


def test_what_is_not_sent_yet_is_given_to_nobody(session, shelf, acme, draft):
    chosen = take(session, shelf, draft)
    assert attachments.open_for(session, chosen.hex_id, by=acme.owner) is None
    assert attachments.open_for(session, chosen.hex_id, by=acme.agent, as_staff=True) is None


def test_where_there_is_a_scanner_a_file_waits_for_it_and_is_asked_for(session, tmp_path, acme, case, draft):
    shelf = a_shelf(tmp_path, is_scanned=True)
    sent = attached(session, shelf, comment(session, case, acme.customer()), draft)[0]
    assert sent.state is FileState.CHECKING
    assert Look.ATTACHMENTS in looks.asked(session)
    for as_staff, by in ((False, acme.owner), (True, acme.agent)):
        with pytest.raises(Refusal, match=r"“mongod.log” is being checked for viruses"):
            attachments.open_for(session, sent.hex_id, by=by, as_staff=as_staff)
    note_checked(session, sent, None)
    assert attachments.open_for(session, sent.hex_id, by=acme.owner) == sent


def test_an_infected_file_is_given_to_nobody_and_says_why(session, tmp_path, acme, case, draft):
    shelf = a_shelf(tmp_path, is_scanned=True)
    sent = attached(session, shelf, comment(session, case, acme.customer()), draft)[0]
    note_checked(session, sent, "Worm-1")
    note_checked(session, sent, None)
    assert (sent.state, sent.why) == (FileState.INFECTED, "Worm-1")
    for as_staff, by in ((False, acme.owner), (True, acme.agent)):
        with pytest.raises(Refusal, match="Worm-1"):
            attachments.open_for(session, sent.hex_id, by=by, as_staff=as_staff)
    chosen = take(session, shelf, draft, "again.log")
    with pytest.raises(Refusal, match=r"“again.log” carries Worm-1, and cannot be sent"):
        attachments.attach(session, comment(session, case, acme.customer()), [chosen.hex_id], draft)


def test_a_part_of_a_mail_that_is_refused_stands_there_with_its_reason(session, shelf, acme, case):
    entry = conversations.comment_from_outside(session, case, "Run it.", "eve@elsewhere.example", acme.customer())
    part = attachments.take_part(
        session, shelf, a_file("..\\tool.exe", PROGRAM), entry, sender="eve@elsewhere.example", at=AT
    )
    assert (part.name, part.state, part.size) == ("tool.exe", FileState.REFUSED, len(PROGRAM))
    assert part.why == "“tool.exe” could run when somebody opens it, and is not taken."
    with pytest.raises(Refusal, match="could run"):
        attachments.open_for(session, part.hex_id, by=acme.agent, as_staff=True)


def test_of_very_many_parts_of_a_mail_the_first_ones_are_taken(session, shelf, acme, case):
    entry = comment(session, case, acme.customer())
    files = (a_file(f"{number}.log", LOG * (number + 1)) for number in range(7))
    parts = [attachments.take_part(session, shelf, one, entry, sender=acme.owner, at=AT) for one in files]
    assert [part.state for part in parts] == [FileState.CLEAN] * 5 + [FileState.REFUSED] * 2
    assert parts[6].why == "“6.log” is one file too many: at most 5 come with one comment."


def test_chosen_files_end_after_their_time_and_sent_ones_never(session, shelf, acme, case, draft):
    attached(session, shelf, comment(session, case, acme.customer()), draft)
    take(session, shelf, draft, "unsent.log", LOG * 2)
    assert attachments.forget_drafts(session, made_before=AT, at_most=10) == 0
    assert attachments.forget_drafts(session, made_before=AT + timedelta(seconds=1), at_most=10) == 1
    assert session.scalars(select(Attachment.name)).all() == ["mongod.log"]


def test_a_content_goes_when_nobody_refers_to_it_any_more(session, shelf, acme, case, draft):
    sent = attached(session, shelf, comment(session, case, acme.customer()), draft)[0]
    chosen = take(session, shelf, draft, "unsent.log", LOG * 2)
    name = attached_contents.file_name(chosen.sha256)
    assert attached_contents.let_go(session, shelf.store, at_most=10) == 0
    attachments.remove(session, chosen.hex_id, by=acme.owner)
    assert attached_contents.let_go(session, shelf.store, at_most=10) == 1
    assert not shelf.store.has(name)
    assert content_of(shelf, sent) == LOG


def test_a_content_that_is_sent_again_while_it_goes_stays(engine, tmp_path):
    """The two meet at the content's row: who comes second sees what the first has done."""
    shelf = a_shelf(tmp_path)
    with writing(engine)() as session:
        acme = a_supported(session)
        draft = Draft(acme.organization, acme.owner)
        chosen = attachments.take(session, shelf, a_file(), draft, at=AT)
        attachments.remove(session, chosen.hex_id, by=acme.owner)
        session.commit()
    inspected = attachments.inspect(a_file(), draft)

    def send() -> None:
        with writing(engine)() as own:
            attachments.keep(own, shelf, inspected, draft, at=AT)
            own.commit()

    with writing(engine)() as session:
        assert attached_contents.let_go(session, shelf.store, at_most=10) == 1
        sending = threading.Thread(target=send)
        sending.start()
        session.commit()
        sending.join()
    with writing(engine)() as session:
        assert [content_of(shelf, one) for one in attachments.of_draft(session, draft)] == [LOG]


def test_a_file_that_the_store_has_lost_comes_back_when_it_is_sent_again(session, shelf, draft):
    chosen = take(session, shelf, draft)
    shelf.store.remove(attached_contents.file_name(chosen.sha256))
    take(session, shelf, draft, "again.log")
    assert content_of(shelf, chosen) == LOG


def _copied(one: Attachment) -> Attachment:
    columns = ("organization_id", "case_id", "uploaded_by_id", "content_type", "size", "sha256", "created_at")
    return Attachment(name="at-once.log", **{column: getattr(one, column) for column in columns})
