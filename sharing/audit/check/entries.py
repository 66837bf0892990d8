"""Rule: one entry as the database keeps it against its leaf and its parts; faults come out in words."""

from collections.abc import Mapping
from typing import Any, Final

from crypto.beside import commit_beside, rows_root, subjects_body
from crypto.canonical import read_canonical
from crypto.encoding import encode_base64
from crypto.entry import PART_NAMES, Leaf, build_leaf, parse_leaf
from crypto.errors import BadEntry, NotCanonical
from crypto.verify_entry import Part, StoredEntry, StoredObject
from models.vocabulary import Label
from sharing.audit.check.kept import DISCLOSED, EntryRow, Kept, as_bytes
from sharing.audit.described import describe_objects
from sharing.audit.record import BESIDE
from sharing.audit.seals import moment_text, plain
from sharing.reading.stored import KeptObject

_PLACED_ALIKE: Final = (
    ("kind", "kind"),
    ("ts_ms", "ts_ms"),
    ("parts_root", "parts_root"),
    ("objects_root", "objects_root"),
    ("bridge", "bridge"),
)
"""Columns that repeat what the leaf says."""


def stored_entry(row: EntryRow, kept: Kept) -> StoredEntry:
    """The entry as the checks of `crypto` take it."""
    parts: dict[str, Part | None] | None = dict(kept.parts[row.id]) if row.id in kept.parts else None
    return StoredEntry(
        shard=row.shard,
        index=row.log_index,
        leaf=as_bytes(row.leaf),
        parts=parts,
        objects=[_stored_object(item) for item in kept.objects.get(row.id, ())],
        padding=as_bytes(row.padding),
        tree_size=row.tree_size,
        leaf_hash=as_bytes(row.leaf_hash),
    )


def _stored_object(item: KeptObject) -> StoredObject:
    return StoredObject(item.place, as_bytes(item.salt), as_bytes(item.sha256), as_bytes(item.body))


def check_beside(row: EntryRow, kept: Kept) -> list[str]:
    """The columns of the entry's row, and all that is kept beside it."""
    faults = _check_columns(row, kept)
    parts = kept.parts.get(row.id, {})
    salts = [parts[name][0] for name in PART_NAMES if name in parts]
    decision = _read(parts, "decision")
    actor = _read(parts, "actor")
    if len(salts) != len(PART_NAMES) or decision is None or actor is None:
        return faults  # said already, or erased
    beside = decision.get(BESIDE, {})
    faults += _check_actor(row, actor)
    faults += _check_subjects(kept.subjects.get(row.id, []), salts, beside)
    faults += _check_rows(row, kept, beside)
    faults += _check_objects(row, kept, salts, beside)
    faults += _check_disclosures(row, kept, actor, decision)
    return faults


def _check_columns(row: EntryRow, kept: Kept) -> list[str]:
    faults = [] if _repeats(row) else _other_columns(row)
    stored = len(kept.objects.get(row.id, ()))
    erased = not stored and not kept.parts.get(row.id)  # whether that is allowed, the erasure entries say
    if row.object_count != stored and not erased:
        faults.append(f"its row counts {row.object_count} objects, {stored} are stored")
    return faults


def _repeats(row: EntryRow) -> bool:
    """Whether the leaf is just what its columns make; the common case, and quicker than to read the leaf."""
    try:
        objects = as_bytes(row.objects_root) if row.objects_root is not None else None
        return build_leaf(row.ts_ms, row.kind, as_bytes(row.parts_root), objects, row.bridge) == row.leaf
    except (BadEntry, TypeError, ValueError):
        return False


def _other_columns(row: EntryRow) -> list[str]:
    try:
        leaf: Leaf = parse_leaf(as_bytes(row.leaf))
    except BadEntry:
        return []  # said already
    return [
        f"its row says another {column} than its leaf"
        for column, member in _PLACED_ALIKE
        if _differs(getattr(row, column), getattr(leaf, member))
    ]


def _differs(stored: Any, said: Any) -> bool:
    if isinstance(said, bytes):
        return as_bytes(stored) != said
    return bool(stored != said)


