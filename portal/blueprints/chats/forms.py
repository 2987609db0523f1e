"""The forms of chats: one message."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from wtforms import TextAreaField
from wtforms.validators import Length

from portal.domain.chats import LONGEST_MESSAGE
from portal.web.fields import Entered, Form, trimmed


class MessageForm(Form):
    """What somebody writes in a chat."""

    text = TextAreaField(
        "Message",
        validators=[
            Entered("Write a message."),
            Length(max=LONGEST_MESSAGE, message=f"Enter at most {LONGEST_MESSAGE:,} characters."),
        ],
        filters=[trimmed],
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # A page that takes in what is new keeps what it knows by its id, and what was typed there: each drawing is new.
        self.text.id = self.text.label.field_id = f"chat-text-{token_hex(4)}"
