"""A rule: a whole log, read once from front to back, against its signed checkpoints; faults come out in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from crypto.checkpoint import verify_checkpoint
from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from crypto.merkle import HASH_BYTES, Frontier
from crypto.tree_head import Checkpoint, parse_checkpoint_text
from crypto.verify_run import Run, time_falls

MAX_FINDINGS = 1000
"""A log that is wrong everywhere need not be described everywhere; the rest is only counted."""


class Finding(Struct, frozen=True):
    """Something wrong: where, and what. `index` is None where it is wrong with the shard as a whole."""

    shard: str
    index: int | None
    what: str


class ShardReport(Struct, frozen=True):
    """A shard as recomputed: its size and root, and how far signed checkpoints confirm it."""

    shard: str
    size: int
    root: bytes
    signed_size: int


class Loss(Struct, frozen=True):
    """Entries that the log itself declared lost: the shard that goes on after it names the last witnessed tree.

    That is no fault of the log, but nobody should overlook it.
    """

    shard: str
    first: int
    end: int
    root: bytes
    opened: str


class Report(Struct, frozen=True):
    """What was read, what could be confirmed, and every fault, the first one first."""

    findings: tuple[Finding, ...]
    more_findings: int
    entries: int
    objects: int
    bodies: int
    checkpoints: int
    erased: tuple[tuple[str, int], ...]
    shards: tuple[ShardReport, ...]
    losses: tuple[Loss, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.findings

    @property
    def first(self) -> Finding | None:
        """The first fault in the order of the log."""
        return self.findings[0] if self.findings else None


def verify_runs(
    runs: Iterable[Run],
    checkpoints: Iterable[bytes],
    keys: Sequence[VerifyingKey],
    *,
    required: int = 1,
    erasures: bool = False,
    remembered: Iterable[bytes] = (),
) -> Report:
    """Check a log whose entries were checked alone already, wherever that was done: their order, trees and bridges.

    Never raises for what is wrong with it. Runs come in the order of the log, each shard from index 0 on. A shard is
    the origin of its checkpoints or the last part of it ("2026" for "hub.example/log/2026"). Every kept checkpoint may
    be handed in, of all shards, in any order; each must carry `required` known signatures. With `erasures`, an entry
    may lack its parts only where an erasure entry says so; without, erased entries are just listed in the report.
    `remembered` are checkpoints of earlier days, which must lead to this log too: else it was rolled back, or there
    are two of it.
    """
    check = _LogCheck(keys, required, erasures=erasures)
    for raw in remembered:
        check.take_checkpoint(raw, remembered=True)
    for raw in checkpoints:
        check.take_checkpoint(raw)
    for run in runs:
        check.take_run(run)
    return check.finish()


def in_log_order(findings: Iterable[Finding], shards: Sequence[ShardReport]) -> list[Finding]:
    """Findings in the order of the log; in a shard, those that name no entry come last."""
    order = {each.shard: place for place, each in enumerate(shards)}
    return sorted(findings, key=lambda it: (order.get(it.shard, len(order)), it.index is None, it.index or 0))


@dataclass
class _Shard:
    """A shard being read: its tree so far, and the signed sizes still to be reached, nearest last."""

    name: str
    signed: Mapping[int, bytes]
    waiting: list[int]
    frontier: Frontier = field(default_factory=Frontier)
    roots: dict[int, bytes] = field(default_factory=dict)
    expected: int = 0
    tree_lost: bool = False
    confirmed: int = 0

    @property
    def size(self) -> int:
        return self.frontier.size

    def add(self, hashes: bytes) -> None:
        self.frontier = self.frontier.extend([hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)])

    def root(self) -> bytes:
        return self.frontier.root


class _LogCheck:
    """The state of one run over a log."""

    def __init__(self, keys: Sequence[VerifyingKey], required: int, *, erasures: bool) -> None:
        self._keys = keys
        self._required = required
        self._erasures = erasures
        self._findings: list[Finding] = []
        self._more = self._entries = self._objects = self._bodies = self._checkpoints = 0
        self._erased: list[tuple[str, int]] = []
        self._allowed: set[tuple[str, int]] = set()
        self._signed: dict[str, dict[int, bytes]] = {}
        self._remembered: dict[str, set[int]] = {}
        self._losses: dict[str, Loss] = {}
        self._shards: dict[str, _Shard] = {}
        self._current: _Shard | None = None
        self._last_ts = 0

    def take_checkpoint(self, raw: bytes, *, remembered: bool = False) -> None:
        """Believe a checkpoint only with its signatures; two roots for one size prove a split view."""
        try:
            head = verify_checkpoint(raw, self._keys, required=self._required)
        except CryptoError as error:
            origin, _, _ = raw[:512].decode("utf-8", "replace").partition("\n")
            printable = "".join(sign for sign in origin[:255] if sign.isprintable())
            self._find(printable, None, f"a checkpoint does not hold: {error}")
            return
        self._checkpoints += 1
        if remembered:
            self._remembered.setdefault(head.origin, set()).add(head.size)
        known = self._signed.setdefault(head.origin, {}).setdefault(head.size, head.root)
        if known != head.root:
            self._find(
                head.origin, None, f"two signed checkpoints of size {head.size} have different roots: a split view"
            )

    def take_run(self, run: Run) -> None:
        """Check the next entries in their order, and as leaves of their tree."""
        shard = self._enter(run)
        if shard is None:
            return
        self._check_index(shard, run)
        for index, what in run.findings:
            self._find(run.shard, index, what)
        self._entries += run.count
        self._objects += run.objects
        self._bodies += run.bodies
        self._erased += [(run.shard, index) for index in run.erased]
        self._allowed.update(run.allowed)
        self._check_order(shard, run)
        taken = 0
        while shard.waiting and shard.waiting[-1] <= shard.expected:
            size = shard.waiting.pop()
            upto = min(max(size - run.first, taken), run.count)
            shard.add(run.hashes[taken * HASH_BYTES : upto * HASH_BYTES])
            taken = upto
            self._check_root(shard, size)
        shard.add(run.hashes[taken * HASH_BYTES :])

    def finish(self) -> Report:
        """Close the last shard, look for what never came, and sort what was found."""
        self._leave()
        for read in self._shards.values():
            self._check_reach(read)
        for origin, heads in self._signed.items():
            if max(heads) > 0 and not any(_is_shard(origin, name) for name in self._shards):
                what = f"a signed checkpoint covers {max(heads)} entries, none is stored"
                self._find(origin, 0, what + self._rolled_back(origin, max(heads)))
        if self._erasures:
            for shard, index in self._erased:
                if (shard, index) not in self._allowed:
                    self._find(shard, index, "content is missing, and no erasure entry says that it may be")
        shards = tuple(ShardReport(it.name, it.size, it.root(), it.confirmed) for it in self._shards.values())
        return Report(
            findings=tuple(in_log_order(self._findings, shards)),
            more_findings=self._more,
            entries=self._entries,
            objects=self._objects,
            bodies=self._bodies,
            checkpoints=self._checkpoints,
            erased=tuple(self._erased),
            shards=shards,
            losses=tuple(self._losses.values()),
        )

    def _enter(self, run: Run) -> _Shard | None:
        if self._current is not None and self._current.name == run.shard:
            return self._current
        self._leave()
        if run.shard in self._shards:
            self._find(run.shard, run.first, "expected the entries of a shard together, found one apart")
            return None
        signed: dict[int, bytes] = {}
        for origin, heads in self._signed.items():
            if _is_shard(origin, run.shard):
                signed.update(heads)
        shard = _Shard(run.shard, signed, sorted((size for size in signed if size), reverse=True))
        self._shards[run.shard] = self._current = shard
        return shard

    def _leave(self) -> None:
        shard, self._current = self._current, None
        if shard is not None:
            shard.roots[shard.size] = shard.root()

    def _check_reach(self, shard: _Shard) -> None:
        """Whether a shard is as long as was signed; what it declared lost, the shard after it says."""
        if not shard.signed:
            self._find(shard.name, None, "no signed checkpoint covers this shard")
        if not shard.waiting:
            return
        longest, loss = shard.waiting[0], self._losses.get(shard.name)
        if loss is None or longest > loss.end:
            what = f"a signed checkpoint covers {longest} entries, only {shard.expected} are stored"
            self._find(shard.name, shard.expected, what + self._rolled_back(shard.name, longest))
        elif shard.signed.get(loss.end, loss.root) != loss.root:
            what = f"{loss.opened} names another tree of {loss.end} entries as the last witnessed one than was signed"
            self._find(shard.name, loss.end, what)

    def _rolled_back(self, shard: str, size: int) -> str:
        return ": it was shown before, so the log was rolled back" if self._was_shown(shard, size) else ""

    def _was_shown(self, shard: str, size: int) -> bool:
        return any(size in sizes and _is_shard(origin, shard) for origin, sizes in self._remembered.items())

    def _check_index(self, shard: _Shard, run: Run) -> None:
        """Each index once, in order; after a gap no root of this shard can be computed any more."""
        if run.first != shard.expected:
            shard.tree_lost = True
            self._find(run.shard, shard.expected, f"expected entry {shard.expected}, found {run.first}")
        shard.expected = max(shard.expected, run.end)

    def _check_order(self, shard: _Shard, run: Run) -> None:
        if run.times is not None:
            if run.times[0] < self._last_ts:
                self._find(run.shard, run.first, time_falls(run.times[0], self._last_ts))
            self._last_ts = max(self._last_ts, run.times[1])
        bridged = dict(run.bridges)
        for index in bridged:
            if index != 0:
                self._find(run.shard, index, "a shard entry stands elsewhere than at index 0")
        if run.first == 0 and len(self._shards) > 1 and not bridged.get(0):
            self._find(run.shard, 0, "the first entry names no checkpoint of the shard before")
        for index, bridge in run.bridges:
            if bridge is not None:
                self._check_bridge(run.shard, index, parse_checkpoint_text(bridge.encode()))

    def _check_bridge(self, shard: str, index: int, head: Checkpoint) -> None:
        """The shard before, where it was read too, must have had this root at this size, or declared a loss."""
        before = next((it for it in self._shards.values() if _is_shard(head.origin, it.name)), None)
        if before is not None and head.size > before.expected and _goes_on(before.name, shard):
            self._losses[before.name] = Loss(before.name, before.expected, head.size, head.root, shard)
            return
        if before is None or before.tree_lost:
            return
        if before.name == shard:
            self._find(shard, index, "the first entry names a checkpoint of its own shard")
        elif before.roots.get(head.size) != head.root:
            what = f"the first entry names a checkpoint of size {head.size} that {before.name} does not have"
            self._find(shard, index, what)

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
        if self._was_shown(shard.name, size):
            what += ", or there are two histories (a fork): that checkpoint was shown before"
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


def _goes_on(before: str, shard: str) -> bool:
    """Whether a shard is the next of the same year, which is opened after a declared loss: 2026, 2026-2, 2026-3."""
    year, _, number = before.partition("-")
    return (not number or number.isdigit()) and shard == f"{year}-{int(number or 1) + 1}"


def _is_shard(origin: str, shard: str) -> bool:
    return origin == shard or origin.endswith("/" + shard)
