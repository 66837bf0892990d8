"""A door for secretariats: the inbox of their members' reports, and publishing at a chosen label."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.reports.originals import log_originals
from hub.web.desk.inbox import inbox_words, show_inbox
from hub.web.desk.last_check import draft_of, look_last
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.list_pages import next_url, read_label, read_mark, read_status
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.reporting.edition_pages import read_form
from hub.web.words.names import group_namer, load_words
from hub.web.words.reports import FIELDS, fault_words
from models.vocabulary import Form, Label, ProposalState
from sharing.errors import Conflict, Fault, Invalid
from sharing.inbox.phrases import list_phrases
from sharing.permissions import Permission
from sharing.reports.approval.drafting import ProposalDraft, Wish, take_hints_of
from sharing.reports.approval.proposals import propose
from sharing.reports.editions.hints import pieces
from sharing.reports.editions.translation import OTHER_TEXTS
from sharing.reports.fields import ALL_LINES, ALL_TEXTS, text_of
from sharing.reports.preview import readers_of
from sharing.reports.reading import Sieve, count_inbox, list_inbox, load_report
from sharing.reports.visible import ReportView

blueprint = page_blueprint("secretariat", url_prefix="/secretariat")
protect(blueprint)
blueprint.context_processor(report_words)
blueprint.context_processor(inbox_words)
NAVIGATION = (Item("secretariat.inbox", _l("Members' reports"), Permission.PROPOSAL_MAKE.value),)

OFFERED = (Label.GREEN, Label.CLEAR)
"""The labels that an edition may have; the usual one first. At AMBER the circle of the original has it already."""


@blueprint.get("/")
def inbox() -> str:
    """The members' reports: by how they are handled, or with `?status=` by where they stand on their way to others."""
    if "status" not in request.args and "before" not in request.args:
        return show_inbox()
    hub, actor = the_hub(), current_actor()
    sieve = Sieve(status=read_status(), label=read_label())
    with hub.reading() as session:
        found = list_inbox(session, actor, sieve, before=read_mark())
        counts = count_inbox(session, actor)
        names = load_words(session)
    log_originals(hub, actor, found.lines)
    return render_template(
        "secretariat/inbox.html",
        found=found,
        counts=counts,
        sieve=sieve,
        names=names,
        next_url=next_url(found),
        labels=[each for each in Label if each is not Label.RED],
    )


@blueprint.route("/publish/<uuid:report_id>/", methods=["GET", "POST"])
def publish(report_id: UUID) -> ResponseReturnValue:
    """Choose a label, look at each form and its readers, edit the anonymised one, then propose or publish."""
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.PROPOSAL_MAKE)
    with hub.reading() as session:
        view = load_report(session, actor, report_id)
    log_originals(hub, actor, [view])
    wish = _read_wish(view)
    if request.form.get("do") == "replace":
        wish = _replaced(view, wish)
    if request.form.get("do") == "insert":
        wish = _inserted(view, wish)
    if request.form.get("do") not in {"check", "propose"}:
        return _look(view, wish)
    checked = look_last(view, wish)
    if checked is not None and (request.form.get("do") == "check" or not checked.was_seen):
        return checked.page
    try:
        with hub.writing() as session:
            made = propose(
                session,
                actor,
                report_id,
                wish,
                means=hub.means(session),
            )
    except Invalid as error:
        return _look(view, wish, error.faults), 422
    except Conflict:
        flash(_("A newer version has come meanwhile. Please look at it before you publish."), "warning")
        return see_other("reports.show", report_id=report_id)
    if made.state is ProposalState.WAITING:
        flash(_("Proposed. It will be published when the sender approves it."), "success")
    elif made.state is ProposalState.EMBARGOED:
        flash(_("Ready. It goes out when the embargo ends."), "success")
    else:
        flash(_("Published. The sender's label allows it without asking again."), "success")
    return see_other("reports.proposal", proposal_id=made.proposal_id)


def _read_wish(view: ReportView) -> Wish:
    """What the form says; without one, the widest usual step."""
    fields = view.latest.fields
    edited = {}
    for name in ALL_TEXTS:
        typed = request.form.get(f"text-{name}")
        if typed is not None and typed.replace("\r\n", "\n").strip() != text_of(fields, name):
            edited[name] = typed
    try:
        label = Label(request.values.get("label", ""))
    except ValueError:
        label = Label.GREEN
    return Wish(
        label=label,
        number=request.form.get("number", view.latest.number, type=int),
        edited_texts=edited,
        left_out=frozenset(request.form.getlist("left_out")),
        only_anonymised=bool(request.values.get("only_anonymised")),
        keep_mentions=bool(request.form.get("keep_mentions")),
        other_title=request.form.get("other_title", ""),
        other_summary=request.form.get("other_summary", ""),
        other_language=request.form.get("other_language", "en"),
    )


