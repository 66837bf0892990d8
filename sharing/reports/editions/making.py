"""Operation: one version of a report in one form, from its rows to objects ready to publish."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

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
from sharing.reports.editions.translation import Translation
from sharing.reports.fields import ReportFields
from sharing.reports.ranges import reduced

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)


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
    merged: dict[tuple[str, bytes], NewObject] = {}
    for form in forms:
        for built in form.objects:
            key = (built.stix_id, built.raw)
            earlier = merged.get(key)
            if earlier is None:
                merged[key] = _new_object(report, number, form, built)
            else:
                merged[key] = replace(earlier, audience={**(earlier.audience or {}), **form.rules})
    return list(merged.values())


def _new_object(report: Report, number: int, form: BuiltForm, built: BuiltObject) -> NewObject:
    return NewObject(
        stix_id=built.stix_id,
        type=built.type,
        spec_version=built.spec_version,
        version_us=built.version_us,
        version=built.version,
        created_by_ref=built.created_by_ref,
        # A companion says nothing about the report; its audience alone decides who gets it.
        label=Label.CLEAR if built.is_companion else form.label,
        raw=built.raw,
        definition_refs=built.definition_refs,
        audience=form.rules,
        report_id=None if built.is_companion else report.id,
        edition=_facts(report, number, form, built.title) if built.is_main else None,
    )


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
    return _moment(min(versions)), max(now, _moment(max(versions)) + _STEP)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def named(session: Session, organization_id: UUID) -> NamedOrganization:
    """An organization with its names."""
    row = session.get_one(Organization, organization_id)
    return NamedOrganization(row.id, row.name_ja, row.name_en)
