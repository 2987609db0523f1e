"""Takes document numbers, one after the other, in the transaction that issues."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.numbering import document_number
from portal.models.base import Base
from portal.models.documents import DocumentKind, NumberSeries

_SERIES = Base.metadata.tables[NumberSeries.__tablename__]
_OF_SERIES = (
    _SERIES.c.legal_entity == bindparam("of_entity"),
    _SERIES.c.kind == bindparam("of_kind"),
    _SERIES.c.year == bindparam("of_year"),
)
_STEP = update(_SERIES).where(*_OF_SERIES).values(last=_SERIES.c.last + 1)
_LAST = select(_SERIES.c.last).where(*_OF_SERIES)


def take(
    session: Session, kind: DocumentKind, *, legal_entity: str, prefix: str, year: int, count: int = 1
) -> Sequence[str]:
    """The next `count` numbers of the series. They are used up only if the transaction commits; others wait until then.

    So whoever takes them does so when nothing else is left to do but to write.
    """
    if not count:
        return ()
    series = {"of_entity": legal_entity, "of_kind": kind, "of_year": year}
    # One step for each number: the database refuses any other, so that no number is ever passed over.
    if session.connection().execute(_STEP, series).rowcount == 0:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        begun = insert(_SERIES).values(legal_entity=legal_entity, kind=kind, year=year, last=0)
        session.execute(begun.on_conflict_do_nothing())
        session.execute(_STEP, series)
    if count > 1:
        session.execute(_STEP, [series] * (count - 1))
    last = session.execute(_LAST, series).scalar_one()
    return [document_number(prefix, year, number) for number in range(last - count + 1, last + 1)]
