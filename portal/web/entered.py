"""What people send in forms and addresses, without NUL, which nobody types and PostgreSQL does not take."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict


class _Entered(ImmutableMultiDict[str, Any]):
    """Names with what was entered, or with files, which stay as they are."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__(mapping)
        for name, values in self.lists():
            if any(isinstance(value, str) and "\0" in value for value in values):
                kept = [value.replace("\0", "") if isinstance(value, str) else value for value in values]
                dict.__setitem__(self, name, kept)


class _Request(Request):
    parameter_storage_class = _Entered


def init_app(app: Flask) -> None:
    """Leave it out of every request, so that no form and no page has to."""
    app.request_class = _Request
