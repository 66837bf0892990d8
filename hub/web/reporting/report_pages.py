"""Holds what the pages about reports share: the page of a report, of a proposal, and what leads to a recall."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from flask import render_template
from msgspec import Struct
from sqlalchemy.orm import Session

from hub.i18n import Words
from hub.reports.deadline_rules import deadline_rules
from hub.reports.originals import log_originals
from hub.web.lines.differences import Difference, differences
from hub.web.lines.report_lines import version_lines
from hub.web.reporting.edition_pages import read_form
from hub.web.words import inquiries as inquiry_words
from hub.web.words import reports as words
from hub.web.words.names import CodeWords, group_namer, load_organization_name, load_words
from hub.wiring import Hub
from models.vocabulary import Door, Label, RecallAnswerKind
from sharing.actor import Actor
from sharing.attachments.reading import AttachmentView, list_attachments
from sharing.audiences import load_sender
from sharing.disclosures import list_disclosures_of_report
from sharing.errors import NotPermitted
from sharing.inbox.calls import find_call
from sharing.inquiries.listing import list_of_report
from sharing.lists.reading import load_chosen
from sharing.permissions import Permission
from sharing.reports.approval.approvals import load_proposal
from sharing.reports.authorities import deadlines_of
from sharing.reports.deadlines import Deadline
from sharing.reports.fields import to_document
from sharing.reports.further import lacking
from sharing.reports.preview import preview_of, readers_of
from sharing.reports.range_changes.embargoes import list_embargoes
from sharing.reports.range_changes.held_back import load_active
from sharing.reports.range_changes.recall_answers import RecallView, list_recalls
from sharing.reports.ranges import consent_of
from sharing.reports.reading import (
    list_proposals,
    load_people_names,
    load_report,
)
from sharing.reports.visible import ReportView, is_secretariat
from sharing.shown_readers import ShownReader, show_readers


class Reading(Struct, frozen=True):
    """How another organization, or a group whose members the sender may not know, has read a report by one way."""

    reader: ShownReader
    organizations: int
    door: Door
    first: datetime
    last: datetime
    times: int


def load_report_page(hub: Hub, actor: Actor, report_id: UUID) -> dict[str, Any]:
    """Everything that the page of a report shows; a reading by another organization is logged before it is shown."""
    with hub.reading() as session:
        view = load_report(session, actor, report_id)
        files = list_attachments(session, actor, view.id, builder=hub.editions)
        consent = consent_of(view.latest.fields)
        sender = load_sender(session, view.organization_id, (view.sector, view.ceptoar))
        call = find_call(session, actor, view.id)
        # Who took a call is a person of another organization, whom the sender is told of as that.
        own = [each.filed_by for each in view.versions if call is None or each.id != call.version_id]
        told: dict[str, Any] = {
            "report": view,
            "names": load_words(session),
            "proposals": list_proposals(session, view),
            "audience": preview_of(
                session,
                sender,
                view.label,
                consent,
                policy=hub.policy(session),
                viewer=None if view.is_own else actor.organization,
            ),
            "lists": load_chosen(session, actor, view.latest.fields.lists) if view.is_own else [],
            "group": group_namer(hub),
            "changes": _changes(view, load_words(session)),
            "deadlines": _due(hub, session, actor, view),
            "lacking": _lacking(view) if view.is_own else [],
            "organization": load_organization_name(session, view.organization_id),
            "people": load_people_names(session, own) if view.is_own else {},
            "readings": _readings(session, actor, view),
            "recalls": _recalls(session, actor, view),
            "questions": list_of_report(session, actor, view.id, now=hub.clock()),
            "inquiry_words": inquiry_words,
            "holding": list_embargoes(session, actor, view) if may_recall(actor, view) else [],
            "may_recall": may_recall(actor, view),
            "call": call,
            "handles": is_secretariat(actor, view.ceptoar),
            "may_propose": actor.may(Permission.PROPOSAL_MAKE) and not view.is_own,
            "files": _by_version(files),
            "strictest": Label.strictest(view.label, *(each.label for each in files)),
            "may_follow_up": actor.may(Permission.REPORT_FILE) and view.is_own,
        }
    log_originals(hub, actor, [view])
    return told


def _due(hub: Hub, session: Session, actor: Actor, view: ReportView) -> tuple[Deadline, ...]:
    """What authorities are to be told, for the sender's people only."""
    return deadlines_of(session, actor, view.id, deadline_rules(hub), hub.clock()) if view.is_own else ()


