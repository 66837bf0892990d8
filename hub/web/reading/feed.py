"""A door for readers: the feed, newest first; one object with why one sees it; its exact bytes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.errors import BadReference
from crypto.tokens import parse_reference
from feeds.stix.explain import Headline, headline, visible
from hub.i18n import current_language
from hub.security.beat import hold
from hub.web.frame.file_names import labelled_name
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item as NavigationItem
from hub.web.frame.pages import page_blueprint
from hub.web.lines.differences import Difference, differences
from hub.web.lines.report_lines import edition_lines, report_lines
from hub.web.reading.signatures import look_for_signature
from hub.web.words import attachments as attachment_words
from hub.web.words.names import CodeWords, load_words
from hub.web.words.reading import (
    TYPES,
    item_of,
    load_lists,
    plain_id,
    read_value,
    title_of,
    type_name,
    why_lines,
)
from models.moments import microseconds_of, moment_at
from models.vocabulary import CollectionKind, Label
from sharing.attachments.reading import list_attachments_of_object
from sharing.collections.access import OpenCollection, list_readable, load_collection
from sharing.disclosures import DOWNLOAD, Shown, shown_of
from sharing.errors import BadCursor, NotVisible
from sharing.permissions import Permission
from sharing.readers import Reader, load_reader
from sharing.reading.grants import Row
from sharing.reading.newest import Look, Newest, newest
from sharing.reading.page import page
from sharing.reading.question import ALL, Question
from sharing.reading.search import Sought, search
from sharing.rules.search_terms import LONGEST_QUESTION
from sharing.trail.history import list_reasons

blueprint = page_blueprint("feed", url_prefix="/feed")
protect(blueprint)
NAVIGATION = (NavigationItem("feed.index", _l("Feed"), Permission.FEED_READ.value),)

MOST_SHOWN = 200_000
"""Bytes of an object that its page shows as text; the download has all of it."""


class Found(Struct, frozen=True):
    """One object with its visible versions, newest first, and the one that is shown."""

    opened: OpenCollection
    row: Row
    versions: tuple[Row, ...]


@blueprint.get("/")
def index() -> str | Response:
    """What came last, with filters."""
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.FEED_READ)
    with hub.reading() as session:
        reader = load_reader(session, actor)
        opened = load_readable(session, reader, request.args.get("in", "inbox"))
        stale = False
        try:
            got = _newest(session, reader, opened.feed, request.args.get("next"))
        except BadCursor:
            stale = True
            got = _newest(session, reader, opened.feed, None)
        lists = load_lists(session)
        collections = list_readable(session, reader)
        items = [item_of(row, lists) for row in got.rows]
    log_rows(got.rows, opened.feed, what="feed")
    ident = ident_of(opened)
    words = read_words()
    kept = {"q": words} if words else {}
    return render_template(
        "feed/index.html",
        items=items,
        look=got.look,
        ident=ident,
        collections=[(ident_of(each), collection_name(each)) for each in collections],
        collection_name=collection_name(opened),
        lists=lists,
        types=TYPES,
        labels=list(Label),
        page_label=strictest(got.rows),
        is_exercise=opened.collection.kind is CollectionKind.EXERCISE,
        filtered=got.look != Look() or bool(words),
        words=words,
        since=day_text(got.look.after, 0),
        until=day_text(got.look.until, -1),
        next_url=address("feed.index", {"in": ident, "next": got.next} | kept) if got.next else None,
        first_url=address("feed.index", {"in": ident} | kept) if request.args.get("next") else None,
        stale=stale,
    )


def _newest(session: Session, reader: Reader, feed: int, token: str | None) -> Newest:
    """The newest of a feed; with words only what holds them."""
    sealer, words = the_hub().secrets.cursor, read_words()
    if not words:
        return newest(session, reader, feed, read_look(), token=token, sealer=sealer)
    hold()
    found = search(session, reader, feed, Sought(as_reference(words), read_look()), token=token, sealer=sealer)
    return Newest(found.rows, found.next, found.sought.look)


def read_words() -> str:
    """What stands in a box of search; longer texts are cut, since nobody types them."""
    return " ".join(request.args.get("q", "")[:LONGEST_QUESTION].split())


def as_reference(typed: str) -> str:
    """A reference number as the hub writes it, however it was typed; other words as they are."""
    try:
        return parse_reference(typed)
    except BadReference:
        return typed


@blueprint.get("/<ident>/objects/<stix_id>/")
def show(ident: str, stix_id: str) -> str:
    """One object: what it says, why one sees it, its versions."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        reader = load_reader(session, actor)
        found = load_object(session, reader, ident, stix_id)
        lists = load_lists(session)
        words = load_words(session)
        value = read_value(found.row.body)
        said = headline(value)
        why = why_lines(session, actor, list_reasons(session, reader, found.opened.feed, found.row), lists, hub.clock())
        signed = look_for_signature(session, reader, found.opened.feed, found.row)
        previous, changes = _changes(found, value, said, words)
        files = list_attachments_of_object(session, actor, found.row, builder=hub.editions)
    log_object(found, signed.row, previous)
    shown = found.row.body[:MOST_SHOWN].decode("utf-8", errors="replace")
    return render_template(
        "feed/object.html",
        found=found,
        item=item_of(found.row, lists),
        said=said,
        report_lines=report_lines(said.report, words) if said.report else [],
        changes=changes,
        title=title_of(said, lists),
        kind=type_name(found.row.type),
        description=visible(value["description"]) if isinstance(value.get("description"), str) else "",
        why=why,
        lists=lists,
        ident=ident_of(found.opened),
        collection_name=collection_name(found.opened),
        versions=[(row.version, moment_at(row.position), Label.of_rank(row.label)) for row in found.versions],
        is_newest=found.row is found.versions[0],
        raw=shown,
        is_cut=len(found.row.body) > MOST_SHOWN,
        at=moment_at(found.row.position),
        page_label=Label.strictest(Label.of_rank(found.row.label), *(each.label for each in files)),
        has_trail=actor.may(Permission.TRAIL_OWN),
        signed=signed,
        files=files,
        file_words=attachment_words,
        may_ask=_may_ask(found, said),
        corrected=_corrected(found),
    )


