"""Holds how papers are made, for pages and for programs: what the asker may see is set and logged, then given."""

from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from feeds.stix.explain import headline
from hub.reports.originals import log_originals
from hub.web.frame.file_names import labelled_name
from hub.web.lines.report_lines import report_lines
from hub.web.papers.sheets import Printed, digest_sheet, form_sheet, object_sheet, receipt_sheet, report_sheet
from hub.web.reading.feed import strictest
from hub.web.reporting.common_forms import fill_form, note_form
from hub.web.words.names import load_organization_name, load_words
from hub.web.words.reading import item_of, load_lists, read_value
from hub.wiring import Hub
from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.audit.receipts import find_entry_of_report
from sharing.digests import load_digest
from sharing.disclosures import DOWNLOAD, shown_of
from sharing.errors import NotVisible
from sharing.inbox.calls import find_call
from sharing.reading.grants import Row
from sharing.reading.question import Question
from sharing.reports.range_changes.recall_answers import list_recalls
from sharing.reports.reading import load_report
from sharing.trail.exports import note_export

MEDIA_TYPE: Final = "application/pdf"


class Asker(Struct, frozen=True):
    """Who wants a paper, and how it names that person's organization."""

    hub: Hub
    actor: Actor
    person: str
    organization: str

    @property
    def by(self) -> tuple[str, str]:
        """Who prints it."""
        return self.person, self.organization


class Paper(Struct, frozen=True):
    """A PDF, and what it is called."""

    body: bytes
    name: str


def paper_of_version(asker: Asker, ref: UUID | str, number: int) -> Paper:
    """A version of a report as filed, for its sender and for those who read the original.

    Raises:
        NotVisible: there is none, or it leaves the hub never as a file.
        PaperError: it cannot be set now; nothing was given out.
    """
    hub, actor, printed = asker.hub, asker.actor, _load_printed(asker, ref, number)
    body = hub.press.set_paper(report_sheet(printed, asker.by))
    log_originals(hub, actor, [printed.view], what=DOWNLOAD)
    _note(asker, "report", {"report": str(printed.view.id), "version": number})
    return _paper(body, printed.label, printed.version.filed_at, f"{printed.view.reference}-{number}")


def paper_of_receipt(asker: Asker, ref: UUID | str, number: int) -> Paper:
    """受付証 on paper, for the sender.

    Raises:
        NotVisible, PaperError: as `paper_of_version`; or the report is another organization's.
    """
    hub, actor, printed = asker.hub, asker.actor, _load_printed(asker, ref, number)
    if not printed.view.is_own:
        raise NotVisible("no such report of this organization")
    with hub.reading() as session:
        entry = find_entry_of_report(session, actor, printed.view.id, printed.version.id)
    body = hub.press.set_paper(receipt_sheet(printed, asker.by, proven=entry is not None))
    _note(asker, "receipt", {"report": str(printed.view.id), "version": number})
    return _paper(body, printed.label, printed.version.filed_at, f"{printed.view.reference}-{number}-receipt")


def paper_of_form(asker: Asker, ref: UUID | str, name: str) -> Paper:
    """A common form with what its spreadsheet holds.

    Raises:
        NotVisible, PaperError: as `paper_of_receipt`; or there is no such form.
    """
    filled = fill_form(asker.hub, asker.actor, ref, name)
    body = asker.hub.press.set_paper(form_sheet(filled, asker.by))
    note_form(asker.hub, asker.actor, filled, "pdf")
    return _paper(body, filled.view.label, filled.view.latest.filed_at, f"{filled.view.reference}-{name}")


def paper_of_object(asker: Asker, feed: int, row: Row, *, newest: bool) -> Paper:
    """One object as its reader sees it.

    Raises:
        NotVisible, PaperError: as `paper_of_version`.
    """
    _refuse_red(Label.of_rank(row.label))
    with asker.hub.reading() as session:
        lists, words = load_lists(session), load_words(session)
    value = read_value(row.body)
    said, item = headline(value), item_of(row, lists)
    sheet = object_sheet(
        said,
        item,
        lists,
        asker.by,
        text=value["description"] if isinstance(value.get("description"), str) else "",
        lines=report_lines(said.report, words) if said.report else [],
        newest=newest,
    )
    body = asker.hub.press.set_paper(sheet)
    named = Question(ids=(row.stix_id,), versions=(row.version_us,))
    asker.hub.disclosures.log(shown_of(asker.actor, feed, [row], named, what=DOWNLOAD, at=asker.hub.clock()))
    _note(asker, "object", {"object": row.stix_id, "version": row.version})
    return _paper(body, item.label, item.at, sheet.reference or row.stix_id)


def paper_of_digest(asker: Asker, digest_id: UUID) -> Paper:
    """A digest with what of it the reader may see now.

    Raises:
        NotVisible, PaperError: as `paper_of_version`.
    """
    hub, actor = asker.hub, asker.actor
    with hub.reading() as session:
        found = load_digest(session, actor, digest_id, sealer=hub.secrets.cursor)
        lists = load_lists(session)
    rows = sorted(found.rows, key=lambda row: row.type != "incident")
    label = strictest(found.rows) or Label.CLEAR
    body = hub.press.set_paper(digest_sheet(found, [item_of(row, lists) for row in rows], label, asker.by))
    rising = sorted(found.rows, key=lambda row: row.position)
    named = Question(ids=tuple(row.stix_id for row in rising))
    hub.disclosures.log(shown_of(actor, INBOX_FEED, rising, named, what="digest", at=hub.clock()))
    _note(asker, "digest", {"digest": str(digest_id)})
    return _paper(body, label, found.made_at, "digest")


def _load_printed(asker: Asker, ref: UUID | str, number: int) -> Printed:
    """A version that the actor sees, and that may leave as a file.

    Raises:
        NotVisible: there is none.
    """
    with asker.hub.reading() as session:
        view = load_report(session, asker.actor, ref)
        version = next((each for each in view.versions if each.number == number), None)
        if version is None:
            raise NotVisible("no such version")
        printed = Printed(
            view,
            version,
            load_organization_name(session, view.organization_id),
            load_words(session),
            find_call(session, asker.actor, view.id),
            list_recalls(session, view),
        )
    _refuse_red(printed.label)
    return printed


def _refuse_red(label: Label) -> None:
    if label is Label.RED:
        raise NotVisible("nothing that leaves the hub as a file")


def _note(asker: Asker, what: str, told: dict[str, Any]) -> None:
    with asker.hub.writing() as session:
        note_export(session, asker.actor, what, {**told, "file": "pdf"}, context=asker.hub.context())


def _paper(body: bytes, label: Label, at: Any, what: str) -> Paper:
    return Paper(body, labelled_name(label, at, what, "pdf"))
