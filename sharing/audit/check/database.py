"""Operation: check the log in the database: every entry, what is kept beside it, and every row that the trail covers.

A large log is shared out among processes, each of which reads stretches of it; memory stays bounded. Never raises for
what is wrong with a log.
"""

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import Any, Final

from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from crypto.merkle import MAX_SIZE
from crypto.tree_head import parse_checkpoint_text
from crypto.verify import Finding, Report, in_log_order, verify_runs
from crypto.verify_run import Run
from models.session import Database
from sharing.audit.check.rows import check_sealed_rows
from sharing.audit.check.shared import in_order
from sharing.audit.check.stretch import Checked as CheckedStretch
from sharing.audit.check.stretch import Placing, Stretch, check_stretch
from sharing.audit.checkpoints import list_checkpoints
from sharing.audit.state import LogHead, count_waiting, load_log_head
from sharing.reading.driver import fetch
from sharing.reading.recount import count_grants, entries_of_objects, list_strays, recount_regrants
from sharing.reading.stored import NOT_ERASED

Progress = Callable[[int], None]
"""Told how many entries were read since the last time."""

STRETCH: Final = 2048
"""Entries that one process checks at a time."""

ALONE: Final = 20_000
"""Logs up to this size are checked in one process: starting others would take longer."""

AHEAD: Final = 2
"""Stretches that wait for each process: enough to keep it busy, few enough to be held."""

SHOWN: Final = 1000
"""Findings that are described; the rest is counted."""


class Checked(Struct, frozen=True):
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
class _Whole:
    """What is put together from all stretches."""

    findings: list[Finding] = field(default_factory=list)
    extras: dict[tuple[int, int, int, int], int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    last_position: int = 0
    last_ts: int = 0
    sizes: dict[str, int] = field(default_factory=dict)

    def take(self, stretch: Stretch, checked: CheckedStretch) -> None:
        """Positions go on where the stretch before ended."""
        self.findings += [Finding(stretch.shard, index, what) for index, what in checked.findings]
        for table, count in checked.counts.items():
            self.counts[table] = self.counts.get(table, 0) + count
        for grant in checked.extras:
            self.extras[grant[:4]] = grant.probe
        for placing in checked.placings:
            self._place(stretch.shard, placing)
        for run in checked.runs:
            self.sizes[stretch.shard] = run.end
            self.last_ts = max(self.last_ts, run.times[1] if run.times else 0)

    def _place(self, shard: str, placing: Placing) -> None:
        """A position is the clock's, or the last one plus one: index and position never disagree."""
        first = placing.first_position
        if first <= self.last_position:
            what = f"expected a position after {self.last_position}, found {first}: positions must rise"
            self.findings.append(Finding(shard, placing.index, what))
        elif first != self.last_position + 1 and first // 1000 != placing.ts_ms:
            what = f"its position {first} is neither the time of its leaf ({placing.ts_ms} ms) nor the last plus one"
            self.findings.append(Finding(shard, placing.index, what))
        self.last_position = max(self.last_position, first + placing.count - 1)


def check_database(
    session: Session,
    keys: Sequence[VerifyingKey],
    progress: Progress = lambda _: None,
    *,
    url: str | None = None,
    processes: int | None = None,
    remembered: Iterable[bytes] = (),
    watch: Callable[[Iterable[Run]], Iterable[Run]] = lambda runs: runs,
) -> Checked:
    """Read the whole log once, and all that is kept beside it.

    With the `url` of the database, large logs are checked by several processes (by default one for each core).
    `remembered` are checkpoints of earlier days, which must lead to this log too; `watch` sees the log pass by.
    """
    shards = _list_sizes(session)
    head, lost = _load_head(session, shards)
    stretches = [
        Stretch(shard, first, min(first + STRETCH, size)) for shard, size in shards for first in range(0, size, STRETCH)
    ]
    whole = _Whole()
    many = (processes or os.cpu_count() or 1) if url and sum(size for _, size in shards) > ALONE else 1

    def runs() -> Iterator[Run]:
        with _answers(session, head.last_position, stretches, url if many > 1 else None, many) as answers:
            for stretch, checked in answers:
                whole.take(stretch, checked)
                progress(stretch.end - stretch.first)
                yield from checked.runs

    notes = list_checkpoints(session)
    stored = [bytes(each.note) for each in notes]
    report = verify_runs(watch(runs()), stored, keys, erasures=True, remembered=remembered)
    waiting = count_waiting(session)
    findings = [*report.findings, *whole.findings, *_check_state(session, head, whole, report)]
    findings += [*lost, *_check_notes(notes, head), *_check_regrants(session, whole, head), *_check_rows(session, head)]
    findings += _check_surplus(session, whole, head, waiting)
    return Checked(report, tuple(in_log_order(findings, report.shards)), waiting)


@contextmanager
def _answers(
    session: Session, upto: int, stretches: Sequence[Stretch], url: str | None, processes: int
) -> Iterator[Iterator[tuple[Stretch, CheckedStretch]]]:
    """Each stretch with what it came to, in their order, made here or by several processes; grants up to a position."""
    if url is None:
        yield ((stretch, check_stretch(session, stretch, upto)) for stretch in stretches)
        return
    snapshot = _export_snapshot(session)
    start = partial(_open_here, url, snapshot)
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=start) as pool:
        yield in_order(pool, stretches, partial(_check_here, upto), processes * AHEAD)


