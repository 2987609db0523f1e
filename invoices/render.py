"""A document becomes HTML, and HTML becomes the bytes of a PDF; the only import of WeasyPrint."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from invoices import order_form_pages, pages, wording
from invoices.document import CloudInvoice, Document, DocumentError, OrderForm, TaxInvoice
from invoices.errors import ResourceError
from invoices.fonts import FILES, FOLDER, refuse_unprintable, width_um
from invoices.transfer_code import transfer_code, transfer_text

__all__ = ["TEMPLATES", "refuse_unprintable", "render", "render_html", "to_html"]

TEMPLATES = Path(__file__).resolve().parent / "templates"
_VARIANT = "pdf/a-3a"
_DRAWN = "drawn"  # the scheme of pictures that are made for one document and never lie in a file
_CODE = f"{_DRAWN}:transfer-code"
_PRESS = Lock()  # Pango is not to be shared by threads, and two of them are slower than one.


def render(document: Document) -> bytes:
    """The document as tagged PDF/A-3; equal documents give equal bytes.

    `UnprintableError` for characters that no embedded font has, `DocumentError` for a cloud invoice without its
    details, `ResourceError` when a file of the templates is missing.
    """
    refuse_unprintable(document)
    code = transfer_code(document) if isinstance(document, TaxInvoice) else None
    return render_html(to_html(document), identifier=document.number, drawn={_CODE: code} if code else {})


def to_html(document: Document) -> str:
    """The document as an HTML page; its style sheet and pictures stand in the templates' folder."""
    if isinstance(document, CloudInvoice):
        if document.details is None:
            raise DocumentError("details", f"the usage details of {document.number} are expected")
        return _environment().get_template("cloud_invoice.html").render(invoice=document)
    if isinstance(document, OrderForm):
        return _environment().get_template("order_form.html").render(invoice=document)
    code = _CODE if transfer_text(document) else None
    return _environment().get_template("tax_invoice.html").render(invoice=document, transfer_code=code)


def render_html(html: str, *, identifier: str, drawn: Mapping[str, bytes] | None = None) -> bytes:
    """HTML as PDF. It may use what lies below `TEMPLATES` and the pictures in `drawn`; `ResourceError` for all else."""
    with _PRESS, _patient_collector():
        try:
            fonts, style = _type_case(os.getpid())
            page = HTML(string=html, base_url=f"{TEMPLATES.as_uri()}/", url_fetcher=TemplateFetcher(drawn or {}))
            pdf: bytes = page.write_pdf(
                stylesheets=[style],
                font_config=fonts,
                finisher=_name_scopes,
                pdf_variant=_VARIANT,
                pdf_identifier=identifier.encode(),
                pdf_tags=True,
            )
        except FatalURLFetchingError as error:
            raise ResourceError(str(error)) from None
    return pdf


class TemplateFetcher(URLFetcher):  # type: ignore[misc]
    """Reads files below the templates' folder and pictures held in memory; anything else ends the rendering."""

    def __init__(self, drawn: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=("file", _DRAWN), allow_redirects=False, fail_on_errors=True)
        self._pictures = drawn

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The bytes behind `url`. WeasyPrint swallows every error but a fatal one, and prints without the file."""
        parts = urlsplit(url)
        if parts.scheme == _DRAWN and url in self._pictures:
            return URLFetcherResponse(url, self._pictures[url], {"Content-Type": "image/png"})
        if parts.scheme != "file" or parts.netloc:
            raise FatalURLFetchingError(f"{url[:200]} may not be read: it is no file of the templates")
        # Resolved before it is compared, so that neither ".." nor a symbolic link leads out.
        path = Path(url2pathname(parts.path)).resolve()
        if not path.is_relative_to(TEMPLATES):
            raise FatalURLFetchingError(f"{path} may not be read: it lies outside the templates")
        try:
            return URLFetcherResponse(url, path.read_bytes())
        except OSError as error:
            raise FatalURLFetchingError(f"{path} cannot be read: {error.strerror}") from None


@cache
def _type_case(_process: int) -> tuple[FontConfiguration, CSS]:
    """Fonts and style sheet, made once for each process: made anew they are a quarter of a page's time."""
    for name in FILES:
        if not (FOLDER / name).is_file():
            raise ResourceError(f"{FOLDER / name} is missing; `make setup` puts it there")
    fonts = FontConfiguration()
    return fonts, CSS(filename=TEMPLATES / "document.css", font_config=fonts, url_fetcher=TemplateFetcher({}))


def _name_scopes(_: object, pdf: Any) -> None:
    """Say of each table head whether it heads a column or a row: WeasyPrint 70 tags it without a scope."""
    for element in pdf.objects:
        if isinstance(element, dict) and element.get("S") == "/TH" and "A" in element:
            section = _parent(_parent(element, pdf), pdf)
            element["A"]["Scope"] = "/Column" if section["S"] == "/THead" else "/Row"


def _parent(element: dict[str, Any], pdf: Any) -> dict[str, Any]:
    # A reference reads "61 0 R": the number of an object, which is its place in the list.
    parent: dict[str, Any] = pdf.objects[int(element["P"].split()[0])]
    return parent


@contextmanager
def _patient_collector() -> Iterator[None]:
    # Layout makes many long-lived objects; with the default thresholds a third of the time goes into looking at them.
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(pages=pages, forms=order_form_pages)
    environment.tests["wider_than"] = lambda text, millimetres: width_um(text, tenth_points=75) > millimetres * 1000
    words = (wording.amount, wording.money, wording.figure, wording.long_day)
    more = (wording.used_on, wording.iban, wording.party_lines, wording.span)
    environment.filters.update({word.__name__: word for word in (*words, *more)})
    return environment
