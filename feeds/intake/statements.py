"""Operation: which markings of a post are mere statements, which say nothing of readers: nothing is closed by them.

Their definitions stand in the post itself, or were published before by the same organization: whoever posts a large
bundle in parts sends each definition once. What others published as a statement never counts: it would open what its
poster has closed by a marking of the same id.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson

from feeds.stix.markings import TLP2_IDS, label_of
from feeds.stix.parse import RawObject

FindDefinitions = Callable[[Sequence[str]], Sequence[bytes]]
"""What the poster's organization published under these ids."""

MOST: Final = 200
"""Markings of one post that are looked up; a feed uses a handful, and what is beyond stays unknown."""


DEFINITION: Final = "marking-definition"


class Statements:
    """Knows the statements of one post; looks up earlier ones only when a marking is met that is not among them."""

    def __init__(self, objects: Sequence[RawObject], find: FindDefinitions | None) -> None:
        self._objects = objects
        self._find = find
        defined = [each.value for each in objects if each.value.get("type") == DEFINITION]
        self._known = {value["id"] for value in defined if _is_statement(value)}

    def hold(self, refs: Sequence[str]) -> bool:
        """Whether every one of these is a statement."""
        if self._known.issuperset(refs):
            return True
        self._look_up()
        return self._known.issuperset(refs)

    def _look_up(self) -> None:
        """Ask once for all markings of the post."""
        find, self._find = self._find, None
        if find is None:
            return
        named = dict.fromkeys(ref for each in self._objects for ref in _markings_of(each.value))
        wanted = [ref for ref in named if ref not in self._known and label_of((ref,)).label is None][:MOST]
        found = [orjson.loads(body) for body in find(wanted)]
        others = {value["id"] for value in found if not _is_statement(value)}
        self._known |= {value["id"] for value in found} - others


def _is_statement(value: dict[str, Any]) -> bool:
    """One that says more by an extension is none: what it says there is not known here."""
    return (
        value.get("type") == DEFINITION
        and value.get("definition_type") == "statement"
        and "extensions" not in value
        and isinstance(value.get("id"), str)
        and value["id"] not in TLP2_IDS.values()
    )


def _markings_of(value: dict[str, Any]) -> Iterator[str]:
    """The markings that an object names; nothing is known of its form yet."""
    whole, parts = value.get("object_marking_refs"), value.get("granular_markings")
    named = [*whole] if isinstance(whole, list) else []
    for each in parts if isinstance(parts, list) else ():
        named.append(each.get("marking_ref") if isinstance(each, dict) else None)
    return (ref for ref in named if isinstance(ref, str))
