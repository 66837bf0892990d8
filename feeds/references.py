"""Operation: hold the references of a post against what its poster may see: none may tell of something stricter."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from feeds.codes import Code
from feeds.posts import Answer, Candidate, Post
from feeds.reasons import Reason, because
from models.vocabulary import Label
from sharing.readers import Reader
from sharing.reading.references import AT_ONCE, find_labels
from sharing.reports.mentions import find_report_labels
from sharing.reports.quoting import Told, find_stricter_quoted
from sharing.rules.references import Leak, list_leaks

SHOWN: Final = 3
"""References that an answer names; the rest is counted."""

MOST_TOLD: Final = 25
"""Objects that tell what happened, of a post that is held against titles; one with more is a copy of a collection."""


def names_others(post: Post) -> bool:
    """Whether any object of a post names another; mostly none does."""
    return any(each.refs or each.named or each.told for each in post.candidates)


def judge_references(session: Session, reader: Reader, post: Post) -> Post:
    """Refuse what names something stricter than itself, or in a lenient collection say so to the poster.

    Only what this reader sees is judged and named, beside what the post itself holds.
    """
    post = _warn_of_titles(session, reader, _warn_of_texts(session, reader, post))
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
            candidates.append(each.noting(because(Code.WARNING, problem=_reason(each.new.label, leaks))))
        else:
            reasons = (_reason(each.new.label, leaks),)
            refused[each.place] = Answer(each.new.stix_id, each.new.version, accepted=False, reasons=reasons)
    return replace(post, candidates=tuple(candidates), refused=refused)


def _warn_of_texts(session: Session, reader: Reader, post: Post) -> Post:
    """Say to the poster what its texts name that is stricter than their object; whether it stays is the poster's."""
    every = dict.fromkeys(name for each in post.candidates for name in each.named)
    if not every:
        return post
    ids = [name for name in every if "--" in name]
    numbers = [name for name in every if "--" not in name][:AT_ONCE]
    known = find_labels(session, reader, ids) | find_report_labels(session, reader.actor, numbers)
    return replace(post, candidates=tuple([_warned(each, known) for each in post.candidates]))


def _warned(candidate: Candidate, known: Mapping[str, Label]) -> Candidate:
    label = candidate.new.label
    stricter = [name for name in candidate.named if name in known and known[name].rank > label.rank]
    if not stricter:
        return candidate
    named = tuple(because(Code.AT_LABEL, what=name, label=known[name]) for name in stricter[:SHOWN])
    return candidate.noting(because(Code.TEXT_NAMES, named=named, label=label))


def _warn_of_titles(session: Session, reader: Reader, post: Post) -> Post:
    """The same of reports by their titles, which are not said again: programs keep what they are answered."""
    told = [each for each in post.candidates if each.told]
    if not told or len(told) > MOST_TOLD:
        return post
    found = find_stricter_quoted(session, reader, [Told(each.new.label, each.told) for each in told])
    quoting = {each.place: label for each, label in zip(told, found, strict=True) if label is not None}
    if not quoting:
        return post
    return replace(post, candidates=tuple([_quoting(each, quoting.get(each.place)) for each in post.candidates]))


def _quoting(candidate: Candidate, found: Label | None) -> Candidate:
    if found is None:
        return candidate
    return candidate.noting(because(Code.TITLE_QUOTED, found=found, label=candidate.new.label))


def _reason(label: Label, leaks: tuple[Leak, ...]) -> Reason:
    named = tuple(because(Code.AT_LABEL, what=leak.stix_id, label=leak.label) for leak in leaks[:SHOWN])
    if len(leaks) > SHOWN:
        return because(Code.REFERENCES_MORE, label=label, named=named, more=len(leaks) - SHOWN)
    return because(Code.REFERENCES, label=label, named=named)
