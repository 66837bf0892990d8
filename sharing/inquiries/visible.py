"""Operation: the questions that an actor takes part in, each as its side may know it; nothing else exists."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from models.collection import EXERCISE_FEED, INBOX_FEED
from models.inquiry import Inquiry, InquiryMessage
from models.organization import Organization
from models.report import Report, ReportVersion
from models.vocabulary import AskerShown, InquiryEnd, InquiryState, InquiryWords, Label
from sharing.actor import Actor
from sharing.audiences import facts_of
from sharing.errors import NotVisible
from sharing.group_names import GroupNames
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.reading.grants import Row
from sharing.reading.page import page
from sharing.reading.question import ALL, Question
from sharing.reading.series import REVOKED
from sharing.reports.approval.delegations import is_delegate
from sharing.reports.visible import (
    ReportView,
    is_secretariat,
    is_senders,
    load_visible_report,
    visible_versions,
)
from sharing.rules import tokens
from sharing.rules.inquiries import (
    Side,
    Stand,
    Step,
    group_of_asker,
    list_steps,
    reads_as_asker,
    reads_message,
    state_shown,
)
from sharing.shown_readers import ShownReader


class MessageView(Struct, frozen=True):
    """One message as a side reads it."""

    id: UUID
    words: InquiryWords
    label: Label
    text: str
    at: datetime
    """When it was written; to the asker, when it was released."""
    digest: bytes | None
    is_approved: bool
    decided_at: datetime | None


@dataclass(frozen=True)
class InquiryView:
    """A question as one actor may know it: everything here follows from the sides on which it takes part."""

    id: UUID
    sides: frozenset[Side]
    is_direct: bool
    """The secretariat asks the sender; nobody else takes part."""
    state: InquiryState
    label: Label
    exercise: bool
    shown: AskerShown
    asker: ShownReader | None
    """Who asks, as far as the viewer may know; None: somebody who may read the edition."""
    asked_at: datetime | None
    passed_at: datetime | None
    released_at: datetime | None
    closed_at: datetime | None
    ending: InquiryEnd | None
    messages: tuple[MessageView, ...] = field(repr=False)
    steps: frozenset[Step]
    stix_id: str | None
    """The edition, for those who read it."""
    row: Row | None = field(default=None, repr=False)
    """Its newest version that the asker sees; without one the answer is not shown either."""
    report: ReportView | None = field(default=None, repr=False)
    """The report as filed, for its sender and its secretariat."""

    @property
    def page_label(self) -> Label:
        """The label of a page that shows all this."""
        found = [self.label, *(each.label for each in self.messages)]
        if self.report is not None:
            found.append(self.report.label)
        return Label.strictest(*found)

    def last(self, words: InquiryWords) -> MessageView | None:
        """The newest message of a kind."""
        return next((each for each in reversed(self.messages) if each.words is words), None)


class Locked(Struct, frozen=True):
    """A question with its report, for a step of it."""

    inquiry: Inquiry
    report: Report
    sides: frozenset[Side]
    steps: frozenset[Step]


def load_inquiry(
    session: Session, actor: Actor, inquiry_id: UUID, *, now: datetime, sealer: CursorSealer
) -> InquiryView:
    """A question, for those who take part in it.

    Raises:
        NotPermitted: the actor takes part in no questions at all.
        NotVisible: there is none, or this actor takes no part in it.
    """
    actor.must(Permission.INQUIRY_PARTAKE)
    inquiry, report = _rows(session, inquiry_id)
    sides = sides_of(session, actor, inquiry, report)
    if not sides:
        raise NotVisible("no such question")
    row = _find_edition(session, actor, inquiry, report, sealer) if Side.ASKER in sides else None
    stand = stand_of(inquiry)
    inside = sides & {Side.OFFICE, Side.SENDER}
    knows_asker = bool(sides & {Side.OFFICE, Side.ASKER}) or stand.is_direct
    messages = _messages(session, inquiry, sides, reads_answer=bool(inside) or _is_open(row))
    return InquiryView(
        id=inquiry.id,
        sides=sides,
        is_direct=stand.is_direct,
        state=state_shown(sides, inquiry.state),
        label=inquiry.label if knows_asker else messages[0].label,
        exercise=report.exercise,
        shown=inquiry.shown,
        asker=_show_asker(session, inquiry, AskerShown.NAME if knows_asker else inquiry.shown),
        asked_at=inquiry.asked_at if knows_asker else None,
        passed_at=inquiry.passed_at if inside else None,
        released_at=inquiry.released_at,
        closed_at=inquiry.closed_at if knows_asker else None,
        ending=inquiry.ending,
        messages=messages,
        steps=steps_of(actor, sides, stand, decides=decides_for_sender(session, actor, now)),
        stix_id=inquiry.stix_id if knows_asker else None,
        row=row,
        report=load_visible_report(session, actor, report.id) if inside else None,
    )


def lock_inquiry(session: Session, actor: Actor, inquiry_id: UUID, now: datetime) -> Locked:
    """A question for a step of it: its report is locked first, in the order of all that publishes.

    Raises:
        NotPermitted: the actor takes part in no questions at all.
        NotVisible: there is none, or this actor takes no part in it.
    """
    actor.must(Permission.INQUIRY_PARTAKE)
    found = session.execute(select(Inquiry.report_id).where(Inquiry.id == inquiry_id)).scalar_one_or_none()
    if found is None:
        raise NotVisible("no such question")
    fresh = {"populate_existing": True}
    report = session.execute(select(Report).where(Report.id == found).with_for_update(), execution_options=fresh)
    inquiry = session.execute(
        select(Inquiry).where(Inquiry.id == inquiry_id).with_for_update(), execution_options=fresh
    )
    return _of_actor(session, actor, inquiry.scalar_one(), report.scalar_one(), now=now)


def look_at_inquiry(session: Session, actor: Actor, inquiry_id: UUID, now: datetime) -> Locked:
    """As `lock_inquiry`, to look only.

    Raises:
        NotPermitted: the actor takes part in no questions at all.
        NotVisible: there is none, or this actor takes no part in it.
    """
    actor.must(Permission.INQUIRY_PARTAKE)
    return _of_actor(session, actor, *_rows(session, inquiry_id), now=now)


def _of_actor(session: Session, actor: Actor, inquiry: Inquiry, report: Report, *, now: datetime) -> Locked:
    sides = sides_of(session, actor, inquiry, report)
    if not sides:
        raise NotVisible("no such question")
    steps = steps_of(actor, sides, stand_of(inquiry), decides=decides_for_sender(session, actor, now))
    return Locked(inquiry, report, sides, steps)


def stand_of(inquiry: Inquiry) -> Stand:
    """Where a question stands."""
    return Stand(inquiry.state, is_direct=inquiry.stix_id is None)


def sides_of(session: Session, actor: Actor, inquiry: Inquiry, report: Report) -> frozenset[Side]:
    """On which sides an actor takes part; none where it does not."""
    sees = is_secretariat(actor, report.ceptoar) and bool(list_seen(session, actor, {report.id}))
    return sides_in(actor, inquiry, report, sees=sees)


def sides_in(actor: Actor, inquiry: Inquiry, report: Report, *, sees: bool) -> frozenset[Side]:
    found: set[Side] = set()
    if is_secretariat(actor, report.ceptoar) and sees:
        found.add(Side.OFFICE)
    if is_senders(actor, report.organization_id) and inquiry.passed_at is not None:
        found.add(Side.SENDER)
    is_author = actor.account_id == inquiry.asked_by
    is_askers = inquiry.asker_id == actor.organization.id and inquiry.stix_id is not None
    if is_askers and reads_as_asker(inquiry.label, actor.roles, is_author=is_author):
        found.add(Side.ASKER)
    return frozenset(found)


def find_visible_edition(session: Session, actor: Actor, stix_id: str, feed: int, sealer: CursorSealer) -> Row | None:
    """The newest version of an object that an actor sees in a feed; None where it sees none."""
    reader = load_reader(session, actor)
    every = Question(ids=(stix_id,), versions=(ALL,))
    # Without their bytes: versions that are large would not all stand on one page.
    rows = page(session, reader, feed, every, sealer=sealer, bodies=False).rows
    newest = max(rows, key=lambda row: (row.version_us, row.position), default=None)
    if newest is None:
        return None
    last = Question(ids=(stix_id,), versions=(newest.version_us,), after=newest.position - 1)
    return next(iter(page(session, reader, feed, last, limit=1, sealer=sealer).rows), None)


def is_recalled(row: Row) -> bool:
    """Whether a version is the notice of a recall."""
    return REVOKED in bytes(row.body)


def _is_open(row: Row | None) -> bool:
    """Whether the edition is still one that its asker may read."""
    return row is not None and not is_recalled(row)


def _rows(session: Session, inquiry_id: UUID) -> tuple[Inquiry, Report]:
    query = select(Inquiry, Report).join(Report, Report.id == Inquiry.report_id).where(Inquiry.id == inquiry_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotVisible("no such question")
    return found[0], found[1]


def list_seen(session: Session, actor: Actor, reports: Set[UUID]) -> set[UUID]:
    """Of these reports those of which the actor may see something as filed."""
    if not reports:
        return set()
    query = (
        select(ReportVersion.report_id)
        .join(Report, Report.id == ReportVersion.report_id)
        .where(Report.id.in_(reports), visible_versions(actor))
    )
    return set(session.execute(query.distinct()).scalars())


def decides_for_sender(session: Session, actor: Actor, now: datetime) -> bool:
    """Whether this person decides for the sender, by its role or for somebody who is away."""
    return actor.may(Permission.PROPOSAL_DECIDE) or is_delegate(session, actor, now)


_NEEDS: Final = {
    Step.ANSWER: Permission.REPORT_FILE,
    Step.DECLINE: Permission.REPORT_FILE,
    Step.TAKE_BACK: Permission.INQUIRY_PARTAKE,
}
"""What a step needs, where it is not the secretariat's."""


