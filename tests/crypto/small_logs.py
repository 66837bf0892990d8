"""Small logs as the hub would store them, made in memory, signed, and bent."""

import dataclasses
import hashlib

import pytest

from crypto import keys, merkle
from crypto.canonical import canonical_json
from crypto.checkpoint import Checkpoint, sign_checkpoint
from crypto.entry import (
    PART_NAMES,
    build_leaf,
    build_object_tree,
    commit_part,
    object_leaf,
    parts_root,
)
from crypto.keys import LogSigner
from crypto.verify_entry import StoredEntry
from tests.crypto.whole_logs import verify_log

HOST = "hub.example/log/"
PEM = keys.generate_ed25519()


def signer_of(shard):
    return LogSigner.from_pem(PEM, HOST + shard)


def trusted(*shards):
    return [signer_of(shard).verifying_key for shard in shards or ("2026", "2027")]


def salted(*about):
    return hashlib.sha256(repr(about).encode()).digest()


def make_entry(shard, index, *, kind="event", ts_ms=None, bodies=(), said=None, bridge=None):
    """An entry as the hub would store it."""
    parts = {name: (salted(shard, index, name), None) for name in PART_NAMES}
    parts["decision"] = (salted(shard, index, "decision"), canonical_json(said if said is not None else {"n": index}))
    c = parts_root([commit_part(name, *parts[name]) for name in PART_NAMES])
    hashes = [hashlib.sha256(body).digest() for body in bodies]
    salts = [salted(shard, index, number) for number in range(len(bodies))]
    leaves = [object_leaf(salt, hashed) for salt, hashed in zip(salts, hashes, strict=True)]
    tree = build_object_tree(leaves, random_bytes=lambda count: bytes(count)) if bodies else None
    raw = build_leaf(1000 + index if ts_ms is None else ts_ms, kind, c, tree.root if tree else None, bridge)
    return StoredEntry(
        shard=shard,
        index=index,
        leaf=raw,
        parts=parts,
        objects=list(zip(tree.places, salts, hashes, bodies, strict=True)) if tree else [],
        padding=tree.padding if tree else b"",
        tree_size=tree.size if tree else 0,
    )


def make_log(count=12, shard="2026"):
    return [make_entry(shard, index, bodies=[b"a", b"b", b"c"][: index % 4]) for index in range(count)]


def sign(entries, size=None, signer=None):
    entries = entries[:size]
    shard = entries[0].shard
    head = Checkpoint(HOST + shard, len(entries), merkle.root([merkle.leaf_hash(entry.leaf) for entry in entries]))
    return sign_checkpoint(head, [signer or signer_of(shard)])


def findings(entries, checkpoints, **more):
    return [(it.index, it.what) for it in verify_log(entries, checkpoints, trusted(), **more).findings]


def only(found):
    assert len(found) == 1, found
    return found[0]


@pytest.fixture
def log():
    return make_log()


@pytest.fixture
def notes(log):
    return [sign(log, size) for size in (5, 9, 12)]


def bend(log, at, /, **changes):
    log[at] = dataclasses.replace(log[at], **changes)
