"""A rule: a whole log, read once from front to back, against its signed checkpoints; faults come out in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crypto.checkpoint import verify_checkpoint
from crypto.entry import Leaf, LeafKind
from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from crypto.merkle import Frontier, leaf_hash
from crypto.tree_head import Checkpoint, parse_checkpoint_text
from crypto.verify_entry import StoredEntry, StoredObject, check_entry

__all__ = ["Finding", "Report", "ShardReport", "StoredEntry", "StoredObject", "verify_log"]

MAX_FINDINGS = 1000
"""A log that is wrong everywhere need not be described everywhere; the rest is only counted."""

_BATCH = 4096

ErasureReader = Callable[[StoredEntry], Iterable[tuple[str, int]]]
"""Reads from an erasure entry which entries (shard, index) it allows to be erased."""


@dataclass(frozen=True)
class Finding:
    """Something wrong: where, and what. `index` is None where it is wrong with the shard as a whole."""

    shard: str
    index: int | None
    what: str


@dataclass(frozen=True)
class ShardReport:
    """A shard as recomputed: its size and root, and how far signed checkpoints confirm it."""

    shard: str
    size: int
    root: bytes
    signed_size: int


@dataclass(frozen=True)
class Report:
    """What was read, what could be confirmed, and every fault, the first one first."""

    findings: tuple[Finding, ...]
    more_findings: int
    entries: int
    objects: int
    bodies: int
    checkpoints: int
    erased: tuple[tuple[str, int], ...]
    shards: tuple[ShardReport, ...]

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.findings

    @property
    def first(self) -> Finding | None:
        """The first fault in the order of the log."""
        return self.findings[0] if self.findings else None


def verify_log(
    entries: Iterable[StoredEntry],
    checkpoints: Iterable[bytes],
    keys: Sequence[VerifyingKey],
    *,
    required: int = 1,
    read_erasure: ErasureReader | None = None,
) -> Report:
    """Check a log; never raises for what is wrong with it.

    Entries come shard by shard, each from index 0 on. A shard is the origin of its checkpoints or the last part of it
    ("2026" for "hub.example/log/2026"). Every kept checkpoint may be handed in, of all shards, in any order; each must
    carry `required` known signatures. With `read_erasure`, an entry may lack its parts only where an erasure entry
    says so; without, erased entries are just listed in the report.
    """
    check = _LogCheck(keys, required, read_erasure)
    for raw in checkpoints:
        check.take_checkpoint(raw)
    for entry in entries:
        check.take_entry(entry)
    return check.finish()


@dataclass
class _Shard:
    """A shard being read: its tree so far, and the signed sizes still to be reached, nearest last."""

    name: str
    signed: Mapping[int, bytes]
    waiting: list[int]
    frontier: Frontier = field(default_factory=Frontier)
    batch: list[bytes] = field(default_factory=list)
    roots: dict[int, bytes] = field(default_factory=dict)
    expected: int = 0
    tree_lost: bool = False
    confirmed: int = 0

    @property
    def size(self) -> int:
        return self.frontier.size + len(self.batch)

    def add(self, hashed: bytes) -> None:
        self.batch.append(hashed)
        if len(self.batch) >= _BATCH:
            self.root()

    def root(self) -> bytes:
        self.frontier = self.frontier.extend(self.batch)
        self.batch = []
        return self.frontier.root


class _LogCheck:
    """The state of one run over a log."""

    def __init__(self, keys: Sequence[VerifyingKey], required: int, read_erasure: ErasureReader | None) -> None:
        self._keys = keys
        self._required = required
        self._read_erasure = read_erasure
        self._findings: list[Finding] = []
        self._more = self._entries = self._objects = self._bodies = self._checkpoints = 0
        self._erased: list[tuple[str, int]] = []
        self._allowed: set[tuple[str, int]] = set()
        self._signed: dict[str, dict[int, bytes]] = {}
        self._shards: dict[str, _Shard] = {}
        self._current: _Shard | None = None
        self._last_ts = 0

    def take_checkpoint(self, raw: bytes) -> None:
        """Believe a checkpoint only with its signatures; two roots for one size prove a split view."""
        try:
            head = verify_checkpoint(raw, self._keys, required=self._required)
        except CryptoError as error:
            origin, _, _ = raw[:512].decode("utf-8", "replace").partition("\n")
            printable = "".join(sign for sign in origin[:255] if sign.isprintable())
            self._find(printable, None, f"a checkpoint does not hold: {error}")
            return
        self._checkpoints += 1
        known = self._signed.setdefault(head.origin, {}).setdefault(head.size, head.root)
        if known != head.root:
            self._find(
                head.origin, None, f"two signed checkpoints of size {head.size} have different roots: a split view"
            )

    def take_entry(self, entry: StoredEntry) -> None:
        """Check the next entry alone, in its order, and as a leaf of its tree."""
        shard = self._enter(entry)
        if shard is None:
            return
        self._check_index(shard, entry)
        result = check_entry(entry)
        for fault in result.faults:
            self._find(entry.shard, entry.index, fault)
        self._entries += 1
        self._objects += result.objects
        self._bodies += result.bodies
        if result.erased:
            self._erased.append((entry.shard, entry.index))
        if result.leaf is not None:
            self._check_order(entry, result.leaf)
            if result.leaf.kind is LeafKind.ERASURE and self._read_erasure and not (result.faults or result.erased):
                self._allowed.update(self._read_erasure(entry))
        shard.add(leaf_hash(entry.leaf))
        while shard.waiting and shard.waiting[-1] <= shard.expected:
            self._check_root(shard, shard.waiting.pop())

    def finish(self) -> Report:
        """Close the last shard, look for what never came, and sort what was found."""
        self._leave()
        for origin, heads in self._signed.items():
            if max(heads) > 0 and not any(_is_shard(origin, name) for name in self._shards):
                self._find(origin, 0, f"a signed checkpoint covers {max(heads)} entries, none is stored")
        if self._read_erasure is not None:
            for shard, index in self._erased:
                if (shard, index) not in self._allowed:
                    self._find(shard, index, "content is missing, and no erasure entry says that it may be")
        order = {name: place for place, name in enumerate(self._shards)}
        self._findings.sort(key=lambda it: (order.get(it.shard, len(order)), it.index is None, it.index or 0))
        return Report(
            findings=tuple(self._findings),
            more_findings=self._more,
            entries=self._entries,
            objects=self._objects,
            bodies=self._bodies,
            checkpoints=self._checkpoints,
            erased=tuple(self._erased),
            shards=tuple(ShardReport(it.name, it.size, it.root(), it.confirmed) for it in self._shards.values()),
        )

    def _enter(self, entry: StoredEntry) -> _Shard | None:
        if self._current is not None and self._current.name == entry.shard:
            return self._current
        self._leave()
        if entry.shard in self._shards:
            self._find(entry.shard, entry.index, "expected the entries of a shard together, found one apart")
            return None
        signed: dict[int, bytes] = {}
        for origin, heads in self._signed.items():
            if _is_shard(origin, entry.shard):
                signed.update(heads)
        shard = _Shard(entry.shard, signed, sorted((size for size in signed if size), reverse=True))
        self._shards[entry.shard] = self._current = shard
        return shard

    def _leave(self) -> None:
        shard, self._current = self._current, None
        if shard is None:
            return
        shard.roots[shard.size] = shard.root()
        if not shard.signed:
            self._find(shard.name, None, "no signed checkpoint covers this shard")
        elif shard.waiting:
            what = f"a signed checkpoint covers {shard.waiting[0]} entries, only {shard.expected} are stored"
            self._find(shard.name, shard.expected, what)

    def _check_index(self, shard: _Shard, entry: StoredEntry) -> None:
        """Each index once, in order; after a gap no root of this shard can be computed any more."""
        if entry.index != shard.expected:
            shard.tree_lost = True
            self._find(entry.shard, shard.expected, f"expected entry {shard.expected}, found {entry.index}")
        shard.expected = max(shard.expected, entry.index + 1)

    def _check_order(self, entry: StoredEntry, leaf: Leaf) -> None:
        if leaf.ts_ms < self._last_ts:
            what = f"time falls: {leaf.ts_ms} after {self._last_ts} (milliseconds)"
            self._find(entry.shard, entry.index, what)
        self._last_ts = max(self._last_ts, leaf.ts_ms)
        if leaf.kind is LeafKind.SHARD and entry.index != 0:
            self._find(entry.shard, entry.index, "a shard entry stands elsewhere than at index 0")
        if entry.index == 0 and len(self._shards) > 1 and leaf.bridge is None:
            self._find(entry.shard, 0, "the first entry names no checkpoint of the shard before")
        if leaf.bridge is not None:
            self._check_bridge(entry, parse_checkpoint_text(leaf.bridge.encode()))

    def _check_bridge(self, entry: StoredEntry, head: Checkpoint) -> None:
        """The shard before, where it was read too, must have had this root at this size."""
        before = next((it for it in self._shards.values() if _is_shard(head.origin, it.name)), None)
        if before is None or before.tree_lost:
            return
        if before.name == entry.shard:
            self._find(entry.shard, entry.index, "the first entry names a checkpoint of its own shard")
        elif before.roots.get(head.size) != head.root:
            what = f"the first entry names a checkpoint of size {head.size} that {before.name} does not have"
            self._find(entry.shard, entry.index, what)

    def _check_root(self, shard: _Shard, size: int) -> None:
        if shard.tree_lost:
            return
        computed = shard.roots[size] = shard.root()
        if computed == shard.signed[size]:
            shard.confirmed = size
            return
        shard.tree_lost = True  # every later root differs too; one finding says it
        what = (
            f"the root over the first {size} entries is not the signed one: "
            f"something from entry {shard.confirmed} to {size - 1} was changed"
        )
        self._find(shard.name, self._first_known(shard), what)

    def _first_known(self, shard: _Shard) -> int:
        """The entry that explains a wrong root, where one was found to be changed; else the first it may be."""
        known = (it.index for it in self._findings if it.shard == shard.name and it.index is not None)
        return min((index for index in known if index >= shard.confirmed), default=shard.confirmed)

    def _find(self, shard: str, index: int | None, what: str) -> None:
        if len(self._findings) < MAX_FINDINGS:
            self._findings.append(Finding(shard, index, what))
        else:
            self._more += 1


def _is_shard(origin: str, shard: str) -> bool:
    return origin == shard or origin.endswith("/" + shard)
