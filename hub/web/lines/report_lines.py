"""Holds how a report that came through a feed is shown: every field of it, whichever hub published it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from feeds.stix.explain import ReportFacts
from hub.i18n import Words, format_day, format_moment
from hub.web.lines.further_lines import further_lines, state_lines
from hub.web.words.reports import FIELDS, kind_name
from models.vocabulary import ReportKind
from sharing.reports import codes
from sharing.reports.fields import TEXTS, ReportFields
from sharing.reports.visible import VersionView

Names = Callable[[str, str | None], str | None]


def report_lines(said: ReportFacts, names: Names) -> list[tuple[Words, str]]:
    """The fields that the report says, in the order of the form, under the names that its own page uses."""
    pairs: list[tuple[Words, str | None]] = [
        (FIELDS["kind"], _kind(said)),
        (FIELDS["service_impact"], names(codes.SERVICE_IMPACT, said.service_impact)),
        (FIELDS["occurred_at"], _time(said.occurred_at)),
        (FIELDS["noticed_at"], _time(said.noticed_at or said.noticed_on)),
        (FIELDS["recovered_at"], _time(said.recovered_at)),
        (FIELDS["recovery"], names(codes.RECOVERY_STATES, said.recovery)),
        (FIELDS["system_class"], names(codes.SYSTEM_CLASSES, said.system_class)),
        (FIELDS["causes"], ", ".join(names(codes.CAUSE_TYPES, code) or code for code in said.causes)),
        (FIELDS["spillover_from"], names(codes.SECTORS, said.spillover_from)),
        (FIELDS["affected_service"], said.affected_service),
        (FIELDS["affected_users"], said.affected_users),
        (FIELDS["measures"], said.measures),
        *((FIELDS[f"consent_{name}"], _("Yes")) for name in said.consents),
        (FIELDS["not_for_publication"], _("Yes") if said.not_for_publication else None),
        (FIELDS["not_for_supervision"], _("Yes") if said.not_for_supervision else None),
    ]
    more = [*state_lines(said.states, FIELDS), *further_lines(said.further, said.states, names)]
    return [(name, value) for name, value in pairs if value] + more


def edition_lines(value: Mapping[str, Any], said: ReportFacts, names: Names) -> list[tuple[Words, str]]:
    """Everything that a version of an edition says, to be compared with another version of it."""
    description = value.get("description")
    text = [(FIELDS["details"], description)] if isinstance(description, str) else []
    event = [(FIELDS["event_type"], names(codes.EVENT_TYPES, said.event_type) or "")] if said.event_type else []
    return [*event, *text, *report_lines(said, names)]


def version_lines(version: VersionView, names: Names) -> list[tuple[Words, str]]:
    """Everything that a version says as it was filed, to be compared with another version."""
    fields = version.fields
    pairs: list[tuple[str, str | None]] = [
        ("kind", kind_name(version.kind, version.number)),
        ("label", version.label.value),
        ("event_type", names(codes.EVENT_TYPES, fields.event_type)),
        ("service_impact", names(codes.SERVICE_IMPACT, fields.service_impact)),
        ("summary", fields.summary),
        *((name, format_moment(moment) if moment else None) for name, moment in _moments(fields)),
        ("recovery", names(codes.RECOVERY_STATES, fields.recovery)),
        ("system_class", names(codes.SYSTEM_CLASSES, fields.system_class)),
        ("causes", ", ".join(names(codes.CAUSE_TYPES, code) or code for code in fields.causes)),
        ("spillover_from", names(codes.SECTORS, fields.spillover_from)),
        *((name, getattr(fields, name)) for name in TEXTS if name != "summary"),
        ("indicators", "\n".join(each.value for each in fields.indicators)),
        ("technical_label", fields.technical_label),
        *((name, _("Yes") if getattr(fields, name) else _("No")) for name in _FLAGS),
    ]
    said = [(FIELDS[name], value) for name, value in pairs if value]
    return [*said, *state_lines(fields.states, FIELDS), *further_lines(fields.further, fields.states, names)]


_FLAGS = (
    *("consent_nco", "consent_ministry", "consent_foreign", "consent_police"),
    *("name_to_sector", "not_for_publication", "not_for_supervision"),
)


def _moments(fields: ReportFields) -> list[tuple[str, datetime | None]]:
    return [(name, getattr(fields, name)) for name in ("occurred_at", "noticed_at", "recovered_at")]


def _kind(said: ReportFacts) -> str | None:
    if said.kind not in set(ReportKind) or said.number is None:
        return said.kind
    return kind_name(ReportKind(said.kind), said.number)


def _time(text: str | None) -> str | None:
    """A moment or a day as people write it; what is neither is shown as it came."""
    if not text:
        return None
    try:
        return format_moment(datetime.fromisoformat(text)) if "T" in text else format_day(date.fromisoformat(text))
    except (ValueError, OverflowError):
        return text