def _read(parts: Mapping[str, tuple[bytes, bytes]], name: str) -> dict[str, Any] | None:
    """A part's members; an absent part has none, one that cannot be read is None (and said already)."""
    if name not in parts:
        return None
    try:
        said = read_canonical(parts[name][1])
    except NotCanonical:
        return None
    if said is None:
        return {}
    return said if isinstance(said, dict) else None


def _check_actor(row: EntryRow, actor: Mapping[str, Any]) -> list[str]:
    faults = []
    if actor.get("action") != row.tag:
        faults.append(f"its row is tagged {row.tag}, its parts say {actor.get('action')}")
    if not is_moment(row.recorded_at, actor.get("at")):
        faults.append("its row says another time of recording than its parts")
    return faults


def is_moment(stored: Any, said: object) -> bool:
    """Whether a column holds the time that a part tells; on SQLite a text, mostly the same one but for a blank."""
    if type(stored) is str and type(said) is str and said.endswith("+00:00"):
        spelled = said[:-6] if "." in said else f"{said[:-6]}.000000"
        if spelled.replace("T", " ", 1) == stored:
            return True
    return plain(stored) == moment_text(said)


def _check_subjects(subjects: list[tuple[str, str]], salts: list[bytes], beside: Mapping[str, Any]) -> list[str]:
    said = encode_base64(commit_beside(salts, "subjects", subjects_body(subjects))) if subjects else None
    return [] if beside.get("subjects") == said else ["the subjects under which it is found are not those recorded"]


def _check_rows(row: EntryRow, kept: Kept, beside: Mapping[str, Any]) -> list[str]:
    seals = kept.seals.get(row.id, [])
    said = encode_base64(rows_root(seals)) if seals else None
    return [] if beside.get("rows") == said else ["the seals of the rows that it wrote are not those recorded"]


def _check_objects(row: EntryRow, kept: Kept, salts: list[bytes], beside: Mapping[str, Any]) -> list[str]:
    objects = kept.objects.get(row.id, [])
    if any(not item.salt for item in objects):
        return []  # erased: what described them went with them
    faults = [f"object at place {item.place}: {what}" for item in objects for what in _flags(item)]
    said = encode_base64(commit_beside(salts, "objects", _described(objects))) if objects else None
    if beside.get("objects") != said:
        faults.append("what is kept of its objects (ids, labels, feeds, audiences) is not what was recorded")
    return faults


def _flags(item: KeptObject) -> list[str]:
    return [] if bool(item.superseded) == bool(item.newer) else ["whether a newer version exists is noted wrongly"]


def _described(objects: list[KeptObject]) -> bytes:
    return describe_objects([(item.place, *item.described) for item in objects])


def _check_disclosures(row: EntryRow, kept: Kept, actor: Mapping[str, Any], decision: Mapping[str, Any]) -> list[str]:
    if not (kept.disclosures.get(row.id) or decision.get("disclosed")):
        return []
    stored = [tuple(plain(value) for value in each) for each in kept.disclosures.get(row.id, ())]
    said = sorted((_disclosed(actor, each) for each in decision.get("disclosed", ())), key=_order)
    stored.sort(key=_order)
    return [] if stored == said else ["the disclosures in the ledger are not those recorded"]


def _order(each: tuple[str | None, ...]) -> tuple[str, ...]:
    return tuple(value or "" for value in each)


def _disclosed(actor: Mapping[str, Any], each: Mapping[str, Any]) -> tuple[str | None, ...]:
    """A disclosure as its row must be, in the order of `DISCLOSED`."""
    values = {
        "account_id": _hex(actor.get("account")),
        "organization_id": _hex(actor.get("organization")),
        "key_id": _hex(actor.get("key")),
        "door": actor.get("door"),
        "feed": each.get("feed"),
        "object_id": each.get("object"),
        "first_position": each.get("first"),
        "last_position": each.get("last"),
        "count": each.get("count"),
        "highest": _rank(each.get("highest")),
        "filters": each.get("filters"),
        "at": moment_text(each.get("at")),
    }
    return tuple(plain(values[column]) for column in DISCLOSED)


def _rank(label: Any) -> int | None:
    return Label(label).rank if label in frozenset(Label) else None


def _hex(ident: str | None) -> str | None:
    return ident.replace("-", "") if ident else None
