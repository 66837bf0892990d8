"""Operation: log what was given to whom: before the first byte leaves at AMBER and above, within a second below.

Concurrent readers share one transaction: whoever comes first writes for all that wait.
"""

import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.moments import microseconds_of
from models.report import Report
from models.vocabulary import Door, Label
from sharing.actor import Actor
from sharing.audit.record import Event, record_with
from sharing.audit.tags import Tag
from sharing.audit.writing import Followers
from sharing.errors import Busy, NotVisible
from sharing.jobs.deferred import Soon
from sharing.permissions import Permission
from sharing.reading import ledger
from sharing.reading.driver import as_moment, as_uuid
from sharing.reading.grants import Given, Listed, Row
from sharing.reading.ledger import Known, Reached
from sharing.reading.question import ALL, LAST, Question
from sharing.units import Units

FLUSH_SECONDS: Final = 0.5
"""How long a disclosure below AMBER may wait; the promise is a second."""

MOST_WAITING: Final = 5_000
"""Disclosures below AMBER that may wait; beyond this each is written before its answer leaves."""

LONGEST_FILTERS: Final = 2_000
"""Characters of the column; what does not fit is logged as several ranges."""

DOWNLOAD: Final = "download"
"""What was done with an object that left a page as a file."""

READINGS: Final = 50
"""Readings on one page of the ledger."""

_COLUMNS: Final = (
    ("account_id", "uuid"),
    ("organization_id", "uuid"),
    ("key_id", "uuid"),
    ("door", "text"),
    ("feed", "int4"),
    ("object_id", "int8"),
    ("first_position", "int8"),
    ("last_position", "int8"),
    ("count", "int4"),
    ("highest", "int4"),
    ("filters", "text"),
    ("at", "timestamptz"),
)


class Shown(Struct, frozen=True):
    """A range of a feed, or one object, that somebody is given."""

    actor: Actor
    feed: int
    object_id: int | None
    first: int
    last: int
    count: int
    highest: int
    filters: str
    at: datetime


def shown_of(
    actor: Actor, feed: int, rows: Sequence[Row | Given | Listed], question: Question, *, what: str, at: datetime
) -> list[Shown]:
    """What a page gives its reader, as one range or, where the filters are too long for one, several."""
    if not rows:
        return []
    filters = _filters(rows, question, what)
    if len(filters) > LONGEST_FILTERS:
        middle = len(rows) // 2
        parts = (rows[:middle], rows[middle:])
        return [each for part in parts for each in shown_of(actor, feed, part, question, what=what, at=at)]
    only = rows[0].object_id if len(rows) == 1 else None
    highest = max([row.label for row in rows])
    return [Shown(actor, feed, only, rows[0].position, rows[-1].position, len(rows), highest, filters, at)]


def _filters(given: Sequence[Row | Given | Listed], question: Question, what: str) -> str:
    """The filters that were applied, with those of their values that the rows have."""
    said: dict[str, Any] = {"what": what}
    if question.is_plain and question.versions == (LAST,):
        return json.dumps(said, separators=(",", ":"))
    rows = [row for row in given if isinstance(row, Row)]  # the others were found without a filter
    if question.ids or question.matches:  # filters on properties are logged as what they let through
        said["ids"] = sorted({row.stix_id for row in rows})
    if question.types:
        said["types"] = sorted({row.type for row in rows})
    if question.spec_versions:
        said["spec_versions"] = sorted({row.spec_version for row in rows})
    if question.versions != (LAST,):
        words = [word for word in question.versions if isinstance(word, str)]
        said["versions"] = words or sorted({row.version_us for row in rows})
    if question.highest < Label.RED.rank:
        said["highest"] = question.highest
    if question.fullest:
        said["fullest"] = True
    return json.dumps(said, separators=(",", ":"))


@dataclass
class _Ticket:
    """Disclosures of one answer that wait to be written, and how that went."""

    shown: Sequence[Shown]
    must_stand: bool
    """Its reader waits until it is written; the others have been answered already."""
    written: bool = False
    error: Exception | None = None


