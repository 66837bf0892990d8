"""The errors of `feeds`: each says what was expected and what was found, and never shows what arrived."""

from feeds.reasons.reason import Reason

FOUND_LIMIT = 80
"""Longest piece of foreign text that a message may repeat, in characters; longer ones are cut."""


class FeedError(Exception):
    """Something from outside is not what it should be.

    `title` names the fault, `expected` the rule, `found` the kind of thing that came instead (never a body).
    """

    title = "The data could not be read"
    reason: Reason | None = None
    """Its code, where programs are told one."""

    def __init__(self, expected: str, found: str, *, title: str | None = None) -> None:
        self.title = title or type(self).title
        self.expected = expected
        self.found = clip(found)
        super().__init__(f"{self.title}: expected {self.expected}, found {self.found}")


class CodedError(FeedError):
    """A fault with a code, so that people read it in their language."""

    reason: Reason

    def __init__(self, reason: Reason, *, title: str | None = None) -> None:
        super().__init__(reason.expected, reason.found, title=title)
        self.reason = reason


class EnvelopeError(CodedError):
    """A posted body is unusable as a whole."""

    title = "The posted body is not an envelope of STIX objects"


class TimestampError(FeedError, ValueError):
    """A text is not a timestamp of STIX."""

    title = "Not a timestamp"


class EditionError(FeedError, ValueError):
    """An edition cannot be built from what was given."""

    title = "The edition cannot be built"


def clip(text: str) -> str:
    """Cut a piece of foreign text to what a message may repeat."""
    return text if len(text) <= FOUND_LIMIT else text[: FOUND_LIMIT - 1] + "…"
