"""The portal answers from the developer resources with their sources, and says when it does not know."""

from __future__ import annotations

import pytest

from portal.domain.chats import Speaker
from portal.gateways.answers import NoAnswer
from portal.gateways.answers.extracts import Extracts
from portal.services import chat_answers, chats
from portal.services.resources import Library
from tests.builders import an_organization
from tests.chats import AT
from tests.members import a_member


@pytest.fixture
def asked(session, tmp_path):
    """Asks a question, and gives the chat and the answer."""
    organization = an_organization(session, "cobalt", catalogue="neon")
    cora = a_member(session, organization, "Cora", "admin").user
    library = Library(tmp_path)

    def ask(question, answerer=None):
        chat = chats.say(session, organization, question, by=cora, at=AT)
        return chat, chat_answers.answer(session, chat, question, library, answerer or Extracts(), at=AT)

    return ask


def test_it_says_that_it_does_not_know_until_a_page_is_there_and_then_answers_from_it(asked, tmp_path):
    chat, answer = asked("How do I enable zebra mode?")
    assert answer.text.startswith("I do not know")
    assert not answer.sources
    (tmp_path / "zebra.md").write_text("# Zebra mode\n\nTo enable it, set `stripes` to 7.\n")
    again, answer = asked("How do I enable zebra mode?")
    assert "> To enable it, set `stripes` to 7." in answer.text
    assert (answer.sources, answer.speaker, answer.author_id) == ([["zebra", "Zebra mode"]], Speaker.PORTAL, None)
    assert again is chat
    assert chat.waiting_since is None


def test_somebodys_model_is_asked_only_where_pages_fit_and_without_it_the_pages_answer(asked, tmp_path):
    class Model:
        def __init__(self, words):
            self.words, self.asked = words, []

        def answer(self, question, passages):
            self.asked.append((question, [passage.page for passage in passages]))
            if self.words is None:
                raise NoAnswer("too slow")
            return self.words

    model, broken = Model("Seven."), Model(None)
    assert asked("zebra mode", model)[1].text.startswith("I do not know")
    assert not model.asked
    (tmp_path / "zebra.md").write_text("# Zebra mode\n\nSet it to 7.\n")
    assert asked("zebra mode", model)[1].text == "Seven."
    assert model.asked == [("zebra mode", ["zebra"])]
    assert "> Set it to 7." in asked("zebra mode", broken)[1].text
