"""Files that come with a case: how many and how large, what they are called, and which kinds are taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.case_forms import FormField, Widget
from portal.domain.errors import Refusal

LONGEST_NAME = 120
# File systems count bytes, and end at 255.
_LONGEST_NAME_BYTES = 200
_LONGEST_ENDING = 20
_NAMELESS = "file"
_MEBIBYTE = 1024 * 1024
# Windows takes neither in a name; a device's name is the device, whatever comes after its dot.
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
# Control and formatting signs (the latter turn the direction of writing), surrogates, ends of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class FileState(StrEnum):
    """Where a file stands: only a clean one is ever served (FILE-6)."""

    CHECKING = "checking"
    CLEAN = "clean"
    INFECTED = "infected"
    REFUSED = "refused"


class Group(StrEnum):
    """What a file is for who looks at its icon."""

    PICTURE = "picture"
    VIDEO = "video"
    DOCUMENT = "document"
    TEXT = "text"
    PACKED = "packed"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many files come with one comment, and how large each may be (FILE-1)."""

    most: int
    most_bytes: int

    @property
    def in_words(self) -> str:
        """As it is said before somebody chooses."""
        return f"Up to {self.most} files of {size_in_words(self.most_bytes)} each: {KINDS_IN_WORDS}."


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that is taken. `endings` are small letters without the dot, the first one the usual.

    `part` stands in every one of those that are ZIP archives inside.
    """

    title: str
    content_type: str
    endings: tuple[str, ...]
    group: Group
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a file's content says of itself: the endings it may have by its first bytes, and whether it is plain text.

    `title` says in words what it looks like, where that is known.
    """

    endings: frozenset[str]
    is_text: bool
    title: str | None = None


TEXT = FileKind("a text", "text/plain", ("txt",), Group.TEXT)
KINDS: tuple[FileKind, ...] = (
    FileKind("a PNG picture", "image/png", ("png",), Group.PICTURE),
    FileKind("a JPEG picture", "image/jpeg", ("jpg", "jpeg"), Group.PICTURE),
    FileKind("a GIF picture", "image/gif", ("gif",), Group.PICTURE),
    FileKind("a WebP picture", "image/webp", ("webp",), Group.PICTURE),
    FileKind("an MP4 video", "video/mp4", ("mp4", "m4v"), Group.VIDEO),
    FileKind("a QuickTime video", "video/quicktime", ("mov",), Group.VIDEO),
    FileKind("a WebM video", "video/webm", ("webm",), Group.VIDEO),
    FileKind("a PDF", "application/pdf", ("pdf",), Group.DOCUMENT),
    FileKind(
        "a Word document",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ("docx",),
        Group.DOCUMENT,
        part="word/document.xml",
    ),
    FileKind(
        "an Excel workbook",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ("xlsx",),
        Group.DOCUMENT,
        part="xl/workbook.xml",
    ),
    FileKind(
        "a PowerPoint presentation",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ("pptx",),
        Group.DOCUMENT,
        part="ppt/presentation.xml",
    ),
    FileKind(
        "an OpenDocument text",
        "application/vnd.oasis.opendocument.text",
        ("odt",),
        Group.DOCUMENT,
        part="content.xml",
    ),
    FileKind(
        "an OpenDocument sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
        ("ods",),
        Group.DOCUMENT,
        part="content.xml",
    ),
    FileKind("a ZIP archive", "application/zip", ("zip",), Group.PACKED),
    FileKind("a gzip file", "application/gzip", ("gz", "tgz"), Group.PACKED),
    FileKind("a bzip2 file", "application/x-bzip2", ("bz2", "tbz2"), Group.PACKED),
    FileKind("a tar archive", "application/x-tar", ("tar",), Group.PACKED),
)
KINDS_IN_WORDS = "pictures, videos, logs and other text, PDF, Office documents, ZIP, gzip, bzip2 and tar archives"
_BY_ENDING: Mapping[str, FileKind] = {ending: kind for kind in KINDS for ending in kind.endings}
# A click on a text with one of these names runs it, or draws a page that can ask for a password.
_RUN_WHEN_OPENED = frozenset({
    "app", "appimage", "application", "bash", "bat", "chm", "cmd", "com", "command", "cpl", "deb", "desktop", "dll",
    "dmg", "exe", "gadget", "hta", "htm", "html", "inf", "ins", "iso", "jar", "jnlp", "js", "jse", "lnk", "mht",
    "mhtml", "msc", "msi", "msp", "mst", "pif", "pkg", "ps1", "psm1", "reg", "rpm", "scf", "scr", "sct",
    "settingcontent-ms", "sh", "shb", "shtml", "svg", "svgz", "sys", "url", "vb", "vbe", "vbs", "vhd", "wsc", "wsf",
    "wsh", "xht", "xhtml", "xll", "xsl", "xslt",
})  # fmt: skip


