"""Holds what stands on each paper, in the reader's language: made of what the page of the same thing shows."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from feeds.stix.explain import Headline
from hub.i18n import Words, current_language, format_day, format_moment
from hub.paper.sheet import Entry, Part, Sheet
from hub.web.frame.guard import the_hub
from hub.web.lines.report_lines import version_lines
from hub.web.reporting.common_forms import LAYOUT, Filled
from hub.web.words.names import CodeWords
from hub.web.words.reading import Item, Lists
from hub.web.words.reports import FIELDS, RECALL_KINDS, kind_name
from models.vocabulary import Label
from sharing.digests import DigestView
from sharing.inbox.calls import CallView
from sharing.reports import codes
from sharing.reports.range_changes.recall_answers import RecallView
from sharing.reports.visible import ReportView, VersionView

HANDLING: dict[Label, Words] = {
    Label.RED: _l("For the eyes of the named persons only."),
    Label.AMBER_STRICT: _l("Only inside the recipient's organization, for those who need to know."),
    Label.AMBER: _l("Inside the recipient's organization and with its clients, for those who need to know."),
    Label.GREEN: _l("Inside the community; not by ways that are open to the public."),
    Label.CLEAR: _l("There is no limit on sharing it; copyright stays."),
}
"""What a label asks of whoever holds the paper; our words, the label itself is never translated."""


By: TypeAlias = tuple[str, str]
"""Who prints a paper: the person, and the organization as it is called in the reader's language."""

MOST_OF_HEAD: Final = 60
"""Characters of what stands at the top of each sheet, where others' objects may say it."""
MOST_OF_ENTRY: Final = 300
"""Characters of a summary in a digest."""


class Printed(Struct, frozen=True):
    """A version of a report with what its page says around it."""

    view: ReportView
    version: VersionView
    organization: str
    names: CodeWords
    call: CallView | None
    recalls: Sequence[RecallView]

    @property
    def label(self) -> Label:
        """A label that was raised since counts for earlier versions too."""
        return Label.strictest(self.view.label, self.version.label)


def report_sheet(printed: Printed, by: By) -> Sheet:
    """A version of a report, as its reader sees it."""
    view, version, names = printed.view, printed.version, printed.names
    about = [
        (_("Organization"), printed.organization),
        (_("Sector"), names(codes.SECTORS, view.sector) or ""),
        (_("Reference number"), view.reference),
        (_("Received at"), format_moment(version.filed_at)),
    ]
    said = [pair for pair in version_lines(version, names)[1:] if pair[0] is not FIELDS["summary"]]
    return Sheet(
        **_frame(view.exercise, by),
        kind=kind_name(version.kind, version.number),
        title=names(codes.EVENT_TYPES, version.fields.event_type) or "",
        label=printed.label,
        at=version.filed_at,
        reference=view.reference,
        notes=_notes_of_report(printed),
        parts=[Part(texts=[version.fields.summary], facts=[*about, *_said(said)])],
        handling=_handling(printed.label, version.fields.not_for_publication, version.fields.not_for_supervision),
    )


def _notes_of_report(printed: Printed) -> list[str]:
    view, version, call = printed.view, printed.version, printed.call
    notes = [f"{RECALL_KINDS[each.kind]}: {format_moment(each.made_at)}" for each in printed.recalls]
    if version is not view.latest:
        notes.append(_("There is a newer version"))
    if call is not None and call.version_id == version.id and call.is_unconfirmed:
        notes.append(_("Unconfirmed: registered by telephone by the secretariat"))
    return notes


def object_sheet(said: Headline, item: Item, lists: Lists, by: By, *, text: str, lines: Any, newest: bool) -> Sheet:
    """One object of a feed: an edition of a report, an indicator, whatever it is."""
    report = said.report
    reference = report.reference if report and report.reference else ""
    pairs: list[tuple[Words, str]] = [
        (_("Type"), item.kind),
        (_("Sector"), lists.sector(report.sector) if report else ""),
        (_("Event type"), item.event_type),
        (_("Reference number"), reference),
        (_("Received"), format_moment(item.at)),
        (_("Version"), item.version),
        (_("Identifier"), item.stix_id),
    ]
    parts = [Part(texts=[text or said.summary], facts=_said(pairs))]
    if lines:
        parts.append(Part(heading=_("What the report says"), facts=_said(lines)))
    if said.patterns:
        parts.append(Part(heading=_("Pattern or value"), texts=said.patterns))
    if said.details:
        parts.append(Part(heading=_("Further properties"), facts=_said(said.details)))
    return Sheet(
        **_frame(item.exercise, by),
        kind=item.kind[:MOST_OF_HEAD],
        title=item.title,
        label=item.label,
        at=item.at,
        reference=reference[:MOST_OF_HEAD],
        notes=_notes_of_object(said, newest=newest),
        parts=parts,
        handling=_handling(
            item.label, bool(report and report.not_for_publication), bool(report and report.not_for_supervision)
        ),
    )


