"""Operation: publish finished bytes. The only publisher: nothing becomes visible on any other way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from crypto.entry import ObjectTree, build_object_tree, object_leaf
from models.bulk import insert_rows
from models.collection import EXERCISE_FEED, Collection
from models.grant import Regrant
from models.stix_object import EditionFacts, StixObject
from models.vocabulary import Door, Label
from sharing.actor import Actor, Context
from sharing.audit.described import ObjectFacts, describe_objects
from sharing.audit.record import Event, record
from sharing.audit.writing import ask_entry_number, keep_entry_number
from sharing.permissions import Permission
from sharing.publishing.audiences import Audiences
from sharing.publishing.ground import Ground, ask_ground, ground_of
from sharing.publishing.likely import ask_likely, likely_of, remember
from sharing.publishing.nouns import Outcome, Publication, Published, Result
from sharing.publishing.plan import Fresh, Plan, plan_publication
from sharing.reading.closing import list_closed
from sharing.reading.driver import fetch_all, is_sqlite, run_many
from sharing.reading.own import ask_own_versions, list_granted_tokens, own_versions
from sharing.reading.search_index import index_entry
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
    plan, ground, known = _look_up(session, publisher, publication, context)
    # A collection is the author's choice of bytes: an organization that coordinates names itself; an operator's own
    # machine post reaches its rivals only as an edition.
    audiences = Audiences(session, ground, actor.organization.tier, policy=policy, plan=plan, known=known)
    feed = EXERCISE_FEED if publication.exercise else publication.collection.feed
    again = _regrants(session, plan, audiences, feed)
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
    remember(publisher, publication.collection.feed, map(bytes.fromhex, audiences.digests.values()))
    entry_id = record(session, event, context)
    _write(session, entry_id, plan, made.rows, again)
    if _found_at_once(actor, publication):
        session.flush()
        index_entry(session, entry_id)
    return Published(entry_id, _outcomes(plan, {row["object_id"] for row in again}))


def _look_up(
    session: Session, publisher: UUID, publication: Publication, context: Context
) -> tuple[Plan, Ground, Mapping[bytes, int]]:
    """What is new of a publication, what its audiences rest on, and the numbers that those likely have.

    Asked together: one journey to PostgreSQL.
    """
    feed = publication.collection.feed
    named = {each.stix_id for each in publication.objects}.union(
        *(each.definition_refs for each in publication.objects)
    )
    own, rests_on = ask_own_versions(session, publisher, list(named)), ask_ground(session, publisher, feed)
    number = ask_entry_number(session)
    likely = [] if is_sqlite(session) else ask_likely(publisher, feed)
    versions, ground, *more = fetch_all(session, [own, rests_on, *number, *likely])
    keep_entry_number(session, more[: len(number)])
    plan = plan_publication(session, publisher, publication.objects, own_versions(versions), context)
    return plan, ground_of(publisher, ground), likely_of(more[len(number) :])


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
    session: Session, entry_id: int, plan: Plan, rows: Sequence[tuple[Any, ...]], again: Sequence[dict[str, int]]
) -> None:
    """Put what is new under its entry, flag what it supersedes, and note what is granted again."""
    insert_rows(session, "objects", _COLUMNS, [(entry_id, *row) for row in rows])
    if plan.now_superseded:
        session.execute(update(StixObject).where(StixObject.id.in_(plan.now_superseded)).values(superseded=True))
    if again:
        session.execute(insert(Regrant), [{**row, "entry_id": entry_id} for row in again])
    _write_edition_facts(session, plan, entry_id)


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
        run_many(session, _LOCK, [{"publisher": str(publisher)}], kept=True)  # travels with the next question


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


def _regrants(session: Session, plan: Plan, audiences: Audiences, feed: int) -> list[dict[str, int]]:
    """Objects seen again reach a further collection or audience at new positions; definitions follow who names them.

    Where every token has its grant already there is nothing to wish for: no row, and no position used up.
    """
    wanted: dict[int, Mapping[str, str]] = {}
    closed = list_closed(session, [version.id for version, _ in plan.seen_again], feed)
    for version, each in plan.seen_again:
        rules = audiences.rules_of(each)
        if version.feed != feed or version.id in closed or version.audience_id != audiences.intern(rules):
            wanted[version.id] = rules
    for version in plan.known_definitions:
        followed = audiences.of_known_definition(version)
        if followed is not None:
            wanted[version.id] = followed
    granted = list_granted_tokens(session, list(wanted), feed)
    return [
        {"object_id": object_id, "feed": feed, "audience_id": audiences.intern(rules)}
        for object_id, rules in wanted.items()
        if not rules.keys() <= granted.get(object_id, set())
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


def _write_edition_facts(session: Session, plan: Plan, entry_id: int) -> None:
    editions = {each.new.stix_id: each.new.edition for each in plan.fresh if each.new.edition}
    if not editions:
        return
    rows = session.execute(
        select(StixObject.id, StixObject.stix_id).where(
            StixObject.entry_id == entry_id, StixObject.stix_id.in_(editions)
        )
    )
    values = []
    for object_id, stix_id in rows:
        facts = editions[stix_id]
        values.append({"object_id": object_id, **{k: v for k, v in vars(facts).items() if k != "form"}})
    session.execute(insert(EditionFacts), values)
