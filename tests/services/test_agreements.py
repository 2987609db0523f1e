"""Agreements: kept by their hash, replaced by versions, backed up, and never handed out when they were changed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.domain.errors import Refusal
from portal.gateways.files.folder import FolderStore
from portal.models.history import Activity
from portal.services import agreements, contract_papers, contracts, people
from tests.contracts import activate, terms
from tests.customers import a_customer, midnight
from tests.papers import SHA256, SIGNED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from portal.models.contract_papers import Agreement

AT = midnight(date(2024, 1, 2))
OTHER = SIGNED.replace(b"%PDF-1.4", b"%PDF-1.7")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


@pytest.fixture
def upload(session: Session, store: FolderStore) -> Callable[..., Agreement]:
    by = people.create_user(session, "sales@portal.example", name="Sam", password_hash="-", at=AT)
    subscription = activate(session, a_customer(session), terms())
    contract = contracts.of_subscription(session, subscription)

    def upload(content: bytes, name: str = "signed.pdf") -> Agreement:
        return agreements.upload(session, store, contract, name=name, content=content, at=AT, by=by)

    return upload


def test_it_is_kept_under_its_hash_and_comes_back_as_it_was(
    session: Session, store: FolderStore, upload: Callable[..., Agreement]
) -> None:
    kept = upload(SIGNED)
    assert (kept.sha256, kept.size, kept.version) == (SHA256, len(SIGNED), 1)
    assert (store.folder / f"agreements/{SHA256}.pdf").read_bytes() == SIGNED
    assert agreements.content_of(store, kept.sha256) == SIGNED
    (noted,) = session.scalars(select(Activity).where(Activity.type == "AGREEMENT_UPLOADED"))
    assert noted.text.endswith("signed.pdf")


def test_another_one_takes_its_place_and_the_earlier_one_stays(
    session: Session, upload: Callable[..., Agreement]
) -> None:
    first, second = upload(SIGNED), upload(OTHER, "amended.pdf")
    papers = contract_papers.of_subscriptions(session, [first.subscription_id])[first.subscription_id]
    assert [(one.version, one.name) for one in papers.agreements] == [(2, "amended.pdf"), (1, "signed.pdf")]
    assert upload(OTHER, "again.pdf") is second
    assert upload(SIGNED).version == 3


def test_what_is_refused_leaves_nothing(session: Session, store: FolderStore, upload: Callable[..., Agreement]) -> None:
    with pytest.raises(Refusal, match="not a PDF"):
        upload(b"<html>")
    assert not list(store.folder.rglob("*"))


def test_a_file_that_was_changed_or_is_gone_is_not_handed_out(
    store: FolderStore, upload: Callable[..., Agreement]
) -> None:
    kept = upload(SIGNED)
    path = store.folder / f"agreements/{SHA256}.pdf"
    path.chmod(0o600)
    path.write_bytes(OTHER)
    with pytest.raises(agreements.DamagedFileError, match="not what was uploaded"):
        agreements.content_of(store, kept.sha256)
    path.unlink()
    with pytest.raises(agreements.DamagedFileError, match="not in the store"):
        agreements.content_of(store, kept.sha256)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\Users\\sam\\signed.pdf", "signed.pdf"),
        ("../../etc/passwd", "passwd"),
        ("two\r\nlines.pdf", "twolines.pdf"),
        ("", "agreement.pdf"),
        ("é" * 300, "é" * 200),
    ],
)
def test_of_its_name_the_last_part_is_kept(upload: Callable[..., Agreement], name: str, kept: str) -> None:
    assert upload(SIGNED, name).name == kept
