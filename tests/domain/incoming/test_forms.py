"""Heads, character sets, files: what stands in a mail is read, however it was put there."""

from __future__ import annotations

import pytest

from portal.domain.incoming import reading
from portal.domain.incoming.html_text import text_of
from tests.incoming import both, html, joined, part, parts, raw

SUBJECTS = {
    "=?utf-8?q?Gr=C3=BC=C3=9Fe?=": "Grüße",
    "=?ISO-8859-1?Q?Gr=FC=DFe?=": "Grüße",
    "=?utf-8?b?8J+YgA==?= ok": "😀 ok",
    "=?UTF-8?B?5pel5pys?=\n =?UTF-8?B?6Kqe?=": "日本語",
    "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=": "日本",
    "=?gb2312?B?1tDOxA==?=": "中文",
    "=?koi8-r?B?8NLJ18XU?=": "Привет",
    "Grüße": "Grüße",
    "=?utf-8?q?cut": "=?utf-8?q?cut",
    "=?nonsense?q?a=E4?=": "aä",
    "a\n b\n\tc": "a b c",
    "=?utf-8?q?a=0D=0ABcc:_eve=40evil.example?=": "a Bcc: eve@evil.example",
    "\u202egpj.exe": "gpj.exe",
}


@pytest.mark.parametrize("written", SUBJECTS)
def test_a_subject_is_decoded(written: str):
    assert reading.read(raw("Hello", subject=written)).subject == SUBJECTS[written]


def test_a_subject_of_a_megabyte_is_cut():
    for subject in ("x" * 1_000_000, "=?utf-8?q?=E4=B8=AD?=\n " * 40_000, "(" * 1_000_000):
        assert 0 < len(reading.read(raw("Hello", subject=subject)).subject) <= 255


TEXTS = {
    'text/plain; charset="utf-8"': "Grüße".encode(),
    "text/plain; charset=iso-8859-1": "Grüße".encode("latin-1"),
    "text/plain; charset=windows-1252": "Grüße".encode("cp1252"),
    "text/plain; charset=us-ascii": "Grüße".encode(),
    "text/plain": "Grüße".encode("latin-1"),
    "text/plain; charset=x-unknown": "Grüße".encode(),
    "text/plain; charset=utf-16": "Grüße".encode("utf-16"),
    "text/plain; charset=idna": "Grüße".encode(),
    "text/plain; charset=unicode_escape": "Grüße".encode(),
    "text/plain; charset=utf-8; charset=latin-1": "Grüße".encode(),
}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_a_text_is_read_whatever_set_it_claims(kind: str, encoding: str):
    if "utf-16" in kind and encoding != "base64":
        return
    assert reading.read(raw(TEXTS[kind], kind=kind, encoding=encoding)).reply == "Grüße"


def test_what_no_database_takes_is_left_out():
    letter = reading.read(raw("a\x00b\x07c \udcff".encode("utf-8", "surrogatepass"), subject="a\x00b"))
    assert letter.reply.encode().isascii() or "\x00" not in letter.reply
    assert "\x00" not in letter.reply + letter.subject + letter.whole


def test_flowed_lines_are_put_together():
    text = "This is \none line.\n> Quoted \n> line.\n\n-- \nAnn\n"
    letter = reading.read(raw(text, kind="text/plain; charset=utf-8; format=flowed"))
    assert letter.whole == "This is one line.\n> Quoted line.\n\n-- \nAnn"


def test_flowed_lines_without_their_space():
    letter = reading.read(raw("日本 \n語\n", kind="text/plain; charset=utf-8; format=flowed; delsp=yes"))
    assert letter.reply == "日本語"


def test_html_is_text_and_nothing_of_it_runs():
    body = (
        "<style>p{}</style><script>alert(1)</script><p>Hello&nbsp;<b>Ann</b> &lt;script&gt;</p><ul><li>one<li>two</ul>"
        '<p><a href="https://example.com/a">here</a> <a href="javascript:alert(1)">there</a></p>'
        '<div style="display:none">hidden</div><img src="x" alt="Logo"><pre>a\n  b</pre>'
    )
    assert reading.read(html(body)).reply == (
        "Hello Ann <script>\n\n- one\n- two\n\nhere (https://example.com/a) there\n\n[Logo]\n\na\n  b"
    )


