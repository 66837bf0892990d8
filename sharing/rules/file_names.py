"""Rule: the name under which a file is kept: what its sender called it, without what could mislead a reader."""

import unicodedata
from typing import Final

LONGEST: Final = 200
"""Characters of a name; a longer one is cut before its ending."""
_LONGEST_ENDING: Final = 16
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Control characters, marks that turn the direction of writing, halves of characters, private ones, line ends. What
selects the form of a character (IVS) is none of these and stays."""
_NOT_IN_NAMES: Final = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
"""What one of the usual systems does not take in a name."""
NAMELESS: Final = "file"


def clean_name(given: str) -> str:
    """The last part of a path, composed (NFC), in one line, and not longer than a name may be."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    text = unicodedata.normalize("NFC", last)
    kept = "".join(sign for sign in text if unicodedata.category(sign) not in _DROPPED)
    name = " ".join(kept.translate(_NOT_IN_NAMES).split()).strip(". ")
    return _cut(name) or NAMELESS


def ending_of(name: str) -> str:
    """What stands behind the last dot of a name, in small letters; empty where there is none."""
    stem, dot, ending = name.rpartition(".")
    return ending.casefold() if dot and stem and len(ending) <= _LONGEST_ENDING else ""


def _cut(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    ending = ending_of(name)
    tail = name[-len(ending) - 1 :] if ending else ""
    room = LONGEST - len(tail)
    # Not between a character and what belongs to it: a combining mark, or the selector of its form.
    while room > 1 and unicodedata.category(name[room]).startswith("M"):
        room -= 1
    return name[:room].rstrip(". ") + tail
