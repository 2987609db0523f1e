"""Errors for programs: application/problem+json."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, g, json, request

API = "/api/"


def are_wanted() -> bool:
    """Whether a program asks, not a browser."""
    return request.path.startswith(API)


def answer(status: int, detail: str, *, title: str | None = None, **members: object) -> Response:
    """What went wrong, as a program reads it: title and detail in words, with the number of the request."""
    problem = {"type": "about:blank", "title": title or HTTPStatus(status).phrase, "status": status, "detail": detail}
    body = json.dumps(problem | members | {"request_id": g.get("request_id", "")}, ensure_ascii=False, sort_keys=False)
    return Response(body + "\n", status, content_type="application/problem+json")
