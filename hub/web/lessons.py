"""A door for readers: lessons of final reports, without names: what went wrong in general, and what helped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, render_template, request
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from feeds.stix.explain import ReportFacts, headline
from hub.web.feed import address, as_reference, log_rows, read_words, strictest
from hub.web.guard import current_actor, protect, the_hub
from hub.web.navigation import Item
from hub.web.pages import page_blueprint
from hub.web.reading_words import load_lists, moment_of, read_value
from hub.web.report_pages import load_words, report_words
from models.collection import INBOX_FEED
from models.vocabulary import Form, Label, ReportKind
from sharing.errors import BadCursor
from sharing.permissions import Permission
from sharing.readers import Reader, load_reader
from sharing.reading.grants import Row
from sharing.reading.newest import Look, Newest, newest
from sharing.reading.page import page
from sharing.reading.question import Question
from sharing.reading.search import Sought, search
from sharing.reports.blameless import without_senders

blueprint = page_blueprint("lessons", url_prefix="/lessons")
protect(blueprint)
blueprint.context_processor(report_words)
NAVIGATION = (Item("lessons.index", _l("Lessons"), Permission.FEED_READ.value, now_and_then=True),)

LOOK = Look(types=("note",), labels=tuple(label.rank for label in Label if label is not Label.RED))


_PUBLISHED = frozenset({Form.ANONYMISED.value, Form.NAMED.value})
"""Editions that the sender approved. Who reads the one with its name is told no name here either."""


@dataclass(frozen=True)
class Lesson:
    """What one final report teaches, as its published edition tells it; never whose it was."""

    text: str
    report: ReportFacts
    edition: Row
    at: datetime


@blueprint.get("/")
def index() -> str | Response:
    """The newest lessons that the reader may see; with words, those that hold them."""
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.FEED_READ)
    words, token = read_words(), request.args.get("next")
    with hub.reading() as session:
        reader = load_reader(session, actor)
        try:
            got = _notes(session, reader, words, token)
        except BadCursor:
            got = _notes(session, reader, words, None)
        incidents = _incidents(session, reader, got.rows)
        texts = _texts(session, got.rows)
        lists, names = load_lists(session), load_words(session)
    lessons = [lesson for row in got.rows if (lesson := _lesson(row, incidents, texts)) is not None]
    shown = [row for row in got.rows if _names_incident(row) in incidents]
    shown += [lesson.edition for lesson in lessons]
    log_rows(shown, INBOX_FEED, what="lessons")
    return render_template(
        "lessons/index.html",
        lessons=lessons,
        words_=words,
        lists=lists,
        names=names,
        label_of=Label.of_rank,
        page_label=strictest(shown),
        next_url=address("lessons.index", {"q": words, "next": got.next}) if got.next else None,
        first_url=address("lessons.index", {"q": words}) if token else None,
    )


def _notes(session: Session, reader: Reader, words: str, token: str | None) -> Newest:
    sealer = the_hub().secrets.cursor
    if not words:
        return newest(session, reader, INBOX_FEED, LOOK, token=token, sealer=sealer)
    found = search(session, reader, INBOX_FEED, Sought(as_reference(words), LOOK), token=token, sealer=sealer)
    return Newest(found.rows, found.next, found.sought.look)


def _incidents(session: Session, reader: Reader, notes: Sequence[Row]) -> dict[str, tuple[Row, ReportFacts]]:
    """The published editions of final reports that these notes are about, as far as the reader sees them."""
    ids = tuple(dict.fromkeys(ident for row in notes if (ident := _names_incident(row))))
    if not ids:
        return {}
    rows = page(session, reader, INBOX_FEED, Question(ids=ids), sealer=the_hub().secrets.cursor).rows
    found: dict[str, tuple[Row, ReportFacts]] = {}
    for row in rows:
        report = headline(read_value(row.body)).report
        is_final = report is not None and report.kind in {ReportKind.FINAL.value, ReportKind.NEAR_MISS.value}
        if report is not None and is_final and report.form in _PUBLISHED:
            found[row.stix_id] = (row, report)
    return found


def _names_incident(row: Row) -> str:
    """The incident that a note of an edition is about; a note of anything else names none."""
    refs = read_value(row.body).get("object_refs")
    first = refs[0] if isinstance(refs, list) and refs else ""
    return first if row.report_id is not None and isinstance(first, str) and first.startswith("incident--") else ""


def _texts(session: Session, notes: Sequence[Row]) -> dict[int, str]:
    """What each note of an edition says, by its object, without the name of the report's sender."""
    said = {
        row.object_id: (row.report_id, text)
        for row in notes
        if _names_incident(row) and isinstance(text := read_value(row.body).get("content"), str)
    }
    return without_senders(session, said)


def _lesson(row: Row, incidents: Mapping[str, tuple[Row, ReportFacts]], texts: Mapping[int, str]) -> Lesson | None:
    found, text = incidents.get(_names_incident(row)), texts.get(row.object_id)
    if found is None or text is None:
        return None
    return Lesson(text, found[1], found[0], moment_of(row.position))
