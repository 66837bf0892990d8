"""Operation: reports of an organization that went up in another, given to the other's reporters where that was agreed.

A job gives what stands of each report as it was filed, at new positions and under a rule of its own; nothing at RED,
which is for those whom its sender named, and nothing that was recalled. The reports stay with who sent them.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organization_change import Merger
from models.report import Report
from models.vocabulary import Door, Form, Label, MoveState
from sharing.actor import Context
from sharing.audit.record import Event
from sharing.audit.tags import Tag
from sharing.jobs.due import put_due
from sharing.past.reports import COMPANIONS, standing
from sharing.people.merging import REACH
from sharing.publications import lock_publisher
from sharing.publishing.again import Regiven, give_again
from sharing.reading.standing import list_granted, list_pieces
from sharing.reports.editions.builder import EditionBuilder
from sharing.rules import tokens
from sharing.rules.policy import OtherRule
from sharing.setup import hub_actor

REPORTS: Final = 200
"""Reports of one part."""


def handle_reach(session: Session, payload: Mapping[str, Any], context: Context, *, builder: EditionBuilder) -> None:
    """Give the next reports; the caller commits, and the following part is due at once."""
    merger = session.get(Merger, UUID(payload["merger"]))
    if merger is None or merger.state is not MoveState.DONE or merger.reports_agreed_by is None:
        return
    query = select(Report).where(Report.organization_id == merger.organization_id).order_by(Report.id).limit(REPORTS)
    if payload["after"]:
        query = query.where(Report.id > UUID(payload["after"]))
    reports = list(session.execute(query.with_for_update()).scalars())
    for report in reports:
        give_report(session, report, merger.into_id, context, builder=builder)
    if len(reports) == REPORTS:
        part = int(payload["part"]) + 1
        told = {"merger": str(merger.id), "part": part, "after": str(reports[-1].id)}
        put_due(session, REACH, f"{merger.id}/{part}", context.now, told)


def give_report(
    session: Session, report: Report, successor_id: UUID, context: Context, *, builder: EditionBuilder
) -> None:
    """Give what stands of one report, as it was filed, to the reporters and approvers of its sender's successor."""
    if report.label is Label.RED:
        return
    own = tokens.reporters(successor_id)
    lock_publisher(session, report.organization_id)
    pieces = standing(list_pieces(session, report.id))
    mains = [each for each in pieces if each.number and each.stix_id == builder.main_id(report.id, Form.ORIGINAL)]
    if not mains:
        return
    newest = mains[-1]
    wanted = [each for each in pieces if each.entry_id == newest.entry_id and each.type not in COMPANIONS]
    granted = list_granted(session, [each.id for each in wanted])
    fresh = [each for each in wanted if granted.get(each.id) and own not in granted[each.id].get(each.feed, ())]
    if not fresh:
        return
    event = Event(
        Tag.MERGER_REACH,
        hub_actor(Door.JOB),
        [("report", str(report.id)), ("organization", str(report.organization_id))],
        recipients={"token": own},
        objects={"objects": sorted(each.stix_id for each in fresh)},
        decision={"report": str(report.id)},
    )
    rules = {own: f"{OtherRule.SUCCESSOR}/{Label.of_rank(newest.label).value}"}
    give_again(
        session, event, [Regiven(report.organization_id, newest.feed, {each.id: rules for each in fresh})], context
    )
