"""Operation: what went out to somebody who is on a named list no more, and taking it back where the sender wants that.

A change of a list changes what is filed from then on. What went out before stands until its sender says otherwise:
then each report has a new version that names them no more, and they get the notice of a narrowed range like anybody
else. What they read cannot be unread.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.report import Report, ReportVersion
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.errors import Fault, Invalid
from sharing.lists.naming import load_named, named_by
from sharing.lists.reading import list_taken_off, load_list
from sharing.permissions import Permission
from sharing.reports.fields import from_document
from sharing.reports.means import Means
from sharing.reports.range_changes.recalls import Narrower, is_withdrawn, narrow_report
from sharing.reports.reasons import check_reason
from sharing.reports.visible import OWN_ROLES

MOST_AT_ONCE: Final = 50
"""Reports that are narrowed in one step; each is a recall of its own."""


class StillNamed(Struct, frozen=True):
    """A report whose last version names somebody whom its lists name no more."""

    report_id: UUID
    reference: str
    label: Label
    exercise: bool
    summary: str
    filed_at: datetime
    tokens: tuple[str, ...]
    """Who would lose it: those taken off, whom no other list of the report names."""


def list_still_named(session: Session, actor: Actor, list_id: UUID) -> list[StillNamed]:
    """The reports of the own organization that went out by this list to somebody who is on it no more; newest first.

    Raises:
        NotVisible: the organization has no such list.
        NotPermitted: the actor files no reports.
    """
    load_list(session, actor, list_id)
    if not actor.roles & OWN_ROLES:
        actor.must(Permission.REPORT_FILE)
        return []
    found = []
    taken_off = list_taken_off(session, list_id)
    if not taken_off:
        return []
    for report, version in _latest(session, actor):
        fields = from_document(version.fields)
        if str(list_id) not in fields.lists or not taken_off & set(fields.named):
            continue
        still = named_by(load_named(session, actor, fields.lists))
        gone = tuple(token for token in fields.named if token in taken_off and token not in still)
        if gone and not is_withdrawn(session, report.id, version.filed_at):
            line = (report.id, report.reference, version.label, report.exercise, fields.summary, version.filed_at)
            found.append(StillNamed(*line, gone))
    return found


def narrow_to_list(
    session: Session, actor: Actor, list_id: UUID, chosen: Sequence[UUID], reason: str, *, means: Means
) -> int:
    """Take these reports back from those who are on the list no more; how many reports that were.

    Raises:
        NotVisible: the organization has no such list.
        NotPermitted: the actor files no reports.
        Invalid: no report is chosen, too many are, one does not name anybody like that, or there is no reason.
    """
    reason = check_reason(reason)
    affected = {each.report_id: each for each in list_still_named(session, actor, list_id)}
    wanted = list(dict.fromkeys(chosen))
    if not wanted:
        raise Invalid(Fault("report", "missing", "at least one report"))
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid(Fault("report", "too-many", f"at most {MOST_AT_ONCE}", str(len(wanted))))
    if not affected.keys() >= set(wanted):
        raise Invalid(Fault("report", "unknown-report", "a report that names somebody who was taken off the list"))
    for report_id in wanted:
        each = affected[report_id]
        narrow_report(
            session,
            actor,
            report_id,
            Narrower(each.label, unnamed=frozenset(each.tokens)),
            reason,
            submission=means.context.new_id(),
            means=means,
        )
    return len(wanted)


def _latest(session: Session, actor: Actor) -> list[tuple[Report, ReportVersion]]:
    """The reports of the own organization with their last versions, newest first."""
    newest = (
        select(ReportVersion.report_id, func.max(ReportVersion.number).label("number"))
        .join(Report, Report.id == ReportVersion.report_id)
        .where(Report.organization_id == actor.organization.id)
        .group_by(ReportVersion.report_id)
        .subquery()
    )
    query = (
        select(Report, ReportVersion)
        .join(ReportVersion, ReportVersion.report_id == Report.id)
        .join(newest, (newest.c.report_id == ReportVersion.report_id) & (newest.c.number == ReportVersion.number))
        .order_by(ReportVersion.filed_at.desc(), Report.id)
    )
    return [(report, version) for report, version in session.execute(query)]
