"""How templates are drawn: what all of them know stands in one dictionary."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Flask, templating


class _Environment(templating.Environment):
    """Flask's, without a layer of names for each template, which ours do not use.

    Whenever one imports from another, Jinja compares what both know; through that layer it takes longer than the rest
    of the import, and a page has a dozen of them.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def init_app(app: Flask) -> None:
    """Let `app` draw its templates so, and without the lines and indents of their own statements."""
    app.jinja_environment = _Environment
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
