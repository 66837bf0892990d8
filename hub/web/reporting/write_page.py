"""Holds the page on which a report is written: its form, and what it says besides."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from flask import render_template, request, url_for
from werkzeug.datastructures import MultiDict

from hub.web.frame.guard import current_actor, the_hub
from hub.web.reporting.draft_words import field_words
from hub.web.reporting.further_form import HOW_WORDS
from hub.web.reporting.pasting import APARTS, KINDS, Pasting
from hub.web.reporting.report_form import Choices, ReportForm, build_form, load_choices, read_form
from hub.web.reporting.technical import Alone
from hub.web.words.names import group_namer
from hub.web.words.reports import STATE_WORDS
from models.codelists import NEAR_MISS_TYPE
from models.vocabulary import Label, ReportKind
from sharing.attachments.uploads import UploadView, list_uploads
from sharing.reports.codes import load_codes
from sharing.reports.drafts import DraftView, SavedDraft
from sharing.reports.fields import ReportFields
from sharing.reports.preview import Preview, preview_audience
from sharing.reports.ranges import Consent
from sharing.reports.seen import Seen, seen_of
from sharing.reports.visible import ReportView

NOT_OF_A_DRAFT: Final = frozenset(
    {"csrf_token", "acting_as", "do", "submission", "versions", "number"}
    | {"keep_mentions", "pasted", "found", "technical_seen", "readers_seen"}
)
"""Controls that say how a form is sent, not what the report says."""


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


def choices_of_form() -> Choices:
    """What the form offers to this actor."""
    with the_hub().reading() as session:
        return load_choices(session, current_actor())


def build_for(writing: Writing, choices: Choices, data: MultiDict[str, str]) -> ReportForm:
    """The form of what is being written, with this in its fields."""
    follows, zone = writing.view is not None, the_hub().settings.zone
    return build_form(choices, data=data, zone=zone, follow_up=follows, near_miss=writing.short)


def typed() -> dict[str, list[str]]:
    """What was sent in the fields of the report."""
    return {name: values for name, values in request.form.lists() if name not in NOT_OF_A_DRAFT}


def versions_seen() -> dict[str, int]:
    """The version of each field that the writer began with; what cannot be read counts as never seen."""
    try:
        given = json.loads(request.form.get("versions", ""))
    except ValueError:
        return {}
    return (
        {str(name): version for name, version in given.items() if type(version) is int} if type(given) is dict else {}
    )


def read_fields(form: ReportForm, writing: Writing) -> ReportFields:
    """The fields as the form says them.

    Raises:
        Invalid: one of them cannot be taken.
    """
    hub, view = the_hub(), writing.view
    with hub.reading() as session:
        given_codes = load_codes(session)
    fixed = {"exercise": view.exercise} if view else {}
    return read_form(form, given_codes, hub.clock(), hub.settings.zone, **fixed)


def render_form(form: ReportForm, writing: Writing, shown: Shown) -> str:
    """The whole page."""
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
        stood=_stood(writing),
        asked=shown.asked or bool(request.form.get("keep_mentions")),
        preview=preview_of_form(
            form.chosen_label, form.consent, form.chosen_lists, writing.view.id if writing.view else None
        ),
        group=group_namer(the_hub()),
    )


def _stood(writing: Writing) -> Seen | None:
    """How the report stands with which the form goes on."""
    if writing.view is None:
        return None
    with the_hub().reading() as session:
        return seen_of(session, writing.view)


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
