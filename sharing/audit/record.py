"""Operation: record what happened, in the transaction that does it. Integration gives it its place in the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from crypto.canonical import canonical_json
from crypto.entry import ABSENT_PART, PART_NAMES, ObjectTree, commit_part, parts_root
from models.vocabulary import EntryKind
from sharing.actor import Actor, Context
from sharing.audit.tags import Tag
from sharing.audit.writing import insert_entry
from sharing.reading.driver import moment_parameter

SALT_BYTES = 32


@dataclass(frozen=True)
class Event:
    """One operation, as its entry will tell it; the parts are salted apart so that one can be shown alone."""

    tag: Tag
    actor: Actor | None
    subjects: Sequence[tuple[str, str]] = ()
    recipients: Mapping[str, Any] | None = None
    objects: Mapping[str, Any] | bytes | None = None
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
    salts = context.random_bytes(SALT_BYTES * len(PART_NAMES))
    parts = [
        (name, salts[place * SALT_BYTES : (place + 1) * SALT_BYTES], body)
        for place, (name, body) in enumerate(zip(PART_NAMES, _bodies(event), strict=True))
    ]
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
    written = [(name, salt, body or ABSENT_PART) for name, salt, body in parts]
    return insert_entry(session, entry, written, list(dict.fromkeys(event.subjects)))


def _bodies(event: Event) -> tuple[bytes | None, ...]:
    objects = event.objects if isinstance(event.objects, bytes) else _canonical(event.objects)
    return (_canonical(_actor_part(event)), _canonical(event.recipients), objects, _canonical(event.decision))


def _actor_part(event: Event) -> dict[str, Any] | None:
    actor = event.actor
    if actor is None:
        return None
    return {
        "action": event.tag.value,
        "door": actor.door.value,
        "account": str(actor.account_id) if actor.account_id else None,
        "organization": str(actor.organization.id),
        "roles": sorted(role.value for role in actor.roles),
        "key": str(actor.key_id) if actor.key_id else None,
    }


def _canonical(part: Mapping[str, Any] | None) -> bytes | None:
    return None if part is None else canonical_json(dict(part))
