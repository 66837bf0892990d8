"""Rule: the technical part of a report: what of it can travel alone, since it names no victim."""

from typing import Final

import msgspec

from models.forms import liaison_form
from models.vocabulary import Label
from sharing.reports.fields import ReportFields
from sharing.reports.further import anonymised

SECTION: Final = "technical"
"""The heading of the form under which it stands."""

_FURTHER: Final = frozenset(
    field.name
    for section in liaison_form().sections
    if section.name == SECTION
    for field in section.fields
    if field.type != "core"
)


def technical_part(fields: ReportFields) -> ReportFields:
    """The report without everything that does not belong to its technical part."""
    kept = {name: value for name, value in anonymised(fields.further).items() if name in _FURTHER}
    return ReportFields(
        event_type=fields.event_type,
        noticed_at=fields.noticed_at,
        service_impact=fields.service_impact,
        summary="",
        label=fields.technical_label or fields.label,
        exercise=fields.exercise,
        indicators=fields.indicators,
        further=kept,
    )


def says_something(part: ReportFields) -> bool:
    """Whether there is anything to share."""
    return bool(part.indicators or part.further)


def settled(fields: ReportFields) -> ReportFields:
    """The report with a label for its technical part only where that is wider than its own."""
    alone = fields.technical_label
    if alone is None or alone.rank < fields.label.rank:
        return fields
    return msgspec.structs.replace(fields, technical_label=None)


def strictened(fields: ReportFields, label: Label) -> ReportFields:
    """The report with its technical part no wider than this."""
    if fields.technical_label is None:
        return fields
    return settled(msgspec.structs.replace(fields, technical_label=Label.strictest(fields.technical_label, label)))
