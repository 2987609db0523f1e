"""The rules of the house that a program can check: each takes a file and gives the lines that break it."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.architecture.sources import Source

Found = tuple[int, str]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
ROUTE_DECORATORS = {"route", "get", "post", "put", "patch", "delete"}
EMPTY_NOUNS = {"data", "info", "manager", "helper", "helpers", "util", "utils", "common"}
CATALOGUES = re.compile(r"atlas|aiven|neon", re.IGNORECASE)
CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime",
    "time.gmtime", "func.now", "func.current_timestamp", "func.current_date", "func.localtimestamp",
}  # fmt: skip


def file_longer_than(limit: int) -> Callable[[Source], Iterator[Found]]:
    """A rule for the number of lines of a file."""

    def rule(source: Source) -> Iterator[Found]:
        if (lines := len(source.text.splitlines())) > limit:
            yield limit + 1, f"{lines} lines"

    return rule


def function_longer_than(limit: int) -> Callable[[Source], Iterator[Found]]:
    """A rule for the number of lines from `def` to the last."""

    def rule(source: Source) -> Iterator[Found]:
        for node in ast.walk(source.tree):
            if isinstance(node, FUNCTIONS) and (lines := _last_line(node) - node.lineno + 1) > limit:
                yield node.lineno, f"{node.name} has {lines} lines"

    return rule


def route_longer_than(limit: int) -> Callable[[Source], Iterator[Found]]:
    """A rule for the number of lines of a route's body, its docstring not counted."""

    def rule(source: Source) -> Iterator[Found]:
        for node in ast.walk(source.tree):
            if isinstance(node, FUNCTIONS) and any(map(_is_route, node.decorator_list)):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                if body and (lines := _last_line(node) - body[0].lineno + 1) > limit:
                    yield node.lineno, f"{node.name} has a body of {lines} lines"

    return rule


def commits(source: Source) -> Iterator[Found]:
    """Calls of `commit()`, of whatever it is."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
            yield node.lineno, ast.unparse(node)


def names_a_catalogue(source: Source) -> Iterator[Found]:
    """Names and texts in code (not documentation) that name a catalogue."""
    for node in ast.walk(source.tree):
        if id(node) not in source.docstrings:
            for text in _words_of(node):
                if CATALOGUES.search(text):
                    yield getattr(node, "lineno", 1), text


def counts_in_floats(source: Source) -> Iterator[Found]:
    """`float`, numbers with a point, and Python's own `round`, which rounds halves to even."""
    for node in ast.walk(source.tree):
        if (isinstance(node, ast.Name) and node.id in {"float", "round"}) or (
            isinstance(node, ast.Constant) and isinstance(node.value, float)
        ):
            yield node.lineno, ast.unparse(node)


def reads_the_clock(source: Source) -> Iterator[Found]:
    """Calls that ask the machine or the database what time it is."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ".".join(ast.unparse(node.func).split(".")[-2:]) in CLOCKS:
            yield node.lineno, ast.unparse(node)


def lacks_a_docstring(source: Source) -> Iterator[Found]:
    """A module with code whose first line does not say, in one line, what it answers for."""
    if source.tree.body and "\n" in (ast.get_docstring(source.tree) or "\n"):
        yield 1, "no docstring of one line"


def leaves_work_behind(source: Source) -> Iterator[Found]:
    """Marks of work that is not done."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
            yield number, line.strip()


def has_an_empty_name(source: Source) -> Iterator[Found]:
    """Modules, classes, functions, arguments and variables called by a word that says nothing."""
    stem = source.path.rpartition("/")[2].removesuffix(".py")
    if EMPTY_NOUNS & set(stem.split("_")):
        yield 1, stem
    for node in ast.walk(source.tree):
        name = _defined_name(node)
        if EMPTY_NOUNS & {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}:
            yield getattr(node, "lineno", 1), name


def imports_beyond(*allowed: str) -> Callable[[Source], Iterator[Found]]:
    """A rule for imports: the standard library and these packages."""

    def rule(source: Source) -> Iterator[Found]:
        for node in ast.walk(source.tree):
            for module in _imported(node):
                if module.split(".")[0] not in sys.stdlib_module_names and not f"{module}.".startswith(
                    tuple(f"{name}." for name in allowed)
                ):
                    yield node.lineno, module  # type: ignore[attr-defined]

    return rule


def forbidden_markup(pattern: str) -> Callable[[Source], Iterator[Found]]:
    """A rule for what may not stand in a template, outside its comments."""
    expression = re.compile(pattern, re.IGNORECASE)

    def rule(source: Source) -> Iterator[Found]:
        for match in expression.finditer(source.markup):
            yield source.markup.count("\n", 0, match.start()) + 1, " ".join(match[0].split())

    return rule


def _last_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return node.end_lineno or node.lineno


def _is_route(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in ROUTE_DECORATORS
    )


def _words_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.keyword):
        yield node.arg or ""
    elif isinstance(node, ast.Name):
        yield node.id
    else:
        yield from _imported(node)
        yield _defined_name(node)


def _defined_name(node: ast.AST) -> str:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return node.name
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    return ""


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
