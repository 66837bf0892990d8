"""Operation: record what happened, in the transaction that does it. Integration gives it its place in the log.

The entry also commits to what is kept beside it: the rows that its operation wrote (`seals`), whom it concerns, and how
its objects are described. One hash each stands under `beside` in the part `decision`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any, Final

from sqlalchemy.orm import Session

from crypto.beside import RowSeal, commit_beside, rows_root, subjects_body
from crypto.canonical import canonical_json, parse_strict
from crypto.encoding import encode_base64
from crypto.entry import ABSENT_PART, PART_NAMES, ObjectTree, commit_part, parts_root
from models.vocabulary import EntryKind
from sharing.actor import Actor, Context
from sharing.audit.placing import Waiting
from sharing.audit.seals import Recorded, last_recorded, note_entry, store_seals, take_seals
from sharing.audit.tags import Tag
from sharing.audit.writing import Followers, insert_entry, rewrite_decision, tell_entry
from sharing.reading.driver import moment_parameter

SALT_BYTES = 32

BESIDE: Final = "beside"
"""The member of the part `decision` that commits to what is kept beside the entry."""


@dataclass(frozen=True)
class Event:
    """One operation, as its entry will tell it; the parts are salted apart so that one can be shown alone."""

    tag: Tag
    actor: Actor | None
    subjects: Sequence[tuple[str, str]] = ()
    recipients: Mapping[str, Any] | None = None
    objects: Mapping[str, Any] | bytes | None = None
    described: bytes | None = None
    """What else is kept of each object (see `publications`), in one form; the entry commits to it by hash."""
    decision: Mapping[str, Any] | None = None
    kind: EntryKind = EntryKind.EVENT
    tree: ObjectTree | None = None
    object_count: int = 0
    regrants: int = 0
    bridge: str | None = field(default=None)


def record(session: Session, event: Event, context: Context) -> int:
    """Write the entry of one operation and return its number; the caller commits.

    Exactly one entry belongs to each writing operation.
    """
    salts = _salts(context)
    seals = take_seals(session, context.random_bytes)
    entry, parts = _written(session, event, context, salts, [seal for seal, _ in seals])
    entry_id = insert_entry(session, entry, parts, list(dict.fromkeys(event.subjects)))
    if seals:
        store_seals(session, entry_id, seals)
    kept = {name: (salt, body) for name, salt, body in parts}
    waiting = Waiting(entry_id, *(entry[name] for name in Waiting._fields[1:]))
    note_entry(session, Recorded(waiting, context.now, kept, [seal for seal, _ in seals]))
    return entry_id


def record_with(session: Session, event: Event, context: Context, followers: Followers) -> None:
    """As `record`, for an operation that writes nothing but plain rows which carry the number of its entry.

    On PostgreSQL all of it travels with the commit, so nobody is told the number, and no other row can be sealed.
    """
    entry, parts = _written(session, event, context, _salts(context), ())
    tell_entry(session, entry, parts, list(dict.fromkeys(event.subjects)), followers)


def _salts(context: Context) -> list[bytes]:
    drawn = context.random_bytes(SALT_BYTES * len(PART_NAMES))
    return [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]


def _written(
    session: Session, event: Event, context: Context, salts: Sequence[bytes], seals: Sequence[RowSeal]
) -> tuple[dict[str, Any], list[tuple[str, bytes, bytes]]]:
    """The columns of an entry, and its parts: name, salt, body."""
    beside = _beside(event, salts, seals)
    parts = list(zip(PART_NAMES, salts, _bodies(event, context, beside), strict=True))
    entry: dict[str, Any] = {
        "kind": event.kind.value,
        "tag": event.tag.value,
        "recorded_at": moment_parameter(session, context.now),
        "parts_root": parts_root([commit_part(name, salt, body) for name, salt, body in parts]),
        "objects_root": event.tree.root if event.tree else None,
        "object_count": event.object_count,
        "tree_size": event.tree.size if event.tree else 0,
        "padding": event.tree.padding if event.tree else None,
        "regrants": event.regrants,
        "bridge": event.bridge,
    }
    return entry, [(name, salt, body or ABSENT_PART) for name, salt, body in parts]


def seal_the_rest(session: Session, random_bytes: Callable[[int], bytes]) -> None:
    """Add the rows written after the last entry of this unit of work to that entry; before it has its place.

    Rows written in a unit of work that records nothing stay unsealed: `log verify` names them.
    """
    recorded = last_recorded(session)
    if recorded is None:
        return
    made = take_seals(session, random_bytes)
    if not made:
        return
    entry_id, seals = recorded.entry_id, [*recorded.seals, *(seal for seal, _ in made)]
    store_seals(session, entry_id, made)
    parts = dict(recorded.parts)
    salt, body = parts["decision"]
    decision = parse_strict(body) or {}
    decision.setdefault(BESIDE, {})["rows"] = encode_base64(rows_root(seals))
    parts["decision"] = (salt, canonical_json(decision))
    root = parts_root([commit_part(name, *parts[name]) for name in PART_NAMES])
    rewrite_decision(session, entry_id, parts["decision"][1], root)
    waiting = recorded.waiting._replace(parts_root=root)
    note_entry(session, replace(recorded, waiting=waiting, parts=parts, seals=seals))


def _beside(event: Event, salts: Sequence[bytes], seals: Sequence[RowSeal]) -> dict[str, str]:
    beside: dict[str, str] = {}
    if event.described is not None:
        beside["objects"] = encode_base64(commit_beside(salts, "objects", event.described))
    if seals:
        beside["rows"] = encode_base64(rows_root(seals))
    if event.subjects:
        beside["subjects"] = encode_base64(commit_beside(salts, "subjects", subjects_body(event.subjects)))
    return beside


def _bodies(event: Event, context: Context, beside: Mapping[str, str]) -> tuple[bytes | None, ...]:
    objects = event.objects if isinstance(event.objects, bytes) else _canonical(event.objects)
    decision = {**(event.decision or {}), BESIDE: beside} if beside else event.decision
    return (
        canonical_json(_actor_part(event, context)),
        _canonical(event.recipients),
        objects,
        _canonical(decision),
    )


def _actor_part(event: Event, context: Context) -> dict[str, Any]:
    """What was done, when by the clock on the wall, and by whom; where nobody did it, the hub did."""
    said: dict[str, Any] = {"action": event.tag.value, "at": context.now.astimezone(UTC).isoformat()}
    actor = event.actor
    if actor is None:
        return said
    return {
        **said,
        "door": actor.door.value,
        "account": str(actor.account_id) if actor.account_id else None,
        "organization": str(actor.organization.id),
        "roles": sorted(role.value for role in actor.roles),
        "key": str(actor.key_id) if actor.key_id else None,
    }


def _canonical(part: Mapping[str, Any] | None) -> bytes | None:
    return None if part is None else canonical_json(dict(part))
