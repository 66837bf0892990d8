"""A door for secretariats: the inbox by age and urgency, and how each report in it is handled."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from hub.reports.deadline_rules import deadline_rules
from hub.reports.originals import log_originals
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, page_number, see_other
from hub.web.lines.report_words import report_words
from hub.web.words.attachments import file_fault_words
from hub.web.words.deadlines import deadline_words
from hub.web.words.inbox import FAULTS, HANDLED, HINT_TONES, HINTS, ORDERS, PRIORITIES, SOURCES, STATES, VIEWS
from hub.web.words.names import load_words
from hub.web.words.reports import fault_words
from models.codelist import CodeItem
from models.vocabulary import Label
from sharing.attachments.uploads import FIELD
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.inbox.calls import find_call
from sharing.inbox.filters import forget_filter, list_filters, save_filter
from sharing.inbox.items import (
    InboxSieve,
    Order,
    View,
    count_inbox_items,
    list_inbox_items,
    load_line,
    mark_opened,
)
from sharing.inbox.triage import (
    Handling,
    close_item,
    handle_report,
    list_colleagues,
    list_merged,
    list_related,
    merge_reports,
    relate_reports,
    reopen_item,
)
from sharing.inquiries.listing import count_late
from sharing.reports.codes import EVENT_TYPES, SERVICE_IMPACT, list_code_items

blueprint = page_blueprint("inbox", url_prefix="/secretariat")
protect(blueprint)
blueprint.context_processor(report_words)
blueprint.context_processor(deadline_words)

MOST_AT_ONCE = 50
"""Reports that one button handles: as many as a page shows."""


@blueprint.context_processor
def inbox_words() -> dict[str, Any]:
    """What templates call the things of an inbox."""
    return {
        "VIEWS": VIEWS,
        "ORDERS": ORDERS,
        "HINTS": HINTS,
        "HINT_TONES": HINT_TONES,
        "PRIORITIES": PRIORITIES,
        "HANDLED": HANDLED,
        "SOURCES": SOURCES,
        "STATES": STATES,
    }


def show_inbox() -> str:
    """What waits, with true counts; also the page of `secretariat.inbox`."""
    hub, actor = the_hub(), current_actor()
    sieve = read_sieve()
    with hub.reading() as session:
        found = list_inbox_items(session, actor, sieve, deadline_rules(hub), hub.clock())
        counts = count_inbox_items(session, actor)
        late = count_late(session, actor, hub.clock(), hub.settings.inquiry_reminder)
        saved = list_filters(session, actor)
        names = load_words(session)
    log_originals(hub, actor, found.lines)
    return render_template(
        "secretariat/items.html",
        found=found,
        counts=counts,
        sieve=sieve,
        saved=saved,
        names=names,
        query=query_of(sieve),
        next_query=query_of(sieve, page=sieve.page + 1) if found.more else None,
        labels=[each for each in Label if each is not Label.RED],
        now=hub.clock(),
        late=late,
        remind_after=hub.settings.inquiry_reminder,
    )


@blueprint.post("/handle")
def handle_several() -> ResponseReturnValue:
    """Take the chosen reports, or let go of them."""
    hub, actor = the_hub(), current_actor()
    chosen = [ident for text in request.form.getlist("report")[:MOST_AT_ONCE] if (ident := _uuid(text))]
    wish = Handling(release=True) if request.form.get("do") == "release" else Handling(assign_to=actor.account_id)
    done = 0
    with hub.writing() as session:
        for ident in chosen:
            try:
                handle_report(session, actor, ident, wish, context=hub.context())
            except (Conflict, NotVisible):
                continue
            done += 1
    if done:
        flash(ngettext("Done: %(num)s report.", "Done: %(num)s reports.", done), "success")
    else:
        flash(_("Nothing was chosen."), "info")
    return see_other("secretariat.inbox", **_said(read_sieve()))


@blueprint.route("/reports/<uuid:report_id>/", methods=["GET", "POST"])
def item(report_id: UUID) -> ResponseReturnValue:
    """How one report is handled: who has it, what it waits for, what it belongs to."""
    hub, actor = the_hub(), current_actor()
    if request.method == "GET":
        with hub.writing() as session:
            mark_opened(session, actor, report_id, hub.clock())
        return _item_page(report_id)
    act = _ACTS.get(request.form.get("do", ""))
    if act is None:
        return _item_page(report_id, [Fault("do", "choose")]), 422
    try:
        with hub.writing() as session:
            said = act(session, report_id)
    except Invalid as error:
        return _item_page(report_id, error.faults), 422
    except Conflict:
        flash(_("Somebody was quicker: please look again."), "warning")
        return see_other("inbox.item", report_id=report_id)
    flash(said, "success")
    return see_other("inbox.item", report_id=report_id)


@blueprint.post("/views")
def save() -> ResponseReturnValue:
    """Save the view under a name."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            save_filter(session, current_actor(), request.form.get("name", ""), query_of(read_sieve()), hub.context())
        flash(_("The view is saved."), "success")
    except Invalid:
        flash(str(FAULTS["bad_name"]), "danger")
    except Conflict:
        flash(_("You have saved twenty views. Remove one first."), "warning")
    return see_other("secretariat.inbox", **_said(read_sieve()))