def steps_of(actor: Actor, sides: Iterable[Side], stand: Stand, *, decides: bool) -> frozenset[Step]:
    """What this very person may do next: of a side only those whose work it is."""
    if actor.account_id is None:
        return frozenset()
    decisions = {Step.APPROVE, Step.REFUSE}
    return frozenset(
        step
        for step in list_steps(frozenset(sides), stand)
        if (decides if step in decisions else actor.may(_NEEDS.get(step, Permission.PROPOSAL_MAKE)))
    )


def _messages(
    session: Session, inquiry: Inquiry, sides: frozenset[Side], *, reads_answer: bool
) -> tuple[MessageView, ...]:
    query = select(InquiryMessage).where(InquiryMessage.inquiry_id == inquiry.id).order_by(InquiryMessage.number)
    stand = stand_of(inquiry)
    rows = list(session.execute(query).scalars())
    last = max((row.number for row in rows if row.words is InquiryWords.PROPOSAL), default=0)
    outside = sides == {Side.ASKER}
    found = []
    for row in rows:
        released = inquiry.released_at is not None and row.number == last and row.is_approved
        if not reads_message(sides, row.words, stand, is_released=released):
            continue
        if row.words is InquiryWords.PROPOSAL and not reads_answer:
            continue
        at = inquiry.released_at if outside and released and inquiry.released_at else row.written_at
        found.append(
            MessageView(
                row.id,
                row.words,
                row.label,
                row.text,
                at,
                None if outside else row.digest,
                row.is_approved,
                None if outside else row.decided_at,
            )
        )
    return tuple(found)


def _find_edition(session: Session, actor: Actor, inquiry: Inquiry, report: Report, sealer: CursorSealer) -> Row | None:
    if inquiry.stix_id is None:
        return None
    feed = EXERCISE_FEED if report.exercise else INBOX_FEED
    return find_visible_edition(session, actor, inquiry.stix_id, feed, sealer)


def _show_asker(session: Session, inquiry: Inquiry, shown: AskerShown) -> ShownReader | None:
    if shown is AskerShown.NOTHING:
        return None
    row = session.get_one(Organization, inquiry.asker_id)
    if shown is AskerShown.NAME:
        return ShownReader(tokens.organization(row.id), row.name_ja, row.name_en, is_named=True)
    token = group_of_asker(facts_of(row))
    return ShownReader(token, *GroupNames(session).of(token), is_named=False)
