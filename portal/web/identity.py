"""Who is signed in; flask-login keeps it, and nothing else of the portal sees flask-login."""

from __future__ import annotations

from typing import Any

import flask_login
from flask import Flask, abort, session

from portal.models.organizations import User
from portal.services import people
from portal.web import db


class _SignedIn(flask_login.UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """A person as flask-login wants one."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.id = user.id


def init_app(app: Flask) -> None:
    """Keep signed-in people in the session."""
    login: Any = flask_login.LoginManager()
    # "strong" would sign people out whenever their network gives them another address.
    login.session_protection = "basic"
    login.user_loader(_load)
    login.init_app(app)


def sign_in(user: User) -> None:
    """Start a session for `user`; what was in it before does not survive, so none can be planted."""
    session.clear()
    flask_login.login_user(_SignedIn(user))


def sign_out() -> None:
    """End the session."""
    flask_login.logout_user()
    session.clear()


def signed_in_user() -> User | None:
    """The signed-in person, or None."""
    signed_in = flask_login.current_user
    return signed_in.user if signed_in.is_authenticated else None


def current_user() -> User:
    """The signed-in person, on a route that only signed-in people reach."""
    user = signed_in_user()
    if user is None:
        abort(403)
    return user


def _load(key: str) -> _SignedIn | None:
    user = people.find_user(db.session(), int(key)) if key.isdecimal() else None
    return _SignedIn(user) if user else None
