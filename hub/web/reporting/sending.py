"""Holds how what is written is filed, and what is shown where it cannot be."""

from typing import Final
from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.web.frame.guard import current_actor, the_hub
from hub.web.frame.pages import see_other
from hub.web.reporting.draft_saving import keep_draft, show_meanwhile, versions_now
from hub.web.reporting.report_form import Choices, ReportForm
from hub.web.reporting.technical import Alone, look_alone, was_seen
from hub.web.reporting.write_page import Shown, Writing, build_for, read_fields, render_form
from hub.web.words.reports import fault_words
from models.vocabulary import ReportKind
from sharing.attachments.uploads import list_uploads
from sharing.errors import Fault, Invalid, NotVisible
from sharing.lists.shown import NOTHING, ReadersChanged, read_shown
from sharing.reports.drafts import erase_draft
from sharing.reports.filing import file_report
from sharing.reports.mentions import look_ahead
from sharing.reports.reading import load_report
from sharing.reports.seen import ChangedMeanwhile, read_seen
from sharing.reports.submissions import AlreadyFiled, FiledReport, Submission

GONE: Final = _l("This draft is no longer there: a colleague sent or erased it. What you typed is kept here.")


class _NotLookedAt(Exception):
    """The technical part was not looked at as it would go out."""

    def __init__(self, alone: Alone) -> None:
        self.alone = alone
        super().__init__("the technical part was not looked at")


def send_form(form: ReportForm, writing: Writing, choices: Choices) -> ResponseReturnValue:
    """File what the form says; a draft is saved before, so that nothing of a colleague's is written over."""
    if writing.draft is not None:
        try:
            saved = keep_draft(writing)
        except NotVisible:
            saved = None  # a colleague sent or threw it away meanwhile: what is typed here can still be sent
        except Invalid:
            saved = None  # too much for a draft: filing says what is wrong
        if saved is not None and (saved.taken or saved.conflicts):
            return show_meanwhile(writing, choices, saved)
    try:
        filed = _file(form, writing)
    except Invalid as error:
        asked = any(fault.code == "names-stricter" for fault in error.faults)
        versions = versions_now(writing)
        return render_form(
            form, writing, Shown(elsewhere=form.show_faults(error.faults), asked=asked, versions=versions)
        ), 422
    except _NotLookedAt as error:
        return render_form(form, writing, Shown(alone=error.alone, versions=versions_now(writing))), 422
    except (ChangedMeanwhile, ReadersChanged) as error:
        return _show_changed(form, writing, error), 409
    except AlreadyFiled as error:
        return show_already_sent(choices, error.report_id)
    if filed.repeated:
        flash(_("This form had arrived before; it was not filed twice."), "info")
    return see_other("reports.receipt", report_id=filed.report_id, number=filed.number)


def _show_changed(form: ReportForm, writing: Writing, changed: ChangedMeanwhile | ReadersChanged) -> str:
    """The page again, with how the report stands and who would read it now; sent as it then stands, it is filed."""
    versions = versions_now(writing)
    if isinstance(changed, ChangedMeanwhile):
        return render_form(form, writing, Shown(elsewhere=[fault_words(Fault("number", "stale"))], versions=versions))
    faults = [Fault("lists", "readers-changed", found=name) for name in changed.lists]
    elsewhere = form.show_faults(faults) if faults else [fault_words(Fault("lists", "policy-changed"))]
    return render_form(form, writing, Shown(previewed=True, elsewhere=elsewhere, versions=versions))


def _file(form: ReportForm, writing: Writing) -> FiledReport:
    hub, view, context = the_hub(), writing.view, the_hub().context()
    fields = read_fields(form, writing)
    if fields.technical_label is not None:
        with hub.reading() as session:
            alone = look_alone(session, fields, view, asked=True)
        if not was_seen(alone.told):
            raise _NotLookedAt(alone)
    with hub.reading() as session:
        looked = look_ahead(session, current_actor(), fields.label, of=view.id if view else None)
    with hub.writing() as session:
        filed = file_report(
            session,
            current_actor(),
            fields,
            Submission(
                form.submission_id(),
                report_id=view.id if view else None,
                uploads=[each.id for each in list_uploads(session, current_actor(), writing.draft.id)]
                if writing.draft
                else (),
                keep_mentions=bool(request.form.get("keep_mentions")),
                looked=looked,
                seen=read_seen(request.form.get("number", "")) if view else None,
                shown=read_shown(request.form.get("readers_seen", "")) or NOTHING,
            ),
            means=hub.means(session, context),
        )
        if writing.draft is not None and not filed.repeated:
            erase_draft(session, current_actor(), writing.draft.id, context=context)
        return filed


def show_already_sent(choices: Choices, report_id: UUID) -> ResponseReturnValue:
    """Somebody went back, changed the text and sent it again: nothing is lost, it can go as a follow-up."""
    with the_hub().reading() as session:
        view = load_report(session, current_actor(), report_id)
    writing = Writing(view)
    form = build_for(writing, choices, request.form)
    form.kind.data = form.kind.data or ReportKind.FOLLOW_UP.value
    form.submission.data = str(the_hub().context().new_id())
    words = _(
        "This form was received already as %(reference)s. What you changed is kept below: send it as a follow-up.",
        reference=view.reference,
    )
    return render_form(form, writing, Shown(elsewhere=[words])), 409


def show_typed_again(choices: Choices) -> ResponseReturnValue:
    """The draft was thrown away while somebody wrote in it: the text stands in a new form."""
    writing = Writing(None)
    form = build_for(writing, choices, request.form)
    form.submission.data = str(the_hub().context().new_id())
    return render_form(form, writing, Shown(elsewhere=[str(GONE)])), 409
