"""A rule: the exact bytes of a log entry and of the commitments inside it. Entries are for ever: nothing here changes.

`docs/entry-format.md` says the same in words, `docs/vectors/entries.json` in known answers.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any

from msgspec import Struct

from crypto.canonical import MAX_SAFE_INTEGER, canonical_json, parse_strict
from crypto.encoding import decode_base64, encode_base64
from crypto.errors import BadEntry, BadNote, NotCanonical
from crypto.merkle import leaf_hash, node_hash, root
from crypto.tree_head import parse_checkpoint_text

PART_NAMES = ("actor", "recipients", "objects", "decision")
"""The parts of an event, in the order of their tree."""

ABSENT_PART = b"null"
"""What an absent part is committed as: the JSON value null, with a salt like any other."""

SALT_BYTES = 32
"""So that nobody can guess a part from its commitment."""

HASH_BYTES = 32
"""SHA-256."""

MAX_LEAF_BYTES = 65_535
"""An entry stands behind a u16 length in the entry bundles of the tiles."""

MAX_OBJECTS = 2**20
"""Objects of one entry; a post is far smaller, and a tree of a million still builds in a second."""

VERSION = 1
"""The format of the entry, its member `v`."""

_PART_PREFIX = b"hub/event/v1\x00"
_PART_PREFIXES = {name: _PART_PREFIX + name.encode() + b"\x00" for name in PART_NAMES}
_PREFIXES = tuple(_PART_PREFIXES[name] for name in PART_NAMES)
_OBJECT_PREFIX = b"hub/object/v1\x00"
_MEMBERS = frozenset({"v", "ts", "k", "c", "o", "p"})
_NECESSARY = frozenset({"v", "ts", "k", "c"})


class LeafKind(StrEnum):
    """The class of an entry: all that witnesses and mirrors may know of what it is about."""

    EVENT = "event"
    KEY = "key"
    POLICY = "policy"
    ERASURE = "erasure"
    SHARD = "shard"


_KINDS = frozenset(LeafKind)


class Leaf(Struct, frozen=True):
    """A log entry: its time in milliseconds, its kind, and the roots that it commits to."""

    ts_ms: int
    kind: LeafKind
    parts_root: bytes
    objects_root: bytes | None = None
    bridge: str | None = None


class ObjectTree(Struct, frozen=True):
    """The objects of one entry in shuffled places, padded to a power of two, and the root `o` over them.

    `places[i]` is the place of the i-th object that was handed in; `padding` holds the 32-byte padding leaves one
    after the other, in the order of the places that no object took.
    """

    root: bytes
    places: tuple[int, ...]
    size: int
    padding: bytes


def commit_part(name: str, salt: bytes, part_json: bytes | None) -> bytes:
    """SHA-256("hub/event/v1" ‖ 0x00 ‖ name ‖ 0x00 ‖ salt ‖ JCS(part)); None is an absent part, committed as `null`.

    The JSON must be canonical already (`canonical_json` writes it so); it is not parsed again here.

    Raises:
        BadEntry: an unknown name, or a salt of another length than 32 bytes.
    """
    prefix = _PART_PREFIXES.get(name)
    if prefix is None:
        raise BadEntry(f"expected one of the parts {', '.join(PART_NAMES)}")
    if len(salt) != SALT_BYTES:
        _check_length("salt", salt, SALT_BYTES)
    return sha256(prefix + salt + (ABSENT_PART if part_json is None else part_json)).digest()


def parts_root(commitments: Sequence[bytes]) -> bytes:
    """The member `c`: RFC 6962 root over the four commitments, each an entry of that tree (so hashed behind 0x00).

    Raises:
        BadEntry: not four commitments of 32 bytes, in the order of `PART_NAMES`.
    """
    if len(commitments) != len(PART_NAMES):
        raise BadEntry(f"expected {len(PART_NAMES)} commitments, found {len(commitments)}")
    for commitment in commitments:
        if len(commitment) != HASH_BYTES:
            _check_length("commitment", commitment, HASH_BYTES)
    first, second, third, fourth = map(leaf_hash, commitments)
    return node_hash(node_hash(first, second), node_hash(third, fourth))


def root_of_parts(parts: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The member `c` of four parts, each its salt and its canonical JSON (`null` where it is absent), in their order.

    The same as `parts_root` over `commit_part` of each, in two thirds of the time: logs have millions of entries.

    Raises:
        BadEntry: not four, or a salt of another length than 32 bytes.
    """
    if len(parts) != len(PART_NAMES):
        raise BadEntry(f"expected {len(PART_NAMES)} parts, found {len(parts)}")
    over: list[bytes] = []
    for prefix, (salt, body) in zip(_PREFIXES, parts, strict=True):
        if len(salt) != SALT_BYTES:
            _check_length("salt", salt, SALT_BYTES)
        over.append(sha256(b"\x00" + sha256(prefix + salt + body).digest()).digest())
    left, right = sha256(b"\x01" + over[0] + over[1]).digest(), sha256(b"\x01" + over[2] + over[3]).digest()
    return sha256(b"\x01" + left + right).digest()


