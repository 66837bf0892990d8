"""Operation: what became of what was recalled: asked of those who had read it, answered, counted, asked again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from models.collection import EXERCISE_FEED, INBOX_FEED
from models.recall import Recall, RecallAnswer, RecallNotice
from models.report import Report
from models.vocabulary import Label, RecallAnswerKind, RecallKind
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.disclosures import list_organizations_given
from sharing.errors import NotPermitted, NotVisible
from sharing.permissions import Permission
from sharing.readers import Reader, load_reader, reads_content
from sharing.reading.grants import Row, View, of_ids
from sharing.reading.page import page
from sharing.reading.question import ALL, Question
from sharing.reports.visible import ReportView

MOST_LISTED: Final = 200
"""Recalls that a list shows, the newest first."""

_END: Final = 2**63 - 1


class RecallView(Struct, frozen=True):
    """A recall as the sender's people and their secretariat see it."""

    id: UUID
    kind: RecallKind
    label: Label | None
    reason: str
    made_at: datetime
    reminded_at: datetime | None
    answers: Mapping[UUID, RecallAnswerKind]
    """Each organization that was asked, with its last word."""

    @property
    def asked(self) -> int:
        """m of n of m."""
        return len(self.answers)

    @property
    def answered(self) -> int:
        """n of n of m."""
        return sum(kind is not RecallAnswerKind.NONE for kind in self.answers.values())

    def count(self, kind: RecallAnswerKind) -> int:
        """How many gave this answer."""
        return sum(each is kind for each in self.answers.values())


class RecallRequest(Struct, frozen=True):
    """A recall as somebody sees it who was given the edition: never whose it is, nor why."""

    row: Row
    """The notice itself; it names the edition as its readers knew it."""
    feed: int
    asked_at: datetime
    is_asked: bool
    """This organization had read it, and is asked what became of it."""
    answer: RecallAnswerKind
    reminders: int

    @property
    def stix_id(self) -> str:
        """By what its reader finds it again."""
        return self.row.stix_id

    @property
    def label(self) -> Label:
        """The label of the edition."""
        return Label.of_rank(self.row.label)

    @property
    def waits(self) -> bool:
        """Whether an answer is still wanted."""
        return self.is_asked and self.answer is RecallAnswerKind.NONE


def list_recalls(session: Session, view: ReportView) -> list[RecallView]:
    """The recalls of a report that the actor may see, the newest first.

    To the secretariat without those who were asked because they had read what was RED: it knows of no such readers.
    """
    known = None if view.is_own else list_organizations_given(session, view.id, highest=Label.AMBER_STRICT)
    rows = session.execute(
        select(Recall).where(Recall.report_id == view.id).order_by(Recall.made_at.desc(), Recall.id)
    ).scalars()
    found = []
    for row in rows:
        answers = session.execute(
            select(RecallAnswer.organization_id, RecallAnswer.kind)
            .where(RecallAnswer.recall_id == row.id)
            .order_by(RecallAnswer.organization_id)
        )
        told = {asked: kind for asked, kind in answers if known is None or asked in known}
        found.append(RecallView(row.id, row.kind, row.label, row.reason, row.made_at, row.reminded_at, told))
    return found


def list_requests(session: Session, actor: Actor, *, sealer: CursorSealer) -> list[RecallRequest]:
    """What was recalled of what this actor may see, what waits for an answer first.

    Raises:
        NotPermitted: the actor reads nothing.
    """
    actor.must(Permission.FEED_READ)
    reader = load_reader(session, actor)
    query = (
        select(Recall, RecallNotice, Report.exercise)
        .join(RecallNotice, RecallNotice.recall_id == Recall.id)
        .join(Report, Report.id == Recall.report_id)
        .where(RecallNotice.is_main)
        .order_by(Recall.made_at.desc(), RecallNotice.stix_id)
    )
    found: list[RecallRequest] = []
    rows = [(recall, notice, exercise) for recall, notice, exercise in session.execute(query)]
    for feed in (INBOX_FEED, EXERCISE_FEED):
        noticed = {
            notice.stix_id: (recall, notice) for recall, notice, exercise in reversed(rows) if _feed(exercise) == feed
        }
        visible = _visible(session, reader, feed, sorted(noticed), sealer)
        for stix_id, row in visible.items():
            recall, notice = noticed[stix_id]
            if row.version_us == notice.version_us:
                found.append(_request(session, actor, recall, row, feed))
    found.sort(key=lambda each: (not each.waits, -each.asked_at.timestamp(), each.stix_id))
    return found[:MOST_LISTED]


def count_unanswered(session: Session, actor: Actor) -> int:
    """How many recalls wait for an answer of the actor's organization, as far as the actor sees what was recalled.

    What went to a colleague by name, or to the desk, is nothing that others of the organization know of.
    """
    if not reads_content(actor) or not actor.may(Permission.FEED_READ):
        return 0
    rows = session.execute(
        select(RecallNotice, Report.exercise)
        .join(RecallAnswer, RecallAnswer.recall_id == RecallNotice.recall_id)
        .join(Recall, Recall.id == RecallNotice.recall_id)
        .join(Report, Report.id == Recall.report_id)
        .where(
            RecallAnswer.organization_id == actor.organization.id,
            RecallAnswer.kind == RecallAnswerKind.NONE,
            RecallNotice.is_main,
        )
    ).all()
    reader = load_reader(session, actor)
    return len(
        {notice.recall_id for notice, exercise in rows if _sees(View(session, reader.windows, _feed(exercise)), notice)}
    )


