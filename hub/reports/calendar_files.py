"""Rule: deadlines as a calendar file (iCalendar, RFC 5545): reference number and link, and nothing of the report."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5

from msgspec import Struct

MEDIA_TYPE: Final = "text/calendar"
_NAMESPACE: Final = UUID("5b0f4f0e-5c8b-4a0a-9d5e-5a6f3cf0c1d2")
_OCTETS: Final = 75
"""Of a line, by the specification; longer ones are folded."""


class Entry(Struct, frozen=True):
    """One deadline in a calendar."""

    report_id: UUID
    rule: str
    reference: str
    due_at: datetime
    url: str


def calendar(entries: Iterable[Entry], word: str, now: datetime) -> bytes:
    """The file. The id of an entry stays the same, so that a calendar changes it instead of adding another."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ceptoar-hub//deadlines//EN", "METHOD:PUBLISH"]
    for each in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uuid5(_NAMESPACE, f'{each.report_id}/{each.rule}')}@ceptoar-hub",
            f"DTSTAMP:{_moment(now)}",
            f"DTSTART:{_moment(each.due_at)}",
            f"SUMMARY:{_escaped(f'{each.reference} {word}')}",
            f"URL:{each.url}",
            "CLASS:CONFIDENTIAL",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_escaped(each.reference)}",
            "TRIGGER:-P1D",
            "END:VALARM",
            "END:VEVENT",
        ]
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line)).encode("utf-8")


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, "\\" + sign)
    return text.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    part = ""
    for sign in line:
        if len((part + sign).encode("utf-8")) > _OCTETS:
            yield part
            part = " "
        part += sign
    yield part