_here: dict[str, Any] = {}
"""The database of a process that helps, opened once."""


def _open_here(url: str, snapshot: str | None) -> None:
    gc.disable()  # nothing here goes in circles, and looking for circles among so many rows takes a fifth of the time
    _here.update(database=Database(url, pool_size=1), snapshot=snapshot)


def _check_here(upto: int, stretch: Stretch) -> CheckedStretch:
    with _here["database"].reading() as session:
        if _here["snapshot"]:
            fetch_nothing(session, f"SET TRANSACTION SNAPSHOT '{_here['snapshot']}'")
        return check_stretch(session, stretch, upto)


def fetch_nothing(session: Session, sql: str) -> None:
    """Run a statement that answers no rows."""
    session.connection().exec_driver_sql(sql)


def _export_snapshot(session: Session) -> str | None:
    """What the helpers on PostgreSQL look at: exactly what this session sees. On SQLite the past does not change."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    return str(fetch(session, "SELECT pg_export_snapshot()", {})[0][0])


def _load_head(session: Session, shards: Sequence[tuple[str, int]]) -> tuple[LogHead, list[Finding]]:
    """The state of the log; where somebody spoilt it, what is left to go on with, and that finding."""
    try:
        return load_log_head(session), []
    except (CryptoError, SQLAlchemyError, TypeError, ValueError):
        shard = shards[-1][0] if shards else ""
        head = LogHead("", shard, 0, b"", MAX_SIZE, 0)
        return head, [Finding(shard, None, "the log's state is missing or cannot be read")]


def _list_sizes(session: Session) -> list[tuple[str, int]]:
    """The shards, oldest first, each with the index after its last entry."""
    sql = """
        SELECT shard, max(log_index) + 1 FROM audit_entries WHERE log_index IS NOT NULL
        GROUP BY shard ORDER BY min(ts_ms), min(id)
    """
    return [(shard, size) for shard, size in fetch(session, sql, {})]


def _check_state(session: Session, head: LogHead, whole: _Whole, report: Report) -> Iterator[Finding]:
    """The state that the next integration goes on from must be the end of what was read."""
    size = whole.sizes.get(head.shard, 0)
    if size != head.size:
        yield Finding(head.shard, size, f"the log's state says {head.size} entries, {size} are stored")
    elif next((each.root for each in report.shards if each.shard == head.shard), head.root) != head.root:
        yield Finding(head.shard, None, "the log's state holds another tree than its entries")
    if report.shards and report.shards[-1].shard != head.shard:
        yield Finding(
            head.shard, None, f"the log's state says shard {head.shard}, the last is {report.shards[-1].shard}"
        )
    if whole.last_position != head.last_position:
        what = f"the log's state says position {head.last_position}, the entries reach {whole.last_position}"
        yield Finding(head.shard, None, what)
    for (last_ts,) in fetch(session, "SELECT last_ts_ms FROM log_state", {}):
        if whole.last_ts != last_ts:
            yield Finding(head.shard, None, f"the log's state says time {last_ts}, the last entry has {whole.last_ts}")


def _check_notes(notes: Sequence[Any], head: LogHead) -> Iterator[Finding]:
    """The columns beside a note repeat what it says, and all belong to this log."""
    for each in notes:
        try:
            said = parse_checkpoint_text(bytes(each.note).partition(b"\n\n")[0] + b"\n")
        except (CryptoError, TypeError):
            continue  # said already
        if said.origin != f"{head.origin}/{each.shard}" or said.size != each.size:
            what = f"the checkpoint kept for size {each.size} is one of {said.origin} for size {said.size}"
            yield Finding(each.shard, None, what)


def _check_regrants(session: Session, whole: _Whole, head: LogHead) -> list[Finding]:
    """Grants beyond publication are explained by regrants, or were added by hand."""
    made = [(entry, what) for entry, what in recount_regrants(session, whole.extras, head.last_position)]
    if whole.extras:
        entries = entries_of_objects(session, [name[3] for name in list(whole.extras)[:SHOWN]])
        for feed, token, position, ident in list(whole.extras)[:SHOWN]:
            what = f"object {ident}: nothing grants it to token {token} in feed {feed} at position {position}"
            made.append((entries.get(ident, 0), what))
    return _name(session, head, made)


def _check_rows(session: Session, head: LogHead) -> list[Finding]:
    """Rows of the sealed tables; the entry is the one that wrote the row last."""
    found: list[tuple[int | None, str]] = []
    for fault in check_sealed_rows(session):
        found.append(fault)
        if len(found) >= SHOWN:
            break
    return _name(session, head, found)


def _name(session: Session, head: LogHead, found: Sequence[tuple[int | None, str]]) -> list[Finding]:
    """Findings by number of entry, named as the log names entries."""
    ids = ", ".join(str(entry) for entry in sorted({entry for entry, _ in found if entry})) or "NULL"
    sql = f"SELECT id, shard, log_index FROM audit_entries WHERE id IN ({ids}) AND log_index IS NOT NULL"
    places = {row[0]: row[1:] for row in fetch(session, sql, {})}
    made: list[Finding] = []
    for entry, what in found:
        shard, index = places.get(entry, (head.shard, None))
        made.append(Finding(shard, index, what))
    return made


_COUNT: Final = "SELECT count(*) FROM {table} t"
_BUT_WAITING: Final = """ WHERE NOT EXISTS (
    SELECT 1 FROM audit_entries e WHERE e.id = t.entry_id AND e.log_index IS NULL)
"""


def _check_surplus(session: Session, whole: _Whole, head: LogHead, waiting: int) -> Iterator[Finding]:
    """Rows that belong to no entry."""
    count = _COUNT + (_BUT_WAITING if waiting else "")
    for table in ("audit_parts", "audit_subjects", "audit_seals", "disclosures", "objects"):
        source = NOT_ERASED if table == "objects" else table
        stored = fetch(session, count.format(table=source), {})[0][0]
        if stored != whole.counts.get(table, 0):
            what = f"{abs(stored - whole.counts.get(table, 0))} rows of {table} do not belong to an entry of the log"
            yield Finding(head.shard, None, what)
    if count_grants(session, head.last_position) != whole.counts.get("grants", 0) or list_strays(
        session, head.last_position, 1
    ):
        yield Finding(head.shard, None, "there are grants of objects that do not exist, or at positions never given")