def object_leaf(salt: bytes, object_sha256: bytes) -> bytes:
    """SHA-256("hub/object/v1" ‖ 0x00 ‖ salt ‖ SHA-256(stored bytes)).

    This value itself stands in the object tree where RFC 6962 has a leaf hash: it is not hashed behind 0x00 again.
    A padding leaf is 32 random bytes in the same position, and nobody can tell the two apart.

    Raises:
        BadEntry: salt or hash is not 32 bytes long.
    """
    _check_length("salt", salt, SALT_BYTES)
    _check_length("object hash", object_sha256, HASH_BYTES)
    return sha256(_OBJECT_PREFIX + salt + object_sha256).digest()


def build_object_tree(object_leaves: Sequence[bytes], *, random_bytes: Callable[[int], bytes]) -> ObjectTree:
    """Give each object leaf a random place in a tree of the next power of two, and fill up with random leaves.

    Raises:
        BadEntry: no object at all (such an entry has no `o`), too many, or a leaf that is not 32 bytes long.
    """
    count = len(object_leaves)
    if not 1 <= count <= MAX_OBJECTS:
        raise BadEntry(f"expected 1 to {MAX_OBJECTS} objects, found {count}")
    size = 1 << (count - 1).bit_length()
    places = _draw_places(count, size, random_bytes)
    padding = random_bytes((size - count) * HASH_BYTES) if size > count else b""
    leaves = rebuild_object_leaves(size, dict(zip(places, object_leaves, strict=True)), padding)
    return ObjectTree(root(leaves), tuple(places), size, padding)


def rebuild_object_leaves(size: int, placed: Mapping[int, bytes], padding: bytes) -> tuple[bytes, ...]:
    """All leaves of an object tree in their order, from the objects' leaves by place and the padding.

    Raises:
        BadEntry: they do not fill a tree of this size exactly, or a leaf is not 32 bytes long.
    """
    if not 1 <= size <= MAX_OBJECTS or size & (size - 1):
        raise BadEntry(f"expected a power of two up to {MAX_OBJECTS}, found {size}")
    if len(placed) * HASH_BYTES + len(padding) != size * HASH_BYTES:
        raise BadEntry(f"expected {size} leaves, found {len(placed)} objects and {len(padding)} bytes of padding")
    if any(not 0 <= place < size for place in placed):
        raise BadEntry(f"expected places below {size}, found one outside")
    for leaf in placed.values():
        _check_length("object leaf", leaf, HASH_BYTES)
    filler = (padding[at : at + HASH_BYTES] for at in range(0, len(padding), HASH_BYTES))
    return tuple(placed[place] if place in placed else next(filler) for place in range(size))


def build_leaf(
    ts_ms: int, kind: str, parts_root: bytes, objects_root: bytes | None, bridge: str | None = None
) -> bytes:
    """The entry as it is hashed into the log: JCS({"v":1,"ts","k","c"[,"o"][,"p"]}).

    Raises:
        BadEntry: a value that cannot stand there. (Those that can stay far below 65,535 bytes together.)
    """
    _check_values(ts_ms, kind, parts_root, objects_root, bridge)
    # Members in JCS order; base64 and the kinds need no escape, so only the bridge goes through the JSON writer.
    members = [f'"c":"{encode_base64(parts_root)}","k":"{LeafKind(kind)}"'.encode()]
    if objects_root is not None:
        members.append(f'"o":"{encode_base64(objects_root)}"'.encode())
    if bridge is not None:
        members.append(b'"p":' + canonical_json(bridge))
    members.append(f'"ts":{ts_ms},"v":{VERSION}'.encode())
    return b"{" + b",".join(members) + b"}"


def spell_plain_leaf(ts_ms: int, kind: str, parts_root: bytes) -> bytes:
    """What `build_leaf` writes where there are neither objects nor a bridge, for values that were checked already."""
    return b'{"c":"%b","k":"%b","ts":%d,"v":1}' % (b2a_base64(parts_root, newline=False), kind.encode(), ts_ms)


