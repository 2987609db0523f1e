"""Two checkers of HTML over a folder of pages: the Nu checker (the standard) and html-validate (good habits)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import playwright
import pytest

from portal.config import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

NU = ROOT / "node_modules/vnu-jar/build/dist/vnu.jar"
HTML_VALIDATE = ROOT / "node_modules/html-validate/bin/html-validate.mjs"
# The newest Node there is on any machine: html-validate wants a newer one than Debian's.
NODE = Path(playwright.__file__).parent / "driver/node"
# Where a part of a page stands: below the page's own heads.
PLACE = '<!DOCTYPE html>\n<html lang="en"><head><title>Part</title></head><body><h1>Page</h1>{}\n</body></html>\n'


def write_page(folder: Path, name: str, text: str, *, is_part: bool) -> None:
    """Put a page, or a part in its place, where the checkers look."""
    within = "<h2>Section</h2>" if is_part and "<h2" not in text else ""
    (folder / name).write_text(PLACE.format(within + text) if is_part else text, "utf-8")


def nu_findings(folder: Path) -> Iterator[tuple[str, str]]:
    """The name of a page and what is wrong with it by the HTML standard; one start of Java for all of them."""
    java = os.environ.get("JAVA", "java")
    if not shutil.which(java):
        pytest.fail("Java is missing: `make test` installs it on Debian, or JAVA names yours.")
    command: list[str | Path] = [java, "-jar", NU, "--format", "json", "--exit-zero-always", "--stdout", folder]
    for message in json.loads(_printed(command))["messages"]:
        yield Path(message["url"]).name, f"Nu: {message['message']} {message.get('extract', '')!r}"


def html_validate_findings(folder: Path) -> Iterator[tuple[str, str]]:
    """The name of a page and what html-validate would not write in it."""
    command: list[str | Path] = [
        NODE,
        HTML_VALIDATE,
        "--config",
        ROOT / "tests/html-validate.mjs",
        "--formatter",
        "json",
        folder,
    ]
    for page in json.loads(_printed(command)):
        for message in page["messages"]:
            words = f"{message['ruleId']}: {message['message']} at {message.get('selector')}"
            yield Path(page["filePath"]).name, f"html-validate: {words}"


def _printed(command: list[str | Path]) -> str:
    """What a checker prints; that it found something is no failure of it, that it printed nothing is."""
    # Into a file, because a Node program that ends does not wait until a full pipe has been read.
    with tempfile.TemporaryFile("w+") as printed:
        done = subprocess.run(command, stdout=printed, stderr=subprocess.PIPE, text=True, timeout=300, check=False)
        printed.seek(0)
        answer = printed.read()
    assert answer, done.stderr
    return answer
