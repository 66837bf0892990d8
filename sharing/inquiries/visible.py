"""Operation: the questions that an actor takes part in, each as its side may know it; nothing else exists."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
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
from sharing.reports.delegations import is_delegate
from sharing.reports.visible import (
    OWN_ROLES,
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

MOST_LISTED: Final = 200
"""Questions that a list shows, the newest first."""

EXCERPT: Final = 120
"""Characters of the question that a list shows."""


_WAITS_FOR_OFFICE: Final = frozenset({InquiryState.ASKED, InquiryState.ANSWERED, InquiryState.APPROVED})


@dataclass(frozen=True)
class MessageView:
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


@dataclass(frozen=True)
class InquiryLine:
    """A question in a list."""

    id: UUID
    sides: frozenset[Side]
    is_direct: bool
    state: InquiryState
    label: Label
    exercise: bool
    at: datetime
    """When it was asked; to the sender, when it was passed on."""
    reference: str | None
    excerpt: str
    steps: frozenset[Step]

    @property
    def waits(self) -> bool:
        """Whether the viewer has something to do; to close what is answered is no haste."""
        if Side.OFFICE in self.sides:
            return self.state in _WAITS_FOR_OFFICE
        return bool(self.steps & {Step.ANSWER, Step.APPROVE})


@dataclass(frozen=True)
class Locked:
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
        steps=_steps(session, actor, sides, stand, now),
        stix_id=inquiry.stix_id if knows_asker else None,
        row=row,
        report=load_visible_report(session, actor, report.id) if inside else None,
    )


def list_inquiries(session: Session, actor: Actor, *, now: datetime) -> list[InquiryLine]:
    """The questions that an actor takes part in: what waits for it first, then the newest.

    Raises:
        NotPermitted: the actor takes part in no questions at all.
    """
    actor.must(Permission.INQUIRY_PARTAKE)
    query = (
        select(Inquiry, Report)
        .join(Report, Report.id == Inquiry.report_id)
        .where(_may_take_part(actor))
        .order_by(Inquiry.asked_at.desc(), Inquiry.id)
        .limit(MOST_LISTED)
    )
    lines = [_line(session, actor, inquiry, report, now) for inquiry, report in session.execute(query)]
    found = [line for line in lines if line is not None]
    return sorted(found, key=lambda line: (line.state is InquiryState.CLOSED, not line.waits, -line.at.timestamp()))


def list_of_report(session: Session, actor: Actor, report_id: UUID, *, now: datetime) -> list[InquiryLine]:
    """The questions about one report, for its sender and its secretariat; whoever calls has shown it to them."""
    if not actor.may(Permission.INQUIRY_PARTAKE):
        return []
    inside = [each for each in list_inquiries(session, actor, now=now) if each.sides & {Side.OFFICE, Side.SENDER}]
    return [each for each in inside if session.get_one(Inquiry, each.id).report_id == report_id]


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
    return Locked(inquiry, report, sides, _steps(session, actor, sides, stand_of(inquiry), now))


def stand_of(inquiry: Inquiry) -> Stand:
    """Where a question stands."""
    return Stand(inquiry.state, is_direct=inquiry.stix_id is None)


def sides_of(session: Session, actor: Actor, inquiry: Inquiry, report: Report) -> frozenset[Side]:
    """On which sides an actor takes part; none where it does not."""
    found: set[Side] = set()
    if is_secretariat(actor, report.ceptoar) and _sees(session, actor, report.id):
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
    question = Question(ids=(stix_id,), versions=(ALL,))
    rows = page(session, load_reader(session, actor), feed, question, sealer=sealer).rows
    return max(rows, key=lambda row: (row.version_us, row.position), default=None)


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


def _sees(session: Session, actor: Actor, report_id: UUID) -> bool:
    query = (
        select(ReportVersion.id)
        .join(Report, Report.id == ReportVersion.report_id)
        .where(Report.id == report_id, visible_versions(actor))
    )
    return session.execute(query.limit(1)).first() is not None


def _may_take_part(actor: Actor) -> ColumnElement[bool]:
    """Wide enough for every side; what is left is asked of the rules, row by row."""
    open_ = [each for each in Label if reads_as_asker(each, actor.roles, is_author=False)]
    mine = or_(Inquiry.asked_by == actor.account_id, Inquiry.label.in_(open_))
    conditions = [and_(Inquiry.asker_id == actor.organization.id, mine)]
    if actor.roles & OWN_ROLES:
        conditions.append(and_(Report.organization_id == actor.organization.id, Inquiry.passed_at.is_not(None)))
    if actor.organization.ceptoar and is_secretariat(actor, actor.organization.ceptoar):
        seen = exists().where(ReportVersion.report_id == Report.id, visible_versions(actor))
        conditions.append(and_(Report.ceptoar == actor.organization.ceptoar, seen))
    return or_(*conditions)


def _steps(session: Session, actor: Actor, sides: Iterable[Side], stand: Stand, now: datetime) -> frozenset[Step]:
    """What this very person may do next: of a side only those whose work it is."""
    if actor.account_id is None:
        return frozenset()
    found = list_steps(frozenset(sides), stand)
    needed = {
        Step.ANSWER: Permission.REPORT_FILE,
        Step.DECLINE: Permission.REPORT_FILE,
        Step.TAKE_BACK: Permission.INQUIRY_PARTAKE,
    }
    decides = actor.may(Permission.PROPOSAL_DECIDE) or is_delegate(session, actor, now)
    return frozenset(
        step
        for step in found
        if (decides if step in {Step.APPROVE, Step.REFUSE} else actor.may(needed.get(step, Permission.PROPOSAL_MAKE)))
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


def _line(session: Session, actor: Actor, inquiry: Inquiry, report: Report, now: datetime) -> InquiryLine | None:
    sides = sides_of(session, actor, inquiry, report)
    if not sides:
        return None
    inside = sides & {Side.OFFICE, Side.SENDER}
    outside_words = InquiryWords.QUESTION if sides & {Side.OFFICE, Side.ASKER} else InquiryWords.PASSED
    words = InquiryWords.PASSED if inquiry.stix_id is None else outside_words
    query = (
        select(InquiryMessage.text)
        .where(InquiryMessage.inquiry_id == inquiry.id, InquiryMessage.words == words)
        .order_by(InquiryMessage.number)
        .limit(1)
    )
    text = session.execute(query).scalar_one_or_none() or ""
    is_senders_only = sides == {Side.SENDER} and inquiry.passed_at is not None
    return InquiryLine(
        id=inquiry.id,
        sides=sides,
        is_direct=inquiry.stix_id is None,
        state=state_shown(sides, inquiry.state),
        label=inquiry.label,
        exercise=report.exercise,
        at=inquiry.passed_at if is_senders_only and inquiry.passed_at else inquiry.asked_at,
        reference=report.reference if inside else None,
        excerpt=text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…",
        steps=_steps(session, actor, sides, stand_of(inquiry), now),
    )