def parse_leaf(raw: bytes) -> Leaf:
    """Read an entry; what `build_leaf` would not write byte for byte is refused.

    Raises:
        BadEntry: it is anything else.
    """
    plain = _PLAIN_LEAF.fullmatch(raw)
    if plain is not None:
        return _plain_leaf(plain)
    if len(raw) > MAX_LEAF_BYTES:
        raise BadEntry(f"expected at most {MAX_LEAF_BYTES} bytes, found {len(raw)}")
    try:
        value = parse_strict(raw, max_depth=1)
    except NotCanonical as error:
        raise BadEntry(f"the entry is not strict JSON: {error}") from None
    if not isinstance(value, dict) or not _NECESSARY <= value.keys() <= _MEMBERS:
        raise BadEntry("expected an object with the members v, ts, k, c and perhaps o, p")
    if value["v"] != VERSION:
        raise BadEntry(f"expected format version {VERSION}, found another")
    leaf = _leaf_of(value)
    if build_leaf(leaf.ts_ms, leaf.kind, leaf.parts_root, leaf.objects_root, leaf.bridge) != raw:
        raise BadEntry("expected the canonical form of the entry, found another spelling of it")
    return leaf


_HASH = rb'"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)"'
_PLAIN_LEAF = re.compile(
    rb'\{"c":'
    + _HASH
    + rb',"k":"(event|key|policy|erasure|shard)"(?:,"o":'
    + _HASH
    + rb')?,"ts":(0|[1-9]\d{0,14}),"v":1\}'
)
"""What `build_leaf` writes where there is no bridge, exactly: nearly every entry is read by this alone."""


def read_plain_time(raw: bytes) -> int | None:
    """The time of an entry in its exact form that opens no shard; None where it is anything else."""
    found = _PLAIN_LEAF.fullmatch(raw)
    return None if found is None or found[2] == _SHARD else int(found[4])


_SHARD = LeafKind.SHARD.value.encode()


def _plain_leaf(found: re.Match[bytes]) -> Leaf:
    parts, kind, objects, ts_ms = found.groups()
    return Leaf(int(ts_ms), LeafKind(kind.decode()), a2b_base64(parts), a2b_base64(objects) if objects else None)


def _leaf_of(value: dict[str, Any]) -> Leaf:
    ts_ms, kind, bridge = value["ts"], value["k"], value.get("p")
    if type(ts_ms) is not int or not isinstance(kind, str) or not ("p" not in value or isinstance(bridge, str)):
        raise BadEntry("expected ts as an integer, k and p as text")
    parts = _read_hash("c", value["c"])
    objects = _read_hash("o", value["o"]) if "o" in value else None
    _check_values(ts_ms, kind, parts, objects, bridge)
    return Leaf(ts_ms, LeafKind(kind), parts, objects, bridge)


def _read_hash(member: str, spelled: object) -> bytes:
    raw = decode_base64(spelled) if isinstance(spelled, str) else None
    if raw is None or len(raw) != HASH_BYTES:
        raise BadEntry(f"expected {HASH_BYTES} bytes in standard base64 as {member}")
    return raw


def _check_values(ts_ms: int, kind: str, parts_root: bytes, objects_root: bytes | None, bridge: str | None) -> None:
    if not 0 <= ts_ms <= MAX_SAFE_INTEGER:
        raise BadEntry(f"expected milliseconds since 1970, found {ts_ms}")
    if kind not in _KINDS:
        raise BadEntry(f"expected one of the kinds {', '.join(LeafKind)}")
    _check_length("root of the parts", parts_root, HASH_BYTES)
    if objects_root is not None:
        _check_length("root of the objects", objects_root, HASH_BYTES)
    if bridge is None:
        return
    if kind != LeafKind.SHARD:
        raise BadEntry(f"expected a bridge in shard entries only, found one in {kind}")
    try:
        parse_checkpoint_text(bridge.encode())
    except (BadNote, UnicodeEncodeError) as error:
        raise BadEntry(f"the bridge is no checkpoint: {error}") from None


def _check_length(what: str, value: bytes, expected: int) -> None:
    if len(value) != expected:
        raise BadEntry(f"expected a {what} of {expected} bytes, found {len(value)}")


def _draw_places(count: int, size: int, random_bytes: Callable[[int], bytes]) -> list[int]:
    """The first `count` steps of a Fisher-Yates shuffle of range(size): every arrangement is equally likely."""
    words = _random_words(count, random_bytes)
    deck = list(range(size))
    for at in range(count):
        left = size - at
        limit = 2**32 - 2**32 % left  # words from here on would favour low numbers
        word = next(words)
        while word >= limit:
            word = next(words)
        chosen = at + word % left
        deck[at], deck[chosen] = deck[chosen], deck[at]
    return deck[:count]


def _random_words(count: int, random_bytes: Callable[[int], bytes]) -> Iterator[int]:
    """Numbers below 2^32, as many as it takes; drawn in one go, then one by one for the few that are thrown away."""
    yield from memoryview(random_bytes(4 * count)).cast("I")
    while True:
        yield int.from_bytes(random_bytes(4), "little")
