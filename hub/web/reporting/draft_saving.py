"""Holds how what is typed is saved as a draft, by button or script, and shown where a colleague wrote too."""

from dataclasses import replace

from flask import flash, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from hub.web.frame.guard import current_actor, the_hub
from hub.web.frame.pages import see_other
from hub.web.reporting.draft_words import told
from hub.web.reporting.report_form import Choices, ReportForm
from hub.web.reporting.write_page import Shown, Writing, build_for, render_form, typed, versions_seen
from hub.web.words.reports import fault_words
from sharing.errors import Invalid, NotVisible
from sharing.reports.drafts import SavedDraft, load_draft, save_draft


def keep_draft(writing: Writing) -> SavedDraft:
    """Save what was sent in the fields.

    Raises:
        NotVisible: a colleague sent the draft or threw it away.
        Invalid: it is too much for a draft.
    """
    hub = the_hub()
    with hub.writing() as session:
        return save_draft(
            session,
            current_actor(),
            typed(),
            versions_seen(),
            draft_id=writing.draft.id if writing.draft else None,
            report_id=writing.view.id if writing.view else None,
            near_miss=writing.short,
            context=hub.context(),
        )


def is_by_script() -> bool:
    """Whether the page's script asks, which reads JSON, and no browser by itself."""
    return request.accept_mimetypes.best == "application/json"


def save_for_script(writing: Writing) -> ResponseReturnValue:
    """Save what stands in the form whenever its writer pauses: neither the form nor its choices are made for that."""
    try:
        return jsonify(told(keep_draft(writing)))
    except Invalid as error:
        return jsonify(wrong=[fault_words(each) for each in error.faults]), 422


def save_by_button(form: ReportForm, writing: Writing, choices: Choices) -> ResponseReturnValue:
    """Save by the button; nothing is judged yet."""
    try:
        saved = keep_draft(writing)
    except Invalid as error:
        return render_form(
            form, writing, Shown(elsewhere=form.show_faults(error.faults), versions=versions_seen())
        ), 422
    if saved.conflicts:
        return show_meanwhile(writing, choices, saved)
    if request.form.get("do") == "files":
        return see_other("draft_files.show", draft_id=saved.id)
    flash(_("Saved as a draft. Nothing was sent yet."), "success")
    return see_other("drafts.write", draft_id=saved.id)


def show_meanwhile(writing: Writing, choices: Choices, saved: SavedDraft) -> ResponseReturnValue:
    """A colleague wrote too: theirs where this writer had not, both where both had."""
    data = MultiDict(request.form.items(multi=True))
    for name, written in saved.taken.items():
        data.setlist(name, list(written.value))
    with the_hub().reading() as session:
        now = load_draft(session, current_actor(), saved.id)
    page = replace(writing, draft=now)
    form = build_for(page, choices, data)
    form.submission.data = str(saved.id)
    return render_form(form, page, Shown(saved=saved, versions=saved.versions)), 409


def versions_now(writing: Writing) -> dict[str, int]:
    """The versions of a draft that was saved a moment ago."""
    if writing.draft is None:
        return {}
    try:
        with the_hub().reading() as session:
            return load_draft(session, current_actor(), writing.draft.id).versions
    except NotVisible:
        return {}
