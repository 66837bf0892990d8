"""Rule: which references of an object tell its readers of something stricter than the object itself.

Asked only about what the author may see: a hidden object is treated exactly as an absent one, so that no answer tells
whether it exists.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from models.vocabulary import Label


class Leak(Struct, frozen=True):
    """One reference to something stricter."""

    stix_id: str
    label: Label


def list_leaks(label: Label, refs: Iterable[str], seen: Mapping[str, Label]) -> tuple[Leak, ...]:
    """The references of an object at a label that lead to something stricter, of what its author sees; each once."""
    named = ((ref, seen[ref]) for ref in dict.fromkeys(refs) if ref in seen)
    return tuple(Leak(ref, target) for ref, target in named if target.rank > label.rank)