def limits_of(form: Mapping[str, FormField]) -> Limits | None:
    """What the catalogue's form allows; None where it has no field for files."""
    for field in form.values():
        if field.widget is Widget.FILES and field.most and field.most_bytes:
            return Limits(field.most, field.most_bytes)
    return None


def safe_name(given: str) -> str:
    """The name under which a file is kept and given back (FILE-2): no path, nothing unseen, not too long.

    It is the same when it is made safe again.
    """
    last = re.split(r"[/\\]", given)[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in _UNSEEN)
    plain = " ".join(_NOT_IN_NAMES.sub("_", unicodedata.normalize("NFC", seen)).split()).strip(" .")
    return _shortened(f"_{plain}" if _DEVICE.match(plain) else plain) or _NAMELESS


def ending_of(name: str) -> str:
    """What stands behind the last dot, in small letters; empty where there is none."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def check_count(name: str, *, already: int, limits: Limits) -> None:
    """Refuse one file too many (FILE-1)."""
    if already >= limits.most:
        raise Refusal(f"“{name}” is one file too many: at most {limits.most} come with one comment.")


def check_size(name: str, size: int, limits: Limits) -> None:
    """Refuse a file that is empty or too large (FILE-1); `size` is in bytes."""
    if size == 0:
        raise Refusal(f"“{name}” is empty.")
    if size > limits.most_bytes:
        raise Refusal(
            f"“{name}” is too large: it has {size_in_words(size)}, and a file may have "
            f"{size_in_words(limits.most_bytes)}. Pack it, or send it in parts."
        )


def kind_of(name: str, content: Content) -> FileKind:
    """The kind of a file, by its content; refused where its name says another, or none that is taken (FILE-3)."""
    ending = ending_of(name)
    if ending in _RUN_WHEN_OPENED:
        advice = f" Send it as “{name}.txt”." if content.is_text else ""
        raise Refusal(f"“{name}” could run when somebody opens it, and is not taken.{advice}")
    claimed = _BY_ENDING.get(ending)
    if claimed is None:
        if content.is_text:
            return TEXT
        raise Refusal(f"“{name}” is {content.title or 'of a kind'} that is not taken. Send {KINDS_IN_WORDS}.")
    if content.endings.isdisjoint(claimed.endings):
        looks = f"it looks like {content.title}" if content.title else "its content is something else"
        raise Refusal(f"“{name}” is not {claimed.title}, as its name says: {looks}.")
    return claimed


def check_parts(name: str, kind: FileKind, parts: frozenset[str]) -> None:
    """Refuse an archive with the name of an Office document, and a document with programs in it (FILE-3).

    `parts` are the names of what is in it.
    """
    if kind.part is None:
        return
    if kind.part not in parts:
        raise Refusal(f"“{name}” is not {kind.title}, as its name says: it looks like a ZIP archive.")
    if any(part.lower().endswith("vbaproject.bin") for part in parts):
        raise Refusal(f"“{name}” has macros in it, and is not taken. Save it without them.")


def group_of(content_type: str) -> Group:
    """What a kept file is, by its type."""
    return next((kind.group for kind in KINDS if kind.content_type == content_type), Group.TEXT)


def size_in_words(size: int) -> str:
    """A number of bytes as people read it: `831 bytes`, `12 KiB`, `1.4 MiB`; rounded up, so that nothing has none."""
    if size < 1024:
        return f"{size} byte{'' if size == 1 else 's'}"
    if size < _MEBIBYTE:
        return f"{-(-size // 1024)} KiB"
    tenths = -(-size * 10 // _MEBIBYTE)
    return f"{tenths // 10}.{tenths % 10} MiB" if tenths % 10 else f"{tenths // 10} MiB"


def _shortened(name: str) -> str:
    """At most so many signs and bytes; the ending stays, because it says what the file is."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    tail = dot + ending
    while len(stem + tail) > LONGEST_NAME or len((stem + tail).encode()) > _LONGEST_NAME_BYTES:
        stem = stem[:-1]
    return stem.rstrip(" .") + tail
