"""Takes document numbers, one after the other, in the transaction that issues."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.numbering import document_number
from portal.models.documents import DocumentKind, NumberSeries


def take(session: Session, kind: DocumentKind, *, legal_entity: str, prefix: str, year: int) -> str:
    """The next number of the series. It is used up only if the transaction commits; others wait until then."""
    series = {"legal_entity": legal_entity, "kind": kind, "year": year}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(NumberSeries).values(**series, last=0).on_conflict_do_nothing())
    taken = session.execute(
        update(NumberSeries)
        .where(*(getattr(NumberSeries, name) == value for name, value in series.items()))
        .values(last=NumberSeries.last + 1)
        .returning(NumberSeries.last)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    return document_number(prefix, year, taken)
