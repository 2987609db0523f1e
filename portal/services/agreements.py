"""Agreements that staff upload to contracts: kept by their hash, each a version; earlier ones stay (AGREE-1)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invoices.archive import Store
from portal.domain import pdf_files
from portal.domain.events import Event
from portal.models.contract_papers import Agreement
from portal.models.organizations import Organization, User
from portal.services import history, months
from portal.services.contracts import Contract

_LONGEST_NAME = 200


class DamagedFileError(Exception):
    """A file in the store is not what was uploaded."""


def upload(
    session: Session, store: Store, contract: Contract, *, name: str, content: bytes, at: datetime, by: User
) -> Agreement:
    """Keep a PDF as the contract's agreement, in place of the one before; refused for what is no PDF, or too large.

    The file is kept before its row: where the row does not come, a file is left over that nobody refers to. The one
    that holds already is not added a second time.
    """
    pdf_files.check_pdf(content)
    sha256 = hashlib.sha256(content).hexdigest()
    subscription = contract.subscription
    months.lock(session, subscription.organization_id)
    held = session.scalar(
        select(Agreement)
        .where(Agreement.subscription_id == subscription.id)
        .order_by(Agreement.version.desc())
        .limit(1)
    )
    if held and held.sha256 == sha256:
        return held
    store.create(file_name(sha256), content)
    agreement = Agreement(
        organization_id=subscription.organization_id,
        subscription_id=subscription.id,
        version=held.version + 1 if held else 1,
        name=_plain_name(name),
        sha256=sha256,
        size=len(content),
        uploaded_by_id=by.id,
        uploaded_at=at,
    )
    session.add(agreement)
    session.flush()
    history.record(session, subscription.organization_id, Event.AGREEMENT_UPLOADED, at=at, by=by, detail=agreement.name)
    return agreement


def find(session: Session, organization: Organization, hex_id: str) -> Agreement | None:
    """The organization's agreement with this id; another organization's is absent."""
    return session.scalar(
        select(Agreement).where(Agreement.organization_id == organization.id, Agreement.hex_id == hex_id)
    )


def content_of(store: Store, sha256: str) -> bytes:
    """The PDF with this hash, as it was uploaded; `DamagedFileError` where the store has another, or none."""
    try:
        content = store.read(file_name(sha256))
    except FileNotFoundError:
        raise DamagedFileError(f"agreement {sha256} is not in the store") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedFileError(f"agreement {sha256} is not what was uploaded")
    return content


def hashes(session: Session) -> list[str]:
    """The SHA-256 of every file that an agreement refers to, each once."""
    return list(session.scalars(select(Agreement.sha256).group_by(Agreement.sha256).order_by(func.min(Agreement.id))))


def file_name(sha256: str) -> str:
    """Where in the store of files an agreement lies."""
    return f"agreements/{sha256}.pdf"


def _plain_name(name: str) -> str:
    """The last part of a file's name, on one line: browsers may send more."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(sign for sign in last if sign.isprintable())[:_LONGEST_NAME] or "agreement.pdf"