def _corrected(found: Found) -> tuple[str, datetime] | None:
    """The version before the one that is shown, among those that this reader has, and when it received it."""
    place = found.versions.index(found.row)
    earlier = next((row for row in found.versions[place + 1 :] if row.version_us < found.row.version_us), None)
    return None if earlier is None else (earlier.version, moment_at(earlier.position))


def _may_ask(found: Found, said: Headline) -> bool:
    """Whether the page offers to ask; the operation decides."""
    newest_one = found.row is found.versions[0] and not said.revoked
    askable = found.row.report_id is not None and said.report is not None and found.row.label < Label.RED.rank
    return newest_one and askable and current_actor().may(Permission.INQUIRY_PARTAKE)


def _changes(
    found: Found, value: Mapping[str, Any], said: Headline, names: CodeWords
) -> tuple[Row | None, tuple[Difference, ...]]:
    """What a report says that the version before did not, of those that this reader sees; and that version."""
    older = found.versions[found.versions.index(found.row) + 1 :]
    if not older or said.report is None or said.revoked:
        return None, ()
    before = read_value(older[0].body)
    earlier = headline(before)
    if earlier.report is None or earlier.revoked:
        return None, ()
    return older[0], differences(edition_lines(before, earlier.report, names), edition_lines(value, said.report, names))


