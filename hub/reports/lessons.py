"""Gathers the lessons of final reports for both doors: what a reader may see of them, and never whose they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from feeds.stix.explain import ReportFacts, headline
from hub.security.beat import hold
from models.collection import INBOX_FEED
from models.moments import moment_at
from models.vocabulary import Form, Label, ReportKind
from sharing.readers import Reader
from sharing.reading.grants import Row
from sharing.reading.newest import Look, newest
from sharing.reading.page import page
from sharing.reading.question import Question
from sharing.reading.search import Sought, search
from sharing.reports.editions.blameless import without_senders

LOOK: Final = Look(types=("note",), labels=tuple(label.rank for label in Label if label is not Label.RED))

_PUBLISHED: Final = frozenset({Form.ANONYMISED.value, Form.NAMED.value})
"""Editions that the sender approved. Who reads the one with its name is told no name here either."""
_TEACHING: Final = frozenset({ReportKind.FINAL.value, ReportKind.NEAR_MISS.value})


MOST_STEPS: Final = 10
"""Pages of notes that are walked past for one page of lessons: who reads originals finds few editions among them."""


class Lesson(Struct, frozen=True):
    """What one final report teaches, as its published edition tells it; never whose it was."""

    text: str
    measures: str
    report: ReportFacts
    edition: Row
    at: datetime


class Lessons(Struct, frozen=True):
    """A page of them, with every row that was looked into, for the log of disclosures."""

    lessons: tuple[Lesson, ...]
    shown: tuple[Row, ...]
    next: str | None


def gather_lessons(session: Session, reader: Reader, words: str, token: str | None, sealer: CursorSealer) -> Lessons:
    """The newest lessons that the reader may see; with words, those that hold them.

    Raises:
        BadCursor: the token was not given to this reader.
    """
    following = token
    for _step in range(MOST_STEPS):
        rows, following = _walk(session, reader, words, following, sealer)
        lessons, shown = _taught(session, reader, rows, sealer)
        if lessons or following is None:
            break
    return Lessons(lessons, shown, following)


def _walk(
    session: Session, reader: Reader, words: str, token: str | None, sealer: CursorSealer
) -> tuple[Sequence[Row], str | None]:
    """The next notes that the reader may see, and the way on."""
    if words:
        hold()
        got = search(session, reader, INBOX_FEED, Sought(words, LOOK), token=token, sealer=sealer)
        return got.rows, got.next
    found = newest(session, reader, INBOX_FEED, LOOK, token=token, sealer=sealer)
    return found.rows, found.next


def _taught(
    session: Session, reader: Reader, rows: Sequence[Row], sealer: CursorSealer
) -> tuple[tuple[Lesson, ...], tuple[Row, ...]]:
    """The lessons among these notes, and every row that was looked into for them."""
    notes = [(row, value) for row in rows if _names_incident(row, value := _read(row.body))]
    incidents = _incidents(session, reader, [_incident(value) for _, value in notes], sealer)
    taught = [(row, value, *incidents[_incident(value)]) for row, value in notes if _incident(value) in incidents]
    said = without_senders(
        session,
        {
            (row.object_id, part): (row.report_id, text)
            for row, value, _, facts in taught
            for part, text in _texts(value, facts)
        },
    )
    lessons = tuple(
        Lesson(
            said[row.object_id, "lesson"],
            said[row.object_id, "measures"],
            facts,
            edition,
            moment_at(row.position),
        )
        for row, _, edition, facts in taught
    )
    return lessons, (*(row for row, *_ in taught), *(each.edition for each in lessons))


def _texts(value: Mapping[str, Any], facts: ReportFacts) -> Sequence[tuple[str, str]]:
    return ("lesson", str(value.get("content") or "")), ("measures", facts.measures or "")


def _incidents(
    session: Session, reader: Reader, named: Sequence[str], sealer: CursorSealer
) -> dict[str, tuple[Row, ReportFacts]]:
    """The published editions of final reports that these notes are about, as far as the reader sees them."""
    ids = tuple(dict.fromkeys(named))
    if not ids:
        return {}
    found: dict[str, tuple[Row, ReportFacts]] = {}
    for row in page(session, reader, INBOX_FEED, Question(ids=ids), sealer=sealer).rows:
        report = headline(_read(row.body)).report
        if report is not None and report.kind in _TEACHING and report.form in _PUBLISHED:
            found[row.stix_id] = (row, report)
    return found


def _names_incident(row: Row, value: Mapping[str, Any]) -> bool:
    """Whether it is a note of an edition about its incident; a note of anything else teaches nothing here."""
    return row.report_id is not None and bool(_incident(value)) and isinstance(value.get("content"), str)


def _incident(value: Mapping[str, Any]) -> str:
    refs = value.get("object_refs")
    first = refs[0] if isinstance(refs, list) and refs else ""
    return first if isinstance(first, str) and first.startswith("incident--") else ""


def _read(body: bytes) -> dict[str, Any]:
    value = orjson.loads(body)
    return value if isinstance(value, dict) else {}
