"""Operation: a reader of an edition asks about it, not told whose it is; a secretariat asks back about a report.

Asking looks at nothing but what the asker sees: whether the sender takes part any more, reads, or answers changes
nothing in the answer, which is always that the question was taken.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from models.inquiry import Inquiry, InquiryMessage
from models.organization import Organization
from models.report import Report
from models.vocabulary import AskerShown, InquiryState, InquiryWords, Label, MailMatter
from sharing.actor import Actor, Context
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.inquiries.keeping import author_of, keep_message, note, note_of_asker
from sharing.inquiries.texts import Said, check_label, check_mentions, check_words, form_of
from sharing.inquiries.visible import find_visible_edition, is_recalled
from sharing.jobs.mails import ask_for_mails
from sharing.permissions import Permission
from sharing.reading.driver import as_uuid
from sharing.reading.grants import Row
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.visible import is_secretariat, load_visible_report
from sharing.rules.inquiries import reads_as_asker

MOST_OPEN: Final = 20
"""Open questions of one organization: who has more asks by telephone. Counted are those that the asker may see."""


def load_askable(
    session: Session, actor: Actor, stix_id: str, feed: int, *, sealer: CursorSealer, builder: EditionBuilder
) -> Row:
    """The edition that a question can be asked about, as its reader sees it.

    Raises:
        NotVisible: the actor sees nothing by this id in this feed.
        NotPermitted: the actor asks nothing.
        Invalid: it is no report, or one that only named persons read: they know whom to ask.
        Conflict: it was recalled.
    """
    actor.must(Permission.INQUIRY_PARTAKE)
    row = find_visible_edition(session, actor, stix_id, feed, sealer)
    if row is None:
        raise NotVisible("no such object")
    report_id = as_uuid(row.report_id)
    if report_id is None or form_of(builder, report_id, stix_id) is None:
        raise Invalid(Fault("about", "not-a-report", "an edition of a report", row.type))
    if row.label == Label.RED.rank:
        raise Invalid(Fault("about", "red", f"at most {Label.AMBER_STRICT}", Label.RED.value))
    if is_recalled(row):
        raise Conflict("it was recalled; there is nothing to ask about any more")
    return row


def ask(
    session: Session,
    actor: Actor,
    about: tuple[str, int],
    said: Said,
    shown: AskerShown,
    *,
    context: Context,
    sealer: CursorSealer,
    builder: EditionBuilder,
) -> UUID:
    """Ask about an edition, by its id and feed; the secretariat of its sender reads the question.

    Sent twice it is asked once, as long as no answer has come: whether it was passed on meanwhile changes nothing.

    Raises:
        Invalid: the words cannot be taken, go wider than the edition, or name something stricter; or too many
            questions are open (besides what `load_askable` raises).
    """
    row = load_askable(session, actor, *about, sealer=sealer, builder=builder)
    author = author_of(actor)
    said = Said(check_words(said.text), said.label, said.keep_mentions)
    check_label(said.label, Label.of_rank(row.label))
    check_mentions(session, actor, said, of=None)
    asked = _asked_before(session, actor, author, (row.stix_id, said, shown))
    if asked is not None:
        return asked
    report_id = as_uuid(row.report_id)
    assert report_id is not None
    inquiry, message = _begin(
        session,
        actor,
        (InquiryWords.QUESTION, said),
        context,
        report_id=report_id,
        stix_id=row.stix_id,
        shown=shown,
        state=InquiryState.ASKED,
    )
    about_what = {"object": row.stix_id, "object_version": row.version}
    note_of_asker(session, Tag.INQUIRY_ASK, actor, inquiry, context, message=message, more=about_what)
    ask_for_mails(session, MailMatter.QUESTION, inquiry.id, context.now)
    return inquiry.id


def ask_back(session: Session, actor: Actor, report_id: UUID, said: Said, *, context: Context) -> UUID:
    """照会: the secretariat asks the sender about a report; the answer stands in the thread.

    Raises:
        NotVisible: there is no such report for this actor.
        NotPermitted: the actor is not the secretariat of its CEPTOAR.
        Conflict: the sender takes part no more.
        Invalid: the words cannot be taken, or name something stricter.
    """
    actor.must(Permission.PROPOSAL_MAKE)
    view = load_visible_report(session, actor, report_id)
    if not is_secretariat(actor, view.ceptoar):
        raise NotPermitted("a report is asked back about by the secretariat of its CEPTOAR")
    report = session.get_one(Report, report_id)
    must_take_part(session, report)
    said = Said(check_words(said.text), said.label, said.keep_mentions)
    check_label(said.label, view.label)
    check_mentions(session, actor, said, of=report.id)
    inquiry, message = _begin(
        session,
        actor,
        (InquiryWords.PASSED, said),
        context,
        report_id=report.id,
        stix_id=None,
        shown=AskerShown.NAME,
        state=InquiryState.PASSED,
        passed_at=context.now,
    )
    note(session, Tag.INQUIRY_ASK, actor, (inquiry, report), context, message=message)
    ask_for_mails(session, MailMatter.ASKED, inquiry.id, context.now, number=message.number)
    return inquiry.id


def _begin(
    session: Session, actor: Actor, first: tuple[InquiryWords, Said], context: Context, **about: Any
) -> tuple[Inquiry, InquiryMessage]:
    """Write a question down, with its first message."""
    inquiry = Inquiry(
        id=context.new_id(),
        asker_id=actor.organization.id,
        asked_by=author_of(actor),
        asked_at=context.now,
        label=first[1].label,
        **about,
    )
    session.add(inquiry)
    session.flush()
    return inquiry, keep_message(session, actor, inquiry, first, context)


def takes_part(session: Session, report: Report) -> bool:
    """Whether there is still somebody who could answer."""
    return session.get_one(Organization, report.organization_id).left_at is None


def must_take_part(session: Session, report: Report) -> None:
    """Check that there is still somebody who could answer.

    Raises:
        Conflict: the sender has left.
    """
    if not takes_part(session, report):
        raise Conflict("the sender takes part no more; close the question")


def _asked_before(session: Session, actor: Actor, author: UUID, question: tuple[str, Said, AskerShown]) -> UUID | None:
    """The open question of this author that asks exactly this, where there is one.

    Raises:
        Invalid: there is none, and too many others are open.
    """
    stix_id, said, shown = question
    opened = _list_open(session, actor)
    mine = [each for each in opened if each.asked_by == author and each.stix_id == stix_id and each.shown is shown]
    asked = next((each.id for each in mine if _says(session, each, said)), None)
    if asked is None and len(opened) >= MOST_OPEN:
        raise Invalid(Fault("text", "too-many-open", f"at most {MOST_OPEN} open questions", "more"))
    return asked


def _says(session: Session, inquiry: Inquiry, said: Said) -> bool:
    """Whether a question says exactly this."""
    first = select(InquiryMessage.text).where(InquiryMessage.inquiry_id == inquiry.id, InquiryMessage.number == 1)
    return inquiry.label is said.label and session.execute(first).scalar_one() == said.text


def _list_open(session: Session, actor: Actor) -> Sequence[Inquiry]:
    """The organization's open questions that this person may know of: others must not change what it may ask."""
    waits = (InquiryState.RELEASED, InquiryState.CLOSED)
    query = select(Inquiry).where(
        Inquiry.asker_id == actor.organization.id, Inquiry.stix_id.is_not(None), Inquiry.state.not_in(waits)
    )
    return [
        row
        for row in session.execute(query).scalars()
        if reads_as_asker(row.label, actor.roles, is_author=row.asked_by == actor.account_id)
    ]
