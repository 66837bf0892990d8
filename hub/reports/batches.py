"""Holds how many reports are filed from one file, for the page and the command: row by row, each a report of its own.

A row with a reference number goes on with that report (`hub.reports.continuing`), any other begins one. A wrong row
takes no other with it. The id under which a row is filed follows from what it says: whoever mends three rows and gives
the whole file again files those three, and the others are found to be there.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid5

from msgspec import Struct
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from crypto.canonical import canonical_json
from feeds.forms.batch import BatchRow
from hub.reports.continuing import load_continued, said_over
from hub.web.reporting.common_form_values import CORE_LISTS, MOMENTS, Lists, controls_of, lists_of
from hub.web.reporting.report_form import FLAGS, load_choices, values_of
from hub.wiring import Hub
from models.forms import liaison_form
from models.vocabulary import Label, ReportKind
from sharing.actor import Actor
from sharing.errors import Conflict, Fault, Invalid
from sharing.reports.codes import Codes, load_codes
from sharing.reports.fields import ReportFields, parse_fields
from sharing.reports.filing import file_report
from sharing.reports.mentions import Looked, look_ahead, look_further
from sharing.reports.seen import ChangedMeanwhile, Seen, seen_of
from sharing.reports.submissions import FiledReport, Submission, find_version

_FIRST: Final = ("reference", "kind", "event_type", "noticed_at", "service_impact", "summary", "label")
_NOT_IN_ROWS: Final = frozenset({"stages", "ransom_note"})
"""What a cell is too small for; it follows on the page."""
NAMES: Final = (*_FIRST, *(name for name in liaison_form().fields if name not in _NOT_IN_ROWS), *FLAGS)
"""The columns, in their order."""
NOT_READABLE: Final = "not-readable"
"""The code of a fault: a cell says something that its column does not take."""
_NAMESPACE: Final = UUID("6a2f0d3e-5d0c-4a53-9f1c-6f0f2a7d9b11")
_KINDS: Final = {
    "第一報": ReportKind.FIRST,
    "続報": ReportKind.FOLLOW_UP,
    "最終報": ReportKind.FINAL,
    "予兆・ヒヤリハット": ReportKind.NEAR_MISS,
}
_YES: Final = frozenset({"1", "y", "yes", "true", "はい", "有", "○", "◯", "同意", "する"})


AT_ONCE: Final = 20
"""Rows of one unit of work: others wait no longer for it than for one large post."""


class Outcome(StrEnum):
    """What became of a row."""

    FILED = "filed"
    REPEATED = "repeated"
    """It had been filed before, from this file or another with the same row."""
    READY = "ready"
    """It could be filed; only looked at."""
    WRONG = "wrong"


class Expected(StrEnum):
    """What a cell takes that could not be read."""

    CODE = "a code of the list, or its name"
    MOMENT = "a time such as 2026-11-20 11:00"
    NUMBER = "a number such as 300, 約300 or 200～300"
    TEXT = "a text, not a formula"


def expected_of(name: str) -> Expected:
    """What a column takes."""
    asked = liaison_form().fields.get(name)
    kind = asked.type if asked is not None else ""
    if name in CORE_LISTS or kind in {"code", "codes"}:
        return Expected.CODE
    if name in MOMENTS or kind == "moment":
        return Expected.MOMENT
    return Expected.NUMBER if kind == "number" else Expected.TEXT


class RowResult(Struct, frozen=True):
    """One row with what became of it."""

    row: int
    outcome: Outcome
    report_id: UUID | None = None
    reference: str = ""
    number: int = 0
    label: Label | None = None
    faults: tuple[Fault, ...] = ()


class _OnlyLooking(Exception):
    """Ends the unit of work of a row that is only looked at, after everything was tried."""


@dataclass
class _Batch:
    """What is read once for all rows."""

    hub: Hub
    who: Callable[[Session], Actor]
    codes: Codes
    lists: Lists
    looked: dict[Label, Looked]


class _Readable(Struct, frozen=True):
    """A row that holds a report, and from what its id follows."""

    row: int
    fields: ReportFields
    said: bytes
    report_id: UUID | None = None
    """The report with which it goes on; None where it begins one."""
    seen: Seen | None = None
    """How that stood when the row was laid over it."""


def file_rows(
    hub: Hub, who: Callable[[Session], Actor], rows: Sequence[BatchRow], *, only_look: bool
) -> Iterator[RowResult]:
    """File each row, or only look whether it could be filed; `who` is asked anew in each unit of work, as doors do."""
    with hub.reading() as session:
        choices = load_choices(session, who(session))
        batch = _Batch(hub, who, load_codes(session), lists_of(choices.lists, choices.sectors), {})
    seen: Counter[bytes] = Counter()
    for part in _parts(rows):
        results: dict[int, RowResult] = {}
        readable: list[_Readable] = []
        for row in part:
            said = canonical_json(row.texts)
            seen[said] += 1
            try:
                read = _read(batch, row, said + b"/%d" % seen[said])
            except Invalid as error:
                read = RowResult(row.number, Outcome.WRONG, faults=error.faults)
            if isinstance(read, RowResult):
                results[row.number] = read
            else:
                readable.append(read)
        results |= {each.row: each for each in _file_several(batch, readable, only_look=only_look)}
        yield from (results[row.number] for row in part)


def _parts(rows: Sequence[BatchRow]) -> Iterator[list[BatchRow]]:
    """Rows that are filed together; of two that go on with one report the second rests on the first, so it waits."""
    part: list[BatchRow] = []
    for row in rows:
        named = [_reference_of(each) for each in part]
        if len(part) == AT_ONCE or (_reference_of(row) and _reference_of(row) in named):
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _reference_of(row: BatchRow) -> str:
    return _plain(row.texts.get("reference", "")).upper()


def _read(batch: _Batch, row: BatchRow, said: bytes) -> _Readable | RowResult:
    """What a row holds; of one that goes on with a report and was filed before, what became of it then.

    Raises:
        Invalid: each column with what is wrong.
    """
    reference = _reference_of(row)
    if not reference:
        return _Readable(row.number, _fields_of(batch, row), said)
    with batch.hub.reading() as session:
        actor = batch.who(session)
        view = load_continued(session, actor, reference)
        number = find_version(session, actor, _submission(actor, said))
        seen = seen_of(session, view)
    if number is not None:
        return RowResult(row.number, Outcome.REPEATED, view.id, view.reference, number, view.label)
    return _Readable(row.number, _fields_of(batch, row, view.latest.fields), said, view.id, seen)


def _submission(actor: Actor, said: bytes) -> UUID:
    return uuid5(_NAMESPACE, f"{actor.organization.id}/{said.hex()}")


def _file_several(batch: _Batch, rows: Sequence[_Readable], *, only_look: bool) -> Iterator[RowResult]:
    """In one unit of work; where one of them cannot be filed, each in its own, so that it takes no other with it."""
    try:
        filed = _file(batch, rows, only_look=only_look) if rows else []
    except (Invalid, Conflict):
        for row in rows:
            yield _file_one(batch, row, only_look=only_look)
        return
    yield from (_result(row, each, only_look=only_look) for row, each in zip(rows, filed, strict=True))


def _file_one(batch: _Batch, row: _Readable, *, only_look: bool) -> RowResult:
    try:
        (filed,) = _file(batch, [row], only_look=only_look)
    except Invalid as error:
        return RowResult(row.row, Outcome.WRONG, label=row.fields.label, faults=error.faults)
    except ChangedMeanwhile:
        return RowResult(row.row, Outcome.WRONG, label=row.fields.label, faults=(Fault("number", "stale"),))
    except Conflict:
        return RowResult(row.row, Outcome.WRONG, label=row.fields.label, faults=(Fault("submission", "taken"),))
    return _result(row, filed, only_look=only_look)


def _result(row: _Readable, filed: FiledReport, *, only_look: bool) -> RowResult:
    label = row.fields.label
    if only_look and not filed.repeated:
        return RowResult(row.row, Outcome.READY, label=label)
    outcome = Outcome.REPEATED if filed.repeated else Outcome.FILED
    return RowResult(row.row, outcome, filed.report_id, filed.reference, filed.number, label)


def _file(batch: _Batch, rows: Sequence[_Readable], *, only_look: bool) -> list[FiledReport]:
    """Through the same operation as the page; what is only looked at is tried to the end and taken back.

    Raises:
        Invalid, Conflict: one of them cannot be filed; none of them is.
    """
    hub, found = batch.hub, list[FiledReport]()
    looked = {label: _looked(batch, label) for label in {row.fields.label for row in rows if row.report_id is None}}
    try:
        with hub.writing() as session:
            actor, means = batch.who(session), hub.means(session)
            for row in rows:
                filed = file_report(
                    session,
                    actor,
                    row.fields,
                    Submission(
                        _submission(actor, row.said),
                        report_id=row.report_id,
                        looked=looked[row.fields.label] if row.report_id is None else None,
                        seen=row.seen,
                    ),
                    means=means,
                )
                found.append(filed)
            if only_look:
                raise _OnlyLooking
    except _OnlyLooking:
        pass
    return found


def _looked(batch: _Batch, label: Label) -> Looked:
    earlier = batch.looked.get(label)
    with batch.hub.reading() as session:
        actor = batch.who(session)
        now = look_further(session, actor, earlier) if earlier else look_ahead(session, actor, label, of=None)
    batch.looked[label] = now
    return now


def _fields_of(batch: _Batch, row: BatchRow, last: ReportFields | None = None) -> ReportFields:
    """A row as the form would have it, laid over the last version where it goes on with a report.

    Raises:
        Invalid: each column with what is wrong.
    """
    texts = dict(row.texts)
    flags = {name: texts.pop(name) for name in FLAGS if name in texts}
    kind, label = texts.pop("kind", ""), texts.pop("label", Label.AMBER.value if last is None else "")
    texts.pop("reference", None)
    controls, unread = controls_of(texts, batch.lists)
    faults = [Fault(name, NOT_READABLE, expected_of(name).value) for name in unread]
    faults += [Fault(name, NOT_READABLE, Expected.TEXT.value) for name in row.formulas]
    data = MultiDict([(name, value) for name, values in controls.items() for value in values])
    try:
        values = values_of(data, batch.hub.settings.zone)
        values |= {name: _plain(text) in _YES for name, text in flags.items()}
        values |= {"label": _label(label), "technical_label": None}
        if last is not None:
            unsaid = set(FLAGS) - set(flags)  # a form holds each as yes or no; an empty cell says neither
            values = said_over(last, {name: value for name, value in values.items() if name not in unsaid}) | {
                "kind": ReportKind.FOLLOW_UP.value
            }
        values |= _kind(kind)
        fields = parse_fields(values, batch.codes, batch.hub.clock())
    except Invalid as error:
        named = {fault.field for fault in faults}
        raise Invalid(*faults, *(each for each in error.faults if each.field not in named)) from None
    if faults:
        raise Invalid(*faults)
    return fields


def _kind(text: str) -> dict[str, Any]:
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return {}
    return {"kind": _KINDS[plain].value if plain in _KINDS else plain}


def _label(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return plain if not plain or plain.startswith("TLP:") else f"TLP:{plain}"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
