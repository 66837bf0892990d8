"""Operation: hold the references of a post against what its poster may see: none may tell of something stricter."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from sqlalchemy.orm import Session

from feeds.intake.posts import Answer, Candidate, Post
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because
from models.vocabulary import Label
from models.ways import Statement
from sharing.readers import Reader
from sharing.reading.references import AT_ONCE, ask_labels, find_labels
from sharing.reports.mentions import find_report_labels
from sharing.reports.quoting import Told, find_stricter_quoted
from sharing.rules.references import list_leaks

MOST_NAMED: Final = 50_000
"""Objects that one post names and that are looked up, so that a post of any size is answered in bounded time. Ten
thousand relationships name twenty thousand."""

SHOWN: Final = 3
"""References that an answer names; the rest is counted."""

MOST_TOLD: Final = 25
"""Objects that tell what happened, of a post that is held against titles; one with more is a copy of a collection."""


def names_others(post: Post) -> bool:
    """Whether any object of a post names another; mostly none does."""
    return any(each.refs or each.named or each.told for each in post.candidates)


def tells(post: Post) -> bool:
    """Whether any object of a post tells what happened, and is held against titles of reports, which takes longest."""
    return any(each.told for each in post.candidates)


def judge_references(session: Session, reader: Reader, post: Post) -> Post:
    """Refuse what names something stricter than itself, or in a lenient collection say so to the poster.

    Only what this reader sees is judged and named, beside what the post itself holds.
    """
    beyond = _beyond(post.candidates)
    known = find_labels(session, reader, _ids_in(post, beyond))
    post = _warn_of_titles(session, reader, _warn_of_texts(session, reader, post, known))
    return _judged(post, known, beyond) if any(each.refs for each in post.candidates) else post


def ask_of_references(session: Session, reader: Reader, post: Post) -> list[Statement]:
    """What `judge_references` asks for the labels of what a post names, to be asked ahead."""
    return ask_labels(session, reader, _ids_in(post, _beyond(post.candidates)))


def _ids_in(post: Post, beyond: Container[int]) -> list[str]:
    """The ids that its objects name, and those that stand in their texts; of these so many as are looked up."""
    in_texts = dict.fromkeys(name for each in post.candidates for name in each.named if "--" in name)
    named = (each for each in post.candidates if each.place not in beyond)
    return [*islice(in_texts, MOST_NAMED), *(ref for each in named for ref in each.refs)]


def _judged(post: Post, known: Mapping[str, Label], beyond: Container[int]) -> Post:
    seen = dict(known)
    for each in post.candidates:
        name = each.new.stix_id.lower()
        seen[name] = min(seen.get(name, each.new.label), each.new.label, key=lambda label: label.rank)
    candidates, refused = [], dict(post.refused)
    for each in post.candidates:
        problem = _MANY if each.place in beyond else _problem(each, seen)
        if problem is None:
            candidates.append(each)
        elif post.collection.lenient:
            candidates.append(each.noting(because(Code.WARNING, problem=problem)))
        else:
            refused[each.place] = Answer(each.new.stix_id, each.new.version, accepted=False, reasons=(problem,))
    return replace(post, candidates=tuple(candidates), refused=refused)


_MANY: Final = because(Code.REFERENCES_MANY, most=MOST_NAMED)


def _beyond(candidates: Sequence[Candidate]) -> set[int]:
    """The places of the objects that name too many for one post, together with those before them: not judged."""
    if sum([len(each.refs) for each in candidates]) <= MOST_NAMED:
        return set()
    counted: set[str] = set()
    beyond: set[int] = set()
    for each in candidates:
        further = [ref for ref in each.refs if ref not in counted]
        if len(counted) + len(further) > MOST_NAMED:
            beyond.add(each.place)
        else:
            counted.update(further)
    return beyond


def _warn_of_texts(session: Session, reader: Reader, post: Post, known: Mapping[str, Label]) -> Post:
    """Say to the poster what its texts name that is stricter than their object; whether it stays is the poster's."""
    if not any(each.named for each in post.candidates):
        return post
    numbers = dict.fromkeys(name for each in post.candidates for name in each.named if "--" not in name)
    known = {**known, **find_report_labels(session, reader.actor, list(numbers)[:AT_ONCE])}
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


def _problem(candidate: Candidate, seen: Mapping[str, Label]) -> Reason | None:
    label = candidate.new.label
    leaks = list_leaks(label, candidate.refs, seen)
    if not leaks:
        return None
    named = tuple(because(Code.AT_LABEL, what=leak.stix_id, label=leak.label) for leak in leaks[:SHOWN])
    if len(leaks) > SHOWN:
        return because(Code.REFERENCES_MORE, label=label, named=named, more=len(leaks) - SHOWN)
    return because(Code.REFERENCES, label=label, named=named)
