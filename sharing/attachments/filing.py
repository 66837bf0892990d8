"""Operation: files become attachments of the version that they are filed with; a part of filing, which records them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.attachment import Attachment, Upload
from models.report import Report, ReportVersion
from models.vocabulary import Form, Label
from sharing.audiences import intern_audience, load_sender
from sharing.reading.own import list_own_versions
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.fields import ReportFields
from sharing.reports.ranges import circle_of, consent_of, original_label
from sharing.rules.policy import Policy


def label_of(own: Label | None, filed: Label) -> Label:
    """The label of a file in a report that is filed at a label: its own where that is stricter, never a wider one."""
    original = original_label(filed)
    return original if own is None else Label.strictest(own, original)


def told_of(uploads: Sequence[Upload], filed: Label) -> dict[str, Any]:
    """What the entry of the filing says of its files: no names, and nothing where there is none."""
    told = [
        {
            "id": str(each.id),
            "sha256": (each.sha256 or b"").hex(),
            "size": each.size,
            "kind": each.kind,
            "label": label_of(each.label, filed).value,
            "sample": each.sample,
        }
        for each in uploads
    ]
    return {"attachments": told} if told else {}


def attach(
    session: Session,
    report: Report,
    version: ReportVersion,
    uploads: Sequence[Upload],
    fields: ReportFields,
    *,
    policy: Policy,
    builder: EditionBuilder,
) -> None:
    """Bind files to a version whose original was just published: who may have them is decided here, once."""
    if not uploads:
        return
    original = _object_of(session, report, builder)
    sender = load_sender(session, report.organization_id, (report.sector, report.ceptoar))
    audiences: dict[Label, int] = {}
    for place, each in enumerate(uploads):
        label = label_of(each.label, fields.label)
        if label not in audiences:
            # Every token of the circle, not the fewest: a reader may hold any one of them.
            audiences[label] = intern_audience(session, circle_of(policy, sender, consent_of(fields), label))
        session.add(_attachment(each, version, original, place=place, label=label, audience_id=audiences[label]))
    taken: list[UUID] = [each.id for each in uploads]
    session.flush()
    session.execute(delete(Upload).where(Upload.id.in_(taken)))


def _attachment(
    upload: Upload, version: ReportVersion, original: int, *, place: int, label: Label, audience_id: int
) -> Attachment:
    """What was put here, as a file of a version: its bytes, and what was found in them, stay as they are."""
    return Attachment(
        id=upload.id,
        report_id=version.report_id,
        version_id=version.id,
        object_id=original,
        audience_id=audience_id,
        place=place,
        name=upload.name,
        size=upload.size,
        sha256=upload.sha256,
        kind=upload.kind,
        label=label,
        sample=upload.sample,
        state=upload.state,
        found=upload.found,
        scan_at=upload.scan_at,
        scan_tries=upload.scan_tries,
        put_by=upload.put_by,
        put_at=upload.put_at,
    )


def _object_of(session: Session, report: Report, builder: EditionBuilder) -> int:
    """The newest version of the original."""
    published = list_own_versions(session, report.organization_id, [builder.main_id(report.id, Form.ORIGINAL)])
    return max(published, key=lambda one: one.version_us).id
