"""What a worker looks after: each look finds its work in the tables, so it may be asked for too often, or get lost."""

from __future__ import annotations

from enum import StrEnum


class Look(StrEnum):
    """One kind of background work, in an order in which none makes work for an earlier one.

    The value is the task's name in the queue.
    """

    MONTHS = "months"
    CHARGES = "charges"
    CONTRACTS = "contracts"
    INCOMING = "incoming"
    CASES = "cases"
    DOCUMENTS = "documents"
    ATTACHMENTS = "attachments"
    RESETS = "resets"
    MAIL = "mail"
    HOUSEKEEPING = "housekeeping"
