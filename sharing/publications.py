"""Operation: publish finished bytes. The only publisher: nothing becomes visible on any other way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from crypto.entry import ObjectTree, build_object_tree, object_leaf
from models.bulk import insert_rows
from models.collection import EXERCISE_FEED, Collection
from models.grant import Regrant
from models.stix_object import StixObject
from models.vocabulary import Door, Label
from models.ways import Statement
from sharing.actor import Actor, Context
from sharing.audit.described import ObjectFacts, describe_objects
from sharing.audit.record import Event, record
from sharing.audit.seals import note_keys
from sharing.permissions import Permission
from sharing.publishing.audiences import Audiences
from sharing.publishing.basis import Basis, ask_basis, load_basis
from sharing.publishing.likely import remember
from sharing.publishing.nouns import NewObject, Outcome, Publication, Published, Result
from sharing.publishing.plan import Fresh, Plan
from sharing.reading.driver import fetch, is_sqlite, run_once
from sharing.reading.own import list_granted_tokens
from sharing.reading.search_index import Written, index_written
from sharing.reading.standing import list_stored
from sharing.rules.following import follows_who_names_it
from sharing.rules.policy import Policy

_SALT: Final = 32

_COLUMNS: Final = (
    ("entry_id", "int8"),
    ("stix_id", "text"),
    ("publisher_id", "uuid"),
    ("version_us", "int8"),
    ("version", "text"),
    ("type", "text"),
    ("spec_version", "text"),
    ("created_by_ref", "text"),
    ("label", "int2"),
    ("exercise", "bool"),
    ("superseded", "bool"),
    ("feed", "int4"),
    ("audience_id", "int4"),
    ("place", "int4"),
    ("salt", "bytea"),
    ("sha256", "bytea"),
    ("report_id", "uuid"),
    ("fullness", "int2"),
    ("body", "bytea"),
)


def publish(session: Session, actor: Actor, publication: Publication, *, policy: Policy, context: Context) -> Published:
    """Publish finished objects into a collection; whoever calls has checked that the actor may write there.

    Raises:
        NotPermitted: the actor publishes nothing.
    """
    session.flush()  # what follows speaks to the driver
    if publication.publisher_id is None:
        actor.must(Permission.FEED_PUBLISH)
    publisher = publication.publisher_id or actor.organization.id
    lock_publisher(session, publisher)
    feed = EXERCISE_FEED if publication.exercise else publication.collection.feed
    at_once = _found_at_once(actor, publication)
    basis = load_basis(session, publisher, publication, context, feed=feed, by_people=at_once)
    plan = basis.plan
    if publication.endings is not None and (continued := plan.continued(feed)):
        plan.end(publication.endings(session, publisher, feed, continued))
    # A collection is the author's choice of bytes: an organization that coordinates names itself; an operator's own
    # machine post reaches its rivals only as an edition.
    audiences = Audiences(session, basis, actor.organization.tier, policy=policy)
    again = _regrants(session, basis, audiences, feed)
    made = _make_rows(plan, _Common(publisher, feed, publication.exercise), audiences, context)
    event = Event(
        publication.tag,
        actor,
        subjects=[("organization", str(publisher)), *publication.subjects],
        recipients=_recipients(plan, audiences),
        objects=_objects_part(publication.collection, plan),
        described=describe_objects([_described(row, audiences) for row in made.rows]) if made.rows else None,
        decision={"policy": policy.version, **publication.decision},
        tree=made.tree,
        object_count=len(plan.fresh),
        regrants=len({row["object_id"] for row in again}),
    )
    if not at_once:
        remember(publisher, publication.collection.feed, map(bytes.fromhex, audiences.digests.values()))
    entry_id = record(session, event, context)
    written = _write(session, entry_id, basis, made.rows, again)
    if at_once:
        index_written(session, written, [(row["object_id"], row["audience_id"]) for row in again], basis.tokens)
    return Published(entry_id, _outcomes(plan, {row["object_id"] for row in again}))


class _Made(NamedTuple):
    """The rows of what is new, in the order of `_COLUMNS` without their entry, and the tree over them."""

    rows: Sequence[tuple[Any, ...]]
    tree: ObjectTree | None


def _make_rows(plan: Plan, common: "_Common", audiences: Audiences, context: Context) -> _Made:
    if not plan.fresh:
        return _Made((), None)
    salts = context.random_bytes(_SALT * len(plan.fresh))
    leaves = [object_leaf(_salt(salts, n), fresh.digest) for n, fresh in enumerate(plan.fresh)]
    tree = build_object_tree(leaves, random_bytes=context.random_bytes)
    placed = ((place, _salt(salts, n)) for n, place in enumerate(tree.places))
    rows = [_row(fresh, common, at, audiences, plan) for fresh, at in zip(plan.fresh, placed, strict=True)]
    return _Made(rows, tree)


def _write(
    session: Session, entry_id: int, basis: Basis, rows: Sequence[tuple[Any, ...]], again: Sequence[dict[str, int]]
) -> list[Written]:
    """Put what is new under its entry, flag what it supersedes, and note what is granted again."""
    plan = basis.plan
    numbers: Sequence[int] = basis.numbers[: len(rows)]
    if len(numbers) < len(rows):
        numbers = ()  # what ended with it was not counted when they were drawn
    if numbers:
        numbered = [(number, entry_id, *row) for number, row in zip(numbers, rows, strict=True)]
        insert_rows(session, "objects", (_NUMBER, *_COLUMNS), numbered)
    else:
        insert_rows(session, "objects", _COLUMNS, [(entry_id, *row) for row in rows])
    if plan.now_superseded:
        session.execute(update(StixObject).where(StixObject.id.in_(plan.now_superseded)).values(superseded=True))
    if again:
        session.execute(insert(Regrant), [{**row, "entry_id": entry_id} for row in again])
    if not rows or not (basis.asked_along or any(each.new.edition for each in plan.fresh)):
        return []
    numbers = numbers or [row[0] for row in fetch(session, _OF_ENTRY, {"entry": entry_id})]
    _write_edition_facts(session, plan, numbers)
    return [
        Written(number, fresh.new.type, row[_AUDIENCE_AT], fresh.new.raw)
        for number, fresh, row in zip(numbers, plan.fresh, rows, strict=True)
    ]


_NUMBER: Final = ("id", "int8")
_OF_ENTRY: Final = "SELECT id FROM objects WHERE entry_id = :entry ORDER BY id"
"""In the order in which they were written."""
_AUDIENCE_AT: Final = 11
"""Where a row without its entry has its audience."""


_MACHINES: Final = frozenset({Door.TAXII, Door.PUSH})

_MOST_AT_ONCE: Final = 50
"""Objects that are made searchable as they are recorded; larger posts follow within seconds."""


def _found_at_once(actor: Actor, publication: Publication) -> bool:
    """What people write is found when they have written it; what machines post must cost them nothing more."""
    return actor.door not in _MACHINES and len(publication.objects) <= _MOST_AT_ONCE


def _outcomes(plan: Plan, again: set[int]) -> tuple[Outcome, ...]:
    """Who posts again is told where that brought the object to readers that it had not, or no longer."""
    reached = {(one.stix_id, one.version) for one, _ in plan.seen_again if one.id in again}
    if not reached:
        return tuple(plan.outcomes)
    return tuple(
        replace(each, code="granted-again")
        if each.result is Result.DUPLICATE and (each.stix_id, each.version) in reached
        else each
        for each in plan.outcomes
    )


def lock_publisher(session: Session, publisher: UUID) -> None:
    """One publisher's versions are recorded one after another, so that `superseded` is never set late."""
    if not is_sqlite(session):
        run_once(session, _ask_lock(publisher))  # travels with the next question


