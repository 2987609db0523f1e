"""Which program asks: the token in the Authorization header, and nothing else."""

from __future__ import annotations

from flask import abort, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from portal import clock
from portal.domain.token_scopes import TokenScope
from portal.models.api_tokens import ApiToken
from portal.services import api_tokens
from portal.web import db

_REALM: dict[str, str | None] = {"realm": "portal"}


def check(scope: TokenScope) -> None:
    """Let in a good token of this scope; 401 without one, 403 where it is for something else."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Unauthorized(
            "Send a token: “Authorization: Bearer …”.", www_authenticate=WWWAuthenticate("bearer", _REALM)
        )
    with db.looking() as session:
        token = api_tokens.find(session, given.token)
    if token is None:
        wrong = WWWAuthenticate("bearer", _REALM | {"error": "invalid_token"})
        raise Unauthorized("This token is not known, or was revoked.", www_authenticate=wrong)
    if token.scope is not scope:
        abort(403, f"This token is not for {scope}.")
    _note_use(token)
    g.api_token = token


def current_token() -> ApiToken:
    """The token of the program, on a route that only programs reach."""
    token: ApiToken = g.api_token
    return token


def _note_use(token: ApiToken) -> None:
    at = clock.now()
    if api_tokens.is_stale(token, at):
        # A transaction of its own: the use counts although the request is refused, and a long import holds no token.
        with db.apart() as own:
            api_tokens.note_use(own, token, at=at)
