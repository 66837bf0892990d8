"""A door for readers and auditors: what happened to a report or an object, and every entry for who checks the log."""

from uuid import UUID

from flask import render_template, request
from flask_babel import lazy_gettext as _l

from hub.web.feed import address, collection_name, ident_of, load_object, log_object
from hub.web.guard import current_actor, protect, the_hub
from hub.web.names import role_name
from hub.web.navigation import Item as NavigationItem
from hub.web.pages import page_blueprint
from hub.web.reading_words import item_of as item_of_row
from hub.web.reading_words import load_lists
from hub.web.trail_words import DOORS, SUBJECTS, TAGS, tag_name
from models.vocabulary import Role
from sharing.audit.tags import Tag
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.trail import list_entries_for_auditor, list_object_history, list_report_history

blueprint = page_blueprint("trail", url_prefix="/trail")
protect(blueprint)
blueprint.app_context_processor(lambda: {"tag_name": tag_name, "door_names": DOORS, "subject_names": SUBJECTS})
NAVIGATION = (NavigationItem("trail.index", _l("Trail"), Permission.TRAIL_METADATA.value),)


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