def ask_ahead(session: Session, publisher: UUID, objects: Sequence[NewObject], feed: int) -> list[Statement]:
    """All that `publish` will ask PostgreSQL for these objects of a machine's, if it comes to that: with its lock."""
    return [_ask_lock(publisher), *ask_basis(session, publisher, objects, feed)]


def _ask_lock(publisher: UUID) -> Statement:
    return Statement(_LOCK, {"publisher": str(publisher)}, kept=True)


_LOCK: Final = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(:publisher, 0))"


def _salt(salts: bytes, place: int) -> bytes:
    return salts[place * _SALT : (place + 1) * _SALT]


class _Common(NamedTuple):
    """What all rows of a publication share."""

    publisher: UUID
    feed: int
    exercise: bool


def _described(row: tuple[Any, ...], audiences: Audiences) -> ObjectFacts:
    """What the trail says of a row in the order of `_COLUMNS` without the entry: all but salt, hash, body and flags."""
    stix_id, publisher, version_us, version, kind, spec, creator, label, exercise, _, feed, audience, place = row[:13]
    report, fullness = row[15:17]
    facts = (stix_id, publisher.hex, version_us, version, kind, spec, creator, label, exercise, feed)
    return (place, *facts, audiences.digests[audience], report.hex if report else None, fullness)