def _inserted(view: ReportView, wish: Wish) -> Wish:
    """The wish with the chosen phrase at the end of the chosen text."""
    with the_hub().reading() as session:
        phrases = list_phrases(session, current_actor())
    place, name = request.form.get("phrase", type=int), request.form.get("phrase_into", "")
    if place is None or not 0 <= place < len(phrases):
        return wish
    if name == "other_title":
        return replace(wish, other_title=_joined(wish.other_title, phrases[place], " "))
    if name == "other_summary":
        return replace(wish, other_summary=_joined(wish.other_summary, phrases[place]))
    if name not in ALL_TEXTS:
        return wish
    between = " " if name in ALL_LINES else "\n"
    stands = wish.edited_texts.get(name, text_of(view.latest.fields, name))
    return replace(wish, edited_texts={**wish.edited_texts, name: _joined(stands, phrases[place], between)})


def _joined(text: str, phrase: str, between: str = "\n") -> str:
    return f"{text.rstrip()}{between}{phrase}" if text.strip() else phrase


def _replaced(view: ReportView, wish: Wish) -> Wish:
    """The wish with everything that was ticked replaced as proposed."""
    taken = {name: request.form.getlist(f"take-{name}") for name in (*ALL_TEXTS, *OTHER_TEXTS)}
    with the_hub().reading() as session:
        draft, _faults = draft_of(session, view, wish)
    return wish if draft is None else take_hints_of(draft, wish, taken)


def _look(view: ReportView, wish: Wish, faults: tuple[Fault, ...] = ()) -> str:
    """The page with the forms as they would go out, as far as they can be made."""
    hub = the_hub()
    with hub.reading() as session:
        draft, more = draft_of(session, view, wish)
        names = load_words(session)
        phrases = list_phrases(session, current_actor())
        forms: list[Any] = []
        if draft is not None:
            forms = [
                (read_form(each, names), readers_of(session, each.rules, current_actor().organization))
                for each in draft.forms
            ]
    found = [*faults, *more]
    if draft is not None and not faults:
        found += [Fault(each.field, "names-sender", "", each.found) for each in draft.findings]
    return render_template(
        "secretariat/publish.html",
        report=view,
        wish=wish,
        draft=draft,
        forms=forms,
        texts=_texts(view, wish, found, draft),
        others=_others(wish, found, draft),
        phrases=phrases,
        recognition=draft.recognition if draft else None,
        mentions=draft.mentions if draft else (),
        wrong=[
            (FIELDS.get(each.field, ""), fault_words(each))
            for each in found
            if each.field not in {*ALL_TEXTS, *OTHER_TEXTS}
        ],
        labels=OFFERED,
        sent=request.method == "POST",
        group=group_namer(hub),
    )


def _others(wish: Wish, faults: list[Fault], draft: ProposalDraft | None) -> list[dict[str, Any]]:
    """Title and summary in the other language, with what is wrong with each and what may tell too much."""
    hints = draft.hints if draft else ()
    return [
        {
            "name": name,
            "label": FIELDS[name],
            "value": getattr(wish, name),
            "one_line": name == "other_title",
            "hints": [each for each in hints if each.field == name],
            "pieces": pieces(getattr(wish, name).strip(), [each for each in hints if each.field == name]),
            "errors": [fault_words(each) for each in faults if each.field == name],
        }
        for name in OTHER_TEXTS
    ]


def _texts(view: ReportView, wish: Wish, faults: list[Fault], draft: ProposalDraft | None) -> list[dict[str, Any]]:
    """The texts of the anonymised form beside the sender's, with what is wrong with each and what may tell too much.

    A correction is one only for those who have the mistake: where the form never went out, it says nothing of it.
    """
    form = next((each for each in draft.forms if each.form is Form.ANONYMISED), None) if draft else None
    left_out = {"correction"} if form is not None and not form.fields.correction else set()
    hints = draft.hints if draft else ()
    return [
        {
            "name": name,
            "label": FIELDS[name],
            "original": text_of(view.latest.fields, name),
            "value": wish.edited_texts.get(name, text_of(view.latest.fields, name)),
            "one_line": name in ALL_LINES and name != "summary",
            "hints": [each for each in hints if each.field == name],
            "pieces": pieces(
                wish.edited_texts.get(name, text_of(view.latest.fields, name)),
                [each for each in hints if each.field == name],
            ),
            "errors": [fault_words(each) for each in faults if each.field == name],
        }
        for name in ALL_TEXTS
        if (text_of(view.latest.fields, name) or name == "summary") and name not in left_out
    ]
