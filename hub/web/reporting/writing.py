"""Holds what the buttons of the page do on which a report is written, as a new one, a follow-up or a draft."""

from uuid import UUID

from flask import flash, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from hub.web.frame.guard import current_actor, the_hub
from hub.web.frame.pages import see_other
from hub.web.reporting.draft_saving import is_by_script, save_by_button, save_for_script
from hub.web.reporting.pasting import Pasting, read_pasting, taken
from hub.web.reporting.report_form import Choices, ReportForm, build_form
from hub.web.reporting.sending import GONE, send_form, show_already_sent, show_typed_again
from hub.web.reporting.technical import look_alone
from hub.web.reporting.write_page import (
    Shown,
    Writing,
    build_for,
    choices_of_form,
    read_fields,
    render_form,
    versions_seen,
)
from models.vocabulary import Label
from sharing.errors import Fault, Invalid, NotVisible
from sharing.permissions import Permission
from sharing.reports.drafts import DraftView
from sharing.reports.submissions import find_report


def form_page(writing: Writing) -> ResponseReturnValue:
    """Show the form, or do with it what its button says."""
    current_actor().must(Permission.REPORT_FILE)
    if request.method == "GET":
        return _empty_page(writing, choices_of_form())
    if request.form.get("do") == "save" and is_by_script():
        return save_for_script(writing)
    return _do(writing, choices_of_form())


def gone_draft_page(draft_id: UUID) -> ResponseReturnValue:
    """Where there is no such draft any more: what it was sent as; and what somebody typed meanwhile is not lost.

    Raises:
        NotVisible: nothing was sent from it, and nothing is typed that could be lost.
    """
    current_actor().must(Permission.REPORT_FILE)
    with the_hub().reading() as session:
        sent_as = find_report(session, current_actor(), draft_id)
    if request.method == "GET":
        if sent_as is None:
            raise NotVisible("no such draft")
        flash(_("This draft was sent already: it is the report below."), "info")
        return see_other("reports.show", report_id=sent_as)
    if is_by_script():
        return jsonify(wrong=[str(GONE)]), 404
    return show_already_sent(choices_of_form(), sent_as) if sent_as is not None else show_typed_again(choices_of_form())


def _do(writing: Writing, choices: Choices) -> ResponseReturnValue:
    form = build_for(writing, choices, request.form)
    form.submission.data = str(writing.draft.id if writing.draft else form.submission_id())
    do = request.form.get("do")
    if do == "preview":
        return render_form(form, writing, Shown(previewed=True, versions=versions_seen()))
    if do in {"recognise", "take"}:
        return _paste(form, writing, choices, take=do == "take")
    if do == "technical":
        return _look_alone(form, writing)
    if do in {"save", "files"}:
        return save_by_button(form, writing, choices)
    return send_form(form, writing, choices)


def _paste(form: ReportForm, writing: Writing, choices: Choices, *, take: bool) -> str:
    if not take:
        return render_form(form, writing, Shown(versions=versions_seen(), pasting=read_pasting()))
    form = build_for(writing, choices, taken())
    form.submission.data = str(writing.draft.id if writing.draft else form.submission_id())
    return render_form(form, writing, Shown(versions=versions_seen(), pasting=Pasting("", looked=True)))


def _empty_page(writing: Writing, choices: Choices) -> str:
    draft = writing.draft
    if draft is not None:
        form = build_for(writing, choices, _values_of(draft))
        form.submission.data = str(draft.id)
        wrong = _check(form, writing) if request.args.get("check") else []
        return render_form(form, writing, Shown(elsewhere=wrong, versions=draft.versions))
    last = writing.view.latest.fields if writing.view else None
    zone = the_hub().settings.zone
    form = build_form(choices, fields=last, zone=zone, follow_up=writing.view is not None, near_miss=writing.short)
    form.submission.data = str(the_hub().context().new_id())
    if writing.view is not None and request.args.get("label") in set(Label):
        form.label.data = request.args["label"]
    return render_form(form, writing, Shown())


def _check(form: ReportForm, writing: Writing) -> list[str]:
    """Say at each field of a draft that came from a file what cannot be taken yet."""
    try:
        read_fields(form, writing)
    except Invalid as error:
        return form.show_faults(error.faults)
    return []


def _values_of(draft: DraftView) -> MultiDict[str, str]:
    return MultiDict([(name, each) for name, written in draft.fields.items() for each in written.value])


def _look_alone(form: ReportForm, writing: Writing) -> ResponseReturnValue:
    """What would go out of the technical part, and to whom; nothing is filed."""
    try:
        fields = read_fields(form, writing)
        if fields.technical_label is None:
            raise Invalid(Fault("technical_label", "choose-label"))
        with the_hub().reading() as session:
            alone = look_alone(session, fields, writing.view)
    except Invalid as error:
        return render_form(
            form, writing, Shown(elsewhere=form.show_faults(error.faults), versions=versions_seen())
        ), 422
    return render_form(form, writing, Shown(alone=alone, versions=versions_seen()))
