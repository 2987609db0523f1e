"""Bytes of a mail as text, whatever character set it claims to be in."""

from __future__ import annotations

import codecs
import unicodedata

# What mail programs write where they mean a larger or another set.
_MEANT = {
    "us-ascii": "utf-8", "ascii": "utf-8", "ansi_x3.4-1968": "utf-8", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "latin-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949", "shift_jis": "cp932", "windows-31j": "cp932", "x-sjis": "cp932", "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6", "iso-8859-9": "cp1254", "utf8mb4": "utf-8", "unicode": "utf-8",
    "unknown-8bit": "utf-8",    "big5": "big5hkscs", "tis-620": "cp874", "windows-874": "cp874",
}  # fmt: skip
# Python knows these as character sets, and they are none that a mail is in; some take very long.
_NEVER = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
# These turn the text around or hide in it: names of files that end otherwise than they seem, for one.
_STEERING = frozenset("\u061c\u200b\u200e\u200f\u2060\ufeff\u00ad\u034f") | {
    chr(code) for code in range(0x202A, 0x202F)
}
_STEERING |= {chr(code) for code in range(0x2066, 0x206A)}
_KEPT = frozenset("\n\t")


def text_of(content: bytes, charset: str | None) -> str:
    """The bytes as text: in the set that is claimed where they fit, else in UTF-8, else as western Windows writes."""
    for name in (*_claimed(charset), "utf-8"):
        try:
            return content.decode(name)
        except (UnicodeError, LookupError):
            continue
    return content.decode("cp1252", "replace")


def clean(text: str) -> str:
    """The text with lines that end alike, and without what is no text: control signs, signs that turn its direction."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(_seen(sign) for sign in lines)


def one_line(text: str, *, longest: int) -> str:
    """The text cleaned and on one line, of at most so many characters."""
    # Nobody reads the end of a megabyte: what is cut off here was never looked at.
    line = " ".join(clean(text[: longest * 4]).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _seen(sign: str) -> str:
    if sign in _KEPT or (sign.isprintable() and sign not in _STEERING):
        return sign
    if sign in _STEERING:
        return ""
    return " " if unicodedata.category(sign) == "Zs" else ""


def _claimed(charset: str | None) -> tuple[str, ...]:
    name = (charset or "").strip(" \"'").casefold()
    name = _MEANT.get(name, name)
    try:
        known = codecs.lookup(name).name.replace("-", "_")
    except (LookupError, UnicodeError, ValueError):
        return ()
    return () if known in _NEVER else (name,)
