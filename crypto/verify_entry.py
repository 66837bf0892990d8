"""A rule: one stored entry against itself: its form, its parts, its objects and their bodies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import Struct

from crypto.canonical import is_canonical
from crypto.entry import (
    HASH_BYTES,
    PART_NAMES,
    Leaf,
    commit_part,
    object_leaf,
    parse_leaf,
    parts_root,
    rebuild_object_leaves,
)
from crypto.errors import BadEntry, NotCanonical
from crypto.hashing import sha256
from crypto.merkle import leaf_hash, root

_NAMES = frozenset(PART_NAMES)

Part = tuple[bytes, bytes | None]
"""A part as it is kept: its salt, and its canonical JSON (None or `null` for a part the event does not have)."""


class StoredObject(NamedTuple):
    """An object as it is kept beside its entry.

    `body` is None where the payload is no longer kept. Where the salt is erased too, `leaf` keeps the object's place
    in the tree checkable; without it the tree cannot be rebuilt.
    """

    place: int
    salt: bytes | None
    object_sha256: bytes | None
    body: bytes | None
    leaf: bytes | None = None


@dataclass(frozen=True)
class StoredEntry:
    """An entry with all that is kept beside it. `parts` is None, or a part is, where it was erased.

    `leaf_hash` is the hash that the tiles publish, if it is at hand: a changed entry is then found by its own index.
    """

    shard: str
    index: int
    leaf: bytes
    parts: Mapping[str, Part | None] | None
    objects: Iterable[tuple[int, bytes | None, bytes | None, bytes | None] | StoredObject] = ()
    padding: bytes = b""
    tree_size: int = 0
    leaf_hash: bytes | None = None


@dataclass(slots=True)
class PlainEntry:
    """An entry of which everything was found to be right by whoever read it: what remains are order and tree."""

    shard: str
    index: int
    leaf_hash: bytes
    ts_ms: int


class EntryCheck(Struct, frozen=True):
    """What was found: faults in words, the entry where it could be read, and what could be checked at all."""

    leaf: Leaf | None
    faults: tuple[str, ...]
    erased: bool
    objects: int
    bodies: int


class _Objects(Struct, frozen=True):
    faults: list[str]
    objects: int = 0
    bodies: int = 0
    erased: bool = False


def check_entry(entry: StoredEntry) -> EntryCheck:
    """Check everything of an entry that needs no other entry."""
    alone = check_leaf(entry)
    if alone.leaf is None:
        return alone
    erased, found = _check_parts(entry, alone.leaf)
    objects = _check_objects(entry, alone.leaf)
    faults = (*alone.faults, *found, *objects.faults)
    return EntryCheck(alone.leaf, faults, erased or objects.erased, objects.objects, objects.bodies)


def check_leaf(entry: StoredEntry) -> EntryCheck:
    """Check the entry's own bytes and nothing beside them: for logs whose parts are not at hand, or not asked for."""
    faults: tuple[str, ...] = ()
    if entry.leaf_hash is not None and leaf_hash(entry.leaf) != entry.leaf_hash:
        faults = ("the entry does not have the hash that the log published for it",)
    try:
        return EntryCheck(parse_leaf(entry.leaf), faults, False, 0, 0)
    except BadEntry as error:
        return EntryCheck(None, (*faults, f"the entry is not in its exact form: {error}"), False, 0, 0)


def _check_parts(entry: StoredEntry, leaf: Leaf) -> tuple[bool, list[str]]:
    """Whether a part is erased, and what is wrong with those that are not."""
    if entry.parts is None:
        return True, []
    if entry.parts.keys() != _NAMES:
        return False, [f"expected the parts {', '.join(PART_NAMES)}, found {', '.join(sorted(entry.parts)) or 'none'}"]
    faults: list[str] = []
    commitments: list[bytes] = []
    for name in PART_NAMES:
        kept = entry.parts[name]
        if kept is None:
            continue
        salt, part_json = kept
        try:
            if part_json is not None and not is_canonical(part_json):
                faults.append(f"the part {name} is not canonical JSON")
            commitments.append(commit_part(name, salt, part_json))
        except (NotCanonical, BadEntry) as error:
            faults.append(f"the part {name} is not in its exact form: {error}")
    whole = len(commitments) == len(PART_NAMES)
    if whole and parts_root(commitments) != leaf.parts_root:
        faults.append("the parts are not those that the entry commits to (c)")
    return any(kept is None for kept in entry.parts.values()), faults


def _check_objects(entry: StoredEntry, leaf: Leaf) -> _Objects:
    objects = [StoredObject(*row) for row in entry.objects]
    if leaf.objects_root is None:
        surplus = bool(objects or entry.padding or entry.tree_size)
        return _Objects(["objects are stored, but the entry commits to none"] if surplus else [])
    if entry.parts is None and not objects:
        return _Objects([], erased=True)
    faults: list[str] = []
    placed: dict[int, bytes] = {}
    erased = bodies = 0
    for item in objects:
        if item.place in placed:
            faults.append(f"two objects claim place {item.place}")
        bodies += item.body is not None
        stands = _check_object(item, faults)
        erased += item.salt is None or item.object_sha256 is None
        if stands is not None:
            placed[item.place] = stands
    if len(placed) == len(objects) and not faults:
        faults += _check_tree(entry, leaf.objects_root, placed)
    return _Objects(faults, len(objects), bodies, erased > 0)


def _check_object(item: StoredObject, faults: list[str]) -> bytes | None:
    """The object's leaf in the tree, if what is kept still gives it."""
    where = f"object at place {item.place}"
    if item.body is not None and item.object_sha256 is not None and sha256(item.body) != item.object_sha256:
        faults.append(f"{where}: the stored bytes do not have the hash on record")
    if item.salt is None or item.object_sha256 is None:
        if item.leaf is not None and len(item.leaf) != HASH_BYTES:
            faults.append(f"{where}: the leaf kept for it is not {HASH_BYTES} bytes long")
            return None
        return item.leaf
    try:
        computed = object_leaf(item.salt, item.object_sha256)
    except BadEntry as error:
        faults.append(f"{where}: {error}")
        return None
    if item.leaf is not None and item.leaf != computed:
        faults.append(f"{where}: salt and hash do not give the leaf on record")
    return computed


def _check_tree(entry: StoredEntry, objects_root: bytes, placed: Mapping[int, bytes]) -> list[str]:
    try:
        leaves = rebuild_object_leaves(entry.tree_size, placed, entry.padding)
    except BadEntry as error:
        return [f"the objects do not fill their tree: {error}"]
    return [] if root(leaves) == objects_root else ["the objects are not those that the entry commits to (o)"]
