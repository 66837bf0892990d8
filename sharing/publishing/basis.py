"""Operation: what a publication rests on, asked together: one journey to PostgreSQL, whatever is published.

What people write is few objects, to an audience that their rules decided before, and found by searches at once. For
that more is asked along, which else would cost a journey each.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.ways import Statement
from sharing.actor import Context
from sharing.audiences import ask_audience, audience_digest, interned_of
from sharing.audit.ahead import ask_log_end, keep_log_end
from sharing.audit.writing import ask_entry_number, keep_entry_number
from sharing.publishing.ground import Ground, ask_ground, ground_of
from sharing.publishing.likely import ask_likely, likely_of
from sharing.publishing.nouns import NewObject, Publication, Result
from sharing.publishing.plan import Plan, plan_publication
from sharing.reading.closing import ask_closed_of, list_closed
from sharing.reading.driver import fetch_all, is_sqlite
from sharing.reading.own import OwnVersion, ask_own_versions, own_versions


class Basis(Struct, frozen=True):
    """What is new of a publication, what its audiences rest on, and what was asked along."""

    plan: Plan
    ground: Ground
    closed: Collection[int] = ()
    """Objects seen again whose grants in the feed were closed at some time."""
    audiences: Mapping[bytes, int] = MappingProxyType({})
    """Digest to number of audiences that it goes to, or likely goes to."""
    tokens: Mapping[int, Sequence[int]] = MappingProxyType({})
    """Number of an audience to those of its tokens, for what is found at once."""
    numbers: Sequence[int] = ()
    """Drawn for the new objects, at least as many; none on SQLite, where nobody waits for them."""
    asked_along: bool = False


def load_basis(
    session: Session, publisher: UUID, publication: Publication, context: Context, *, feed: int, by_people: bool
) -> Basis:
    """Look all of it up; what was told before (the publisher's lock) travels with it."""
    named = _named_in(publication.objects)
    log_end = ask_log_end(session)
    questions = _questions(session, publisher, named, publication.collection.feed)
    along = _Along(session, publisher, publication, named, feed) if by_people else None
    further = along.questions if along else _likely(session, publisher, publication.collection.feed)
    answers = fetch_all(session, [*log_end, *questions, *further])
    keep_log_end(session, answers[: len(log_end)])
    answers = answers[len(log_end) :]
    versions, ground, *drawn = answers[: len(questions)]
    keep_entry_number(session, drawn)
    plan = _settled_plan(session, publisher, publication, own_versions(versions), context)
    basis = Basis(plan, ground_of(publisher, ground))
    if along is not None:
        return along.add_to(basis, answers[len(questions) :])
    closed = list_closed(session, [version.id for version, _ in plan.seen_again], feed)
    return replace(basis, closed=closed, audiences=likely_of(answers[len(questions) :]))


def ask_basis(session: Session, publisher: UUID, objects: Iterable[NewObject], feed: int) -> list[Statement]:
    """What `load_basis` asks for a machine's publication of these, to be asked ahead."""
    questions = _questions(session, publisher, _named_in(objects), feed)
    return [*ask_log_end(session), *questions, *_likely(session, publisher, feed)]


def _questions(session: Session, publisher: UUID, named: Sequence[str], feed: int) -> list[Statement]:
    """What is asked whoever publishes."""
    return [
        ask_own_versions(session, publisher, named),
        ask_ground(session, publisher, feed),
        *ask_entry_number(session),
    ]


def _likely(session: Session, publisher: UUID, feed: int) -> list[Statement]:
    return [] if is_sqlite(session) else ask_likely(publisher, feed)


def _settled_plan(
    session: Session, publisher: UUID, publication: Publication, known: Sequence[OwnVersion], context: Context
) -> Plan:
    """The plan, made again without what followed only objects that are refused."""
    plan = plan_publication(session, publisher, publication.objects, known, context)
    if publication.settle is None:
        return plan
    refused = frozenset(place for place, each in enumerate(plan.outcomes) if each.result is Result.REFUSED)
    if not refused:
        return plan
    return plan_publication(session, publisher, publication.settle(refused), known, context)


def _named_in(objects: Iterable[NewObject]) -> list[str]:
    """The objects and the definitions that they rest on, each once."""
    named: dict[str, None] = {}
    for each in objects:
        named[each.stix_id] = None
        named |= dict.fromkeys(each.definition_refs)
    return list(named)


class _Along:
    """The further questions for what people write, and what their answers say."""

    def __init__(
        self, session: Session, publisher: UUID, publication: Publication, named: Sequence[str], feed: int
    ) -> None:
        given = {id(each.audience): each.audience for each in publication.objects if each.audience is not None}
        self._digests = sorted({audience_digest(rules) for rules in given.values()})
        numbers = [] if is_sqlite(session) else [Statement(_NUMBERS, {"count": len(publication.objects)}, kept=True)]
        self.questions = [
            ask_closed_of(session, publisher, named, feed),
            *(ask_audience(digest) for digest in self._digests),
            *numbers,
        ]

    def add_to(self, basis: Basis, answers: Sequence[list[tuple[Any, ...]]]) -> Basis:
        """The basis with what these answers say."""
        closed, *others = answers
        found = {digest: interned_of(rows) for digest, rows in zip(self._digests, others, strict=False)}
        numbers = others[len(self._digests) :]
        return replace(
            basis,
            closed={row[0] for row in closed},
            audiences={digest: each.number for digest, each in found.items() if each is not None},
            tokens={each.number: each.tokens for each in found.values() if each is not None},
            numbers=[row[0] for row in numbers[0]] if numbers else (),
            asked_along=True,
        )


_NUMBERS: Final = "SELECT nextval('objects_id_seq') FROM generate_series(1, (:count)::int)"
