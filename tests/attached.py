"""Files as people send them with cases, and a shelf for them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from portal.gateways.files import open_store
from portal.services import attachments
from portal.services.attached_contents import Shelf, Upload
from portal.services.attachments import Draft
from tests.supported import AT

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from portal.models.attachments import Attachment
    from portal.models.case_entries import CaseEntry

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
PROGRAM = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8\0\0\0" + bytes(200)
LOG = b"2024-09-10T09:00:00Z connection refused\n"


def a_shelf(folder: Path, *, is_scanned: bool = False) -> Shelf:
    """A shelf in a folder; without a scanner, unless it is said."""
    return Shelf(open_store(folder), is_scanned)


def a_file(name: str = "mongod.log", content: bytes = LOG) -> Upload:
    """A file as it was sent."""
    return Upload(name, io.BytesIO(content))


def attached(session: Session, shelf: Shelf, entry: CaseEntry, draft: Draft, *files: Upload) -> list[Attachment]:
    """Files that were chosen and sent with an entry."""
    taken = [attachments.take(session, shelf, one, draft, at=AT) for one in files or (a_file(),)]
    return list(attachments.attach(session, entry, [one.hex_id for one in taken], draft))
