"""Printing reads nothing but the package's own templates, and never prints without what it asked for."""

from __future__ import annotations

import base64
import socketserver
import threading
from dataclasses import replace

import pytest

from invoices.errors import DocumentError, ResourceError, UnprintableError
from invoices.fonts import unprintable
from invoices.render import TEMPLATES, refuse_unprintable, render, render_html
from tests.invoices.printed import cloud_invoice, tax_invoice

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")


def _print(reference: str) -> bytes:
    return render_html(f'<title>x</title><img alt="x" src="{reference}">', identifier="x")


def test_a_file_of_the_templates_is_read():
    assert _print("mark.svg").startswith(b"%PDF")


def test_a_drawn_picture_is_read_from_memory():
    html = '<title>x</title><img alt="x" src="drawn:dot">'
    assert render_html(html, identifier="x", drawn={"drawn:dot": PIXEL}).startswith(b"%PDF")


@pytest.mark.parametrize(
    "reference",
    [
        "missing.svg",
        "fonts/../missing.png",
        "../render.py",
        "fonts/../../render.py",
        "%2e%2e/render.py",
        "/etc/passwd",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "//etc/passwd",
        f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}",
        "ftp://127.0.0.1/x.png",
        "drawn:unknown",
        "fonts",
    ],
)
def test_anything_else_ends_the_printing(reference):
    with pytest.raises(ResourceError):
        _print(reference)


def test_nothing_is_asked_of_the_network():
    asked: list[bytes] = []

    class Listener(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.request.recv(100))

    with socketserver.TCPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(ResourceError):
            _print(f"http://127.0.0.1:{server.server_address[1]}/x.png")
        server.shutdown()
    assert asked == []


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        "<style>@import url(/etc/hostname);</style>",
        "<style>@font-face { font-family: F; src: url(file:///etc/passwd) } b { font-family: F }</style><b>x</b>",
        "<style>b { background: url(missing.png) }</style><b>x</b>",
        '<link rel="attachment" href="file:///etc/passwd">',
        '<object data="file:///etc/passwd"></object>',
    ],
)
def test_no_way_round_leads_out_of_the_templates(html):
    with pytest.raises(ResourceError):
        render_html(f"<title>x</title>{html}", identifier="x")


def test_a_symbolic_link_does_not_lead_out(tmp_path):
    outside = tmp_path / "outside.png"
    outside.write_bytes(PIXEL)
    link = TEMPLATES / "samples" / f"link-{tmp_path.name}.png"
    link.symlink_to(outside)
    try:
        with pytest.raises(ResourceError, match="outside the templates"):
            _print(f"samples/{link.name}")
    finally:
        link.unlink()


@pytest.mark.parametrize(
    "text", ["Ærøskøbing", "Ελλάδα", "Ростов", "Hà Nội", "Łódź €₹₩ − × – “”", "a\u00a0b", "two\nlines"]
)
def test_the_fonts_have_the_characters_of_europe(text):
    assert unprintable(text) == []


@pytest.mark.parametrize("character", ["漢", "ع", "ש", "😀", "\x00", "\u202e", "\x1b", "\ufffe"])
def test_a_character_that_no_font_has_is_refused_by_name(character):
    buyer = replace(tax_invoice().buyer, name=f"Acme {character} GmbH")
    with pytest.raises(UnprintableError) as refused:
        render(replace(tax_invoice(), buyer=buyer))
    assert refused.value.place == "buyer.name"
    assert f"U+{ord(character):04X}" in str(refused.value)


def test_usage_details_are_looked_through_too():
    group = (cloud_invoice().details or ())[0]
    line = replace(group.lines[0], item="漢")
    groups = (replace(group, lines=(line, *group.lines[1:])), *(cloud_invoice().details or ())[1:])
    with pytest.raises(UnprintableError, match=r"details\[0\]\.lines\[0\]\.item"):
        refuse_unprintable(replace(cloud_invoice(), details=groups))


def test_a_cloud_invoice_is_not_printed_without_its_details():
    with pytest.raises(DocumentError, match="details"):
        render(replace(cloud_invoice(), details=None))
