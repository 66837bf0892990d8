"""Operation: one version of a report in one form, from its rows to objects ready to publish."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from models.moments import MICROSECOND, moment_at
from models.organization import Organization
from models.report import Report
from models.vocabulary import Form, Label
from sharing.audiences import load_world
from sharing.codelists.standing_lists import load_standing_lists
from sharing.publishing.nouns import EditionOf, NewObject
from sharing.reading.own import list_own_versions
from sharing.reports import codes
from sharing.reports.editions.builder import BuiltObject, EditionBuilder, EditionRequest, NamedOrganization
from sharing.reports.editions.dictionary import pseudonym_of
from sharing.reports.editions.outgoing import each_once, outgoing
from sharing.reports.editions.translation import Translation
from sharing.reports.fields import ReportFields
from sharing.reports.ranges import reduced


class BuiltForm(Struct, frozen=True):
    """A form with its finished objects and who will read it."""

    form: Form
    label: Label
    fields: ReportFields
    rules: Mapping[str, str]
    objects: tuple[BuiltObject, ...]


@dataclass(frozen=True)
class Draft:
    """What one form is to say, before it is written."""

    form: Form
    label: Label
    number: int
    fields: ReportFields
    publisher_id: UUID
    translation: Translation | None = None


def build_form(
    session: Session,
    report: Report,
    draft: Draft,
    rules: Mapping[str, str],
    *,
    builder: EditionBuilder,
    now: datetime,
) -> BuiltForm:
    """Write a form at the next version of its own series."""
    anonymised = draft.form is Form.ANONYMISED
    versions = _published(session, report, draft, builder)
    created, modified = version_times(versions, now)
    if not versions and draft.form is not Form.ORIGINAL:
        # Nobody has had the mistake in this form; to speak of it would tell of a version that its readers never saw.
        draft = replace(draft, fields=msgspec.structs.replace(draft.fields, correction=""))
    fewest = reduced(load_world(session, rules), rules)
    lists = load_standing_lists(session)
    request = EditionRequest(
        report_id=report.id,
        form=draft.form,
        label=draft.label,
        number=draft.number,
        fields=draft.fields,
        event_type=codes.named(lists.event_types[draft.fields.event_type]),
        sector=codes.named(lists.sectors[report.sector]),
        ceptoar=codes.named(lists.ceptoars[report.ceptoar]),
        publisher=named(session, draft.publisher_id),
        created=created,
        modified=modified,
        sender=None if anonymised else named(session, report.organization_id),
        reference=None if anonymised else report.reference,
        pseudonym=pseudonym_of(builder, draft.label, fewest, report.organization_id) if anonymised else None,
        translation=draft.translation,
    )
    return BuiltForm(draft.form, draft.label, draft.fields, fewest, builder.build(request))


def new_objects(report: Report, number: int, forms: Iterable[BuiltForm]) -> list[NewObject]:
    """Everything that the forms publish; what several of them share goes out once, to all their readers."""
    return each_once(_new_object(report, number, form, built) for form in forms for built in form.objects)


def _new_object(report: Report, number: int, form: BuiltForm, built: BuiltObject) -> NewObject:
    # A companion says nothing about the report; its audience alone decides who gets it.
    if built.is_companion:
        return outgoing(built, Label.CLEAR, form.rules)
    edition = _facts(report, number, form, built.title) if built.is_main else None
    return outgoing(built, form.label, form.rules, report_id=report.id, edition=edition)


def _facts(report: Report, number: int, form: BuiltForm, title: str) -> EditionOf:
    fields = form.fields
    return EditionOf(
        report_id=report.id,
        form=form.form,
        number=number,
        kind=fields.kind.value,
        sector=report.sector,
        event_type=fields.event_type,
        service_impact=fields.service_impact,
        noticed_on=fields.noticed_on,
        title=title,
    )


def _published(session: Session, report: Report, draft: Draft, builder: EditionBuilder) -> list[int]:
    if draft.form is Form.ORIGINAL and draft.number == 1:
        return []  # a report has no original before its first version
    main = builder.main_id(report.id, draft.form)
    return [one.version_us for one in list_own_versions(session, draft.publisher_id, [main])]


def version_times(versions: Sequence[int], now: datetime) -> tuple[datetime, datetime]:
    """When this form first went out, and a time for this version: later than its last, whatever the clock says."""
    if not versions:
        return now, now
    return moment_at(min(versions)), max(now, moment_at(max(versions)) + MICROSECOND)


def named(session: Session, organization_id: UUID) -> NamedOrganization:
    """An organization with its names."""
    row = session.get_one(Organization, organization_id)
    return NamedOrganization(row.id, row.name_ja, row.name_en)
