"""Operation: promises and receipts for who submitted: the log's word at once, its proof when it is signed.

The proof of an entry goes to the organization that acted in it, and without any part of it to auditors. The proof of
one object goes to whoever sees the object: it tells nothing of the other objects of its entry, nor of who sent it.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crypto.entry import PART_NAMES, commit_part, object_leaf, rebuild_object_leaves
from crypto.merkle import inclusion_proof
from crypto.promise import COMMITMENT, LEAF, Promise
from crypto.receipt import ObjectShown, PartShown, Receipt
from models.audit import AuditEntry, AuditPart, AuditSubject
from models.moments import EPOCH
from sharing.actor import Actor
from sharing.audit.acted import list_acted_in_shard
from sharing.audit.cosignatures import WitnessedNote, load_best_note
from sharing.audit.proofs import Prover
from sharing.audit.seals import last_recorded
from sharing.audit.state import load_log_head
from sharing.audit.tiles import Roots
from sharing.errors import NotVisible
from sharing.permissions import Permission
from sharing.readers import Reader
from sharing.reading.stored import list_kept_objects
from sharing.reading.why import list_recorded

MERGE_DELAY: Final = timedelta(seconds=60)
"""Within this time an entry stands in a signed tree; it takes about a second while the hub runs."""

MOST_RECEIPTS: Final = 20_000
"""Receipts of one file; an organization of this scheme does some thousands of things a year."""

AT_ONCE: Final = 500
"""Entries that are read with one question."""

_MS: Final = timedelta(milliseconds=1)


class Proof(Struct, frozen=True):
    """The receipt of one entry, and what a page says about it."""

    entry_id: int
    tag: str
    at: datetime
    shard: str
    index: int
    receipt: Receipt
    covered: WitnessedNote


def find_entry_of_report(session: Session, actor: Actor, report_id: UUID, version_id: UUID) -> int | None:
    """The entry in which the actor's organization filed a version of a report; none where somebody else did for it.

    The caller has seen that the report is the actor's own.
    """
    query = (
        select(AuditEntry.id, AuditPart.body)
        .join(AuditSubject, AuditSubject.entry_id == AuditEntry.id)
        .join(AuditPart, AuditPart.entry_id == AuditEntry.id)
        .where(AuditSubject.kind == "report", AuditSubject.subject == str(report_id), AuditPart.name == "decision")
        .order_by(AuditEntry.id)
    )
    for entry_id, body in session.execute(query):
        if _read(body).get("version") == str(version_id):
            return int(entry_id) if _is_own(session, entry_id, actor) else None
    return None


def find_place(session: Session, entry_id: int) -> tuple[str, int] | None:
    """Where an entry stands in the log; None while it waits."""
    query = select(AuditEntry.shard, AuditEntry.log_index).where(AuditEntry.id == entry_id)
    row = session.execute(query).one_or_none()
    return None if row is None or row[0] is None or row[1] is None else (row[0], row[1])


def load_entry(session: Session, actor: Actor, shard: str, index: int) -> int:
    """The number of the entry at a place, for the organization that acted in it and for auditors.

    Raises:
        NotVisible: there is no such entry of the actor's organization.
        NotPermitted: the actor does not look at the trail.
    """
    return int(_load(session, actor, (AuditEntry.shard == shard) & (AuditEntry.log_index == index)).id)


def make_promise(session: Session, actor: Actor, entry_id: int) -> Promise:
    """What the log promises for an entry of the actor's organization; may be asked for again, and is the same.

    An entry that waits for its place has no leaf yet: then the promise names what it commits to.

    Raises:
        NotVisible: there is no such entry of the actor's organization.
    """
    return _promise(session, _load(session, actor, AuditEntry.id == entry_id))


def promise_of_entry(session: Session, entry_id: int) -> Promise:
    """The same for who was found to have made the entry; the caller has seen that.

    Raises:
        NotVisible: there is no such entry.
    """
    row = session.get(AuditEntry, entry_id)
    if row is None:
        raise NotVisible("no such entry")
    return _promise(session, row)


def _promise(session: Session, row: AuditEntry) -> Promise:
    log = load_log_head(session).origin
    within = int(MERGE_DELAY.total_seconds())
    ts_ms = (row.recorded_at - EPOCH) // _MS
    if row.leaf_hash is None:
        return Promise(log, COMMITMENT, bytes(row.parts_root), ts_ms, within)
    return Promise(log, LEAF, bytes(row.leaf_hash), ts_ms, within)


def promise_recorded(session: Session, log: str) -> Promise | None:
    """What the log promises for the entry that this unit of work recorded last; asks the database nothing.

    It names what the entry commits to, since its place may not be known yet.
    """
    recorded = last_recorded(session)
    if recorded is None:
        return None
    within = int(MERGE_DELAY.total_seconds())
    return Promise(log, COMMITMENT, recorded.parts_root, (recorded.at - EPOCH) // _MS, within)


def load_proof(
    session: Session, actor: Actor, shard: str, index: int, *, known: Roots, disclose: bool = False
) -> Proof:
    """The receipt of an entry, for the organization that acted in it, and for auditors.

    With `disclose` it holds the salted parts as well, for the organization itself only; erased ones stay commitments.

    Raises:
        NotVisible: there is no such entry of the actor's organization, or no checkpoint holds it yet.
        NotPermitted: the actor does not look at the trail.
    """
    row = _load(session, actor, (AuditEntry.shard == shard) & (AuditEntry.log_index == index))
    return _proof(session, row, known, disclose=disclose and _is_own(session, row.id, actor))


def prove_entry(session: Session, entry_id: int, *, known: Roots) -> Proof | None:
    """The receipt of an entry without its parts, for whom the caller found to have made it; None until it is signed."""
    row = session.get(AuditEntry, entry_id)
    try:
        return None if row is None else _proof(session, row, known, disclose=False)
    except NotVisible:
        return None


def list_proofs(session: Session, actor: Actor, shard: str, *, known: Roots) -> Iterator[Proof]:
    """The receipts of everything that the actor's organization did in a shard, in order, with their parts.

    Raises:
        NotPermitted: the actor does not look at the trail.
    """
    actor.must(Permission.TRAIL_OWN)
    signed = _signed_size(session, shard)
    own = list_acted_in_shard(session, str(actor.organization.id), shard, signed, most=MOST_RECEIPTS)
    for first in range(0, len(own), AT_ONCE):
        rows = select(AuditEntry).where(AuditEntry.id.in_(own[first : first + AT_ONCE])).order_by(AuditEntry.log_index)
        for row in session.execute(rows).scalars():
            yield _proof(session, row, known, disclose=True)


def load_object_proof(session: Session, reader: Reader, feed: int, object_id: int, *, known: Roots) -> Proof:
    """The receipt of one object that this reader sees: of its entry, and in it of this object alone.

    Raises:
        NotVisible: the reader does not see it, its entry is not signed yet, or its salt was erased.
    """
    reader.actor.must(Permission.TRAIL_OWN)
    recorded = next(iter(list_recorded(session, reader, feed, [object_id])), None)
    row = None if recorded is None else session.get(AuditEntry, recorded.entry_id)
    if recorded is None or row is None or row.shard is None:
        raise NotVisible("no such object")
    kept = list_kept_objects(session, [row.id])
    placed = {each.place: object_leaf(bytes(each.salt), bytes(each.sha256)) for each in kept}
    leaves = rebuild_object_leaves(row.tree_size, placed, bytes(row.padding or b""))
    own = next(each for each in kept if each.place == recorded.place)
    path = inclusion_proof(leaves, own.place)
    shown = ObjectShown(bytes(own.salt), bytes(own.sha256), own.place, row.tree_size, path)
    return _proof(session, row, known, disclose=False, shown=shown)


def _proof(
    session: Session, row: AuditEntry, known: Roots, *, disclose: bool, shown: ObjectShown | None = None
) -> Proof:
    if row.shard is None or row.log_index is None or row.leaf is None or row.ts_ms is None:
        raise NotVisible("no checkpoint holds this entry yet")
    covered = load_best_note(session, row.shard, row.log_index)
    path = Prover(session, row.shard, known).inclusion(row.log_index, covered.size)
    parts = _parts(session, row.id) if disclose else {}
    receipt = Receipt(row.log_index, path, covered.note, bytes(row.leaf), parts, shown)
    at = EPOCH + timedelta(milliseconds=row.ts_ms)
    return Proof(row.id, row.tag, at, row.shard, row.log_index, receipt, covered)


def _load(session: Session, actor: Actor, condition: ColumnElement[bool]) -> AuditEntry:
    """An entry that the actor may prove; absent and hidden are one."""
    if not (actor.may(Permission.TRAIL_METADATA) or actor.may(Permission.TRAIL_ORGANIZATION)):
        actor.must(Permission.TRAIL_OWN)
    row = session.execute(select(AuditEntry).where(condition)).scalar_one_or_none()
    if row is None or not (actor.may(Permission.TRAIL_METADATA) or _is_own(session, row.id, actor)):
        raise NotVisible("no such entry")
    return row


def _is_own(session: Session, entry_id: int, actor: Actor) -> bool:
    query = select(AuditPart.body).where(AuditPart.entry_id == entry_id, AuditPart.name == "actor")
    body = session.execute(query).scalar_one_or_none()
    return body is not None and _read(body).get("organization") == str(actor.organization.id)


def _parts(session: Session, entry_id: int) -> dict[str, PartShown | bytes]:
    """Every part with its salt; none at all where one was erased, since its commitment went with it."""
    query = select(AuditPart.name, AuditPart.salt, AuditPart.body).where(AuditPart.entry_id == entry_id)
    found: dict[str, PartShown | bytes] = {
        name: PartShown(bytes(salt), bytes(body)) for name, salt, body in session.execute(query)
    }
    return found if set(found) == set(PART_NAMES) else {}


def narrowed(receipt: Receipt, names: frozenset[str]) -> Receipt:
    """The same receipt that shows only these parts; the others stay commitments."""
    parts: dict[str, PartShown | bytes] = {
        name: part if name in names or isinstance(part, bytes) else commit_part(name, part.salt, part.body)
        for name, part in receipt.parts.items()
    }
    return Receipt(
        receipt.index, receipt.path, receipt.note, receipt.leaf, parts if names else {}, receipt.shown_object
    )


def _signed_size(session: Session, shard: str) -> int:
    try:
        return load_best_note(session, shard, -1).size
    except NotVisible:
        return 0


def _read(body: Any) -> dict[str, Any]:
    value = json.loads(body)
    return value if isinstance(value, dict) else {}
