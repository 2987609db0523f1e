"""Mail as strangers send it: small builders of raw messages."""

from __future__ import annotations

import base64
import quopri
from textwrap import dedent

FROM, TO = "Ann Lee <ann@acme.example>", "Support <support@portal.example>"
LINE = "Write your reply above this line"
OLD = f"{LINE}\n\nWe have restarted the cluster.\nDoes it work now?"


def marked(text: str = OLD, mark: str = "> ") -> str:
    """The text as a mail program quotes it."""
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))


def raw(
    body: str | bytes,
    *,
    kind: str = 'text/plain; charset="utf-8"',
    encoding: str | None = None,
    subject: str | None = "Re: [#1042] Cluster",
    sender: str | None = FROM,
    to: str = TO,
    message_id: str | None = "<1@mail.acme.example>",
    **more: str,
) -> bytes:
    """A mail with one part; `more` are further headers, `_` for `-` in their names."""
    heads = {"From": sender, "To": to, "Subject": subject, "Message-ID": message_id}
    heads |= {"Date": "Mon, 16 Sep 2024 14:55:00 +0000", "MIME-Version": "1.0", "Content-Type": kind}
    heads |= {"Content-Transfer-Encoding": encoding}
    heads |= {name.replace("_", "-"): value for name, value in more.items()}
    content = body if isinstance(body, bytes) else dedent(body).encode()
    if encoding == "base64":
        content = base64.encodebytes(content)
    elif encoding == "quoted-printable":
        content = quopri.encodestring(content)
    head = "".join(f"{name}: {value}\n" for name, value in heads.items() if value is not None)
    return (head.encode("utf-8") + b"\n" + content).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def part(
    body: str | bytes, kind: str = 'text/plain; charset="utf-8"', encoding: str | None = None, **more: str
) -> bytes:
    """One part of a mail with several."""
    content = body if isinstance(body, bytes) else body.encode()
    if encoding == "base64":
        content = base64.encodebytes(content)
    heads = {"Content-Type": kind, "Content-Transfer-Encoding": encoding}
    heads |= {name.replace("_", "-"): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\n" for name, value in heads.items() if value is not None)
    return head.encode() + b"\n" + content


def parts(*bodies: bytes, kind: str = "mixed", **more: str) -> bytes:
    """A mail with these parts."""
    return raw(joined(*bodies), kind=f'multipart/{kind}; boundary="=_b"', **more)


def joined(*bodies: bytes, boundary: str = "=_b") -> bytes:
    """Parts between their boundaries."""
    return b"".join(f"--{boundary}\n".encode() + one + b"\n" for one in bodies) + f"--{boundary}--\n".encode()


def both(plain: str, html: str, **more: str) -> bytes:
    """A mail in plain text and in HTML."""
    return parts(part(plain), part(html, 'text/html; charset="utf-8"'), kind="alternative", **more)


def html(body: str, **more: str) -> bytes:
    """A mail in HTML alone."""
    return raw(f"<html><body>{body}</body></html>", kind='text/html; charset="utf-8"', **more)
