"""Who is signed in; flask-login keeps it, and nothing else of the portal sees flask-login."""

from __future__ import annotations

from typing import Any

import flask_login
from flask import Flask, abort, current_app, request, session

from portal import clock
from portal.domain.sessions import EndReason, Lifetimes, browser_words
from portal.domain.throttles import network_of
from portal.models.organizations import User
from portal.services import people, sessions
from portal.services.sessions import SignedIn
from portal.web import db

# A part of a page that asks by itself says so: nobody needs to be there for it, and it renews no session.
POLL_HEADER = "X-Poll"
_TOKEN = "session_token"  # noqa: S105 - the name under which the cookie has it


class _Person(flask_login.UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """A person as flask-login wants one: their session, and their row as soon as somebody wants it."""

    def __init__(self, signed_in: SignedIn, user: User | None = None) -> None:
        self.id = signed_in.user_id
        self.signed_in = signed_in
        self.user = user


class _Nobody(flask_login.AnonymousUserMixin):  # type: ignore[misc]  # flask-login ships no types
    signed_in = user = None


def init_app(app: Flask, lifetimes: Lifetimes) -> None:
    """Keep signed-in people in the session, for so long."""
    login: Any = flask_login.LoginManager()
    # The session is a row of ours, so what flask-login could compare with the browser proves nothing more.
    login.session_protection = None
    login.anonymous_user = _Nobody
    login.user_loader(_load)
    login.init_app(app)
    app.extensions["lifetimes"] = lifetimes


def sign_in(user: User) -> None:
    """Start a session for `user`; the one before, and what was in it, does not survive, so none can be planted."""
    _end(EndReason.SIGNED_IN_AGAIN)
    session.clear()
    browser = browser_words(request.user_agent.string)
    session[_TOKEN] = sessions.start(db.session(), user, network=network(), browser=browser, at=clock.now())
    if found := _find():
        flask_login.login_user(_Person(found, user))


def sign_out() -> None:
    """End the session here and in the database: a copy of its cookie opens nothing any more."""
    _end(EndReason.SIGNED_OUT)
    flask_login.logout_user()
    session.clear()


def signed_in() -> SignedIn | None:
    """The session of this request and who is in it, as every page asks it; None for nobody."""
    found: SignedIn | None = flask_login.current_user.signed_in
    return found


def signed_in_user() -> User | None:
    """The row of the signed-in person, which is read when it is first asked for; None for nobody."""
    person = flask_login.current_user
    if person.signed_in and person.user is None:
        person.user = people.find_user(db.session(), person.signed_in.user_id)
    user: User | None = person.user
    return user


def current_user() -> User:
    """The row of the signed-in person, on a route that only signed-in people reach."""
    user = signed_in_user()
    if user is None:
        abort(403)
    return user


def current_session() -> SignedIn:
    """The session of this request, on a route that only signed-in people reach."""
    found = signed_in()
    if found is None:
        abort(403)
    return found


def lifetimes() -> Lifetimes:
    """How long sessions last here."""
    known: Lifetimes = current_app.extensions["lifetimes"]
    return known


def network() -> str:
    """Where the request comes from, as far as the proxies that are trusted say so."""
    return network_of(request.remote_addr)


def _load(key: str) -> _Person | None:
    """The person of a session that is still good, in one query; the cookie alone proves nothing."""
    found = _find()
    if found is None or str(found.user_id) != key:
        return None
    at = clock.now()
    if sessions.is_to_be_noted(found, at=at) and POLL_HEADER not in request.headers:
        with db.in_passing() as own:
            sessions.note_seen(own, found.id, at=at)
    return _Person(found)


def _find() -> SignedIn | None:
    token = session.get(_TOKEN)
    return sessions.find(db.session(), token, lifetimes=lifetimes(), at=clock.now()) if token else None


def _end(because: EndReason) -> None:
    if token := session.get(_TOKEN):
        sessions.end(db.session(), token, because=because, at=clock.now())
