"""Holds the page on which a report is written: as a new one, a follow-up or a draft; looked at, saved and filed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from flask import flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from hub.web.frame.guard import current_actor, the_hub
from hub.web.frame.pages import see_other
from hub.web.reporting.draft_words import field_words, told
from hub.web.reporting.further_form import HOW_WORDS, STATE_WORDS
from hub.web.reporting.pasting import APARTS, KINDS, Pasting, read_pasting, taken
from hub.web.reporting.report_form import Choices, ReportForm, build_form, load_choices, read_form
from hub.web.reporting.report_pages import group_namer
from hub.web.reporting.technical import Alone, look_alone, was_seen
from hub.web.words.reports import fault_words
from models.vocabulary import Label, ReportKind
from sharing.attachments.uploads import UploadView, list_uploads
from sharing.errors import Fault, Invalid, NotVisible
from sharing.permissions import Permission
from sharing.reports.codes import load_codes
from sharing.reports.drafts import DraftView, SavedDraft, erase_draft, load_draft, save_draft
from sharing.reports.fields import NEAR_MISS_TYPE, ReportFields
from sharing.reports.file import file_report
from sharing.reports.mentions import look_ahead
from sharing.reports.preview import Preview, preview_audience
from sharing.reports.ranges import Consent
from sharing.reports.reading import load_report
from sharing.reports.submissions import AlreadyFiled, FiledReport, Submission, find_report
from sharing.reports.visible import ReportView

NOT_OF_A_DRAFT: Final = frozenset(
    {"csrf_token", "do", "submission", "versions", "keep_mentions", "pasted", "found", "technical_seen"}
)
"""Controls that say how a form is sent, not what the report says."""

_GONE: Final = _l("This draft is no longer there: a colleague sent or erased it. What you typed is kept here.")


@dataclass(frozen=True)
class Writing:
    """What is being written: a new report, a version of one, or either as a draft."""

    view: ReportView | None
    short: bool = False
    draft: DraftView | None = None

    @property
    def action(self) -> str:
        """Where the form is sent."""
        if self.draft is not None:
            return url_for("drafts.write", draft_id=self.draft.id)
        if self.view is not None:
            return url_for("reports.follow_up", report_id=self.view.id)
        return url_for("reports.write", kind=ReportKind.NEAR_MISS.value if self.short else None)

    @property
    def kept_as(self) -> str:
        """Under which name the browser keeps text that did not reach the hub."""
        if self.draft is not None:
            return f"draft-{self.draft.id}-{self.draft.saves}"
        if self.view is not None:
            return f"report-{self.view.id}-{self.view.latest.number}"
        return "report-near-miss" if self.short else "report-new"


@dataclass(frozen=True)
class Shown:
    """What the page says besides the form itself."""

    previewed: bool = False
    elsewhere: Sequence[str] = ()
    asked: bool = False
    saved: SavedDraft | None = None
    versions: Mapping[str, int] = field(default_factory=dict)
    pasting: Pasting = field(default_factory=lambda: Pasting(""))
    alone: Alone | None = None


class _NotLookedAt(Exception):
    """The technical part was not looked at as it would go out."""

    def __init__(self, alone: Alone) -> None:
        self.alone = alone
        super().__init__("the technical part was not looked at")


def form_page(writing: Writing) -> ResponseReturnValue:
    """Show the form, or do with it what its button says."""
    current_actor().must(Permission.REPORT_FILE)
    if request.method == "GET":
        return _empty_page(writing, _choices())
    if request.form.get("do") == "save" and _is_by_script():
        return _save_for_script(writing)
    return _do(writing, _choices())


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
    if _is_by_script():
        return jsonify(wrong=[str(_GONE)]), 404
    return _already_sent(_choices(), sent_as) if sent_as is not None else _typed_again(_choices())


def _do(writing: Writing, choices: Choices) -> ResponseReturnValue:
    form = _build(writing, choices, request.form)
    form.submission.data = str(writing.draft.id if writing.draft else form.submission_id())
    do = request.form.get("do")
    if do == "preview":
        return _render_form(form, writing, Shown(previewed=True, versions=_seen()))
    if do in {"recognise", "take"}:
        return _paste(form, writing, choices, take=do == "take")
    if do == "technical":
        return _look_alone(form, writing)
    if do in {"save", "files"}:
        return _save(form, writing, choices)
    return _send(form, writing, choices)


def _paste(form: ReportForm, writing: Writing, choices: Choices, *, take: bool) -> str:
    if not take:
        return _render_form(form, writing, Shown(versions=_seen(), pasting=read_pasting()))
    form = _build(writing, choices, taken())
    form.submission.data = str(writing.draft.id if writing.draft else form.submission_id())
    return _render_form(form, writing, Shown(versions=_seen(), pasting=Pasting("", looked=True)))


def _empty_page(writing: Writing, choices: Choices) -> str:
    draft = writing.draft
    if draft is not None:
        form = _build(writing, choices, _values_of(draft))
        form.submission.data = str(draft.id)
        wrong = _check(form, writing) if request.args.get("check") else []
        return _render_form(form, writing, Shown(elsewhere=wrong, versions=draft.versions))
    last = writing.view.latest.fields if writing.view else None
    zone = the_hub().settings.zone
    form = build_form(choices, fields=last, zone=zone, follow_up=writing.view is not None, near_miss=writing.short)
    form.submission.data = str(_new_submission())
    if writing.view is not None and request.args.get("label") in set(Label):
        form.label.data = request.args["label"]
    return _render_form(form, writing, Shown())


def _check(form: ReportForm, writing: Writing) -> list[str]:
    """Say at each field of a draft that came from a file what cannot be taken yet."""
    try:
        _read(form, writing)
    except Invalid as error:
        return form.show_faults(error.faults)
    return []


def _choices() -> Choices:
    with the_hub().reading() as session:
        return load_choices(session, current_actor())


def _build(writing: Writing, choices: Choices, data: MultiDict[str, str]) -> ReportForm:
    follows, zone = writing.view is not None, the_hub().settings.zone
    return build_form(choices, data=data, zone=zone, follow_up=follows, near_miss=writing.short)


def _values_of(draft: DraftView) -> MultiDict[str, str]:
    return MultiDict([(name, each) for name, written in draft.fields.items() for each in written.value])


def _typed() -> dict[str, list[str]]:
    return {name: values for name, values in request.form.lists() if name not in NOT_OF_A_DRAFT}


def _seen() -> dict[str, int]:
    """The version of each field that the writer began with; what cannot be read counts as never seen."""
    try:
        given = json.loads(request.form.get("versions", ""))
    except ValueError:
        return {}
    return (
        {str(name): version for name, version in given.items() if type(version) is int} if type(given) is dict else {}
    )


def _keep(writing: Writing) -> SavedDraft:
    hub = the_hub()
    with hub.writing() as session:
        return save_draft(
            session,
            current_actor(),
            _typed(),
            _seen(),
            draft_id=writing.draft.id if writing.draft else None,
            report_id=writing.view.id if writing.view else None,
            near_miss=writing.short,
            context=hub.context(),
        )


def _is_by_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _save_for_script(writing: Writing) -> ResponseReturnValue:
    """Save what stands in the form whenever its writer pauses: neither the form nor its choices are made for that."""
    try:
        return jsonify(told(_keep(writing)))
    except Invalid as error:
        return jsonify(wrong=[fault_words(each) for each in error.faults]), 422


def _save(form: ReportForm, writing: Writing, choices: Choices) -> ResponseReturnValue:
    """Save by the button; nothing is judged yet."""
    try:
        saved = _keep(writing)
    except Invalid as error:
        return _render_form(form, writing, Shown(elsewhere=form.show_faults(error.faults), versions=_seen())), 422
    if saved.conflicts:
        return _meanwhile(writing, choices, saved)
    if request.form.get("do") == "files":
        return see_other("draft_files.show", draft_id=saved.id)
    flash(_("Saved as a draft. Nothing was sent yet."), "success")
    return see_other("drafts.write", draft_id=saved.id)


def _meanwhile(writing: Writing, choices: Choices, saved: SavedDraft) -> ResponseReturnValue:
    """A colleague wrote too: theirs where this writer had not, both where both had."""
    data = MultiDict(request.form.items(multi=True))
    for name, written in saved.taken.items():
        data.setlist(name, list(written.value))
    with the_hub().reading() as session:
        now = load_draft(session, current_actor(), saved.id)
    page = replace(writing, draft=now)
    form = _build(page, choices, data)
    form.submission.data = str(saved.id)
    return _render_form(form, page, Shown(saved=saved, versions=saved.versions)), 409


def _send(form: ReportForm, writing: Writing, choices: Choices) -> ResponseReturnValue:
    if writing.draft is not None:
        try:
            saved = _keep(writing)
        except NotVisible:
            saved = None  # a colleague sent or threw it away meanwhile: what is typed here can still be sent
        except Invalid:
            saved = None  # too much for a draft: filing says what is wrong
        if saved is not None and (saved.taken or saved.conflicts):
            return _meanwhile(writing, choices, saved)
    try:
        filed = _file(form, writing)
    except Invalid as error:
        asked = any(fault.code == "names-stricter" for fault in error.faults)
        versions = _now(writing)
        return _render_form(
            form, writing, Shown(elsewhere=form.show_faults(error.faults), asked=asked, versions=versions)
        ), 422
    except _NotLookedAt as error:
        return _render_form(form, writing, Shown(alone=error.alone, versions=_now(writing))), 422
    except AlreadyFiled as error:
        return _already_sent(choices, error.report_id)
    if filed.repeated:
        flash(_("This form had arrived before; it was not filed twice."), "info")
    return see_other("reports.receipt", report_id=filed.report_id, number=filed.number)


def _look_alone(form: ReportForm, writing: Writing) -> ResponseReturnValue:
    """What would go out of the technical part, and to whom; nothing is filed."""
    try:
        fields = _read(form, writing)
        if fields.technical_label is None:
            raise Invalid(Fault("technical_label", "choose-label"))
        with the_hub().reading() as session:
            alone = look_alone(session, fields, writing.view)
    except Invalid as error:
        return _render_form(form, writing, Shown(elsewhere=form.show_faults(error.faults), versions=_seen())), 422
    return _render_form(form, writing, Shown(alone=alone, versions=_seen()))


def _now(writing: Writing) -> dict[str, int]:
    """The versions of a draft that was saved a moment ago."""
    if writing.draft is None:
        return {}
    try:
        with the_hub().reading() as session:
            return load_draft(session, current_actor(), writing.draft.id).versions
    except NotVisible:
        return {}


def _read(form: ReportForm, writing: Writing) -> ReportFields:
    hub, view = the_hub(), writing.view
    with hub.reading() as session:
        given_codes = load_codes(session)
    fixed = {"exercise": view.exercise} if view else {}
    return read_form(form, given_codes, hub.clock(), hub.settings.zone, **fixed)


def _file(form: ReportForm, writing: Writing) -> FiledReport:
    hub, view, context = the_hub(), writing.view, the_hub().context()
    fields = _read(form, writing)
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
            ),
            context=context,
            policy=hub.policy(session),
            builder=hub.editions,
        )
        if writing.draft is not None and not filed.repeated:
            erase_draft(session, current_actor(), writing.draft.id, context=context)
        return filed


def _already_sent(choices: Choices, report_id: UUID) -> ResponseReturnValue:
    """Somebody went back, changed the text and sent it again: nothing is lost, it can go as a follow-up."""
    with the_hub().reading() as session:
        view = load_report(session, current_actor(), report_id)
    writing = Writing(view)
    form = _build(writing, choices, request.form)
    form.kind.data = form.kind.data or ReportKind.FOLLOW_UP.value
    form.submission.data = str(_new_submission())
    words = _(
        "This form was received already as %(reference)s. What you changed is kept below: send it as a follow-up.",
        reference=view.reference,
    )
    return _render_form(form, writing, Shown(elsewhere=[words])), 409


def _typed_again(choices: Choices) -> ResponseReturnValue:
    """The draft was thrown away while somebody wrote in it: the text stands in a new form."""
    writing = Writing(None)
    form = _build(writing, choices, request.form)
    form.submission.data = str(_new_submission())
    return _render_form(form, writing, Shown(elsewhere=[str(_GONE)])), 409


def _new_submission() -> UUID:
    return UUID(bytes=the_hub().context().random_bytes(16), version=4)


def _render_form(form: ReportForm, writing: Writing, shown: Shown) -> str:
    return render_template(
        "reports/write.html",
        form=form,
        report=writing.view,
        writing=writing,
        short=writing.short,
        shown=shown,
        near_miss_type=NEAR_MISS_TYPE,
        STATE_WORDS=STATE_WORDS,
        HOW_WORDS=HOW_WORDS,
        field_words=field_words,
        PASTED_KINDS=KINDS,
        PASTED_APART=APARTS,
        files=_files(writing),
        versions=json.dumps(dict(shown.versions), separators=(",", ":")),
        asked=shown.asked or bool(request.form.get("keep_mentions")),
        preview=preview_of_form(
            form.chosen_label, form.consent, form.chosen_lists, writing.view.id if writing.view else None
        ),
        group=group_namer(the_hub()),
    )


def _files(writing: Writing) -> list[UploadView]:
    """The files that would go with a draft."""
    if writing.draft is None:
        return []
    with the_hub().reading() as session:
        return list_uploads(session, current_actor(), writing.draft.id)


def preview_of_form(label: Label, consent: Consent, lists: Sequence[str], report_id: UUID | None) -> Preview:
    """Who will read what is being written, as a new report or as the next version of one."""
    hub = the_hub()
    with hub.reading() as session:
        policy = hub.policy(session)
        return preview_audience(session, current_actor(), label, consent, policy=policy, lists=lists, of=report_id)
