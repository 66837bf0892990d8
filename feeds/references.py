"""Operation: hold the references of a post against what its poster may see: none may tell of something stricter."""

import re
from dataclasses import replace
from typing import Final

import orjson
from sqlalchemy.orm import Session

from feeds.intake import Answer, Post
from feeds.stix.facts import facts_of
from models.vocabulary import Label
from sharing.readers import Reader
from sharing.reading.references import find_labels
from sharing.reports.mentions import find_report_labels
from sharing.rules.mentions import Known, MentionKind, find_mentions, list_ids, list_references
from sharing.rules.references import Leak, list_leaks

_REF: Final = b"_ref"
_HARMLESS: Final = (b"created_by_ref", b"object_marking_refs")
"""The author and the markings, which nearly every object has; what has nothing else is not looked at twice."""

_TEXTS: Final = ("name", "description", "abstract", "content", "explanation", "opinion", "objective")
"""The properties of STIX in which people write sentences."""
_NUMBER: Final = re.compile(rb"-[0-9A-Z]{4}-[0-9A-Z](?![0-9A-Za-z])")
"""The end of a reference number; it begins with a sign of its own, which is searched five times as fast."""

SHOWN: Final = 3
"""References that an answer names; the rest is counted."""


def names_others(post: Post) -> bool:
    """Whether any object of a post names another; mostly none does."""
    return any(_may_name(each.new.raw) or _may_say(each.new.raw) for each in post.candidates)


def judge_references(session: Session, reader: Reader, post: Post) -> Post:
    """Refuse what names something stricter than itself, or in a lenient collection say so to the poster.

    Only what this reader sees is judged and named, beside what the post itself holds.
    """
    post = _warn_of_texts(session, reader, post)
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


def _warn_of_texts(session: Session, reader: Reader, post: Post) -> Post:
    """Say to the poster what its texts name that is stricter than their object; whether it stays is the poster's."""
    texts = {each.place: _texts(each.new.raw) for each in post.candidates if _may_say(each.new.raw)}
    if not texts:
        return post
    ids = [ident for said in texts.values() for text in said for ident in list_ids(text)]
    numbers = [number for said in texts.values() for text in said for number in list_references(text)]
    seen = find_labels(session, reader, ids)
    known = [Known(MentionKind.OBJECT, ident, label) for ident, label in seen.items()]
    reports = find_report_labels(session, reader.actor, numbers)
    known += [Known(MentionKind.REFERENCE, number, label) for number, label in reports.items()]
    candidates = []
    for each in post.candidates:
        said = dict(enumerate(texts.get(each.place, ())))
        found = find_mentions({str(n): text for n, text in said.items()}, each.new.label, known)
        if found:
            named = ", ".join(dict.fromkeys(f"{one.found} at {one.label}" for one in found[:SHOWN]))
            warning = f"warning: a text names {named}, stricter than {each.new.label}"
            each = each._replace(note="; ".join(part for part in (each.note, warning) if part))  # noqa: PLW2901
        candidates.append(each)
    return replace(post, candidates=tuple(candidates))


def _may_say(raw: bytes) -> bool:
    """Whether an object holds more ids than its own and its references, or what could be a report's number."""
    return raw.count(b"--") > raw.count(_REF) + 1 or _NUMBER.search(raw) is not None


def _texts(raw: bytes) -> tuple[str, ...]:
    """The texts that people wrote into an object: no identifiers, references or patterns."""
    value = orjson.loads(raw)
    return tuple(text for name in _TEXTS if isinstance(text := value.get(name), str))


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
