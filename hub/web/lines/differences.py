"""Rule: what changed from one version of a report to the next, field by field, as its reader sees the two."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from msgspec import Struct

from hub.i18n import Words

Lines = Sequence[tuple[Words, str]]

SHORT: Final = 300
"""Characters of a text that is shown whole; of a longer one only the lines that changed."""
MOST_LINES: Final = 1_000
"""Lines of two texts that are compared; longer ones are shown whole."""


class Difference(Struct, frozen=True):
    """One field that says something else than before; empty where it said or says nothing."""

    name: Words
    before: str
    after: str


def differences(before: Lines, after: Lines) -> tuple[Difference, ...]:
    """The fields that changed, in the order of the page; those that are gone come last."""
    old = {str(name): text for name, text in before}
    new = {str(name): text for name, text in after}
    names = {str(name): name for name, _ in (*before, *after)}
    order = [*new, *(name for name in old if name not in new)]
    return tuple(
        _one(names[name], old.get(name, ""), new.get(name, "")) for name in order if old.get(name) != new.get(name)
    )


def _one(name: Words, before: str, after: str) -> Difference:
    if max(len(before), len(after)) <= SHORT or not before or not after:
        return Difference(name, before, after)
    old, new = before.splitlines(), after.splitlines()
    if len(old) + len(new) > MOST_LINES:
        return Difference(name, before, after)
    gone: list[str] = []
    come: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            gone += old[i:j]
            come += new[k:m]
    return Difference(name, "\n".join(gone), "\n".join(come))
