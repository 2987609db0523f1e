"""The files that the rules of the house look at."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ("portal/static/vendor/", "invoices/templates/fonts/")


@dataclass(frozen=True)
class Source:
    """A file: `path` from the repository's root, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file as Python reads it."""
        return ast.parse(self.text, self.path)

    @cached_property
    def markup(self) -> str:
        """A template without its comments, each line where it was."""
        return re.sub(r"\{#.*?#\}", lambda comment: "\n" * comment[0].count("\n"), self.text, flags=re.DOTALL)

    @cached_property
    def docstrings(self) -> frozenset[int]:
        """The identities of the constants that are documentation."""
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        return frozenset(
            id(node.body[0].value)
            for node in ast.walk(self.tree)
            if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
        )


def python(*places: str) -> Iterator[Source]:
    """Every Python file in these folders, or these files."""
    return _files(places, "*.py")


def templates(*places: str) -> Iterator[Source]:
    """Every HTML template in these folders."""
    return _files(places, "*.html")


def breaches(sources: Iterable[Source], rule: Callable[[Source], Iterable[tuple[int, str]]]) -> list[str]:
    """Each place that breaks a rule, as `path:line: what stands there`."""
    return [f"{source.path}:{line}: {what}" for source in sources for line, what in rule(source)]


def _files(places: Iterable[str], pattern: str) -> Iterator[Source]:
    for place in places:
        start = ROOT / place
        for path in [start] if start.is_file() else sorted(start.rglob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(GENERATED):
                yield Source(name, path.read_text("utf-8"))