def _row(fresh: Fresh, common: _Common, placed: tuple[int, bytes], audiences: Audiences, plan: Plan) -> tuple[Any, ...]:
    """One object in the order of `_COLUMNS`, without its entry."""
    new = fresh.new
    return (
        new.stix_id,
        common.publisher,
        fresh.version_us,
        fresh.version,
        new.type,
        new.spec_version,
        new.created_by_ref,
        new.label.rank,
        common.exercise,
        plan.newest[new.stix_id] > fresh.version_us,
        common.feed,
        audiences.number_of(new),
        *placed,
        fresh.digest,
        new.report_id,
        new.edition.form.fullness if new.edition else new.fullness,
        new.raw,
    )


def _regrants(session: Session, basis: Basis, audiences: Audiences, feed: int) -> list[dict[str, int]]:
    """Objects seen again reach a further collection or audience at new positions; definitions follow who names them.

    Where every token has its grant already there is nothing to wish for: no row, and no position used up.
    """
    wanted: dict[int, Mapping[str, str]] = {}
    plan, closed = basis.plan, basis.closed
    for version, each in plan.seen_again:
        rules = audiences.rules_of(each)
        if version.feed != feed or version.id in closed or version.audience_id != audiences.intern(rules):
            wanted[version.id] = rules
    for version in plan.known_definitions:
        followed = audiences.of_known_definition(version)
        if followed is not None:
            wanted[version.id] = followed
    granted = list_granted_tokens(session, list(wanted), feed)
    missing = {ident: rules for ident, rules in wanted.items() if not rules.keys() <= granted.get(ident, set())}
    named = [each.id for each in plan.known_definitions if each.id in missing]
    held = {ident for ident, (_, body) in list_stored(session, named).items() if not follows_who_names_it(body)}
    return [
        {"object_id": object_id, "feed": feed, "audience_id": audiences.intern(rules)}
        for object_id, rules in missing.items()
        if object_id not in held
    ]


def _recipients(plan: Plan, audiences: Audiences) -> dict[str, Any]:
    by_label: dict[Label, Mapping[str, str]] = {}
    for fresh in plan.fresh:
        if fresh.new.label not in by_label:
            by_label[fresh.new.label] = audiences.rules_of(fresh.new)
    return {"audiences": {label.value: dict(rules) for label, rules in by_label.items()}}


def _objects_part(collection: Collection, plan: Plan) -> bytes:
    """Canonical JSON, written directly: every text in it is plain ASCII, where the quick writer and RFC 8785 agree."""
    objects = [[each.new.stix_id, each.version, each.new.label.value, each.digest.hex()] for each in plan.fresh]
    return orjson.dumps({"collection": str(collection.id), "objects": objects})


def _write_edition_facts(session: Session, plan: Plan, numbers: Sequence[int]) -> None:
    """What lists, counts and trends need of those objects that are editions."""
    rows = [
        (number, *(getattr(fresh.new.edition, name) for name, _ in _FACTS[1:]))
        for number, fresh in zip(numbers, plan.fresh, strict=True)
        if fresh.new.edition is not None
    ]
    insert_rows(session, "edition_facts", _FACTS, rows)
    note_keys(session, "edition_facts", *((row[0],) for row in rows))


_FACTS: Final = (
    ("object_id", "int8"),
    ("report_id", "uuid"),
    ("number", "int4"),
    ("kind", "text"),
    ("sector", "text"),
    ("event_type", "text"),
    ("service_impact", "text"),
    ("noticed_on", "date"),
    ("title", "text"),
)