def _sees(view: View, notice: RecallNotice) -> bool:
    return any(row.version_us == notice.version_us for row in of_ids(view, [notice.stix_id], 0, _END))


def list_asked(session: Session, actor: Actor, recall_id: UUID, *, sealer: CursorSealer) -> list[RecallRequest]:
    """What one recall asks of this actor's organization and it has not answered, as far as the actor sees it."""
    if not reads_content(actor) or not actor.may(Permission.FEED_READ):
        return []
    rows = session.execute(
        select(Recall, RecallNotice, Report.exercise)
        .join(RecallNotice, RecallNotice.recall_id == Recall.id)
        .join(Report, Report.id == Recall.report_id)
        .where(Recall.id == recall_id, RecallNotice.is_main)
        .order_by(RecallNotice.stix_id)
    ).all()
    reader = load_reader(session, actor)
    found = []
    for recall, notice, exercise in rows:
        question = Question(ids=(notice.stix_id,), versions=(notice.version_us,))
        for row in page(session, reader, _feed(exercise), question, sealer=sealer).rows:
            found.append(_request(session, actor, recall, row, _feed(exercise)))
    return [each for each in found if each.waits]


def answer_recall(
    session: Session,
    actor: Actor,
    stix_id: str,
    kind: RecallAnswerKind,
    *,
    context: Context,
    sealer: CursorSealer,
) -> None:
    """Say what became of an edition that was recalled, for the actor's organization; a later word replaces an earlier.

    Raises:
        NotVisible: nothing by this id was recalled, or the actor may not know of it.
        NotPermitted: the actor reads nothing, or is no person.
    """
    actor.must(Permission.FEED_READ)
    if actor.account_id is None:
        raise NotPermitted("a person answers for its organization")
    recall = _find_visible(session, actor, stix_id, sealer)
    key = (recall.id, actor.organization.id)
    answer = session.get(RecallAnswer, key, with_for_update=True)
    if answer is None:
        answer = RecallAnswer(recall_id=recall.id, organization_id=actor.organization.id)
        session.add(answer)
    answer.kind, answer.answered_by, answer.answered_at = kind, actor.account_id, context.now
    said = {"recall": str(recall.id), "answer": kind.value}
    record(session, Event(Tag.RECALL_ANSWER, actor, [("report", str(recall.report_id))], decision=said), context)


def handle_reminder(session: Session, payload: Mapping[str, Any], context: Context) -> None:
    """Ask again those who have not answered: the request stands first on their page, with its number."""
    recall = session.get(Recall, UUID(payload["recall"]), with_for_update=True)
    if recall is None:
        return
    open_ = select(RecallAnswer).where(RecallAnswer.recall_id == recall.id, RecallAnswer.kind == RecallAnswerKind.NONE)
    if session.execute(open_).first() is not None:
        recall.reminders, recall.reminded_at = int(payload["number"]), context.now


def _find_visible(session: Session, actor: Actor, stix_id: str, sealer: CursorSealer) -> Recall:
    rows = session.execute(
        select(Recall, RecallNotice, Report.exercise)
        .join(RecallNotice, RecallNotice.recall_id == Recall.id)
        .join(Report, Report.id == Recall.report_id)
        .where(RecallNotice.stix_id == stix_id)
        .order_by(RecallNotice.version_us.desc())
    ).all()
    reader = load_reader(session, actor)
    for recall, notice, exercise in rows:
        question = Question(ids=(stix_id,), versions=(notice.version_us,))
        if page(session, reader, _feed(exercise), question, sealer=sealer, bodies=False).rows:
            found: Recall = recall
            return found
    if not rows:
        # As long as for one that is there: absent and hidden take the same way.
        page(session, reader, INBOX_FEED, Question(ids=(stix_id,), versions=(0,)), sealer=sealer, bodies=False)
    raise NotVisible("nothing by this id was recalled")


def _visible(session: Session, reader: Reader, feed: int, ids: Sequence[str], sealer: CursorSealer) -> dict[str, Row]:
    """Of these ids the newest version that the reader sees."""
    newest: dict[str, Row] = {}
    for start in range(0, len(ids), MOST_LISTED):
        question = Question(ids=tuple(ids[start : start + MOST_LISTED]), versions=(ALL,))
        token: str | None = None
        while True:
            found = page(session, reader, feed, question, token=token, sealer=sealer)
            for row in found.rows:
                if row.stix_id not in newest or row.version_us > newest[row.stix_id].version_us:
                    newest[row.stix_id] = row
            token = found.next
            if token is None:
                break
    return newest


def _request(session: Session, actor: Actor, recall: Recall, row: Row, feed: int) -> RecallRequest:
    answer = session.get(RecallAnswer, (recall.id, actor.organization.id))
    waits = answer is not None and answer.kind is RecallAnswerKind.NONE
    return RecallRequest(
        row=row,
        feed=feed,
        asked_at=recall.made_at,
        is_asked=answer is not None,
        answer=RecallAnswerKind.NONE if answer is None else answer.kind,
        # Who has answered is reminded no more: that the number still rises would tell that others had read it.
        reminders=recall.reminders if waits else 0,
    )


def _feed(exercise: bool) -> int:
    return EXERCISE_FEED if exercise else INBOX_FEED