@pytest.mark.parametrize(
    "broken",
    ["<" * 100_000, "<a " * 60_000, '<a href="' * 30_000,
     '="<a"' * 60_000, "<!--" * 60_000, "<div>" * 60_000, "</p>" * 60_000,
     "&#x110000;&#0;&nosuch;", "<p", "<>", "<a href='x", "<blockquote>" * 5_000],
)  # fmt: skip
def test_broken_html_is_read_through(broken: str):
    assert isinstance(text_of(broken), str)


def test_files_have_their_names():
    names = {
        'attachment; filename="log.txt"': "log.txt",
        "attachment; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt": "日本.txt",
        "attachment; filename*0*=UTF-8''Gr%C3%BC; filename*1*=%C3%9Fe; filename*2=.txt": "Grüße.txt",
        'attachment; filename="=?utf-8?b?R3LDvMOfZS50eHQ=?="': "Grüße.txt",
        'attachment; filename="../../etc/passwd"': "passwd",
        'attachment; filename="C:\\\\temp\\\\a.txt"': "a.txt",
        'attachment; filename="a\u202etxt.exe"': "atxt.exe",
        "attachment; filename*0*=x'y; filename*99999999999=z": "x'yz",
        "attachment": "file-1.bin",
        f'attachment; filename="{"a" * 500}.pdf"': f"{'a' * 115}….pdf",
    }
    for disposition, name in names.items():
        one = part(b"abc", "application/octet-stream", "base64", Content_Disposition=disposition)
        files = reading.read(parts(part("See file"), one)).files
        assert [(file.name, file.content) for file in files] == [(name, b"abc")]


def test_an_enclosed_mail_is_a_file():
    inner = raw("Down!", subject="=?utf-8?q?St=C3=B6rung:_a/b?=")
    files = reading.read(parts(part("See"), part(inner, "message/rfc822"))).files
    assert [(file.name, file.media_type, b"Down!" in file.content) for file in files] == [
        ("Störung ab.eml", "message/rfc822", True)
    ]


def attribute(kind: int, value: bytes) -> bytes:
    return b"\2" + kind.to_bytes(4, "little") + len(value).to_bytes(4, "little") + value + b"\0\0"


def test_files_in_a_winmail_come_out_of_it():
    packed = b"\x78\x9f\x3e\x22\1\0"
    for name, content in ((b"report.pdf\0", b"%PDF"), (b"Gr\xfc\xdfe.txt\0", b"Hello")):
        packed += attribute(0x00069002, b"\1") + attribute(0x00018010, name) + attribute(0x0006800F, content)
    for whole, count in ((packed, 2), (packed[:-3], 1)):
        one = part(whole, "application/ms-tnef; name=winmail.dat", "base64")
        files = [(file.name, file.content) for file in reading.read(parts(part("See"), one)).files]
        assert files == [("report.pdf", b"%PDF"), ("Grüße.txt", b"Hello")][:count]


def test_a_winmail_that_nobody_can_open_is_a_file_and_a_signature_is_none():
    tnef = part(b"\x78\x9f\x3e\x22", "application/ms-tnef; name=winmail.dat", "base64")
    signed = part("-----BEGIN PGP SIGNATURE-----", "application/pgp-signature; name=signature.asc")
    assert [file.name for file in reading.read(parts(part("See"), tnef, signed)).files] == ["winmail.dat"]


def test_pictures_beside_the_text_are_files():
    inner = joined(part("<p>See <img src=cid:1></p>", "text/html"), part(b"PNG", "image/png", "base64"), boundary="in")
    mail = parts(part("See"), part(inner, 'multipart/related; boundary="in"'), kind="alternative")
    letter = reading.read(mail)
    assert (letter.reply, [file.name for file in letter.files]) == ("See", ["file-1.png"])


def test_texts_one_after_the_other_are_one():
    assert (
        reading.read(parts(part("Before"), part(b"PNG", "image/png", "base64"), part("After"))).reply
        == "Before\n\nAfter"
    )


def test_a_calendar_in_a_third_form_is_a_file():
    mail = parts(
        part("Meet"), part("<p>Meet</p>", "text/html"), part("BEGIN:VCALENDAR", "text/calendar"), kind="alternative"
    )
    assert [file.name for file in reading.read(mail).files] == ["file-1.ics"]


