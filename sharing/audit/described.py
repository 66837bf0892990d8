"""Rule: what an entry says of its objects beside their bytes, in one form, so that a changed column is found."""

from collections.abc import Sequence
from typing import Any

import orjson

ObjectFacts = tuple[int, str, str, int, str, str, str, str | None, int, bool, int, str, str | None, int]
"""Place in the tree, STIX id, publisher, version in microseconds and as written, type, specification version, creator,
label, exercise, feed, digest of the audience, report, fullness of the edition."""


def describe_objects(facts: Sequence[tuple[Any, ...]]) -> bytes:
    """All objects of an entry, in the order of their places."""
    return orjson.dumps(sorted(facts, key=lambda each: each[0]))
