"""Rule: what the texts of an object name: other objects by their ids, reports by their numbers, perhaps by titles.

What people write in the properties that STIX has for sentences is theirs. Every other text is a machine's: an id in it
is a reference, whatever its property is called and however deep it lies.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from feeds.stix.facts import ObjectFacts
from sharing.rules.mentions import SHORTEST_TITLE, list_ids, list_names, may_spell_ids_oddly

_WRITTEN: Final = ("name", "description", "abstract", "content", "explanation", "opinion", "objective")
"""The properties of STIX in which people write sentences; identifiers, references and patterns are none."""


_TELLING: Final = frozenset({"grouping", "incident", "note", "opinion", "report"})
"""Types in which people tell what happened; all others are made in thousands, and say what to look for."""


def told_in_texts(value: dict[str, Any], kind: str) -> tuple[str, ...]:
    """The texts in which the title of a report could be quoted."""
    if kind not in _TELLING:
        return ()
    return tuple([text for name in _WRITTEN if isinstance(text := value.get(name), str) and len(text) > SHORTEST_TITLE])


def names_in_texts(value: dict[str, Any]) -> tuple[str, ...]:
    """The ids and numbers that stand in the texts of an object, each once, however they are spelled; mostly none."""
    found: list[str] = []
    for name in _WRITTEN:
        text = value.get(name)
        if text.__class__ is str:
            found += list_names(text)
    return tuple(dict.fromkeys(found)) if found else ()


class Elsewhere(NamedTuple):
    """Ids that stand where no reference is expected."""

    refs: tuple[str, ...] = ()
    """In texts of machines, as they stand and in small letters."""
    named: tuple[str, ...] = ()
    """In sentences that lie deeper than those of the object itself."""


_NOWHERE: Final = Elsewhere()


def named_elsewhere(value: dict[str, Any], facts: ObjectFacts, raw: bytes) -> Elsewhere:
    """The ids in any other text or key of an object; what it names openly, its author and its markings excepted.

    Mostly the two hyphens that every id has stand nowhere else, and it is told from the bytes.
    """
    author = (facts.created_by_ref,) if facts.created_by_ref else ()
    openly = (facts.stix_id, *author, *facts.definition_refs, *facts.refs)
    if raw.count(b"--") <= sum([_is_id(each) for each in openly]) and not may_spell_ids_oddly(raw):
        return _NOWHERE
    refs: dict[str, None] = {}
    named: dict[str, None] = {}
    for text, is_written in _texts_below(value, top=True):
        if "--" in text or not text.isascii():
            found = list_ids(text) if is_written else list_ids(text, None)
            (named if is_written else refs).update(dict.fromkeys((text, *found) if text.lower() in found else found))
    if not (refs or named):
        return _NOWHERE
    known = {*openly, *map(str.lower, openly)}
    return Elsewhere(*(tuple(name for name in names if name not in known) for names in (refs, named)))


def _is_id(text: str) -> bool:
    """Whether a text is one id and nothing besides, in which another could stand."""
    kind = text[:-38]
    return text[-38:-36] == "--" and kind.isascii() and kind.replace("-", "").isalnum()


def _texts_below(value: Any, *, top: bool = False, is_written: bool = False) -> Iterator[tuple[str, bool]]:
    """Every text and key at any depth, and whether people write there; but for the sentences of the object itself."""
    if isinstance(value, str):
        yield value, is_written
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name, False
            if not (top and name in _WRITTEN and isinstance(each, str)):
                yield from _texts_below(each, is_written=name in _WRITTEN)
    elif isinstance(value, list):
        for each in value:
            yield from _texts_below(each, is_written=is_written)
