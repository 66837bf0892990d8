"""A door for questions about reports (照会): ask, pass on, answer, approve the exact answer, release it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct
from sqlalchemy.orm import Session

from hub.i18n import Words
from hub.reports.originals import log_originals
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.reading.feed import ident_of, load_readable
from hub.web.words import inquiries as inquiry_words
from hub.web.words.names import group_namer
from hub.web.words.reports import FIELDS, fault_words
from models.vocabulary import AskerShown, InquiryEnd, InquiryState, InquiryWords, Label
from sharing.errors import Conflict, Fault, Invalid, NotPermitted
from sharing.inquiries import answering
from sharing.inquiries.answering import AnswerDraft
from sharing.inquiries.asking import ask, ask_back, load_askable
from sharing.inquiries.listing import MOST_LISTED, list_inquiries
from sharing.inquiries.reading import shown_inquiries
from sharing.inquiries.texts import Said
from sharing.inquiries.visible import InquiryView, load_inquiry
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.reports.editions.hints import Hint
from sharing.reports.reading import load_report
from sharing.reports.visible import is_secretariat
from sharing.rules.inquiries import Side, Step
from sharing.rules.mentions import Mention

blueprint = page_blueprint("inquiries")
protect(blueprint)
blueprint.context_processor(report_words)
NAVIGATION = (Item("inquiries.index", _l("Questions"), Permission.INQUIRY_PARTAKE.value, now_and_then=True),)

ENDS: tuple[InquiryEnd, ...] = (InquiryEnd.DONE, InquiryEnd.NO_ANSWER, InquiryEnd.ELSEWHERE)
"""Why a secretariat may close a question, in the order in which the page offers them."""


class Given(Struct, frozen=True):
    """What somebody typed into the form of a step, and what was wrong with it."""

    step: Step | None = None
    text: str = ""
    label: Label | None = None
    faults: tuple[Fault, ...] = ()
    draft: AnswerDraft | None = None

    @property
    def asked(self) -> bool:
        """Whether the form asks if what the words name may stay."""
        named = any(each.code == "names-stricter" for each in self.faults)
        return named or bool(self.draft and self.draft.mentions) or bool(request.form.get("keep_mentions"))


@dataclass(frozen=True)
class Looked:
    """What stands against a proposed answer, for those who decide on it."""

    hints: tuple[Hint, ...] = ()
    mentions: tuple[Mention, ...] = field(default=())


@blueprint.get("/questions/")
def index() -> str:
    """The questions that one takes part in."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        found = list_inquiries(session, actor, now=hub.clock())
    hub.disclosures.log(shown_inquiries(actor, [each.label for each in found], "inquiries", hub.clock()))
    return render_template(
        "inquiries/index.html",
        found=found,
        most=MOST_LISTED,
        says=inquiry_words,
        Side=Side,
        now=hub.clock(),
        remind_after=hub.settings.inquiry_reminder,
        page_label=Label.strictest(*(each.label for each in found)) if found else None,
    )


@blueprint.route("/feed/<ident>/objects/<stix_id>/ask", methods=["GET", "POST"])
def ask_about(ident: str, stix_id: str) -> ResponseReturnValue:
    """Ask about an edition; the page says who reads the question, and what its sender is told of who asks."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        opened = load_readable(session, load_reader(session, actor), ident)
        row = load_askable(session, actor, stix_id, opened.feed, sealer=hub.secrets.cursor, builder=hub.editions)
    least, exercise, about = Label.of_rank(row.label), bool(row.exercise), (ident_of(opened), row.stix_id)
    if request.method == "GET":
        return _ask_form(least, exercise, about=about)
    try:
        shown = _read_shown()
        with hub.writing() as session:
            made = ask(
                session,
                actor,
                (row.stix_id, opened.feed),
                _read_said(least),
                shown,
                context=hub.context(),
                sealer=hub.secrets.cursor,
                builder=hub.editions,
            )
    except Invalid as error:
        return _ask_form(least, exercise, about=about, faults=error.faults), 422
    flash(_("Asked. The answer will stand here."), "success")
    return see_other("inquiries.show", inquiry_id=made)


@blueprint.route("/reports/<uuid:report_id>/ask", methods=["GET", "POST"])
def ask_sender(report_id: UUID) -> ResponseReturnValue:
    """The secretariat asks the sender of a report."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        view = load_report(session, actor, report_id)
    if not is_secretariat(actor, view.ceptoar):
        raise NotPermitted("a report is asked back about by the secretariat of its CEPTOAR")
    log_originals(hub, actor, [view])
    if request.method == "GET":
        return _ask_form(view.label, view.exercise, report=view)
    try:
        with hub.writing() as session:
            made = ask_back(session, actor, report_id, _read_said(view.label), context=hub.context())
    except Invalid as error:
        return _ask_form(view.label, view.exercise, report=view, faults=error.faults), 422
    except Conflict:
        flash(_("The sender takes part no more; nobody there could answer."), "warning")
        return see_other("reports.show", report_id=report_id)
    flash(_("Asked. The sender finds it on its home page."), "success")
    return see_other("inquiries.show", inquiry_id=made)


