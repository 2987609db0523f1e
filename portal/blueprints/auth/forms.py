"""The forms of signing in, and of a password that was forgotten."""

from __future__ import annotations

from wtforms import PasswordField

from portal.web.fields import Entered, Form, text_field


class SignInForm(Form):
    """Who, and the proof of it."""

    email = text_field("E-mail address", required="Enter your e-mail address.", longest=254)
    password = PasswordField("Password", validators=[Entered("Enter your password.")])


class ForgottenForm(Form):
    """Whose password was forgotten."""

    email = text_field("E-mail address", required="Enter your e-mail address.", longest=254)


class NewPasswordForm(Form):
    """The password to take from now on."""

    new_password = PasswordField("New password", validators=[Entered("Enter a new password.")])
