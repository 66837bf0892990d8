"""Operation: the sender lets a report go further than it had said: a wider label, or consents that it had not given.

The report has a new version with the same content, which goes to the wider circle at once. Editions for others still
come from the secretariat: within the wider label it no longer has to ask. What the sender has not widened itself, the
secretariat proposes and the sender approves (`proposals`, `approvals`).
"""

from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from models.vocabulary import Label, ReportKind
from sharing.actor import Actor
from sharing.errors import Conflict, Fault, Invalid, NotPermitted
from sharing.lists.naming import settle_chosen
from sharing.lists.shown import ReadersChanged
from sharing.permissions import Permission
from sharing.reports.fields import ReportFields
from sharing.reports.filing import file_report
from sharing.reports.means import Means
from sharing.reports.range_changes.recalls import CONSENTS
from sharing.reports.seen import ChangedMeanwhile, Seen, seen_of
from sharing.reports.submissions import FiledReport, Submission
from sharing.reports.visible import load_visible_report


class Wider(Struct, frozen=True):
    """A wider range: a label at most as strict, and consents that are given."""

    label: Label
    given: frozenset[str] = frozenset()
    """Of `CONSENTS`."""
    seen: Seen | None = None
    """How the report stood before the eyes of whoever widens it; None of a program that does not say."""


def widen_report(
    session: Session,
    actor: Actor,
    report_id: UUID,
    wanted: Wider,
    *,
    submission: UUID,
    keep_mentions: bool = False,
    means: Means,
) -> FiledReport:
    """Widen the range of a report (共有範囲を広げる): a new version with the wider label or more consents.

    Raises:
        NotVisible: there is no such report for this actor.
        NotPermitted: only the sender's reporters and approvers set the range.
        Invalid: it is not wider, or a text names something that stays stricter.
        Conflict: the report was withdrawn; a follow-up brings it back.
        ReadersChanged: somebody was put on one of its lists since; a follow-up shows whom.
        ChangedMeanwhile: a version has come, perhaps a stricter one, that whoever widens it has not seen.
    """
    actor.must(Permission.REPORT_FILE)
    view = load_visible_report(session, actor, report_id)
    if not view.is_own:
        raise NotPermitted("the sender sets the range")
    stands = seen_of(session, view)
    if wanted.seen is not None and wanted.seen != stands:
        raise ChangedMeanwhile(wanted.seen, stands)
    fields = _widened(view.latest.fields, wanted)
    if stands.withdrawn:
        raise Conflict("the report was withdrawn; a follow-up brings it back")
    _reach_nobody_new_by_lists(session, actor, view.latest.fields)
    return file_report(
        session,
        actor,
        fields,
        Submission(submission, report_id=report_id, keep_mentions=keep_mentions, seen=stands),
        means=means,
    )


def _reach_nobody_new_by_lists(session: Session, actor: Actor, fields: ReportFields) -> None:
    """Who widens sees a label and consents change, not who was put on a list since; a follow-up shows that.

    Raises:
        ReadersChanged: a list of the last version names somebody more by now.
    """
    chosen = settle_chosen(session, actor, fields.lists)
    more = [each.name for each in chosen if not set(each.counting) <= set(fields.named)]
    if more:
        raise ReadersChanged(tuple(more))


def list_not_given(fields: ReportFields) -> list[str]:
    """The consents that a version does not give."""
    return [name for name in CONSENTS if not getattr(fields, name)]


def _widened(fields: ReportFields, wanted: Wider) -> ReportFields:
    unknown = sorted(wanted.given - set(CONSENTS))
    if unknown:
        raise Invalid(Fault("given", "unknown-code", "one of " + ", ".join(CONSENTS), unknown[0][:40]))
    given = wanted.given & set(list_not_given(fields))
    if wanted.label.rank > fields.label.rank or (wanted.label is fields.label and not given):
        raise Invalid(Fault("label", "not-wider", "a wider label, or a consent that was not given"))
    kind = ReportKind.FOLLOW_UP if fields.kind is ReportKind.FIRST else fields.kind
    return msgspec.structs.replace(fields, label=wanted.label, kind=kind, **dict.fromkeys(given, True))
