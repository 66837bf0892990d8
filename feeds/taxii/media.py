"""Rule: which media types are accepted and sent (TAXII 2.1 §1.6.8, checks T-01 to T-08)."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

TAXII: Final = "application/taxii+json;version=2.1"
"""What every answer carries, errors too."""

STIX: Final = {"2.1": "application/stix+json;version=2.1", "2.0": "application/stix+json;version=2.0"}
"""The media types of the objects in every collection, by the version of their specification; the newer first."""

REMEMBERED: Final = 256
"""How many distinct headers keep their answer; clients send a handful."""

USUAL: Final = 500
"""Characters of a header that is remembered: what others send must not grow here for good."""

_ACCEPTED: Final = ("*/*", "application/*", "application/taxii+json")
"""Ranges that take what is sent, the more specific later."""
_POSTED: Final = frozenset({"application/taxii+json", "application/stix+json", "application/vnd.oasis.stix+json"})


def accepts_taxii(accept: str | None) -> bool:
    """Whether a caller with this `Accept` header takes TAXII 2.1; no header, or an empty one, takes anything.

    The most specific range decides (RFC 9110 §12.5.1): who takes everything but this does not take it.
    """
    if accept is None or not accept.strip():
        return True
    return _remembered_accept(accept) if len(accept) <= USUAL else _accepts(accept)


def _accepts(accept: str) -> bool:
    found = [
        (_ACCEPTED.index(name), "version" in parameters, _quality(parameters) > 0)
        for name, parameters in _entries(accept)
        if name in _ACCEPTED and parameters.get("version", "2.1") == "2.1"
    ]
    return max(found, default=(0, False, False))[-1]


_remembered_accept = lru_cache(maxsize=REMEMBERED)(_accepts)


def is_posted_type(content_type: str | None) -> bool:
    """Whether a body with this `Content-Type` is an envelope or a bundle; the version may be left out."""
    if content_type is None:
        return False
    return _remembered_type(content_type) if len(content_type) <= USUAL else _is_posted(content_type)


def _is_posted(content_type: str) -> bool:
    for name, parameters in _entries(content_type):
        return name in _POSTED and parameters.get("version", "2.1") in {"2.1", "2.0"}
    return False


_remembered_type = lru_cache(maxsize=REMEMBERED)(_is_posted)


def _entries(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    for entry in header.split(","):
        name, *words = (word.strip() for word in entry.split(";"))
        if name:
            pairs = (word.partition("=") for word in words)
            yield name.lower(), {key.strip().lower(): text.strip().strip('"') for key, _, text in pairs}


def _quality(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
