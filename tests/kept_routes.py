"""Addresses that are compiled once for all the applications that tests make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.routing import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    Builder = Callable[..., tuple[str, str]]


class KeptRoutes:
    """Stands for `Rule._compile_builder`, which writes and compiles a function that builds a rule's address.

    It asks the rule for its converters when it is called, so that the same function serves every rule that reads the
    same. Three quarters of making an application were to compile these anew.
    """

    def __init__(self) -> None:
        self._compile = Rule._compile_builder
        self._kept: dict[object, Builder] = {}

    def builder(self, rule: Rule, append_unknown: bool = True) -> Builder:
        """What werkzeug makes for this rule, or has made for one that reads the same."""
        if rule.defaults:  # These are written into the function by the rule's own converters.
            return self._compile(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in self._kept:
            self._kept[key] = self._compile(rule, append_unknown)
        return self._kept[key]