@blueprint.get("/questions/<uuid:inquiry_id>/")
def show(inquiry_id: UUID) -> str:
    """One question as far as one takes part in it, with what one may do next."""
    return _page(inquiry_id, Given())


@blueprint.post("/questions/<uuid:inquiry_id>/pass")
def pass_on(inquiry_id: UUID) -> ResponseReturnValue:
    """Pass it on to the sender."""
    done = _l("Passed on. The sender finds it on its home page.")
    return _do(inquiry_id, Step.PASS, answering.pass_on, _read_said, done)


@blueprint.post("/questions/<uuid:inquiry_id>/answer")
def answer(inquiry_id: UUID) -> ResponseReturnValue:
    """Answer to the secretariat."""
    done = _l("Sent to the secretariat of your CEPTOAR.")
    return _do(inquiry_id, Step.ANSWER, answering.answer, _read_said, done)


@blueprint.post("/questions/<uuid:inquiry_id>/decline")
def decline(inquiry_id: UUID) -> ResponseReturnValue:
    """Say why there is no answer; only the secretariat reads it."""
    done = _l("Sent to the secretariat of your CEPTOAR. Who asks is told nothing of it.")
    return _do(inquiry_id, Step.DECLINE, answering.decline, _read_text, done)


@blueprint.post("/questions/<uuid:inquiry_id>/propose")
def propose(inquiry_id: UUID) -> ResponseReturnValue:
    """Look at what may give the sender away, replace what is ticked, or ask the sender to approve the exact words."""
    do = request.form.get("do", "")
    if do == "propose":
        done = _l("Proposed. Nothing goes out before the sender approves it.")
        return _do(inquiry_id, Step.PROPOSE, answering.propose_answer, _read_said, done, builder=the_hub().editions)
    try:
        draft = _draft(inquiry_id, _read_said())
        if do == "replace":
            words = answering.take_answer_hints(draft, request.form.getlist("take"))
            draft = _draft(inquiry_id, Said(words, draft.said.label, draft.said.keep_mentions))
    except Invalid as error:
        return _page(inquiry_id, _given(Step.PROPOSE, error.faults)), 422
    except Conflict:
        return _elsewhere(inquiry_id)
    faults = tuple(Fault("text", "names-sender", "", each) for each in draft.names)
    return _page(inquiry_id, Given(Step.PROPOSE, draft.said.text, draft.said.label, faults, draft))


@blueprint.post("/questions/<uuid:inquiry_id>/approve")
def approve(inquiry_id: UUID) -> ResponseReturnValue:
    """Approve exactly what one looked at."""
    done = _l("Approved. The secretariat releases it at a time of its own choice.")
    return _do(inquiry_id, Step.APPROVE, answering.approve_answer, _read_digest, done)


@blueprint.post("/questions/<uuid:inquiry_id>/refuse")
def refuse(inquiry_id: UUID) -> ResponseReturnValue:
    """Refuse the words, with a reason for the secretariat."""
    done = _l("Refused. The secretariat reads your reason.")
    return _do(inquiry_id, Step.REFUSE, answering.refuse_answer, _read_text, done)


@blueprint.post("/questions/<uuid:inquiry_id>/release")
def release(inquiry_id: UUID) -> ResponseReturnValue:
    """Let the answer go to the asker."""
    done = _l("Released. Who asked reads it now.")
    return _do(inquiry_id, Step.RELEASE, answering.release_answer, _read_digest, done)


@blueprint.post("/questions/<uuid:inquiry_id>/close")
def close(inquiry_id: UUID) -> ResponseReturnValue:
    """Close it, with a reason in the program's own words."""
    return _do(inquiry_id, Step.CLOSE, answering.close_inquiry, _read_ending, _l("Closed."))


