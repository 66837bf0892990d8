"""A door for those who change their mind, and for those who had what was recalled and say what became of it."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feeds.stix.explain import headline
from hub.originals import log_originals
from hub.web.feed import log_rows_of, strictest
from hub.web.guard import current_actor, protect, the_hub
from hub.web.navigation import Item
from hub.web.pages import page_blueprint, see_other
from hub.web.reading_words import load_lists, read_value, title_of
from hub.web.report_pages import may_recall, report_words
from hub.web.report_words import fault_words
from models.vocabulary import Label, RecallAnswerKind
from sharing.errors import Conflict, Fault, Invalid, NotPermitted
from sharing.permissions import Permission
from sharing.reports.reading import load_report
from sharing.reports.recall_answers import answer_recall, list_requests
from sharing.reports.recalls import CONSENTS, Narrower, narrow_report, withdraw_report
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
    """Withdraw a report, or narrow its range; what happens to whom is said before."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        view = load_report(session, actor, report_id)
    if not may_recall(actor, view):
        raise NotPermitted("a report is withdrawn by its sender, or by the secretariat of its CEPTOAR")
    log_originals(hub, actor, [view])
    if request.method == "GET":
        return _form(view, {}, ())
    try:
        _change(view)
    except Invalid as error:
        return _form(view, request.form, error.faults), 422
    except Conflict:
        flash(_("Nothing of this report is published any more."), "warning")
        return see_other("reports.show", report_id=report_id)
    flash(_("Done. Everybody who was given it gets the notice now, and those who had read it are asked."), "success")
    return see_other("reports.show", report_id=report_id)


def _change(view: ReportView) -> None:
    hub, reason = the_hub(), request.form.get("reason", "")
    context = hub.context()
    label = _read_label(view)
    with hub.writing() as session:
        shared: dict[str, Any] = {"context": context, "policy": hub.policy(session), "builder": hub.editions}
        if label is None:
            withdraw_report(session, current_actor(), view.id, reason, **shared)
        else:
            wanted = Narrower(label, frozenset(request.form.getlist("taken_back")))
            submission = UUID(bytes=context.random_bytes(16), version=4)
            narrow_report(session, current_actor(), view.id, wanted, reason, submission=submission, **shared)


def _read_label(view: ReportView) -> Label | None:
    """The narrower label, or none to withdraw."""
    if request.form.get("what") == "withdraw":
        return None
    if request.form.get("what") != "narrow":
        raise Invalid(Fault("what", "missing"))
    try:
        return Label(request.form.get("label", view.label.value))
    except ValueError:
        raise Invalid(Fault("label", "unknown-label")) from None


def _form(view: ReportView, given: Any, faults: tuple[Fault, ...]) -> str:
    fields = view.latest.fields
    return render_template(
        "recalls/recall.html",
        report=view,
        given=given,
        taken_back=frozenset(given.getlist("taken_back")) if given else frozenset(),
        labels=[each for each in Label if each.rank >= max(view.label.rank, Label.AMBER.rank)],
        consents=[name for name in CONSENTS if getattr(fields, name)],
        wrong=[(each.field, fault_words(each)) for each in faults],
    )
