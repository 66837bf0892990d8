"""Operation: a question on its way: passed on, answered, its answer proposed word by word, approved, released, closed.

The asker hears of none of these steps but the last two, and of these only when the secretariat takes them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.canonical import canonical_json
from models.inquiry import Inquiry, InquiryMessage
from models.report import Report
from models.vocabulary import AskerShown, InquiryEnd, InquiryState, InquiryWords, Label, MailMatter
from sharing.actor import Actor, Context
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted
from sharing.inquiries.asking import must_take_part, takes_part
from sharing.inquiries.keeping import keep_message, must_do, note, note_of_asker
from sharing.inquiries.texts import (
    FIELD,
    Said,
    check_label,
    check_mentions,
    check_words,
    find_senders_names,
    find_series,
    find_telling,
    form_of,
    names_of,
    refuse_names,
)
from sharing.inquiries.visible import Locked, lock_inquiry, look_at_inquiry
from sharing.jobs.mails import ask_for_mails
from sharing.reading.series import Series
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.editions.hints import Hint, take_hints
from sharing.reports.editions.redaction import find_names_in
from sharing.reports.mentions import find_stricter_in
from sharing.reports.range_changes.held_back import is_held_back
from sharing.reports.reasons import check_reason
from sharing.rules.inquiries import ENDS_OF_OFFICE, Side, Step
from sharing.rules.mentions import Mention


class Held(StrEnum):
    """Why an approved answer cannot be released now."""

    EMBARGO = "embargo"
    RECALLED = "recalled"
    RAISED = "raised"
    """The edition is stricter by now than the answer."""


_HELD: Final = {
    Held.EMBARGO: "an embargo on the report holds",
    Held.RECALLED: "the edition was recalled: close the question",
    Held.RAISED: "the edition is stricter by now than the answer: propose it again",
}


@dataclass(frozen=True)
class AnswerDraft:
    """An answer as it would go to the asker, with what stands against it; nothing is written yet."""

    said: Said
    names: tuple[str, ...] = ()
    """Names of the sender that it still holds; while there are any it cannot be proposed."""
    hints: tuple[Hint, ...] = ()
    """What else may give the sender away; the secretariat decides on each."""
    mentions: tuple[Mention, ...] = field(default=())
    """What it names that fewer may read; none if that may stay."""


def pass_on(session: Session, actor: Actor, inquiry_id: UUID, said: Said, *, context: Context) -> None:
    """Pass a question on to the sender, in the asker's words or in others; or ask the sender further.

    Raises:
        NotVisible: there is no such question for this actor.
        NotPermitted, Conflict: it is not this actor's to pass on, or stands elsewhere; the sender takes part no more.
        Invalid: the words cannot be taken, or name an asker who does not want to be named.
    """
    locked = lock_inquiry(session, actor, inquiry_id, context.now)
    must_do(locked, Step.PASS)
    inquiry, report = locked.inquiry, locked.report
    must_take_part(session, report)
    said = Said(check_words(said.text), said.label, said.keep_mentions)
    check_label(said.label, inquiry.label)
    if inquiry.stix_id is not None and inquiry.shown is not AskerShown.NAME:
        refuse_names(find_names_in(said.text, names_of(session, inquiry.asker_id)), "names-asker")
    check_mentions(session, actor, said, of=report.id)
    message = keep_message(session, actor, inquiry, (InquiryWords.PASSED, said), context)
    inquiry.state, inquiry.passed_at = InquiryState.PASSED, inquiry.passed_at or context.now
    note(session, Tag.INQUIRY_PASS, actor, (inquiry, report), context, message=message)
    ask_for_mails(session, MailMatter.ASKED, inquiry.id, context.now, number=message.number)


def answer(session: Session, actor: Actor, inquiry_id: UUID, said: Said, *, context: Context) -> None:
    """The sender answers, to its secretariat; what goes to the asker is proposed, and approved, afterwards.

    Raises:
        NotVisible: there is no such question for this actor.
        NotPermitted, Conflict: the question is not this actor's to answer, or stands elsewhere.
        Invalid: the words cannot be taken, or name something stricter.
    """
    locked = lock_inquiry(session, actor, inquiry_id, context.now)
    must_do(locked, Step.ANSWER)
    said = Said(check_words(said.text), said.label, said.keep_mentions)
    check_label(said.label, _asked_at_label(session, locked.inquiry))
    check_mentions(session, actor, said, of=locked.report.id)
    message = keep_message(session, actor, locked.inquiry, (InquiryWords.ANSWER, said), context)
    locked.inquiry.state = InquiryState.ANSWERED
    note(session, Tag.INQUIRY_ANSWER, actor, (locked.inquiry, locked.report), context, message=message)


def decline(session: Session, actor: Actor, inquiry_id: UUID, reason: str, *, context: Context) -> None:
    """The sender does not answer; the secretariat reads why, the asker nothing.

    Raises:
        Invalid: no reason, or one that cannot be taken (besides what `answer` raises).
    """
    reason = check_reason(reason, "a reason that the secretariat can act on")
    locked = lock_inquiry(session, actor, inquiry_id, context.now)
    must_do(locked, Step.DECLINE)
    said = Said(reason, _asked_at_label(session, locked.inquiry))
    message = keep_message(session, actor, locked.inquiry, (InquiryWords.REFUSAL, said), context)
    locked.inquiry.state = InquiryState.ANSWERED
    note(session, Tag.INQUIRY_ANSWER, actor, (locked.inquiry, locked.report), context, message=message)


def draft_answer(
    session: Session, actor: Actor, inquiry_id: UUID, said: Said, *, context: Context, builder: EditionBuilder
) -> AnswerDraft:
    """What stands against an answer; nothing is written.

    Raises:
        NotVisible, NotPermitted, Conflict: as `propose_answer`.
        Invalid: the words cannot be taken.
    """
    return _draft(session, actor, look_at_inquiry(session, actor, inquiry_id, context.now), said, builder)


def take_answer_hints(draft: AnswerDraft, taken: Iterable[str]) -> str:
    """The words with what is proposed in place of each hint that the secretariat took."""
    return take_hints(draft.said.text, draft.hints, taken)


def propose_answer(
    session: Session, actor: Actor, inquiry_id: UUID, said: Said, *, context: Context, builder: EditionBuilder
) -> None:
    """Propose the exact answer to the asker; it waits for the sender's approval.

    Raises:
        NotVisible: there is no such question for this actor.
        NotPermitted, Conflict: it is not this actor's, or stands elsewhere; the edition was recalled.
        Invalid: the words cannot be taken, name the sender, go wider than the edition, or name something stricter.
    """
    locked = lock_inquiry(session, actor, inquiry_id, context.now)
    draft = _draft(session, actor, locked, said, builder)
    refuse_names(draft.names, "names-sender")
    check_mentions(session, actor, draft.said, of=locked.report.id)
    message = keep_message(session, actor, locked.inquiry, (InquiryWords.PROPOSAL, draft.said), context)
    message.digest = fingerprint_of(locked.inquiry, draft.said)
    locked.inquiry.state = InquiryState.PROPOSED
    more = {"digest": message.digest.hex()}
    note(session, Tag.INQUIRY_PROPOSE, actor, (locked.inquiry, locked.report), context, message=message, more=more)
    ask_for_mails(session, MailMatter.ANSWER, locked.inquiry.id, context.now, number=message.number)


def approve_answer(session: Session, actor: Actor, inquiry_id: UUID, digest: bytes, *, context: Context) -> None:
    """The sender approves exactly these words; the secretariat may now release them.

    Raises:
        NotVisible: there is no such question for this actor.
        NotPermitted, Conflict: it is not this actor's to approve, or not what it looked at.
    """
    locked = lock_inquiry(session, actor, inquiry_id, context.now)
    message = _decidable(session, actor, locked, Step.APPROVE)
    if digest != message.digest:
        raise Conflict("this is not the answer that you looked at; nothing was approved")
    message.is_approved, message.decided_by, message.decided_at = True, actor.account_id, context.now
    locked.inquiry.state = InquiryState.APPROVED
    more = {"digest": digest.hex()}
    note(session, Tag.INQUIRY_APPROVE, actor, (locked.inquiry, locked.report), context, message=message, more=more)


def refuse_answer(session: Session, actor: Actor, inquiry_id: UUID, reason: str, *, context: Context) -> None:
    """The sender refuses the words; the secretariat reads why, and may propose others.

    Raises:
        Invalid: no reason, or one that cannot be taken (besides what `approve_answer` raises).
    """
    reason = check_reason(reason, "a reason that the secretariat can act on")
    locked = lock_inquiry(session, actor, inquiry_id, context.now)
    proposal = _decidable(session, actor, locked, Step.REFUSE)
    proposal.decided_by, proposal.decided_at = actor.account_id, context.now
    message = keep_message(
        session, actor, locked.inquiry, (InquiryWords.REFUSAL, Said(reason, proposal.label)), context
    )
    locked.inquiry.state = InquiryState.ANSWERED
    note(session, Tag.INQUIRY_REFUSE, actor, (locked.inquiry, locked.report), context, message=message)


def release_answer(session: Session, actor: Actor, inquiry_id: UUID, digest: bytes, *, context: Context) -> None:
    """Let the approved answer go to the asker; the time of this is the only one that it sees.

    Raises:
        NotVisible: there is no such question for this actor.
        NotPermitted, Conflict: it is not this actor's; an embargo holds; the edition was recalled or raised meanwhile.
    """
    locked = lock_inquiry(session, actor, inquiry_id, context.now)
    must_do(locked, Step.RELEASE)
    inquiry, report = locked.inquiry, locked.report
    held = why_held(session, actor, inquiry_id, now=context.now)
    if held is not None:
        raise Conflict(f"{_HELD[held]}; nothing was released")
    message = _last(session, inquiry, InquiryWords.PROPOSAL)
    if digest != message.digest:
        raise Conflict("this is not the answer that you looked at; nothing was released")
    inquiry.state, inquiry.released_at = InquiryState.RELEASED, context.now
    note(session, Tag.INQUIRY_RELEASE, actor, (inquiry, report), context, message=message)


def close_inquiry(session: Session, actor: Actor, inquiry_id: UUID, ending: InquiryEnd, *, context: Context) -> None:
    """Close a question; the asker is told the reason in the program's own words, which are the same for everybody.

    The asker takes its question back, or says that it is answered. The entry of that names neither report nor sender.

    Raises:
        NotVisible: there is no such question for this actor.
        NotPermitted, Conflict: it is not this actor's to close, or closed before.
        Invalid: this reason is not one for this side.
    """
    locked = lock_inquiry(session, actor, inquiry_id, context.now)
    inquiry, report = locked.inquiry, locked.report
    by_office = Side.OFFICE in locked.sides
    must_do(locked, Step.CLOSE if by_office else Step.TAKE_BACK)
    released = inquiry.state is InquiryState.RELEASED
    fits = ENDS_OF_OFFICE if by_office else {InquiryEnd.DONE if released else InquiryEnd.TAKEN_BACK}
    if ending not in fits:
        raise Invalid(Fault("ending", "unknown-code", "one of " + ", ".join(sorted(fits)), ending.value))
    inquiry.state, inquiry.closed_at, inquiry.ending = InquiryState.CLOSED, context.now, ending
    more = {"ending": ending.value}
    if by_office and inquiry.passed_at is not None:
        note(session, Tag.INQUIRY_CLOSE, actor, (inquiry, report), context, more=more)
    else:  # what was never passed on the sender knows nothing of, nor of its end
        note_of_asker(session, Tag.INQUIRY_CLOSE, actor, inquiry, context, more=more)


def why_held(session: Session, actor: Actor, inquiry_id: UUID, *, now: datetime) -> Held | None:
    """Why a release would be refused; None where it would not.

    Raises:
        NotVisible: there is no such question for this actor.
    """
    locked = look_at_inquiry(session, actor, inquiry_id, now)
    if is_held_back(session, locked.report.id):
        return Held.EMBARGO
    series = find_series(session, locked.report.id, locked.inquiry.stix_id)
    if series is None or series.is_recalled:
        return Held.RECALLED
    answer_label = _last(session, locked.inquiry, InquiryWords.PROPOSAL).label
    return Held.RAISED if answer_label.rank < series.label else None


def least_labels(session: Session, actor: Actor, inquiry_id: UUID, *, now: datetime) -> dict[Step, Label]:
    """For each step with words that this actor may take now: the widest label that they may have.

    A step that is its turn but missing here has nobody or nothing any more: no sender to pass to, no edition.

    Raises:
        NotVisible: there is no such question for this actor.
    """
    locked = look_at_inquiry(session, actor, inquiry_id, now)
    found: dict[Step, Label] = {}
    if Step.PASS in locked.steps and takes_part(session, locked.report):
        found[Step.PASS] = locked.inquiry.label
    if Step.ANSWER in locked.steps:
        found[Step.ANSWER] = _asked_at_label(session, locked.inquiry)
    series = find_series(session, locked.report.id, locked.inquiry.stix_id) if Step.PROPOSE in locked.steps else None
    if series is not None and not series.is_recalled:
        found[Step.PROPOSE] = _least(session, locked.inquiry, series)
    return found


def find_mentions_of(session: Session, actor: Actor, message_text: str, label: Label, of: UUID) -> tuple[Mention, ...]:
    """What a proposed answer names that fewer may read, as far as this viewer may see that."""
    return find_stricter_in(session, actor, {FIELD: message_text}, label, of=of)


def find_hints_of(session: Session, inquiry_id: UUID, text: str, builder: EditionBuilder) -> tuple[Hint, ...]:
    """What in a proposed answer may give the sender away; whoever calls has shown it to secretariat or sender."""
    inquiry = session.get_one(Inquiry, inquiry_id)
    report = session.get_one(Report, inquiry.report_id)
    series = find_series(session, report.id, inquiry.stix_id)
    return find_telling(session, report, series, text, builder=builder)


def fingerprint_of(inquiry: Inquiry, said: Said) -> bytes:
    """What the sender approves: these words, at this label, to this asker, about this edition."""
    document = {
        "inquiry": str(inquiry.id),
        "about": inquiry.stix_id,
        "label": said.label.value,
        "text": sha256(said.text.encode()).hexdigest(),
    }
    return sha256(canonical_json(document)).digest()


def _draft(session: Session, actor: Actor, locked: Locked, said: Said, builder: EditionBuilder) -> AnswerDraft:
    must_do(locked, Step.PROPOSE)
    inquiry, report = locked.inquiry, locked.report
    series = _open_series(session, inquiry)
    said = Said(check_words(said.text), said.label, said.keep_mentions)
    check_label(said.label, _least(session, inquiry, series))
    form = form_of(builder, report.id, inquiry.stix_id)
    found = () if said.keep_mentions else find_stricter_in(session, actor, {FIELD: said.text}, said.label, of=report.id)
    return AnswerDraft(
        said,
        tuple(find_senders_names(session, report, form, said.text)),
        find_telling(session, report, series, said.text, builder=builder),
        found,
    )


def _least(session: Session, inquiry: Inquiry, series: Series) -> Label:
    """An answer goes no wider than the edition, nor than the question that it answers."""
    return Label.strictest(Label.of_rank(series.label), _asked_at_label(session, inquiry))


def _open_series(session: Session, inquiry: Inquiry) -> Series:
    series = find_series(session, inquiry.report_id, inquiry.stix_id)
    if series is None or series.is_recalled:
        raise Conflict("the edition was recalled; close the question")
    return series


def _decidable(session: Session, actor: Actor, locked: Locked, step: Step) -> InquiryMessage:
    must_do(locked, step)
    message = _last(session, locked.inquiry, InquiryWords.PROPOSAL)
    if message.written_by == actor.account_id:
        raise NotPermitted("who proposed may not decide")
    return message


def _last(session: Session, inquiry: Inquiry, words: InquiryWords) -> InquiryMessage:
    query = (
        select(InquiryMessage)
        .where(InquiryMessage.inquiry_id == inquiry.id, InquiryMessage.words == words)
        .order_by(InquiryMessage.number.desc())
        .limit(1)
    )
    return session.execute(query).scalar_one()


def _asked_at_label(session: Session, inquiry: Inquiry) -> Label:
    """The label of the question as the sender got it: the answer quotes it, if only by answering."""
    return _last(session, inquiry, InquiryWords.PASSED).label
