"""Holds what pages say of other servers, and of what programs were refused: why, and for how long already."""

from datetime import timedelta

from flask_babel import ngettext, pgettext
from msgspec import Struct

from feeds.reasons.codes import Code
from feeds.reasons.reason import join, read_written


class Why(Struct, frozen=True):
    """A reason as a page shows it."""

    words: str
    language: str | None = None
    """The language of the words, where that is not the page's."""


def why(text: str, codes: str | None) -> Why:
    """Why something was refused or failed, in the reader's language.

    What another server said in its own words, and what was kept before reasons had codes, stays as it is:
    in English, as far as anybody knows.
    """
    reasons = read_written(codes)
    return Why(join(reasons, _say)) if reasons else Why(text, "en")


def _say(code: Code) -> str:
    return str(pgettext("reason", code.value))


def behind_words(span: timedelta | None) -> str | None:
    """How long it is since the last round that went to the end."""
    if span is None:
        return None
    minutes = max(0, int(span.total_seconds()) // 60)
    if minutes < 180:
        return str(ngettext("%(num)s minute", "%(num)s minutes", minutes))
    if minutes < 72 * 60:
        return str(ngettext("%(num)s hour", "%(num)s hours", minutes // 60))
    return str(ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60)))