def _by_version(files: Sequence[AttachmentView]) -> dict[int, list[AttachmentView]]:
    """The files that the viewer may have, by the version that they came with."""
    found: dict[int, list[AttachmentView]] = {}
    for each in files:
        found.setdefault(each.number, []).append(each)
    return found


def _changes(view: ReportView, names: CodeWords) -> dict[int, tuple[Difference, ...]]:
    """Of each version that the viewer sees what is new since the one before that it sees too."""
    said = [(version.number, version_lines(version, names)) for version in view.versions]
    return {number: differences(before, after) for (_, before), (number, after) in pairwise(said)}


def _lacking(view: ReportView) -> list[Words]:
    """What a report of this kind should say and the last version does not."""
    fields = view.latest.fields
    core = {name for name, value in to_document(fields).items() if value}
    return [
        words.FIELDS[name] for name in lacking(view.latest.kind, core | fields.further.keys() | fields.states.keys())
    ]


def show_proposal(hub: Hub, actor: Actor, proposal_id: UUID, *, reason: str = "", wrong: Sequence[str] = ()) -> str:
    """The page of a proposal: each form in its exact text, and who would read it."""
    with hub.reading() as session:
        policy = hub.policy(session)
        found = load_proposal(session, actor, proposal_id, now=hub.clock(), policy=policy, builder=hub.editions)
        names = load_words(session)
        viewer = None if actor.organization.id == found.organization_id else actor.organization
        forms = [(read_form(each, names), readers_of(session, each.rules, viewer)) for each in found.forms]
        organization = load_organization_name(session, found.organization_id)
        held_until = max((each.until_at for each in load_active(session, found.report_id)), default=None)
    log_originals(hub, actor, [found], what="proposal")
    return render_template(
        "reports/proposal.html",
        proposal=found,
        forms=forms,
        organization=organization,
        held_until=held_until,
        group=group_namer(hub),
        is_own=actor.organization.id == found.organization_id,
        is_proposer=actor.account_id == found.proposed_by,
        reason=reason,
        wrong=wrong,
    )


class RecallPage(Struct, frozen=True):
    """A recall with its count, and who answered what as far as the viewer may know the names."""

    recall: RecallView
    answers: tuple[tuple[ShownReader, RecallAnswerKind, int], ...]


def may_recall(actor: Actor, view: ReportView) -> bool:
    """Whether the page offers to withdraw; the operation decides."""
    return (view.is_own and actor.may(Permission.REPORT_FILE)) or actor.may(Permission.PROPOSAL_MAKE)


def load_to_recall(hub: Hub, actor: Actor, report_id: UUID, *, what: str) -> ReportView:
    """A report whose range the actor may change, to be shown as it was filed; `what` is done to it there.

    Raises:
        NotVisible: there is no such report for this actor.
        NotPermitted: neither its sender nor the secretariat of its CEPTOAR asks.
    """
    with hub.reading() as session:
        view = load_report(session, actor, report_id)
    if not may_recall(actor, view):
        raise NotPermitted(f"a report is {what} by its sender, or by the secretariat of its CEPTOAR")
    log_originals(hub, actor, [view])
    return view


def _recalls(session: Session, actor: Actor, view: ReportView) -> list[RecallPage]:
    pages = []
    for each in list_recalls(session, view):
        shown = show_readers(session, actor.organization, each.answers)
        counted = Counter((shown[organization], kind) for organization, kind in each.answers.items())
        pages.append(RecallPage(each, tuple((reader, kind, number) for (reader, kind), number in counted.items())))
    return pages


def _readings(session: Session, actor: Actor, view: ReportView) -> list[Reading] | None:
    """Who else has read it, for the sender; None for everybody else."""
    if not view.is_own or not actor.may(Permission.TRAIL_OWN):
        return None
    found = [
        each
        for each in list_disclosures_of_report(session, actor, view.id)
        if each.organization_id not in {None, actor.organization.id}
    ]
    shown = show_readers(session, actor.organization, [each.organization_id for each in found if each.organization_id])
    # One look at a page discloses several objects of a report at one moment: it is one reading.
    moments: dict[tuple[ShownReader, Door], set[tuple[UUID, datetime]]] = {}
    for each in found:
        if each.organization_id is not None:
            key = (shown[each.organization_id], each.door)
            moments.setdefault(key, set()).add((each.organization_id, each.at))
    readings = [
        Reading(
            reader,
            len({organization for organization, _ in looks}),
            door,
            min(at for _, at in looks),
            max(at for _, at in looks),
            len(looks),
        )
        for (reader, door), looks in moments.items()
    ]
    return sorted(readings, key=lambda each: each.last, reverse=True)