def _do(
    inquiry_id: UUID, step: Step, act: Callable[..., None], read: Callable[[], Any], done: Words, **more: Any
) -> ResponseReturnValue:
    """Do a step with what is read of the form; what is wrong is said on the page, with the words kept."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            act(session, current_actor(), inquiry_id, read(), context=hub.context(), **more)
    except Invalid as error:
        return _page(inquiry_id, _given(step, error.faults)), 422
    except Conflict:
        return _elsewhere(inquiry_id)
    flash(str(done), "success")
    return see_other("inquiries.show", inquiry_id=inquiry_id)


def _elsewhere(inquiry_id: UUID) -> ResponseReturnValue:
    flash(_("Nothing was done: the question has changed since you opened it. Please look again."), "warning")
    return see_other("inquiries.show", inquiry_id=inquiry_id)


def _draft(inquiry_id: UUID, said: Said) -> AnswerDraft:
    hub = the_hub()
    with hub.reading() as session:
        return answering.draft_answer(
            session, current_actor(), inquiry_id, said, context=hub.context(), builder=hub.editions
        )


def _page(inquiry_id: UUID, given: Given) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        view = load_inquiry(session, actor, inquiry_id, now=hub.clock(), sealer=hub.secrets.cursor)
        looked = _look(session, view)
        held = answering.why_held(session, actor, inquiry_id, now=hub.clock()) if Step.RELEASE in view.steps else None
        least = answering.least_labels(session, actor, inquiry_id, now=hub.clock())
        feed = _feed_of(view)
    hub.disclosures.log(shown_inquiries(actor, [view.page_label], "inquiry", hub.clock()))
    return render_template(
        "inquiries/show.html",
        view=view,
        given=given,
        looked=looked,
        held=held,
        least=least,
        feed=feed,
        says=inquiry_words,
        group=group_namer(hub),
        wrong=[(each.field, FIELDS.get(each.field, ""), fault_words(each)) for each in given.faults],
        labels_from=lambda label: [each for each in Label if each.rank >= label.rank],
        last={words: view.last(words) for words in InquiryWords},
        ends=ENDS if view.is_direct or view.state is not InquiryState.RELEASED else ENDS[:1],
        Side=Side,
        Step=Step,
        Words=InquiryWords,
    )


def _look(session: Session, view: InquiryView) -> Looked:
    """For secretariat and sender: what in the proposed answer may tell too much."""
    proposal = view.last(InquiryWords.PROPOSAL)
    if proposal is None or view.report is None or view.state is not InquiryState.PROPOSED:
        return Looked()
    actor, hub = current_actor(), the_hub()
    return Looked(
        answering.find_hints_of(session, view.id, proposal.text, hub.editions),
        answering.find_mentions_of(session, actor, proposal.text, proposal.label, view.report.id),
    )


def _feed_of(view: InquiryView) -> str:
    """Where the asker finds the edition."""
    return "exercise" if view.exercise else "inbox"


def _ask_form(
    least: Label,
    exercise: bool,
    *,
    about: tuple[str, str] | None = None,
    report: Any = None,
    faults: tuple[Fault, ...] = (),
) -> str:
    form = request.form
    return render_template(
        "inquiries/ask.html",
        about=about,
        report=report,
        exercise=exercise,
        least=least,
        labels=[each for each in Label if each.rank >= least.rank],
        chosen=form.get("label", least.value),
        shown=form.get("shown", AskerShown.NOTHING.value),
        text=form.get("text", ""),
        asked=any(each.code == "names-stricter" for each in faults) or bool(form.get("keep_mentions")),
        says=inquiry_words,
        wrong=[(each.field, FIELDS.get(each.field, ""), fault_words(each)) for each in faults],
        back=url_for("reports.show", report_id=report.id) if report else None,
    )


def _given(step: Step, faults: tuple[Fault, ...]) -> Given:
    return Given(step, request.form.get("text", ""), _label_or(None), faults)


def _read_said(default: Label = Label.RED) -> Said:
    """The words and label of a form; a label that cannot be read counts as the default, which is never too wide."""
    label = _label_or(default)
    assert label is not None
    return Said(request.form.get("text", ""), label, bool(request.form.get("keep_mentions")))


def _read_text() -> str:
    return request.form.get("text", "")


def _label_or(default: Label | None) -> Label | None:
    try:
        return Label(request.form.get("label", ""))
    except ValueError:
        return default


def _read_digest() -> bytes:
    """What was looked at; what cannot be read is nothing that anybody looked at."""
    try:
        return bytes.fromhex(request.form.get("digest", ""))
    except ValueError:
        return b""


def _read_shown() -> AskerShown:
    try:
        return AskerShown(request.form.get("shown", ""))
    except ValueError:
        return AskerShown.NOTHING


def _read_ending() -> InquiryEnd:
    try:
        return InquiryEnd(request.form.get("ending", ""))
    except ValueError:
        raise Invalid(Fault("ending", "unknown-code")) from None
