"""A door for readers and auditors: what happened to a report or an object, and every entry for who checks the log."""

from typing import Final
from uuid import UUID

from flask import Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from hub.i18n import current_language
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item as NavigationItem
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.reading.feed import address, collection_name, ident_of, load_object, log_object
from hub.web.words.people import role_name
from hub.web.words.reading import item_of as item_of_row
from hub.web.words.reading import load_lists
from hub.web.words.trail import DOORS, SUBJECTS, TAGS, tag_name
from models.vocabulary import Role
from sharing.audit.tags import Tag
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.rules.spreadsheets import write_table
from sharing.trail.exports import note_export
from sharing.trail.history import (
    WIDE,
    find_report_for_auditor,
    list_entries_for_auditor,
    list_object_history,
    list_own_history,
    list_report_history,
)
from sharing.trail.lines import TrailLine

blueprint = page_blueprint("trail", url_prefix="/trail")
protect(blueprint)
blueprint.app_context_processor(lambda: {"tag_name": tag_name, "door_names": DOORS, "subject_names": SUBJECTS})
NAVIGATION = (
    NavigationItem("trail.index", _l("Trail"), Permission.TRAIL_METADATA.value),
    NavigationItem(
        "trail.own",
        _l("What the hub noted"),
        Permission.TRAIL_OWN.value,
        also=Permission.TRAIL_ORGANIZATION.value,
        now_and_then=True,
    ),
)

MOST_EXPORTED: Final = 50_000
"""Lines of one table; spreadsheet programs still open it, and no organization has so many in a year."""


@blueprint.get("/")
def index() -> str:
    """Every entry, newest first, without a word of content: for auditors."""
    subject = read_subject()
    with the_hub().reading() as session:
        found = list_entries_for_auditor(
            session, current_actor(), before=read_before(), tag=read_tag(), subject=subject
        )
    kept = {name: request.args[name] for name in ("tag", "kind", "subject") if request.args.get(name)}
    return render_template(
        "trail/index.html",
        lines=found.lines,
        tags=list(TAGS.items()),
        chosen=read_tag(),
        subject=subject,
        role_name=lambda role: role_name(Role(role)),
        next_url=address("trail.index", {**kept, "before": found.next}) if found.next else None,
        first_url=address("trail.index", kept) if request.args.get("before") else None,
    )


@blueprint.get("/reports/<uuid:report_id>/")
def report(report_id: UUID) -> str:
    """What happened to a report, for its sender's people and its secretariat."""
    with the_hub().reading() as session:
        found, lines = list_report_history(session, current_actor(), report_id)
    return render_template(
        "trail/report.html",
        report=found,
        lines=lines,
        page_label=found.label,
        page_exercise=found.exercise,
        here=current_actor().organization.id,
    )


@blueprint.get("/objects/<ident>/<stix_id>/")
def object_history(ident: str, stix_id: str) -> str:
    """Which entries published an object, for whoever sees it."""
    with the_hub().reading() as session:
        reader = load_reader(session, current_actor())
        found = load_object(session, reader, ident, stix_id)
        lines = list_object_history(session, reader, found.opened.feed, found.versions)
        item = item_of_row(found.row, load_lists(session))
    log_object(found)
    return render_template(
        "trail/object.html",
        item=item,
        ident=ident_of(found.opened),
        collection_name=collection_name(found.opened),
        lines=lines,
        page_label=item.label,
        page_exercise=item.exercise,
    )


@blueprint.get("/own/")
def own() -> str:
    """What the hub noted of one's organization, or where one may not see that, of oneself."""
    whole, actor = _asks_for_all(), current_actor()
    with the_hub().reading() as session:
        found = list_own_history(session, actor, whole=whole, before=read_before(), tag=read_tag())
    kept = {name: request.args[name] for name in ("of", "tag") if request.args.get(name)}
    return render_template(
        "trail/own.html",
        lines=found.lines,
        tags=list(TAGS.items()),
        chosen=read_tag(),
        whole=whole,
        may_choose=actor.may(Permission.TRAIL_ORGANIZATION) and actor.may(Permission.TRAIL_OWN),
        next_url=address("trail.own", {**kept, "before": found.next}) if found.next else None,
        first_url=address("trail.own", kept) if request.args.get("before") else None,
    )


@blueprint.get("/own/trail.csv")
def own_table() -> Response:
    """The same as a table, whole; the download is recorded."""
    hub, actor, whole = the_hub(), current_actor(), _asks_for_all()
    head = [_("When"), _("What happened"), _("Kind of entry"), _("Who"), _("Organization"), _("Way"), _("Objects")]
    lines = [[*head, _("About"), _("Part of the log"), _("Number in the log"), _("Leaf hash")]]
    before, count = None, 0
    with hub.reading() as session:
        while count < MOST_EXPORTED:
            page = list_own_history(session, actor, whole=whole, before=before, most=WIDE)
            lines += [_row_of(line) for line in page.lines]
            before, count = page.next, count + len(page.lines)
            if before is None:
                break
    told = {"of": "organization" if whole else "account"}
    with hub.writing() as session:
        note_export(session, actor, "trail", told, context=hub.context())
    answer = Response(write_table(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="trail.csv"'
    return answer


@blueprint.get("/find")
def find() -> AnyResponse:
    """From a reference number, as somebody says it on the telephone, to what happened to that report."""
    actor, typed = current_actor(), request.args.get("reference", "")
    with the_hub().reading() as session:
        if actor.may(Permission.TRAIL_METADATA):
            found = find_report_for_auditor(session, actor, typed)
            return see_other("trail.index", kind="report", subject=str(found))
        report, _lines = list_report_history(session, actor, typed)
    return see_other("trail.report", report_id=report.id)


def _asks_for_all() -> bool:
    """Of the organization as a whole, unless only one's own is asked for or open."""
    actor = current_actor()
    only_me = request.args.get("of") == "me" and actor.may(Permission.TRAIL_OWN)
    return actor.may(Permission.TRAIL_ORGANIZATION) and not only_me


def _row_of(line: TrailLine) -> list[object]:
    about = " ".join(f"{kind}:{subject}" for kind, subject in line.subjects)
    place = (line.shard or "", "" if line.index is None else line.index, (line.leaf_hash or b"").hex())
    named = line.organization.name(current_language()) if line.organization else ""
    who = (line.person or "", named, str(DOORS.get(line.door or "", "")))
    cells = (line.at.isoformat(), tag_name(line.tag), line.tag, *who, line.objects, about, *place)
    # What a spreadsheet would take for a formula is kept from being one.
    return [f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t" and cell else cell for cell in cells]


def read_tag() -> str | None:
    """The kind of entry that the list is narrowed to."""
    tag = request.args.get("tag", "")
    return tag if tag in set(Tag) else None


def read_before() -> int | None:
    """Where the page before ended."""
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def read_subject() -> tuple[str, str] | None:
    """The one thing that the list is about."""
    kind, subject = request.args.get("kind", ""), request.args.get("subject", "").strip()
    return (kind[:20], subject[:150]) if kind and subject and "\x00" not in kind + subject else None
