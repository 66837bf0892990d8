"""Rule: whether an entry is as nearly all are and nothing is wrong with it; where in doubt, the full check looks.

It must never say yes where the full check finds a fault. It looks at the same things, in half of the time, and can
only say that all of it is right.
"""

from typing import Any, Final

from crypto.beside import commit_beside, rows_root, subjects_body
from crypto.canonical import MAX_SAFE_INTEGER, read_canonical
from crypto.encoding import encode_base64
from crypto.entry import PART_NAMES, LeafKind, root_of_parts, spell_plain_leaf
from crypto.errors import BadEntry, NotCanonical
from crypto.hashing import HASH_BYTES
from crypto.merkle import leaf_hash
from crypto.verify_entry import PlainEntry
from sharing.audit.check.entries import is_moment
from sharing.audit.check.kept import EntryRow, Kept
from sharing.audit.record import BESIDE

_KINDS: Final = frozenset({LeafKind.EVENT.value, LeafKind.KEY.value, LeafKind.POLICY.value})
"""Entries that open a shard or erase something say more, which the full check reads."""

Parts = dict[str, tuple[bytes, bytes]]


def find_plain(row: EntryRow, kept: Kept) -> PlainEntry | None:
    """The entry, where it has no objects and is right in all that is kept of it and beside it; else None."""
    parts = kept.parts.get(row.id)
    if parts is None or row.kind not in _KINDS or not _is_bare(row, kept) or not _is_leaf(row):
        return None
    try:
        four = [parts[name] for name in PART_NAMES]
        if len(parts) != len(four) or root_of_parts(four) != row.parts_root:
            return None
        actor, recipients, objects, decision = (read_canonical(body) for _, body in four)
        if not (_is_dict(recipients) and _is_dict(objects) and _is_told(row, kept, four, (actor, decision))):
            return None
    except (BadEntry, KeyError, NotCanonical, TypeError):
        return None
    return PlainEntry(row.shard, row.log_index, row.leaf_hash, row.ts_ms)


def _is_bare(row: EntryRow, kept: Kept) -> bool:
    """No objects, no disclosures, no bridge, and no columns that speak of some."""
    return not (
        row.objects_root is not None
        or row.object_count
        or row.tree_size
        or row.padding
        or row.bridge is not None
        or row.id in kept.objects
        or row.id in kept.disclosures
    )


def _is_leaf(row: EntryRow) -> bool:
    """The leaf is what its columns spell, and its hash the published one."""
    if type(row.ts_ms) is not int or not 0 <= row.ts_ms <= MAX_SAFE_INTEGER:
        return False
    if type(row.parts_root) is not bytes or len(row.parts_root) != HASH_BYTES or type(row.leaf_hash) is not bytes:
        return False
    return row.leaf == spell_plain_leaf(row.ts_ms, row.kind, row.parts_root) and leaf_hash(row.leaf) == row.leaf_hash


def _is_told(row: EntryRow, kept: Kept, four: list[tuple[bytes, bytes]], told: tuple[Any, Any]) -> bool:
    """What the parts tell of the row, and of what it is found by and has sealed."""
    actor, decision = told[0] or {}, told[1] or {}
    if type(actor) is not dict or type(decision) is not dict or decision.get("disclosed"):
        return False
    if actor.get("action") != row.tag or not is_moment(row.recorded_at, actor.get("at")):
        return False
    beside = decision.get(BESIDE) or {}
    subjects, seals = kept.subjects.get(row.id), kept.seals.get(row.id)
    salts = [salt for salt, _ in four]
    of_subjects = encode_base64(commit_beside(salts, "subjects", subjects_body(subjects))) if subjects else None
    of_rows = encode_base64(rows_root(seals)) if seals else None
    said = (beside.get("subjects"), beside.get("rows"), beside.get("objects"))
    return said == (of_subjects, of_rows, None)


def _is_dict(part: Any) -> bool:
    return part is None or type(part) is dict