SENDERS = {
    "Ann <ANN@acme.example>": "ann@acme.example",
    "ann@acme.example": "ann@acme.example",
    '"Lee, Ann" <ann@acme.example>': "ann@acme.example",
    "=?utf-8?q?J=C3=BCrgen?= <j@acme.example>": "j@acme.example",
    '"boss@acme.example" <eve@evil.example>': "eve@evil.example",
    "ann@acme.example, eve@evil.example": "",
    "ann@acme.example eve@evil.example": "",
    "ann@acme.example\n\t<eve@evil.example>": "",
    "Ann": "",
    "<>": "",
    "((((((((((((((((((((((((((((ann@acme.example": "",
    "ann@acme.example)bob@evil.example": "",
    "ann@@acme.example": "",
}


@pytest.mark.parametrize("written", SENDERS)
def test_a_mail_is_from_one_address_or_from_nobody(written: str):
    assert reading.read(raw("Hello", sender=written)).sender == SENDERS[written]


def test_two_senders_are_none():
    assert reading.read(b"From: eve@evil.example\r\n" + raw("Hello")).sender == ""


def test_recipients_are_read_once_each():
    many = ", ".join(f"u{number}@x.example" for number in range(500))
    letter = reading.read(raw("Hello", to="a@x.example, A@X.example, not one", Cc=many))
    assert (letter.recipients[:2], len(letter.recipients)) == (("a@x.example", "u0@x.example"), 501)


def test_references_are_read():
    letter = reading.read(raw("Hello", References="<a@x>\n <b@x>", In_Reply_To="<b@x> (Ann's message)"))
    assert letter.references == ("<a@x>", "<b@x>")


def test_a_mail_without_anything_is_a_letter():
    for mail in (
        b"",
        b"\r\n\r\n",
        b"\x00" * 1000,
        b"no head at all",
        raw("", subject=None, sender=None, message_id=None),
    ):
        letter = reading.read(mail)
        assert (letter.sender, letter.files) == ("", ())


def test_no_boundary_no_end_no_type():
    broken = [
        raw("x", kind="multipart/mixed"),
        raw("--b\n\nwords", kind='multipart/mixed; boundary="b"'),
        raw("words", kind="multipart/alternative; boundary="),
        raw("%%%", encoding="base64"),
        raw("=ZZ=", encoding="quoted-printable"),
        raw("words", encoding="x-uuencode"),
        raw("words", kind="text/plain; charset*0*=''%ff; charset*1=x"),
        raw("words", kind="text/" + "x" * 100_000),
        raw("words", kind='text/plain; name="' + "=?" * 50_000),
        parts(part(b"\xff\xfe", "text/plain; charset=utf-16", "base64"), part("x", "message/rfc822")),
    ]
    for mail in broken:
        assert reading.read(mail).sender == "ann@acme.example"


def test_heads_without_an_end_are_cut():
    many = b"X-Trace: hop\r\n" * 100_000
    assert reading.read(raw("Hello", Content_Type="text/plain; " + "a=b; " * 100_000)).reply == "Hello"
    assert reading.read(raw("Hello", X_Long="y" * 5_000_000)).reply == "Hello"
    assert reading.read(raw("Hello").replace(b"MIME-Version", many + b"MIME-Version")).reply == "Hello"


def test_parts_in_parts_end_somewhere():
    mail = part("deep")
    for depth in range(400):
        mail = part(joined(mail, boundary=f"b{depth}"), f'multipart/mixed; boundary="b{depth}"')
    letter = reading.read(b"From: ann@acme.example\r\n" + mail)
    assert letter.sender == "ann@acme.example"


def test_two_forms_in_a_mail_with_files():
    plain_and_html = both("Words", "<p>Words</p>")
    body = plain_and_html.partition(b"\r\n\r\n")[2]
    mail = parts(
        part(body, 'multipart/alternative; boundary="=_b"').replace(b"=_b", b"=_c"), part(b"x", "image/png", "base64")
    )
    letter = reading.read(mail)
    assert (letter.reply, len(letter.files)) == ("Words", 1)
