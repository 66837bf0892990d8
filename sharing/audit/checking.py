"""Operation: check the log in the database against its own checkpoints, in one pass with bounded memory."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from crypto.keys import VerifyingKey
from crypto.verify import Finding, Report, verify_log
from crypto.verify_entry import StoredEntry
from sharing.audit.checkpoints import list_checkpoints
from sharing.audit.export import stream_entries
from sharing.audit.state import count_waiting, load_log_head
from sharing.reading.stored import count_objects

Progress = Callable[[int], None]
"""Told how many entries were read since the last time."""

TOLD_EVERY = 200
"""Entries between two words on progress."""


@dataclass(frozen=True)
class Checked:
    """What the pass found, and what it could not have found alone."""

    report: Report
    findings: tuple[Finding, ...]
    """All of it, the first fault of the log first."""
    waiting: int
    """Entries that are recorded and wait for integration: not in the log yet."""

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.findings


@dataclass
class _Rows:
    """What the rows say beside the entries: positions, the hashes, and how many objects there are."""

    progress: Progress
    findings: list[Finding] = field(default_factory=list)
    objects: int = 0
    last: int = 0
    read: int = 0
    size: dict[str, int] = field(default_factory=dict)

    def take(self, entry: StoredEntry, row: Any) -> StoredEntry:
        """Check one row: its positions lie behind those of the entry before."""
        if not _commits(entry.leaf, row):
            what = "its row and its leaf name different roots of parts or objects"
            self.findings.append(Finding(entry.shard, entry.index, what))
        self.objects += row.object_count
        self.size[entry.shard] = entry.index + 1
        count = row.object_count + row.regrants
        if count and row.first_position is None:
            self.findings.append(Finding(entry.shard, entry.index, "it publishes objects, but has no position"))
        elif count:
            if row.first_position <= self.last:
                what = f"expected a position after {self.last}, found {row.first_position}: positions must rise"
                self.findings.append(Finding(entry.shard, entry.index, what))
            self.last = max(self.last, row.first_position + count - 1)
        self.read += 1
        if self.read % TOLD_EVERY == 0:
            self.progress(TOLD_EVERY)
        return entry


def _commits(leaf: bytes, row: Any) -> bool:
    """Whether the roots that the row keeps are those written in the leaf; looked for as text, which is quick."""
    roots = [root for root in (row.parts_root, row.objects_root) if root is not None]
    return all(b'"' + b64encode(bytes(root)) + b'"' in leaf for root in roots)


def check_database(session: Session, keys: Sequence[VerifyingKey], progress: Progress = lambda _: None) -> Checked:
    """Read the whole log once; never raises for what is wrong with it."""
    rows = _Rows(progress)

    def entries() -> Iterator[StoredEntry]:
        for entry, row in stream_entries(session):
            yield rows.take(entry, row)

    report = verify_log(entries(), [bytes(each.note) for each in list_checkpoints(session)], keys)
    progress(rows.read % TOLD_EVERY)
    findings = [*report.findings, *rows.findings, *_at_the_end(session, rows)]
    order = {shard.shard: place for place, shard in enumerate(report.shards)}
    findings.sort(key=lambda it: (order.get(it.shard, len(order)), it.index is None, it.index or 0))
    return Checked(report, tuple(findings), count_waiting(session))


def _at_the_end(session: Session, rows: _Rows) -> list[Finding]:
    """The state that the next integration goes on from must be the end of what was read."""
    head = load_log_head(session)
    found: list[Finding] = []
    if rows.size.get(head.shard, 0) != head.size:
        what = f"the log's state says {head.size} entries, {rows.size.get(head.shard, 0)} are stored"
        found.append(Finding(head.shard, rows.size.get(head.shard, 0), what))
    if rows.last > head.last_position:
        what = f"the log's state says position {head.last_position}, the entries reach {rows.last}"
        found.append(Finding(head.shard, None, what))
    surplus = count_objects(session) - rows.objects
    if surplus and not count_waiting(session):
        found.append(Finding(head.shard, None, f"{abs(surplus)} stored objects do not belong to an entry of the log"))
    return found
