"""Operation: hold the references of a post against what its poster may see: none may tell of something stricter."""

from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from feeds.posts import Answer, Post
from models.vocabulary import Label
from sharing.readers import Reader
from sharing.reading.references import find_labels
from sharing.reports.mentions import find_report_labels
from sharing.rules.mentions import Known, MentionKind, find_mentions, list_ids, list_references
from sharing.rules.references import Leak, list_leaks

SHOWN: Final = 3
"""References that an answer names; the rest is counted."""


def names_others(post: Post) -> bool:
    """Whether any object of a post names another; mostly none does."""
    return any(each.refs or each.texts for each in post.candidates)


def judge_references(session: Session, reader: Reader, post: Post) -> Post:
    """Refuse what names something stricter than itself, or in a lenient collection say so to the poster.

    Only what this reader sees is judged and named, beside what the post itself holds.
    """
    post = _warn_of_texts(session, reader, post)
    if not any(each.refs for each in post.candidates):
        return post
    seen = find_labels(session, reader, [ref for each in post.candidates for ref in each.refs])
    for each in post.candidates:
        known = seen.get(each.new.stix_id, each.new.label)
        seen[each.new.stix_id] = min(known, each.new.label, key=lambda label: label.rank)
    candidates, refused = [], dict(post.refused)
    for each in post.candidates:
        leaks = list_leaks(each.new.label, each.refs, seen)
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
    every = [text for each in post.candidates for text in each.texts]
    if not every:
        return post
    ids = [ident for text in every for ident in list_ids(text)]
    numbers = [number for text in every for number in list_references(text)]
    seen = find_labels(session, reader, ids)
    known = [Known(MentionKind.OBJECT, ident, label) for ident, label in seen.items()]
    reports = find_report_labels(session, reader.actor, numbers)
    known += [Known(MentionKind.REFERENCE, number, label) for number, label in reports.items()]
    candidates = []
    for each in post.candidates:
        named = {str(n): text for n, text in enumerate(each.texts)}
        found = find_mentions(named, each.new.label, known) if named else ()
        if found:
            shown = ", ".join(dict.fromkeys(f"{one.found} at {one.label}" for one in found[:SHOWN]))
            warning = f"warning: a text names {shown}, stricter than {each.new.label}"
            each = each._replace(note="; ".join(part for part in (each.note, warning) if part))  # noqa: PLW2901
        candidates.append(each)
    return replace(post, candidates=tuple(candidates))


def _sentence(label: Label, leaks: tuple[Leak, ...]) -> str:
    named = ", ".join(f"{leak.stix_id} at {leak.label}" for leak in leaks[:SHOWN])
    more = f" and {len(leaks) - SHOWN} more" if len(leaks) > SHOWN else ""
    return (
        f"expected references to nothing stricter than {label}, found {named}{more}: "
        "raise this object's label or drop the reference"
    )