def _notes_of_object(said: Headline, *, newest: bool) -> list[str]:
    notes = [] if newest else [_("There is a newer version")]
    if said.revoked:
        notes.append(_("This was withdrawn by its publisher"))
    if said.report and said.report.correction:
        notes.append(f"{_('Correction')}: {said.report.correction}")
    return notes


def digest_sheet(digest: DigestView, items: Sequence[Item], label: Label, by: By) -> Sheet:
    """A digest, with what of it the reader may see now."""
    notes = [_("Some of what this digest held is no longer open to you")] if digest.some_gone else []
    span = _("From %(start)s to %(end)s.", start=format_moment(digest.began_at), end=format_moment(digest.made_at))
    entries = [
        Entry(
            title=item.title,
            label=item.label.value,
            text=_cut(item.summary),
            small=" · ".join(part for part in (item.event_type or item.kind, format_moment(item.at)) if part),
        )
        for item in items
    ]
    return Sheet(
        **_frame(any(item.exercise for item in items), by),
        kind=_("Digest"),
        title=_("Digest of %(day)s", day=format_day(digest.made_at)),
        label=label,
        at=digest.made_at,
        notes=notes,
        parts=[Part(texts=[span]), Part(entries=entries)],
        handling=_handling(label),
    )


def receipt_sheet(printed: Printed, by: By, *, proven: bool) -> Sheet:
    """受付証: the reference number, and how anybody checks that it is true."""
    view, version, hub = printed.view, printed.version, the_hub()
    facts = [
        (_("Reference number"), view.reference),
        (_("Kind of report"), kind_name(version.kind, version.number)),
        (_("Received at"), format_moment(version.filed_at)),
        (_("Sender"), printed.organization),
        (_("Event type"), printed.names(codes.EVENT_TYPES, version.fields.event_type) or ""),
        (_("What happened, in one sentence"), version.fields.summary),
    ]
    steps = [
        _("Get the promise (受付証) or the receipt (受領証) as a file from the page of this receipt."),
        _("Get the keys of the log once, and keep them: %(url)s", url=f"{hub.settings.base_url}/log/vkeys"),
        _("Check it without network: %(command)s", command="ceptoar-hub log verify FILE --vkeys KEYS"),
    ]
    parts = [Part(facts=facts)]
    if proven:
        parts.append(
            Part(heading=_("How to check this"), texts=[f"{n}. {each}" for n, each in enumerate(steps, start=1)])
        )
    return Sheet(
        **_frame(view.exercise, by),
        kind=_("Receipt"),
        title=_("Receipt"),
        label=printed.label,
        at=version.filed_at,
        reference=view.reference,
        parts=parts,
        handling=_handling(printed.label),
    )


def form_sheet(filled: Filled, by: By) -> Sheet:
    """A common form: Japanese, as the forms are, with the rows of the spreadsheet."""
    view = filled.view
    with force_locale("ja"):
        fields = view.latest.fields
        about = [
            (_("Reference number"), view.reference),
            (str(FIELDS["kind"]), kind_name(view.latest.kind, view.latest.number)),
        ]
        return Sheet(
            **_frame(view.exercise, by),
            kind="共通様式（暫定・要確認）",
            title=filled.form.ja,
            label=view.label,
            at=view.latest.filed_at,
            reference=view.reference,
            notes=[LAYOUT],
            parts=[Part(facts=[*about, *((name, text) for _cell, name, text in filled.rows)])],
            handling=_handling(view.label, fields.not_for_publication, fields.not_for_supervision),
        )


def _cut(text: str) -> str:
    """The beginning of a summary, as the page of the digest has it."""
    return text if len(text) <= MOST_OF_ENTRY else f"{text[:MOST_OF_ENTRY]}…"


def _frame(exercise: bool, by: By) -> dict[str, Any]:
    """What every paper has."""
    hub, (person, organization) = the_hub(), by
    return {
        "language": current_language(),
        "marks": [mark for mark, wanted in (("【訓練】", exercise), ("【デモ】", hub.settings.demo)) if wanted],
        "printed": _(
            "Printed by %(person)s (%(organization)s), %(at)s",
            person=person,
            organization=organization,
            at=format_moment(hub.clock()),
        ),
    }


def _handling(label: Label, not_public: bool = False, not_supervision: bool = False) -> tuple[str, list[str]]:
    said = [f"{label.value}: {HANDLING[label]}"]
    if label is not Label.CLEAR:
        said.append(_("Whoever wants to share it wider asks the sender first."))
    said += [str(FIELDS["not_for_publication"])] if not_public else []
    said += [str(FIELDS["not_for_supervision"])] if not_supervision else []
    return str(FIELDS["handling"]), said


def _said(pairs: Any) -> list[tuple[str, str]]:
    """Names and values as texts, without what says nothing."""
    return [(str(name), str(value)) for name, value in pairs if value]
