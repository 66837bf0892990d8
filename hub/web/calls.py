"""A door for 代理登録: a secretariat registers a call in under a minute; the operator confirms it in the morning."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.web.guard import current_actor, protect, the_hub
from hub.web.inbox import inbox_words, load_code_choices, words_of
from hub.web.pages import page_blueprint, see_other
from hub.web.report_pages import report_words
from models.vocabulary import Label
from sharing.errors import Conflict, Fault, Invalid
from sharing.inbox.behalf import confirm_call, file_on_behalf, list_members
from sharing.inbox.calls import Caller
from sharing.reports.codes import load_codes
from sharing.reports.fields import parse_fields
from sharing.reports.file import AlreadyFiled

blueprint = page_blueprint("calls")
protect(blueprint)
blueprint.context_processor(report_words)
blueprint.context_processor(inbox_words)

LABELS = (Label.AMBER, Label.AMBER_STRICT, Label.GREEN)
"""What a caller may want; the usual one first."""


@blueprint.route("/secretariat/call/", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """Who, what, since when, is a service affected, one sentence; the caller apart."""
    hub, actor = the_hub(), current_actor()
    if request.method == "GET":
        return _form({})
    given = request.form
    try:
        member, submission = _uuid(given.get("member", "")), _uuid(given.get("submission", ""))
        if member is None:
            raise Invalid(Fault("member", "missing"))
        with hub.reading() as session:
            codes = load_codes(session)
        context = hub.context()
        fields = parse_fields(_values(given), codes, context.now)
        caller = Caller(given.get("caller", ""), given.get("caller_number", ""), given.get("caller_words", ""))
        with hub.writing() as session:
            filed = file_on_behalf(
                session,
                actor,
                member,
                fields,
                caller,
                submission=submission or _new_id(),
                context=context,
                policy=hub.policy(session),
                builder=hub.editions,
            )
    except Invalid as error:
        return _form(given, error.faults), 422
    except AlreadyFiled as error:
        flash(_("This form was received already. What you changed goes as a follow-up of the sender."), "warning")
        return see_other("inbox.item", report_id=error.report_id)
    if filed.repeated:
        flash(_("This form had arrived before; it was not filed twice."), "info")
    else:
        flash(_("Registered as %(reference)s. Say this number on the telephone.", reference=filed.reference), "success")
    return see_other("inbox.item", report_id=filed.report_id)


@blueprint.post("/reports/<uuid:report_id>/confirm")
def confirm(report_id: UUID) -> ResponseReturnValue:
    """The sender says that what was registered is right."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            confirm_call(session, current_actor(), report_id, context=hub.context())
    except Conflict:
        flash(_("This was confirmed before."), "info")
        return see_other("reports.show", report_id=report_id)
    flash(_("Confirmed. The report stands as yours."), "success")
    return see_other("reports.show", report_id=report_id)


def _values(given: Any) -> dict[str, Any]:
    names = ("event_type", "service_impact", "summary", "label", "affected_service", "details")
    values: dict[str, Any] = {name: given.get(name, "").strip() or None for name in names}
    values["noticed_at"] = zoned(given.get("noticed_at", ""))
    values["exercise"] = bool(given.get("exercise"))
    return values


def zoned(text: str) -> Any:
    """What the browser gives has no zone: it is the screen's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text or None
    return moment if moment.tzinfo else moment.replace(tzinfo=the_hub().settings.zone)


def _form(given: Any, faults: Sequence[Fault] = ()) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        members = list_members(session, actor)
        choices = load_code_choices(session)
    now = hub.clock().astimezone(hub.settings.zone)
    return render_template(
        "secretariat/call.html",
        given=given,
        members=members,
        choices=choices,
        labels=LABELS,
        now_text=now.strftime("%Y-%m-%dT%H:%M"),
        submission=given.get("submission") or str(_new_id()),
        wrong=[(each.field, words_of(each)) for each in faults],
    )


def _new_id() -> UUID:
    return UUID(bytes=the_hub().context().random_bytes(16), version=4)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
