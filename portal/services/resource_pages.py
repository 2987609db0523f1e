"""Reads the operator's pages of developer resources from their folder, and cuts them into passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import structlog

from portal.domain.resources import Passage, ResourcePage
from portal.services import markdown
from portal.services.markdown import Block

# A longer file is no page that somebody reads.
MOST_BYTES = 500_000
# So long is what is quoted as an answer.
_PASSAGE_LETTERS = 700
_SUMMARY_LETTERS = 200
# What a folder looks like from outside: which files, when changed, how long.
Look = tuple[tuple[str, int, int], ...]

log = structlog.get_logger()


def look(folder: Path) -> Look:
    """What tells whether any page came, changed or went, without reading one; a folder that is not there has none."""
    found = []
    for path in _files(folder):
        try:
            seen = path.stat()
        except OSError:
            continue  # It went meanwhile.
        found.append((path.name, seen.st_mtime_ns, seen.st_size))
    return tuple(found)


def read(folder: Path) -> tuple[ResourcePage, ...]:
    """The pages of the folder, by title. A file that cannot be read is left out, and the log says so."""
    pages = filter(None, map(_page, _files(folder)))
    return tuple(sorted(pages, key=lambda page: page.title.casefold()))


def parse(name: str, text: str) -> ResourcePage:
    """The page of a file called `name`: its first head is the title, its first paragraph the summary."""
    blocks = list(markdown.blocks(text))
    title = name.replace("-", " ").replace("_", " ").strip().capitalize()
    if blocks and blocks[0].head_level == 1:
        title = markdown.words(blocks.pop(0).source) or title
    first = next((block for block in blocks if not block.head_level), None)
    return ResourcePage(
        name=name,
        title=title,
        summary=_shortened(markdown.words(first.source)) if first else "",
        source="\n\n".join(block.source for block in blocks),
        passages=tuple(_passages(name, title, blocks)),
    )


def _files(folder: Path) -> list[Path]:
    # What begins with a dot is an editor's.
    return sorted(path for path in folder.glob("*.md") if not path.name.startswith("."))


def _page(path: Path) -> ResourcePage | None:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ValueError(f"longer than {MOST_BYTES:,} bytes")
        return parse(path.stem, content.decode("utf-8-sig"))
    except (OSError, ValueError) as error:
        log.warning("resource was left out", file=path.name, reason=str(error))
        return None


def _passages(name: str, title: str, blocks: Iterable[Block]) -> Iterator[Passage]:
    """Blocks below one head together, as many as are read at a glance."""
    head, held = "", list[str]()
    for block in blocks:
        is_full = sum(map(len, held)) + len(block.source) > _PASSAGE_LETTERS
        if held and (block.head_level or is_full):
            yield Passage(name, title, head, "\n\n".join(held))
            held = []
        if block.head_level:
            head = markdown.words(block.source)
        else:
            held.append(block.source)
    if held:
        yield Passage(name, title, head, "\n\n".join(held))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SUMMARY_LETTERS else f"{line[:_SUMMARY_LETTERS].rsplit(' ', 1)[0]} …"
