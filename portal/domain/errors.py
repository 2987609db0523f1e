"""What the business refuses, worded for the person who asked."""


class Refusal(Exception):  # noqa: N818 - the house's word for it; an Error is a fault of ours, a Refusal is an answer.
    """The business says no. The message is shown to the customer as it is."""


class AlreadyDone(Refusal):
    """What was asked for has happened before; asking again changes nothing."""


class Malformed(Refusal):
    """A value from outside is not what is expected; `place` names where, as `timeline[3].commitment`."""

    def __init__(self, place: str, expected: str) -> None:
        self.place = place
        self.expected = expected
        super().__init__(f"{place}: {expected}" if place else expected)
