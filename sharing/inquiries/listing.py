"""Operation: lists of the questions that an actor takes part in, with as many queries for one as for two hundred."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from models.inquiry import Inquiry, InquiryMessage
from models.report import Report, ReportVersion
from models.vocabulary import InquiryState, InquiryWords, Label
from sharing.actor import Actor
from sharing.inquiries.visible import decides_for_sender, list_seen, sides_in, stand_of, steps_of
from sharing.permissions import Permission
from sharing.reports.visible import OWN_ROLES, is_secretariat, visible_versions
from sharing.rules.inquiries import Side, Step, lacks_answer, reads_as_asker, state_shown

MOST_LISTED: Final = 200
"""Questions that a list shows, those that somebody still waits for before all others."""

EXCERPT: Final = 120
"""Characters of the question that a list shows."""


_OVER: Final = (InquiryState.RELEASED, InquiryState.CLOSED)
_WAITS_FOR_OFFICE: Final = frozenset({InquiryState.ASKED, InquiryState.ANSWERED, InquiryState.APPROVED})


class InquiryLine(Struct, frozen=True):
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

    def is_late(self, now: datetime, after: timedelta) -> bool:
        """Whether it has had no answer for so long, by the time that this side knows: asked, or passed on to it."""
        return lacks_answer(self.sides, self.state) and now - self.at >= after


def list_inquiries(
    session: Session, actor: Actor, *, now: datetime, report_id: UUID | None = None
) -> list[InquiryLine]:
    """The questions that an actor takes part in: what waits for it first, then the newest; or those of one report.

    Raises:
        NotPermitted: the actor takes part in no questions at all.
    """
    actor.must(Permission.INQUIRY_PARTAKE)
    query = (
        select(Inquiry, Report)
        # Each has its report; asked for like this, SQLite begins with the few questions, not with all reports.
        .outerjoin(Report, Report.id == Inquiry.report_id)
        .where(_may_take_part(actor))
        .order_by(Inquiry.state.in_(_OVER), Inquiry.asked_at.desc(), Inquiry.id)
        .limit(MOST_LISTED)
    )
    if report_id is not None:
        query = query.where(Inquiry.report_id == report_id)
    rows = [(inquiry, report) for inquiry, report in session.execute(query)]
    seen = list_seen(session, actor, {report.id for _, report in rows})
    begins = _list_beginnings(session, [inquiry.id for inquiry, _ in rows])
    decides = bool(rows) and decides_for_sender(session, actor, now)
    found = []
    for inquiry, report in rows:
        sides = sides_in(actor, inquiry, report, sees=report.id in seen)
        if sides:
            found.append(
                _line(inquiry, report, sides, begins, steps_of(actor, sides, stand_of(inquiry), decides=decides))
            )
    return sorted(found, key=lambda line: (line.state is InquiryState.CLOSED, not line.waits, -line.at.timestamp()))


def count_late(session: Session, actor: Actor, now: datetime, after: timedelta) -> int:
    """How many questions have had no answer for so long, as far as the actor knows; exercises are not counted."""
    if not actor.may(Permission.INQUIRY_PARTAKE):
        return 0
    return sum(line.is_late(now, after) and not line.exercise for line in list_inquiries(session, actor, now=now))


def list_of_report(session: Session, actor: Actor, report_id: UUID, *, now: datetime) -> list[InquiryLine]:
    """The questions about one report, for its sender and its secretariat; whoever calls has shown it to them."""
    if not actor.may(Permission.INQUIRY_PARTAKE):
        return []
    found = list_inquiries(session, actor, now=now, report_id=report_id)
    return [each for each in found if each.sides & {Side.OFFICE, Side.SENDER}]


def _list_beginnings(session: Session, inquiries: Sequence[UUID]) -> dict[tuple[UUID, InquiryWords], tuple[str, Label]]:
    """How each question begins, as it was asked and as it was first passed on."""
    wanted = (InquiryWords.QUESTION, InquiryWords.PASSED)
    query = (
        select(InquiryMessage.inquiry_id, InquiryMessage.words, InquiryMessage.text, InquiryMessage.label)
        .where(InquiryMessage.inquiry_id.in_(inquiries), InquiryMessage.words.in_(wanted))
        .order_by(InquiryMessage.number.desc())
    )
    if not inquiries:
        return {}
    return {(inquiry, words): (text, label) for inquiry, words, text, label in session.execute(query)}


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


def _line(
    inquiry: Inquiry,
    report: Report,
    sides: frozenset[Side],
    begins: Mapping[tuple[UUID, InquiryWords], tuple[str, Label]],
    steps: frozenset[Step],
) -> InquiryLine:
    as_passed = inquiry.stix_id is None or sides == {Side.SENDER}
    text, label = begins[inquiry.id, InquiryWords.PASSED if as_passed else InquiryWords.QUESTION]
    return InquiryLine(
        id=inquiry.id,
        sides=sides,
        is_direct=inquiry.stix_id is None,
        state=state_shown(sides, inquiry.state),
        label=label,
        exercise=report.exercise,
        at=inquiry.passed_at if sides == {Side.SENDER} and inquiry.passed_at else inquiry.asked_at,
        reference=report.reference if sides & {Side.OFFICE, Side.SENDER} else None,
        excerpt=text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…",
        steps=steps,
    )
