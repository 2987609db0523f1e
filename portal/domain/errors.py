"""What the business refuses, worded for the person who asked."""


class Refusal(Exception):  # noqa: N818 - the house's word for it; an Error is a fault of ours, a Refusal is an answer.
    """The business says no. The message is shown to the customer as it is."""


class AlreadyDone(Refusal):
    """What was asked for has happened before; asking again changes nothing."""


class Overtaken(Refusal):
    """What was seen has changed since, so that what was asked for would be another thing now; nothing was done."""


class Malformed(Refusal):
    """A value from outside is not what is expected; `place` names where, as `timeline[3].commitment`."""

    def __init__(self, place: str, expected: str) -> None:
        self.place = place
        self.expected = expected
        super().__init__(f"{place}: {expected}" if place else expected)


class TooSoon(Refusal):
    """This was tried too often; after `retry_after_seconds`, whole and at least 1, it may be tried again."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"Too many attempts. Try again {in_words(retry_after_seconds)}.")


def in_words(seconds: int) -> str:
    """When that is: `in 40 seconds`, and from a minute on in whole minutes, never too early."""
    minutes = -(-seconds // 60)
    count, unit = (seconds, "second") if seconds < 60 else (minutes, "minute")
    return f"in {count:,} {unit if count == 1 else unit + 's'}"
