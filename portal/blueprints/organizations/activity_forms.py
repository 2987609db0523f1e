"""The filters of the activity feed; their state stands in the address, so that what one sees can be shared."""

from __future__ import annotations

from portal.domain.events import Category, Event, EventSeverity, events_of
from portal.services.activity_feed import FeedQuery, Source
from portal.web.fields import SelectChoice, text_field
from portal.web.filters import ALL, Choice, DaysFilter, choices

SIZES = (20, 50, 100)
_SOURCES = {Source.MEMBERS: "Members", Source.STAFF: "Staff", Source.PORTAL: "The portal"}


def _place_of_category(event: Event) -> int:
    return list(Category).index(event.category)


class FeedFilter(DaysFilter):
    """What narrows the feed (atlas 12)."""

    in_order = ("q", "category", "event", "severity", "source", "person", "from_on", "to_on", "items")

    q = text_field("Text", longest=100)
    category = Choice("Category", choices=choices("All", ((one, one) for one in Category)), default=ALL)
    event = Choice(
        "Event",
        choices=[
            SelectChoice(ALL, "All"),
            *(
                SelectChoice(event.name, event.value, optgroup=event.category)
                for event in sorted(Event, key=_place_of_category)
            ),
        ],
        default=ALL,
    )
    severity = Choice("Severity", choices=choices("All", ((one, one) for one in EventSeverity)), default=ALL)
    source = Choice("Done by", choices=choices("Everybody", ((one, _SOURCES[one]) for one in Source)), default=ALL)
    person = text_field("Person", longest=254)
    items = Choice("Items", choices=[SelectChoice(str(size), str(size)) for size in SIZES], default=str(SIZES[0]))

    @property
    def is_narrow(self) -> bool:
        """Whether something is left out."""
        return any(field.data for field in self if field is not self.items)

    def query(self, project_id: int | None) -> FeedQuery:
        """What to ask the service for, once the form is valid."""
        return FeedQuery(
            events=self._events(),
            person=self.person.data or "",
            source=Source(self.source.data) if self.source.data else None,
            from_on=self.from_on.data,
            to_on=self.to_on.data,
            text=self.q.data or "",
            project_id=project_id,
        )

    def _events(self) -> frozenset[Event] | None:
        if not (self.category.data or self.severity.data or self.event.data):
            return None
        category = Category(self.category.data) if self.category.data else None
        severity = EventSeverity(self.severity.data) if self.severity.data else None
        found = frozenset(events_of(category, severity))
        return found & {Event[self.event.data]} if self.event.data else found
