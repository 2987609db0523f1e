"""The form of the sign-in page."""

from __future__ import annotations

from wtforms import PasswordField

from portal.web.fields import Entered, Form, text_field


class SignInForm(Form):
    """Who, and the proof of it."""

    email = text_field("E-mail address", required="Enter your e-mail address.", longest=254)
    password = PasswordField("Password", validators=[Entered("Enter your password.")])
