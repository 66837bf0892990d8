"""Holds how a report that came through a feed is shown: every field of it, whichever hub published it."""

from collections.abc import Callable
from datetime import date, datetime

from flask_babel import gettext as _

from feeds.stix.explain import ReportFacts
from hub.i18n import format_day, format_moment
from hub.web.report_words import FIELDS, kind_name
from hub.web.shell import Words
from models.vocabulary import ReportKind
from sharing.reports import codes

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
    return [(name, value) for name, value in pairs if value]


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
