"""The forms of chats: one message."""

from __future__ import annotations

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
        # The form comes into pages that may have a text of their own.
        id="chat-text",
    )
