"""Takes document numbers, one after the other, in the transaction that issues."""

from __future__ import annotations

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.numbering import document_number
from portal.models.base import Base
from portal.models.documents import DocumentKind, NumberSeries

_SERIES = Base.metadata.tables[NumberSeries.__tablename__]
_NEXT = (
    update(_SERIES)
    .where(
        _SERIES.c.legal_entity == bindparam("of_entity"),
        _SERIES.c.kind == bindparam("of_kind"),
        _SERIES.c.year == bindparam("of_year"),
    )
    .values(last=_SERIES.c.last + 1)
    .returning(_SERIES.c.last)
)


def take(session: Session, kind: DocumentKind, *, legal_entity: str, prefix: str, year: int) -> str:
    """The next number of the series. It is used up only if the transaction commits; others wait until then."""
    series = {"of_entity": legal_entity, "of_kind": kind, "of_year": year}
    taken = session.scalar(_NEXT, series)
    if taken is None:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        begun = insert(_SERIES).values(legal_entity=legal_entity, kind=kind, year=year, last=0)
        session.execute(begun.on_conflict_do_nothing())
        taken = session.execute(_NEXT, series).scalar_one()
    return document_number(prefix, year, taken)
