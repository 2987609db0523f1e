"""The QR code that a banking app reads: a SEPA credit transfer (EPC069-12)."""

from __future__ import annotations

import io

import segno

from invoices.document import PaymentKind, TaxInvoice

_HIGHEST_CENTS = 99_999_999_999  # EPC069-12: at most EUR 999,999,999.99
_NAME_LENGTH = 70


def transfer_code(invoice: TaxInvoice) -> bytes | None:
    """The code as a PNG of one bit and four pixels a module; None where no SEPA transfer in EUR is asked for."""
    text = transfer_text(invoice)
    if text is None:
        return None
    png = io.BytesIO()
    # EPC069-12 asks for error correction M and for no more than version 13.
    segno.make(text, error="m", boost_error=False, encoding="utf-8", micro=False).save(
        png, kind="png", scale=4, border=0
    )
    return png.getvalue()


def transfer_text(invoice: TaxInvoice) -> str | None:
    """What the code says: to whom, into which account, how much, under which reference."""
    bank = invoice.bank
    if bank is None or not bank.iban or invoice.payment_instruction.kind is not PaymentKind.TRANSFER:
        return None
    if invoice.currency != "EUR" or not 0 < invoice.due_minor <= _HIGHEST_CENTS:
        return None
    euro, cents = divmod(invoice.due_minor, 100)
    account = "".join(bank.iban.split())
    head = ("BCD", "002", "1", "SCT", bank.bic, bank.holder[:_NAME_LENGTH], account, f"EUR{euro}.{cents:02d}")
    # Neither a purpose nor a structured reference: the invoice's number is the text of the transfer.
    return "\n".join((*head, "", "", invoice.number))
