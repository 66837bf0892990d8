"""Operation: hold the references of a post against what its poster may see: none may tell of something stricter."""

from dataclasses import replace
from typing import Final

import orjson
from sqlalchemy.orm import Session

from feeds.intake import Answer, Post
from feeds.stix.facts import facts_of
from models.vocabulary import Label
from sharing.readers import Reader
from sharing.reading.references import find_labels
from sharing.rules.references import Leak, list_leaks

_REF: Final = b"_ref"
_HARMLESS: Final = (b"created_by_ref", b"object_marking_refs")
"""The author and the markings, which nearly every object has; what has nothing else is not looked at twice."""

SHOWN: Final = 3
"""References that an answer names; the rest is counted."""


def names_others(post: Post) -> bool:
    """Whether any object of a post names another; mostly none does."""
    return any(_may_name(each.new.raw) for each in post.candidates)


def judge_references(session: Session, reader: Reader, post: Post) -> Post:
    """Refuse what names something stricter than itself, or in a lenient collection say so to the poster.

    Only what this reader sees is judged and named, beside what the post itself holds.
    """
    naming = {each.place: _refs(each.new.raw) for each in post.candidates if _may_name(each.new.raw)}
    if not naming:
        return post
    seen = find_labels(session, reader, [ref for refs in naming.values() for ref in refs])
    for each in post.candidates:
        known = seen.get(each.new.stix_id, each.new.label)
        seen[each.new.stix_id] = min(known, each.new.label, key=lambda label: label.rank)
    candidates, refused = [], dict(post.refused)
    for each in post.candidates:
        leaks = list_leaks(each.new.label, naming.get(each.place, ()), seen)
        if not leaks:
            candidates.append(each)
        elif post.collection.lenient:
            note = "; ".join(part for part in (each.note, f"warning: {_sentence(each.new.label, leaks)}") if part)
            candidates.append(each._replace(note=note))
        else:
            message = _sentence(each.new.label, leaks)
            refused[each.place] = Answer(each.new.stix_id, each.new.version, accepted=False, message=message)
    return replace(post, candidates=tuple(candidates), refused=refused)


def _may_name(raw: bytes) -> bool:
    return raw.count(_REF) > sum(raw.count(each) for each in _HARMLESS)


def _refs(raw: bytes) -> tuple[str, ...]:
    value = orjson.loads(raw)
    value.pop("created_by_ref", None)
    return facts_of(value).refs


def _sentence(label: Label, leaks: tuple[Leak, ...]) -> str:
    named = ", ".join(f"{leak.stix_id} at {leak.label}" for leak in leaks[:SHOWN])
    more = f" and {len(leaks) - SHOWN} more" if len(leaks) > SHOWN else ""
    return (
        f"expected references to nothing stricter than {label}, found {named}{more}: "
        "raise this object's label or drop the reference"
    )
