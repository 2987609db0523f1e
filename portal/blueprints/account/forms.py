"""The form that changes one's password."""

from __future__ import annotations

from wtforms import PasswordField

from portal.web.fields import Entered, Form


class PasswordForm(Form):
    """The password so far, which shows who is there, and the one to take."""

    current_password = PasswordField("Current password", validators=[Entered("Enter your current password.")])
    new_password = PasswordField("New password", validators=[Entered("Enter a new password.")])
