"""The address that was asked for, as it can be asked for again."""

from __future__ import annotations

from urllib.parse import quote

from flask import request
from werkzeug.routing import IntegerConverter, ValidationError

# What RFC 3986 lets stand in a path as it is; a question mark in a name must not begin the query.
_IN_A_PATH = "/:@!$&'()*+,;=~"
_HIGHEST_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """A number in a path that can be the id of a row: nothing has a higher one, and no database takes it."""

    def to_python(self, value: str) -> int:
        """The number; where it is too high, there is no such address."""
        # Of thousands of digits Python makes no number at all.
        if len(value) > len(str(_HIGHEST_ID)) or int(value) > _HIGHEST_ID:
            raise ValidationError
        return int(value)


def asked_path() -> str:
    """The path that was asked for, without the query."""
    return quote(request.path, safe=_IN_A_PATH)


def asked_address() -> str:
    """The path that was asked for, and the query where there is one."""
    query = request.query_string.decode("utf-8", "replace")
    return f"{asked_path()}?{query}" if query else asked_path()


def own_path(target: str) -> str | None:
    """`target` when it is a path of this site, else None: a sign-in leads nowhere else."""
    is_path = target.startswith("/") and not target.startswith("//")
    return target if is_path and "\\" not in target and target.isprintable() else None
