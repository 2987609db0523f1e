"""Plays what a preview asks for, and what its page shows: the months with their picture, and types side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal import throw_away
from portal.blueprints.previews.forms import PreviewForm
from portal.domain import previews as rules
from portal.domain.catalogue import Catalogue
from portal.domain.methods import SubscriptionType
from portal.domain.money import Money
from portal.domain.periods import Month
from portal.domain.throttles import PREVIEW, Hit
from portal.services import previews
from portal.services.previews import Preview, PreviewedMonth
from portal.web import db, formatting, throttles
from portal.web.charts import MONTH_BAR, Chart, Span, stacked_chart
from portal.web.identity import current_user

# With more columns no name below them can be read.
_MOST_COLUMNS = 24


@dataclass(frozen=True, slots=True)
class Compared:
    """A type, and what it comes to; `above` is how much more than the cheapest, None where nothing says."""

    name: str
    preview: Preview
    above: Money | None

    @property
    def is_cheapest(self) -> bool:
        """Whether nothing costs less."""
        return self.above is not None and not self.above


def asked(form: PreviewForm, name: str) -> Mapping[str, object]:
    """What the valid form of the customer `name` comes to; `Malformed` where a rule refuses it."""
    first, *others = form.types
    documents = [document(form, name, kind) for kind in (first, *others)]
    played = play(*(json.dumps(one).encode() for one in documents))
    return {
        **shown(played[0], form.catalogue),
        "compared": _compared(form, played) if others else (),
        "type_name": _type_name(form.catalogue, first),
    }


def document(form: PreviewForm, name: str, kind: SubscriptionType | None) -> dict[str, Any]:
    """The scenario document of the valid form, with `kind` for the contract's type."""
    return rules.document(form.buyer(name), form.offered(kind), form.expected())


def play(*contents: bytes) -> Sequence[Preview]:
    """Each of the scenarios played, one after the other; `TooSoon` for somebody who asks too often."""
    user = current_user()
    # The count is written, and nothing of the request's is held while scenarios take their time.
    db.release()
    throttles.count(*[Hit(PREVIEW, str(user.id))] * len(contents))
    played = []
    for content in contents:
        with throw_away.session() as own:
            played.append(previews.play(own, content))
    return played


def shown(preview: Preview, catalogue: Catalogue) -> Mapping[str, object]:
    """What the result needs."""
    kinds = {one.key: one.name for one in catalogue.subscription_types.values()}
    return {
        "preview": preview,
        "labels": catalogue.payment_labels,
        # Granted credits are called as the payments from them.
        "kinds": {**catalogue.payment_labels, **kinds},
        "chart": _chart(preview.months, catalogue.payment_labels),
    }


def _chart(months: Sequence[PreviewedMonth], labels: Mapping[str, str]) -> Chart | None:
    """Who would settle the usage of each month; None where there is nothing to see."""
    if not 1 < len(months) <= _MOST_COLUMNS:
        return None
    spans = [_span(one.month, is_first=index == 0) for index, one in enumerate(months)]
    costs = [(one.month.first_on, labels[row.method], row.usage.minor) for one in months for row in one.payments]
    chart = stacked_chart(spans, costs, other="Everything else", bar=MONTH_BAR)
    return chart if chart.highest else None


def _span(month: Month, *, is_first: bool) -> Span:
    below = str(month.year) if is_first or month.month == 1 else ""
    return Span(month.first_on, formatting.month(month), f"{month.first_on:%b}", below)


def _compared(form: PreviewForm, played: Sequence[Preview]) -> Sequence[Compared]:
    lowest = previews.cheapest([one.cost for one in played])
    return [
        Compared(
            _type_name(form.catalogue, kind),
            one,
            Money.total(one.cost, lowest.currency) - lowest if lowest else None,
        )
        for kind, one in zip(form.types, played, strict=True)
    ]


def _type_name(catalogue: Catalogue, kind: SubscriptionType | None) -> str:
    return catalogue.subscription_types[kind].name if kind else "No contract"
