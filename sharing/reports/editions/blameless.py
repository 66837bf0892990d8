"""Operation: lessons without names, also in an edition that bears its sender's: whoever learns need not know of whom.

The anonymised form has a person look at each place. The named form is read by people who may know the name; its lessons
go into the library of lessons, so names are replaced there by construction, and the proposal shows the text as it goes
out. No pseudonym is put in their place: beside the name it would say whose pseudonym that is.
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organization import Organization
from models.report import Report
from sharing.reading.driver import as_uuid
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.editions.dictionary import load_dictionary
from sharing.reports.editions.hints import HintKind, KnownName, find_hints, short_forms, take_hints
from sharing.reports.fields import ReportFields

_NAMES: Final = frozenset(
    {HintKind.ORGANIZATION, HintKind.SERVICE, HintKind.PERSON, HintKind.MAIL, HintKind.PHONE, HintKind.ACCOUNT}
)
"""What names somebody. Places, numbers and times are told to readers of the named form anyway."""

_JAPANESE: Final = re.compile(r"[ぁ-んァ-ヴ一-龥]")
_FIELD: Final = "lessons"

Key = TypeVar("Key", bound=Hashable)


def with_blameless_lessons(
    session: Session, report: Report, fields: ReportFields, builder: EditionBuilder
) -> ReportFields:
    """The fields with no name in their lessons: of the sender, of other members, of people or of services."""
    if not fields.lessons:
        return fields
    known = [*load_dictionary(session, report, _FIELD, builder), _reference(report)]
    keep = [each.value for each in fields.indicators]
    return msgspec.structs.replace(fields, lessons=_without_names(fields.lessons, known, keep))


def without_senders(session: Session, lessons: Mapping[Key, tuple[Any, str]]) -> dict[Key, str]:
    """Lessons as they are read, without their sender's name: what was published long ago may still hold it.

    Given are the report and the text of each.
    """
    reports = {key: as_uuid(report) for key, (report, _text) in lessons.items()}
    query = (
        select(Report, Organization)
        .join(Organization, Organization.id == Report.organization_id)
        .where(Report.id.in_(list(reports.values())))
    )
    names: dict[UUID | None, list[KnownName]] = {
        report.id: [_sender(sender), _reference(report)] for report, sender in session.execute(query)
    }
    return {key: _without_names(text, names.get(reports[key], [])) for key, (_report, text) in lessons.items()}


def _sender(sender: Organization) -> KnownName:
    names = (sender.name_ja, sender.name_en)
    return KnownName(HintKind.ORGANIZATION, names + tuple(short for name in names for short in short_forms(name)), "")


def _reference(report: Report) -> KnownName:
    return KnownName(HintKind.ORGANIZATION, (report.reference,), "")


def _without_names(text: str, known: Sequence[KnownName], keep: Sequence[str] = ()) -> str:
    """Replace until nothing is found; each turn leaves fewer signs that can be found."""
    japanese = _JAPANESE.search(text) is not None
    plain = [replace(each, instead=_instead(each.kind, japanese=japanese)) for each in known]
    while True:
        hints = [each for each in find_hints({_FIELD: text}, plain, keep=keep) if each.kind in _NAMES]
        changed = take_hints(text, hints, [each.key for each in hints])
        if changed == text:
            return text
        text = changed


def _instead(kind: HintKind, *, japanese: bool) -> str:
    if kind is HintKind.SERVICE:
        return "（サービス名）" if japanese else "(service)"
    return "（事業者名）" if japanese else "(operator)"