@blueprint.get("/<ident>/objects/<stix_id>/raw")
def raw(ident: str, stix_id: str) -> Response:
    """The exact bytes as they were published; RED leaves the hub never as a file."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        found = load_object(session, load_reader(session, actor), ident, stix_id)
    if Label.of_rank(found.row.label) is Label.RED:
        raise NotVisible("nothing that leaves the hub as a file")
    log_object(found, what=DOWNLOAD)
    answer = Response(found.row.body, mimetype="application/json")
    name = labelled_name(Label.of_rank(found.row.label), moment_at(found.row.position), found.row.stix_id, "json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def load_object(session: Session, reader: Reader, ident: str, stix_id: str) -> Found:
    """An object by its id with the versions that the reader sees; `?version=` chooses one.

    Raises:
        NotVisible: there is none in this collection for this reader.
    """
    reader.actor.must(Permission.FEED_READ)
    opened = load_readable(session, reader, ident)
    question = Question(ids=(plain_id(stix_id),), versions=(ALL,))
    rows = page(session, reader, opened.feed, question, sealer=the_hub().secrets.cursor).rows
    versions = tuple(sorted(rows, key=lambda row: (row.version_us, row.position), reverse=True))
    wanted = request.args.get("version")
    row = next((row for row in versions if wanted in {None, row.version}), None)
    if row is None:
        raise NotVisible("no such object")
    return Found(opened, row, versions)


def load_readable(session: Session, reader: Reader, ident: str) -> OpenCollection:
    """A collection that the reader may read.

    Raises:
        NotVisible: there is none for this reader.
    """
    opened = load_collection(session, reader, ident)
    if not opened.can_read:
        raise NotVisible("no such collection")
    return opened


def log_rows(rows: Sequence[Row], feed: int, *, what: str) -> None:
    """Log what a page is about to show, row by row named, before any of it leaves."""
    log_rows_of({feed: rows}, what=what)


def log_rows_of(feeds: Mapping[int, Sequence[Row]], *, what: str) -> None:
    """As `log_rows`, for a page that shows rows of several feeds: one answer, one entry."""
    hub = the_hub()
    shown: list[Shown] = []
    for feed, rows in feeds.items():
        rising = sorted(rows, key=lambda row: row.position)
        named = Question(ids=tuple(row.stix_id for row in rising))
        shown += shown_of(current_actor(), feed, rising, named, what=what, at=hub.clock())
    hub.disclosures.log(shown)


def log_object(
    found: Found, signature: Row | None = None, previous: Row | None = None, *, what: str = "object"
) -> None:
    """Log the version that a page or a download gives, the signature and the earlier version where it tells of them."""
    hub = the_hub()
    rows = sorted([found.row, *(each for each in (signature, previous) if each)], key=lambda row: row.position)
    question = Question(ids=tuple(row.stix_id for row in rows), versions=tuple(row.version_us for row in rows))
    hub.disclosures.log(shown_of(current_actor(), found.opened.feed, rows, question, what=what, at=hub.clock()))


def address(endpoint: str, arguments: Mapping[str, Any]) -> str:
    """The address of a page; among the arguments are names that Python keeps for itself, such as `in`."""
    return url_for(endpoint, **arguments)


def strictest(rows: Sequence[Row]) -> Label | None:
    """The label of a page that shows these rows; none where it shows nothing."""
    return Label.of_rank(max(row.label for row in rows)) if rows else None


def ident_of(opened: OpenCollection) -> str:
    """How a collection stands in addresses."""
    return opened.collection.alias or str(opened.collection.id)


def collection_name(opened: OpenCollection) -> str:
    """The title of a collection in the reader's language."""
    collection = opened.collection
    return (collection.title_ja or collection.title) if current_language() == "ja" else collection.title


def read_look() -> Look:
    """The filters of the address; what cannot be read filters nothing."""
    since, until = read_day("from"), read_day("to")
    return Look(
        types=_chosen("type"),
        labels=tuple(Label(text).rank for text in _chosen("label") if text in set(Label)),
        event_types=_chosen("event_type"),
        sectors=_chosen("sector"),
        after=_day_start(since) - 1 if since else 0,
        until=_day_start(until + timedelta(days=1)) if until else 0,
    )


def _chosen(name: str) -> tuple[str, ...]:
    return tuple(text[:100] for text in request.args.getlist(name)[:20] if text)


def read_day(name: str) -> date | None:
    """A day of the address, in years that a clock can show."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None


def _day_start(day: date) -> int:
    zone = the_hub().settings.zone
    return microseconds_of(datetime(day.year, day.month, day.day, tzinfo=zone))


def day_text(position: int, shift: int) -> str:
    """A position that a day stands for, as the field of the form shows it."""
    if not position:
        return ""
    moment = moment_at(position + (1 if shift == 0 else shift)).astimezone(the_hub().settings.zone)
    return str(moment.date().isoformat())