@dataclass
class Disclosures:
    """The log of disclosures of one process."""

    units: Units
    _waiting: list[_Ticket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Have a helper ready."""
        self._soon = Soon("disclosures", FLUSH_SECONDS, self._flush)

    def log(self, shown: Sequence[Shown]) -> None:
        """Log what an answer is about to give; returns when it may leave.

        Raises:
            Busy: it could not be logged, so it must not be given.
        """
        if not shown:
            return
        must_stand = max([each.highest for each in shown]) >= Label.AMBER.rank
        with self._lock:
            ticket = _Ticket(shown, must_stand or len(self._waiting) >= MOST_WAITING)
            self._waiting.append(ticket)
        if ticket.must_stand:
            self._write_for_all(ticket)
        else:
            self._soon.ask()

    def close(self) -> None:
        """Write what waits and let the helper rest; it begins again with the next disclosure."""
        self._soon.close()

    def _write_for_all(self, ticket: _Ticket) -> None:
        """Whoever gets the turn writes everything that waits; the others find theirs written."""
        with self._turn:
            if not ticket.written and ticket.error is None:
                self._write_waiting()
        if ticket.error is not None:
            raise Busy("this could not be logged, so it is not given; try again") from ticket.error

    def _write_waiting(self) -> None:
        """Write what waits, holding the turn. Where that fails, who waits is told; the rest goes on waiting."""
        with self._lock:
            tickets, self._waiting = self._waiting, []
        if not tickets:
            return
        try:
            with self.units.recording(by_keys=True) as session:
                write_disclosures(session, [each for ticket in tickets for each in ticket.shown], self.units)
        except Exception as error:  # whatever it was, nobody may go on waiting for it
            with self._lock:
                self._waiting[:0] = [ticket for ticket in tickets if not ticket.must_stand]
            for ticket in tickets:
                ticket.error = error if ticket.must_stand else None
            self._soon.ask()
            return
        for ticket in tickets:
            ticket.written = True
        self._soon.ask()  # integrates what was recorded

    def _flush(self) -> None:
        """Write what waits below AMBER, and see that what was recorded is integrated."""
        with self._turn:
            self._write_waiting()
        with suppress(SQLAlchemyError):  # it goes on waiting for the next who integrates
            self.units.integrate_waiting()


def write_disclosures(session: Session, shown: Sequence[Shown], units: Units) -> None:
    """Write disclosures: a row each, and one entry for each reader among them."""
    by_reader: dict[tuple[Any, ...], list[Shown]] = {}
    for each in shown:
        actor = each.actor
        by_reader.setdefault((actor.account_id, actor.membership_id, actor.key_id, actor.door), []).append(each)
    context = units.context()
    for group in by_reader.values():
        actor = group[0].actor
        organization = actor.organization.id
        event = Event(
            Tag.DISCLOSURE,
            actor,
            [("organization", str(organization))],
            decision={"disclosed": [_said(each) for each in group]},
        )
        rows = [
            (
                actor.account_id,
                organization,
                actor.key_id,
                actor.door.value,
                each.feed,
                each.object_id,
                each.first,
                each.last,
                each.count,
                each.highest,
                each.filters,
                each.at,
            )
            for each in group
        ]
        record_with(session, event, context, Followers("disclosures", _COLUMNS, rows))


def _said(each: Shown) -> dict[str, Any]:
    said: dict[str, Any] = {
        "feed": each.feed,
        "first": each.first,
        "last": each.last,
        "count": each.count,
        "highest": Label.of_rank(each.highest).value,
        "filters": each.filters,
        "at": each.at.astimezone(UTC).isoformat(),
    }
    return said if each.object_id is None else {**said, "object": each.object_id}


class Disclosed(Struct, frozen=True):
    """One reading of an object by somebody, as its sender may know of it."""

    at: datetime
    organization_id: UUID | None
    account_id: UUID | None
    key_id: UUID | None
    door: Door
    feed: int
    object_id: int
    """Which of the sender's objects: a version, or an edition of a report."""
    as_file: bool = False
    """It was taken away as a file of one's own, not shown on a page."""
    attachment: UUID | None = None
    """The file that was given, where it was one."""


def list_disclosures_of_object(session: Session, actor: Actor, stix_id: str) -> list[Disclosed]:
    """Who was given an object that the actor's organization published, newest first; all its versions.

    Raises:
        NotPermitted: the actor does not look at the trail.
        NotVisible: the organization has published no such object.
    """
    actor.must(Permission.TRAIL_OWN)
    objects = ledger.list_own_objects(session, actor.organization.id, stix_id)
    if not objects:
        raise NotVisible("no such object")
    return _disclosed(session, objects)


def list_disclosures_of_report(session: Session, actor: Actor, report_id: UUID) -> list[Disclosed]:
    """Who was given any edition of a report of the actor's organization, newest first.

    Raises:
        NotPermitted: the actor does not look at the trail.
        NotVisible: the organization has filed no such report.
    """
    _must_be_senders(session, actor, report_id)
    return _disclosed(session, ledger.list_report_objects(session, report_id))


def list_readings_of_report(
    session: Session, actor: Actor, report_id: UUID, *, before: int | None
) -> tuple[list[Disclosed], int | None]:
    """A page of who was given what of a report of the actor's organization, newest first, and where to go on.

    A page may be shorter than `READINGS`, even empty, and still go on.

    Raises:
        NotPermitted: the actor does not look at the trail.
        NotVisible: the organization has filed no such report.
    """
    _must_be_senders(session, actor, report_id)
    rows, following = ledger.list_readings(session, report_id, before or 2**62, READINGS)
    known = {each.id: each for each in ledger.list_report_objects(session, report_id)}
    found: dict[int, Disclosed] = {}
    for reached in rows:
        if reached.disclosure_id not in found and _admits(session, reached, known[reached.object_id]):
            found[reached.disclosure_id] = _of(reached)
    return list(found.values()), following


def _must_be_senders(session: Session, actor: Actor, report_id: UUID) -> None:
    actor.must(Permission.TRAIL_OWN)
    owner = select(Report.organization_id).where(Report.id == report_id)
    if session.execute(owner).scalar_one_or_none() != actor.organization.id:
        raise NotVisible("no such report")


def _of(reached: Reached) -> Disclosed:
    return Disclosed(
        as_moment(reached.at),
        as_uuid(reached.organization_id),
        as_uuid(reached.account_id),
        as_uuid(reached.key_id),
        Door(reached.door),
        reached.feed,
        reached.object_id,
        as_file=json.loads(reached.filters).get("what") == DOWNLOAD,
        attachment=_attachment_of(reached.filters),
    )


def _attachment_of(filters: str) -> UUID | None:
    ident = json.loads(filters).get("attachment")
    return None if ident is None else UUID(ident)


def list_organizations_given(session: Session, report_id: UUID, *, highest: Label = Label.RED) -> set[UUID]:
    """The organizations that were given any edition of a report, up to a label; whoever calls checked whose it is."""
    editions = [each for each in ledger.list_report_objects(session, report_id) if each.label <= highest.rank]
    found = _disclosed(session, editions)
    return {each.organization_id for each in found if each.organization_id is not None}


def _disclosed(session: Session, objects: Sequence[Known]) -> list[Disclosed]:
    known = {each.id: each for each in objects}
    found: dict[tuple[int, int], Disclosed] = {}
    for reached in ledger.list_reached(session, objects):
        key = (reached.disclosure_id, reached.object_id)
        if key not in found and _admits(session, reached, known[reached.object_id]):
            found[key] = _of(reached)
    return [found[key] for key in sorted(found, reverse=True)]


def _admits(session: Session, reached: Reached, known: Known) -> bool:
    """Whether the filters of a disclosure let the object through."""
    said = json.loads(reached.filters)
    versions = said.get("versions", [LAST])
    return (
        known.stix_id in said.get("ids", [known.stix_id])
        and known.type in said.get("types", [known.type])
        and known.spec_version in said.get("spec_versions", [known.spec_version])
        and known.label <= said.get("highest", known.label)
        and (
            ALL in versions
            or known.version_us in versions
            or any(isinstance(word, str) and word != LAST for word in versions)
            or (LAST in versions and not _was_replaced(session, reached))
        )
    )


def _was_replaced(session: Session, reached: Reached) -> bool:
    """Whether that reader saw a newer version by then; positions are times."""
    since = ledger.newer_version_since(session, reached)
    return since is not None and since <= microseconds_of(as_moment(reached.at))
