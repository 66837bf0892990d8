"""Rule: what a preview showed of those whom chosen lists name binds the report that is filed after it.

A list is chosen by its name; who is on it, colleagues change. Whoever looked at the names before sending is told when
they are others by then, and looks again.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

from msgspec import Struct

from sharing.errors import Conflict
from sharing.lists.naming import ChosenList

LONGEST: Final = 8_000
"""Characters of what a form carries: a line for each list that a report can choose, and a policy's version."""
_DIGEST_CHARACTERS: Final = 32
_LIST: Final = r"[0-9a-f-]{36}:[0-9a-f]{32}"
_TEXT: Final = re.compile(rf"(?P<lists>(?:{_LIST}(?:,{_LIST})*)?)@(?P<policy>[^\n]{{1,200}})")


class ShownReaders(Struct, frozen=True):
    """What somebody had before the eyes: by which policy, and who counted on each chosen list, as a digest."""

    policy: str
    lists: Mapping[str, str]

    def __str__(self) -> str:
        """As a form or a program carries it."""
        return ",".join(f"{ident}:{digest}" for ident, digest in self.lists.items()) + f"@{self.policy}"


NOTHING: Final = ShownReaders("", {})
"""What was shown to whoever does not say it: no list."""


class ReadersChanged(Conflict):
    """Those who would read the report are not those who were shown."""

    def __init__(self, lists: tuple[str, ...]) -> None:
        self.lists = lists
        """The names of the lists that name others by now, or were not shown; none where only the policy changed."""
        super().__init__(
            "who would read it is not what was shown: a list or the sharing policy changed; look at it again"
        )


def shown_by(policy_version: str, chosen: Iterable[ChosenList]) -> ShownReaders:
    """What a preview of these lists shows."""
    return ShownReaders(policy_version, {each.id: _digest(each) for each in chosen})


def read_shown(text: str) -> ShownReaders | None:
    """What a form or a program carries; None for any other text."""
    found = _TEXT.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    pairs = (each.split(":") for each in found["lists"].split(",") if each)
    return ShownReaders(found["policy"], dict(pairs))


def must_be_shown(shown: ShownReaders, policy_version: str, chosen: Iterable[ChosenList]) -> None:
    """Let a report go to nobody whom its sender was not shown. A list that was shown and is not chosen does not matter.

    Raises:
        ReadersChanged: a chosen list names others by now, or was not shown; or another policy is in force.
    """
    others = tuple(each.name for each in chosen if shown.lists.get(each.id) != _digest(each))
    if others or shown.policy not in {"", policy_version}:
        raise ReadersChanged(others)


def _digest(each: ChosenList) -> str:
    """Over who counts: whoever takes part no more reads nothing, and is told of beside the preview."""
    return sha256("\0".join(sorted(each.counting)).encode()).hexdigest()[:_DIGEST_CHARACTERS]
