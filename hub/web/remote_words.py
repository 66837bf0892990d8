"""Holds what pages say of a round with another server that failed: what was expected and found, and what to do."""

import re
from datetime import timedelta
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from hub.web.shell import Words

_FAILURES: Final[tuple[tuple[str, Words], ...]] = (
    (
        r"expected an answer, found none \((?P<what>\w+)\)",
        _l("The server did not answer (%(what)s). Check the address, and whether it can be reached from here."),
    ),
    (
        r"expected the whole answer, found an end in the middle \((?P<what>\w+)\)",
        _l("The connection ended in the middle of an answer (%(what)s). Nothing is lost: it goes on from there."),
    ),
    (
        r"expected a public address or one of the setting peer_networks.*",
        _l("The address leads to a network that this hub may not speak to. The setting peer_networks names others."),
    ),
    (
        r"expected an answer, found a redirect.*",
        _l("The server sends on to another address, which is not followed. Give the address that it leads to."),
    ),
    (r".*found 401.*", _l("The server does not take the key (401): it is wrong, or has ended.")),
    (r".*found 403.*", _l("The key does not allow this there (403). Ask whoever runs the server.")),
    (r".*found 404.*", _l("There is no such collection there, or the key does not show it (404). Check the address.")),
    (r".*found 406.*", _l("The server speaks another version than TAXII 2.1 (406).")),
    (r".*found 429.*", _l("The server asks for fewer requests (429). It is asked less often by itself.")),
    (r".*found (?P<what>\d{3})", _l("The server answered with %(what)s. It is tried again by itself.")),
    (
        r"expected at most \d+ bytes in an answer.*",
        _l("An answer was larger than what is taken here. Ask whoever runs the server for smaller pages."),
    ),
    (r"expected an answer within \d+ seconds.*", _l("An answer took too long. It is tried again by itself.")),
    (
        r"expected application/taxii\+json.*|expected JSON.*|expected an object.*|expected an envelope.*",
        _l("What came is no answer of TAXII 2.1. Check that the address is that of a collection."),
    ),
    (r"expected `next`.*", _l("The server gave a place for the next page that is too long to be kept.")),
    (
        r"expected somebody to decide what waits, found (?P<what>\d+) objects.*",
        _l("%(what)s objects wait for a decision; nothing more is read before some of them are decided on."),
    ),
    (
        r"expected some object to be taken, found (?P<what>\d+) refused in a row.*",
        _l("The server refused %(what)s objects one after the other; it is asked less often until it takes one."),
    ),
    (
        r"expected a collection that the organization may read.*",
        _l("The organization may not read this collection any more, so nothing is sent."),
    ),
    (
        r"expected the organization to agree.*",
        _l("The organization has to agree to the address first."),
    ),
)
"""What the rounds write down, and what people read; what is not listed is shown as it was written."""

_READ: Final[list[tuple[re.Pattern[str], Words]]] = [(re.compile(form), words) for form, words in _FAILURES]


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


def failure_words(failure: str) -> str:
    """Why a round failed, in the reader's language."""
    for form, words in _READ:
        found = form.fullmatch(failure)
        if found is not None:
            given: dict[str, Any] = found.groupdict()
            return str(words) % given if given else str(words)
    return str(_("The round failed: %(failure)s", failure=failure))
