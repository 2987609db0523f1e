"""Chats over HTTP: who has the icon, who reads what, what the portal answers, what staff do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from portal import clock, database
from portal.domain.chats import IDLE_AFTER, STALE_AFTER
from portal.models.chats import Chat, ChatMessage
from portal.services.resources import Library
from tests.billed import MEMBER, OWNER
from tests.blueprints.casework import FIRST_PEOPLE, lets_open_cases, signed_in
from tests.pages import PARTIAL, Visitor
from tests.visits import VISITED, let_agent_in

DATABASES = ("sqlite",)

CHAT, CHATS, STAFF = "/orgs/acme/support/chat", "/orgs/acme/support/chats", "/staff/chats"
AGENT = "support@portal.example"
# A Friday on which people answer, and the Saturday after it.
FRIDAY, SATURDAY = datetime(2030, 11, 22, 12, tzinfo=UTC), datetime(2030, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def owner(visitor):
    visitor.sign_in(OWNER)
    return visitor


@pytest.fixture
def agent(app, world):
    visitor = Visitor(app)
    visitor.sign_in(AGENT)
    return visitor


def kept(app, table):
    with database.reading(app.extensions["database"])() as session:
        return session.scalars(select(table).order_by(table.id)).all()


def write(visitor, text="It stopped.", path=CHAT):
    return visitor.get(path).submit(path, text=text)


def status(visitor, poll):
    """Of an answer that brings nothing."""
    return visitor.client.get(poll, headers=PARTIAL).status_code


def set_clock(monkeypatch, module, at):
    """Another time for these pages alone: the session is of today."""
    monkeypatch.setattr(f"portal.blueprints.chats.{module}.clock", SimpleNamespace(now=lambda: at, today=at.date))


def texts(page):
    return [" ".join(one.text.split()) for one in page.soup.select("#chat-log .prose, #chat-log .chat-remark")]


def test_the_icon_is_on_every_page_of_an_organization_whose_plan_has_a_chat(app, world, visitor):
    for person, path, name in (
        (OWNER, "/orgs/acme/", "In-app chat"),
        ("admin@cobalt.example", "/orgs/cobalt/projects", "AI chat"),
        ("super_admin@borealis.example", "/orgs/borealis/", None),
    ):
        visitor.client.delete_cookie("session")
        visitor.sign_in(person)
        icon = visitor.get(path).soup.find(id="chat-icon")
        assert (icon and " ".join(icon.text.split())) == name
        assert not visitor.get("/").soup.find(id="chat-icon")


def test_staff_inside_have_no_icon_and_write_nothing(app, world, agent):
    with database.writing(app.extensions["database"]).begin() as session:
        let_agent_in(session, world)
    assert not agent.get(f"/orgs/{VISITED}/").soup.find(id="chat-icon")
    path = f"/orgs/{VISITED}/support/chat"
    assert write(agent, path=path).status == 422
    assert not kept(app, Chat)


def test_a_message_is_kept_once_however_often_the_form_is_sent(app, owner):
    form = owner.get(CHAT)
    assert [form.submit(CHAT, text="It stopped.").status for _ in range(2)] == [303, 303]
    assert texts(owner.get(CHAT)) == ["It stopped."]
    assert len(kept(app, ChatMessage)) == 1


def test_an_empty_message_is_refused_beside_its_field(app, owner):
    page = write(owner, " ")
    assert page.status == 422
    assert page.soup.select_one("#chat .error").text.strip() == "Write a message."
    assert write(owner, "x" * 4_001).status == 422
    assert not kept(app, Chat)


def test_a_character_that_no_database_takes_is_left_out(app, owner):
    write(owner, "It\0 stopped.")
    assert [message.text for message in kept(app, ChatMessage)] == ["It stopped."]
    assert write(owner, "\0").status == 422


def test_what_a_customer_writes_is_drawn_and_does_nothing(owner):
    write(owner, "<script>alert(1)</script> **loud**")
    page = owner.get(CHAT)
    assert not page.soup.select("#chat-log script")
    assert page.soup.select_one("#chat-log strong").text == "loud"


def test_agent_and_customer_talk_and_the_chat_stays_readable(app, owner, agent):
    write(owner)
    queue = agent.get(STAFF)
    assert "It stopped." in queue.soup.select_one("#queue tbody th").text
    desk = queue.click("It stopped.")
    assert desk.submit(f"{desk.soup.select_one('#desk form')['action']}", text="Which one?").status == 303
    page = owner.get(CHAT)
    assert texts(page)[0] == "It stopped."
    assert "is here to answer." in texts(page)[1]
    assert texts(page)[2] == "Which one?"
    [chat] = kept(app, Chat)
    assert agent.get(f"{STAFF}/{chat.hex_id}").submit(f"{STAFF}/{chat.hex_id}/end").status == 303
    assert "It stopped." in agent.get(f"{STAFF}/ended").text
    assert not agent.get(STAFF).soup.select("#queue tbody tr")
    later = owner.get(CHATS).click("It stopped.")
    assert texts(later)[2] == "Which one?"
    assert "has ended" in later.text
    assert not later.soup.select("form[action$='/support/chat']")


def test_who_works_at_cases_sees_that_somebody_waits_in_a_chat(owner, agent):
    assert "waits in a chat" not in agent.get("/staff/cases").text
    write(owner)
    page = agent.get("/staff/cases")
    assert "1 customer waits in a chat." in page.text
    assert page.click("Open the chats").h1 == "Chats"


def test_nobody_else_reads_a_chat_and_only_support_works_at_it(app, world, owner, agent):
    write(owner, "Secret")
    [chat] = kept(app, Chat)
    for email, found in ((MEMBER, 404), ("admin@cobalt.example", 404), ("nobody@nowhere.example", 404)):
        other = Visitor(app)
        other.sign_in(email)
        for path in (f"{CHATS}/{chat.hex_id}", f"{CHATS}/{chat.hex_id}?seen=0"):
            assert other.get(path).status == found
        for action in ("end", "case"):
            assert other.post(f"{CHATS}/{chat.hex_id}/{action}", {"csrf_token": token(other)}).status == found
        assert other.get(f"{STAFF}/{chat.hex_id}").status == 403
    other = Visitor(app)
    other.sign_in(MEMBER)
    assert "Secret" not in other.get(CHAT).text + other.get(CHATS).text
    assert owner.get(f"{CHATS}/{'0' * 24}").status == 404
    assert agent.get(f"{STAFF}/{'0' * 24}").status == 404


def token(visitor):
    field = visitor.get("/").soup.find("input", attrs={"name": "csrf_token"})
    return field["value"] if field else ""


@pytest.mark.parametrize(("at", "said"), [(FRIDAY, "they are here until"), (SATURDAY, "nobody is here now")])
def test_the_chat_says_when_people_answer_and_how_it_is_now(owner, monkeypatch, at, said):
    set_clock(monkeypatch, "views", at)
    words = owner.get(CHAT).soup.select_one(".chat-hours").text
    assert "Monday to Friday, 09:00 to 17:00 UTC" in words
    assert said in words


def test_a_page_asks_for_news_until_nothing_came_for_a_while(app, owner, agent, monkeypatch):
    write(owner)
    poll = owner.get(CHAT).soup.select_one("[data-poll]")["data-hx-get"]
    assert status(owner, poll) == 204
    [chat] = kept(app, Chat)
    agent.get(f"{STAFF}/{chat.hex_id}").submit(f"{STAFF}/{chat.hex_id}/messages", text="Which one?")
    news = owner.part(poll)
    assert texts(news)[-1] == "Which one?"
    poll = news.soup.select_one("[data-poll]")["data-hx-get"]
    assert status(owner, poll) == 204
    now = clock.now()
    set_clock(monkeypatch, "views", now + IDLE_AFTER + timedelta(minutes=1))
    idle = owner.part(poll)
    assert not idle.soup.select("[data-poll]")
    again = owner.part(idle.soup.select_one("#chat-idle a")["data-hx-get"])
    assert again.soup.select("[data-poll]")


def test_an_ended_chat_is_asked_for_no_more_and_says_so_at_once(app, owner, agent):
    write(owner)
    poll = owner.get(CHAT).soup.select_one("[data-poll]")["data-hx-get"]
    [chat] = kept(app, Chat)
    agent.get(f"{STAFF}/{chat.hex_id}").submit(f"{STAFF}/{chat.hex_id}/end")
    ended = owner.part(poll)
    assert "ended the chat." in texts(ended)[-1]
    assert not ended.soup.select("[data-poll]")
    assert not agent.part(f"{STAFF}/{chat.hex_id}?seen=0").soup.select("[data-poll]")


def test_a_chat_of_yesterday_is_over(app, owner, agent, monkeypatch):
    write(owner)
    [chat] = kept(app, Chat)
    agent.get(f"{STAFF}/{chat.hex_id}").submit(f"{STAFF}/{chat.hex_id}/messages", text="Which one?")
    now = clock.now()
    set_clock(monkeypatch, "routes", now + STALE_AFTER)
    assert not owner.get(CHAT).soup.select("#chat-log")


def test_a_vendor_without_people_in_the_chat_says_so_and_shows_other_ways(app, visitor):
    visitor.sign_in("super_admin@borealis.example")
    page = visitor.get("/orgs/borealis/support/chat")
    assert "Your plan has no chat." in page.text
    assert page.soup.find("a", href="/resources", class_="button")
    assert not page.soup.select("#chat textarea")
    path = "/orgs/borealis/support/chat"
    assert visitor.post(path, {"text": "Hello?", "csrf_token": token(visitor)}).status == 422


def test_the_portal_answers_from_a_page_that_is_dropped_in_and_says_when_it_does_not_know(app, visitor, tmp_path):
    app.extensions["library"] = Library(tmp_path)
    path = "/orgs/cobalt/support/chat"
    visitor.sign_in("admin@cobalt.example")
    assert "No person answers here" in visitor.get(path).text
    write(visitor, "How do I enable zebra mode?", path)
    page = visitor.get(path)
    assert "I do not know" in texts(page)[1]
    assert not page.soup.select("[data-poll]")
    (tmp_path / "zebra.md").write_text("# Zebra mode\n\nTo enable it, set `stripes` to 7.\n")
    write(visitor, "How do I enable zebra mode?", path)
    page = visitor.get(path)
    assert "set stripes to 7." in texts(page)[3]
    [source] = page.soup.select(".chat-sources a")
    assert visitor.get(source["href"]).h1 == "Zebra mode"


def test_pages_are_suggested_while_a_case_is_written(owner):
    part = owner.part("/orgs/acme/support/suggestions?subject=connection&description=refused+since+noon")
    assert [link["href"] for link in part.soup.select("a")] == ["/resources/connection-errors"]
    assert part.soup.section["id"] == "suggestions"
    assert not owner.part("/orgs/acme/support/suggestions?text=chocolate+cake").soup.select("a")
    assert "developer resources" in owner.get("/orgs/acme/support/suggestions?text=backup").text


@pytest.mark.parametrize("slug", ["acme", "cobalt"])
def test_a_chat_becomes_a_case_with_one_click_where_the_plan_opens_cases(app, world, slug):
    path = f"/orgs/{slug}/support/chat"
    visitor = signed_in(app, FIRST_PEOPLE[slug])
    write(visitor, "It stopped.", path)
    assert not visitor.get(path).soup.select("form[action$='/case']")
    [chat] = kept(app, Chat)
    lets_open_cases(app, world)
    action = visitor.get(path).soup.select_one("form[action$='/case']")["action"]
    case = visitor.get(path).submit(action).follow().follow()
    assert case.h1 == "Chat: It stopped."
    assert "From a chat:" in case.text
    again = visitor.get(f"/orgs/{slug}/support/chats/{chat.hex_id}")
    assert not again.soup.select("form[action$='/case']")
    assert "now." in texts(again)[-2]
    assert again.soup.find("a", href=f"/cases/{kept(app, Chat)[0].case_id}")
    assert visitor.post(action, {"csrf_token": token(visitor)}).status == 409


def test_who_may_raise_no_case_makes_none_of_a_chat(app, world):
    lets_open_cases(app, world)
    viewer = signed_in(app, "org_billing_read_only@acme.example")
    write(viewer)
    [chat] = kept(app, Chat)
    assert not viewer.get(CHAT).soup.select("form[action$='/case']")
    assert viewer.post(f"{CHATS}/{chat.hex_id}/case", {"csrf_token": token(viewer)}).status == 403
