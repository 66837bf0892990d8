"""A door for those who change their mind, and for those who had what was recalled and say what became of it."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feeds.stix.explain import headline
from hub.i18n import Words
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.reading.feed import log_rows_of, strictest
from hub.web.reporting.report_pages import load_to_recall
from hub.web.words.reading import load_lists, read_value, title_of
from hub.web.words.reports import fault_words
from models.vocabulary import Label, RecallAnswerKind
from sharing.errors import Conflict, Fault, Invalid
from sharing.lists.shown import ReadersChanged
from sharing.permissions import Permission
from sharing.reports.range_changes.recall_answers import MOST_LISTED, answer_recall, list_requests
from sharing.reports.range_changes.recalls import (
    CONSENTS,
    Narrower,
    list_stricter,
    narrow_report,
    raise_report,
    withdraw_report,
)
from sharing.reports.range_changes.widening import Wider, list_not_given, widen_report
from sharing.reports.seen import ChangedMeanwhile, read_seen, seen_of
from sharing.reports.visible import ReportView

blueprint = page_blueprint("recalls")
protect(blueprint)
blueprint.context_processor(report_words)
NAVIGATION = (Item("recalls.index", _l("Recalled"), Permission.FEED_READ.value, now_and_then=True),)


@blueprint.get("/recalls/")
def index() -> str:
    """What was recalled of what one's organization may see, and what waits for an answer."""
    hub = the_hub()
    with hub.reading() as session:
        found = list_requests(session, current_actor(), sealer=hub.secrets.cursor)
        lists = load_lists(session)
        items = [(each, title_of(headline(read_value(each.row.body)), lists)) for each in found]
    feeds = {each.feed: [one.row for one in found if one.feed == each.feed] for each in found}
    log_rows_of(feeds, what="recalls")
    return render_template(
        "recalls/index.html",
        items=items,
        most=MOST_LISTED,
        answers=(RecallAnswerKind.DELETED, RecallAnswerKind.KEPT),
        page_label=strictest([each.row for each in found]),
    )


@blueprint.post("/recalls/<stix_id>/answer")
def answer(stix_id: str) -> ResponseReturnValue:
    """Say what became of it."""
    hub = the_hub()
    try:
        kind = RecallAnswerKind(request.form.get("answer", ""))
    except ValueError:
        flash(_("Please choose one of the answers."), "warning")
        return see_other("recalls.index")
    with hub.writing() as session:
        answer_recall(session, current_actor(), stix_id, kind, context=hub.context(), sealer=hub.secrets.cursor)
    flash(_("Thank you. The sender sees the answer of your organization."), "success")
    return see_other("recalls.index")


@blueprint.route("/reports/<uuid:report_id>/recall", methods=["GET", "POST"])
def recall(report_id: UUID) -> ResponseReturnValue:
    """Withdraw a report, or change its range; what happens to whom is said before."""
    view = load_to_recall(the_hub(), current_actor(), report_id, what="withdrawn")
    if request.method == "GET":
        return _form(view, {}, ())
    try:
        done = _change(view)
    except Invalid as error:
        return _form(view, request.form, error.faults), 422
    except ChangedMeanwhile:
        flash(fault_words(Fault("number", "stale")), "warning")
        return see_other("reports.show", report_id=report_id)
    except ReadersChanged:
        flash(
            _("Somebody was put on a list of this report since. A follow-up shows who would read it then."), "warning"
        )
        return see_other("reports.show", report_id=report_id)
    except Conflict:
        flash(_("Nothing of this report is published any more."), "warning")
        return see_other("reports.show", report_id=report_id)
    flash(str(done), "success")
    return see_other("reports.show", report_id=report_id)


def _change(view: ReportView) -> Words:
    """Do what was chosen; the words in which it is said that it was done."""
    hub, actor = the_hub(), current_actor()
    what, reason = request.form.get("what", ""), request.form.get("reason", "")
    context = hub.context()
    submission = context.new_id()
    with hub.writing() as session:
        means = hub.means(session, context)
        if what == "withdraw":
            withdraw_report(session, actor, view.id, reason, means=means)
        elif what == "raise":
            raise_report(session, actor, view.id, _read_label("raised"), reason, submission=submission, means=means)
        elif what == "narrow":
            less = Narrower(view.label, frozenset(request.form.getlist("taken_back")))
            narrow_report(session, actor, view.id, less, reason, submission=submission, means=means)
        elif what == "widen":
            more = Wider(
                _read_label("wider"),
                frozenset(request.form.getlist("given")),
                read_seen(request.form.get("number", "")),
            )
            keep = bool(request.form.get("keep_mentions"))
            widen_report(session, actor, view.id, more, submission=submission, keep_mentions=keep, means=means)
            return _l("Done. The report has a new version with the wider range.")
        else:
            raise Invalid(Fault("what", "choose"))
    return _l("Done. Everybody who was given it gets the notice now, and those who had read it are asked.")


def _read_label(name: str) -> Label:
    try:
        return Label(request.form.get(name, ""))
    except ValueError:
        raise Invalid(Fault("label", "unknown-label")) from None


def _form(view: ReportView, given: Any, faults: tuple[Fault, ...]) -> str:
    fields = view.latest.fields
    with the_hub().reading() as session:
        stricter = list_stricter(session, view) if view.is_own else []
        stood = seen_of(session, view)
    return render_template(
        "recalls/recall.html",
        report=view,
        given=given,
        what=given.get("what") or ("" if view.is_own else "withdraw"),  # its sender has a choice, and makes it
        ticked=frozenset([*given.getlist("taken_back"), *given.getlist("given")]) if given else frozenset(),
        stricter=stricter,
        stood=stood,
        wider=[each for each in reversed(Label) if each.rank <= view.label.rank],
        consents=[name for name in CONSENTS if getattr(fields, name)],
        not_given=list_not_given(fields),
        asked=any(each.code == "names-stricter" for each in faults),
        wrong=[(each.field, fault_words(each)) for each in faults],
    )
