"""A rule: entries of a log that follow each other, each checked alone; their order and tree are `crypto.verify`'s."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from crypto.entry import LeafKind, read_plain_time
from crypto.merkle import HASH_BYTES, leaf_hash
from crypto.verify_entry import EntryCheck, PlainEntry, StoredEntry, check_entry, check_leaf

ErasureReader = Callable[[StoredEntry], Iterable[tuple[str, int]]]
"""Reads from an erasure entry which entries (shard, index) it allows to be erased."""


class Run(Struct, frozen=True):
    """Entries of one shard that follow each other, each checked alone; what remains is their order and their tree.

    `findings` names indexes; `bridges` are the entries of kind `shard` with what they say; `allowed` the erasures that
    these entries permit. Small, so that another process can make it.
    """

    shard: str
    first: int
    hashes: bytes
    times: tuple[int, int] | None
    findings: tuple[tuple[int, str], ...] = ()
    bridges: tuple[tuple[int, str | None], ...] = ()
    erased: tuple[int, ...] = ()
    allowed: tuple[tuple[str, int], ...] = ()
    objects: int = 0
    bodies: int = 0

    @property
    def count(self) -> int:
        """How many entries."""
        return len(self.hashes) // HASH_BYTES

    @property
    def end(self) -> int:
        """The index after the last."""
        return self.first + self.count


def check_run(entries: Sequence[StoredEntry | PlainEntry], read_erasure: ErasureReader | None) -> list[Run]:
    """Check entries alone, and put together what follows each other."""
    runs: list[Run] = []
    start = 0
    for at in range(1, len(entries) + 1):
        if at < len(entries) and (entries[at].shard, entries[at].index) == (
            entries[at - 1].shard,
            entries[at - 1].index + 1,
        ):
            continue
        runs.append(_run(entries[start:at], read_erasure, check_entry))
        start = at
    return runs


def check_leaves(shard: str, first: int, leaves: Sequence[bytes], published: Sequence[bytes]) -> Run:
    """The same for entries that follow each other and of which nothing but the leaf and its published hash is at hand.

    What is checked for each is what `check_leaf` checks; for millions of entries, in a quarter of the time.
    """
    hashes = [leaf_hash(leaf) for leaf in leaves]
    times = [read_plain_time(leaf) for leaf in leaves]
    if hashes != published or None in times:
        return _run(
            [
                StoredEntry(shard, first + at, leaf, None, leaf_hash=hashed)
                for at, (leaf, hashed) in enumerate(zip(leaves, published, strict=True))
            ],
            None,
            check_leaf,
        )
    span, falls = _span([(first + at, found) for at, found in enumerate(times) if found is not None])
    return Run(shard, first, b"".join(hashes), span, tuple(falls))


def _run(
    entries: Sequence[StoredEntry | PlainEntry],
    read_erasure: ErasureReader | None,
    check: Callable[[StoredEntry], EntryCheck],
) -> Run:
    findings: list[tuple[int, str]] = []
    bridges: list[tuple[int, str | None]] = []
    erased: list[int] = []
    allowed: list[tuple[str, int]] = []
    times: list[tuple[int, int]] = []
    hashes: list[bytes] = []
    objects = bodies = 0
    for entry in entries:
        if isinstance(entry, PlainEntry):
            times.append((entry.index, entry.ts_ms))
            hashes.append(entry.leaf_hash)
            continue
        hashes.append(leaf_hash(entry.leaf))
        result = check(entry)
        findings += [(entry.index, fault) for fault in result.faults]
        objects += result.objects
        bodies += result.bodies
        if result.erased:
            erased.append(entry.index)
        leaf = result.leaf
        if leaf is None:
            continue
        times.append((entry.index, leaf.ts_ms))
        if leaf.kind is LeafKind.SHARD or leaf.bridge is not None:
            bridges.append((entry.index, leaf.bridge))
        if leaf.kind is LeafKind.ERASURE and read_erasure and not (result.faults or result.erased):
            allowed += read_erasure(entry)
    span, falls = _span(times)
    return Run(
        entries[0].shard,
        entries[0].index,
        b"".join(hashes),
        span,
        tuple(sorted([*findings, *falls], key=lambda it: it[0])),
        tuple(bridges),
        tuple(erased),
        tuple(allowed),
        objects,
        bodies,
    )


def _span(times: Sequence[tuple[int, int]]) -> tuple[tuple[int, int] | None, list[tuple[int, str]]]:
    """The first and the highest time of entries (index, milliseconds), and where it falls."""
    if not times:
        return None, []
    falls: list[tuple[int, str]] = []
    last = first = times[0][1]
    for index, found in times:
        if found < last:
            falls.append((index, time_falls(found, last)))
        else:
            last = found
    return (first, last), falls


def time_falls(found: int, last: int) -> str:
    """The words for an entry that is older than one before it."""
    return f"time falls: {found} after {last} (milliseconds)"
