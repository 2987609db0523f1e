"""Takes document numbers, one after the other, in the transaction that issues."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Integer, bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert
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
_BEGIN = insert(_SERIES).on_conflict_do_nothing()
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
    # One step for each number: the database refuses any other, so that no number is ever passed over.
    if session.get_bind().dialect.name == "postgresql":
        steps = func.take_numbers(legal_entity, kind.value, year, count, type_=Integer)
        last = session.connection().execute(select(steps)).scalar_one()
    else:
        series = {"of_entity": legal_entity, "of_kind": kind, "of_year": year}
        session.execute(_BEGIN, {"legal_entity": legal_entity, "kind": kind, "year": year, "last": 0})
        session.execute(_STEP, [series] * count)
        last = session.execute(_LAST, series).scalar_one()
    return [document_number(prefix, year, number) for number in range(last - count + 1, last + 1)]