@blueprint.post("/views/<uuid:filter_id>/forget")
def forget(filter_id: UUID) -> ResponseReturnValue:
    """Remove a view of one's own."""
    with the_hub().writing() as session:
        forget_filter(session, current_actor(), filter_id)
    flash(_("The view is removed."), "success")
    return see_other("secretariat.inbox")


def read_sieve() -> InboxSieve:
    """What the inbox is narrowed to; what cannot be read narrows nothing."""
    given = request.values
    view = View(given["view"]) if given.get("view") in set(View) else View.OPEN
    return InboxSieve(
        view=view,
        order=Order(given["order"]) if given.get("order") in set(Order) else _usual_order(view),
        label=Label(given["only"]) if given.get("only") in set(Label) else None,
        tag=given.get("tag", "")[:30].strip(),
        page=page_number(),
    )


def _usual_order(view: View) -> Order:
    """What is closed is no longer urgent: the last comes first."""
    return Order.NEWEST if view is View.CLOSED else Order.URGENT


def query_of(sieve: InboxSieve, page: int = 1) -> str:
    """The same as an address."""
    return urlencode(_said(sieve, page))


def _said(sieve: InboxSieve, page: int = 1) -> dict[str, str]:
    given = {
        "view": sieve.view.value if sieve.view is not View.OPEN else "",
        "order": sieve.order.value if sieve.order is not _usual_order(sieve.view) else "",
        "only": sieve.label.value if sieve.label else "",
        "tag": sieve.tag,
        "page": str(page) if page > 1 else "",
    }
    return {name: value for name, value in given.items() if value}


def load_code_choices(session: Session) -> dict[str, list[CodeItem]]:
    """The codes that a form for a call or a case offers."""
    return {name: list_code_items(session, name) for name in (EVENT_TYPES, SERVICE_IMPACT)}


def told_of_faults(faults: Sequence[Fault]) -> list[tuple[str, str]]:
    """Faults of a form that takes files, each with its field."""
    return [
        (FIELD, file_fault_words(each)) if each.field == "attachments" else (each.field, words_of(each))
        for each in faults
    ]


def words_of(fault: Fault) -> str:
    """A fault in words: ours where this page has its own, else those of reports."""
    own = FAULTS.get(fault.code)
    return str(own) if own is not None else fault_words(fault)


def _item_page(report_id: UUID, faults: Sequence[Fault] = ()) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        line = load_line(session, actor, report_id, deadline_rules(hub), hub.clock())
        merged = list_merged(session, actor, report_id)
        related = list_related(session, actor, report_id)
        told = {
            "line": line,
            "merged": merged,
            "related": related,
            "call": find_call(session, actor, report_id),
            "colleagues": list_colleagues(session, actor),
            "names": load_words(session),
        }
    log_originals(hub, actor, [line, *merged, *related])
    labels = [each.label for each in (line, *merged, *related)]
    return render_template(
        "secretariat/item.html",
        **told,
        page_label=Label.strictest(*labels),
        given=request.form,
        wrong=[(each.field, words_of(each)) for each in faults],
        now=hub.clock(),
    )


def _handle(session: Session, report_id: UUID) -> str:
    given = request.form
    assign, priority = given.get("assign_to", ""), given.get("priority", "")
    wish = Handling(
        assign_to=_uuid(assign),
        release=assign == "nobody",
        priority=int(priority) if priority in {"0", "1", "2"} else None,
        tags=given.get("tags"),
        waiting_for=given.get("waiting_for"),
    )
    handle_report(session, current_actor(), report_id, wish, context=the_hub().context())
    return str(_("Saved."))


def _take(session: Session, report_id: UUID) -> str:
    actor = current_actor()
    handle_report(session, actor, report_id, Handling(assign_to=actor.account_id), context=the_hub().context())
    return str(_("You have it now."))


def _close(session: Session, report_id: UUID) -> str:
    close_item(session, current_actor(), report_id, request.form.get("reason", ""), context=the_hub().context())
    return str(_("Closed in your inbox. A further version opens it again."))


def _reopen(session: Session, report_id: UUID) -> str:
    reopen_item(session, current_actor(), report_id, context=the_hub().context())
    return str(_("Open again."))


def _merge(session: Session, report_id: UUID) -> str:
    with _numbers("into"):
        merge_reports(session, current_actor(), report_id, request.form.get("into", ""), context=the_hub().context())
    return str(_("Merged. Both keep their sender, label and history."))


def _relate(session: Session, report_id: UUID) -> str:
    with _numbers("other"):
        relate_reports(session, current_actor(), report_id, request.form.get("other", ""), context=the_hub().context())
    return str(_("Saved."))


class _numbers:
    """A number of a report that is not here is a fault of the field, told alike whether there is one elsewhere."""

    def __init__(self, field: str) -> None:
        self._field = field

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, NotVisible):
            raise Invalid(Fault(self._field, "not-here")) from None


_ACTS: dict[str, Callable[[Session, UUID], str]] = {
    "handle": _handle,
    "take": _take,
    "close": _close,
    "reopen": _reopen,
    "merge": _merge,
    "relate": _relate,
}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
