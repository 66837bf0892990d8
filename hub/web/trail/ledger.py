"""A door for senders and readers: who could read a report and who did; what the own organization was given."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.i18n import current_language
from hub.reports.places import Place, open_place, seal_place
from hub.web.frame.file_names import labelled_name
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint
from hub.web.lines.report_words import report_words
from hub.web.words import reports as words
from hub.web.words.mail import MATTERS
from hub.web.words.names import group_namer, load_words
from hub.web.words.policy import rule_words
from models.vocabulary import Label
from sharing.errors import BadCursor
from sharing.mails.told import Told, list_told
from sharing.permissions import Permission
from sharing.rules.spreadsheets import write_table
from sharing.trail.exports import note_export
from sharing.trail.held import MOST_HELD, count_held, list_held
from sharing.trail.ledger import Could, Did, EditionReach, list_reach, list_readings, list_received, must_be_senders

blueprint = page_blueprint("ledger", url_prefix="/ledger")
protect(blueprint)
blueprint.context_processor(report_words)
blueprint.context_processor(lambda: {"rule_words": rule_words})
NAVIGATION = (
    Item("ledger.received", _l("What we were given"), Permission.TRAIL_OWN.value, now_and_then=True),
    Item("ledger.held", _l("What stays narrow"), Permission.REPORT_FILE.value, now_and_then=True),
)

MOST_EXPORTED = 20_000
"""Lines of one export; a report that more than these have read is exported in parts of time."""


@blueprint.get("/")
def received() -> str:
    """What the own organization was given, and by whom of it: what its senders see of it too."""
    with the_hub().reading() as session:
        before = _read_place("before", Place.RECEIVED)
        lines, following = list_received(session, current_actor(), before=before)
    older = _sealed(Place.RECEIVED, following)
    return render_template("ledger/received.html", lines=lines, following=older, first=before is None)


@blueprint.get("/held/")
def held() -> str:
    """What of one's own stays narrow and for how long; of others only protected numbers."""
    hub, actor = the_hub(), current_actor()
    now = hub.clock()
    with hub.reading() as session:
        mine = list_held(session, actor, now) if actor.may(Permission.REPORT_FILE) else None
        numbers = count_held(session, actor, now)
        sectors = load_words(session)
    label = Label.strictest(*(each.label for each in mine)) if mine else None
    cut = mine is not None and len(mine) >= MOST_HELD
    return render_template("ledger/held.html", mine=mine, numbers=numbers, names=sectors, page_label=label, cut=cut)


@blueprint.get("/reports/<uuid:report_id>/")
def report(report_id: UUID) -> str:
    """Who could read a report of the own organization since when, and who did."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        found = must_be_senders(session, actor, report_id)
        before, after = _read_place("before", Place.READINGS), _read_place("after", Place.READERS)
        reached = list_reach(session, actor, report_id, edition=_read_place("edition", Place.EDITION), after=after or 0)
        readings = list_readings(session, actor, report_id, before=before)
        told = list_told(session, actor, report_id)
        reference, label, exercise = found.reference, found.label, found.exercise
    return render_template(
        "ledger/report.html",
        report_id=report_id,
        reference=reference,
        page_label=label,
        page_exercise=exercise,
        editions=reached,
        readings=readings,
        older=_sealed(Place.READINGS, readings.next),
        sealed=_sealed,
        told=told,
        matters=MATTERS,
        first=before is None and after is None,
        group=group_namer(hub),
    )


@blueprint.get("/reports/<uuid:report_id>/ledger.csv")
def export(report_id: UUID) -> Response:
    """The same as a table for the sender's own records; its name says the label."""
    hub, actor = the_hub(), current_actor()
    lines: list[Sequence[object]] = []
    with hub.reading() as session:
        found = must_be_senders(session, actor, report_id)
        name = labelled_name(found.label, hub.clock(), f"{found.reference}-ledger", "csv")
        lines.append([found.label.value])
        head = [
            _("Reader"),
            _("Organizations"),
            _("Version"),
            _("Form"),
            _("Label"),
            _("Could read from"),
            _("Could read until"),
            _("Rule"),
        ]
        lines.append([*head, _("Sharing policy")])
        for edition in list_reach(session, actor, report_id):
            lines += _could_rows(edition)
        lines.append([])
        lines.append([_("Reader"), _("Person"), _("Read at"), _("Way"), _("Version"), _("Form"), _("Label")])
        before, count = None, 0
        while count < MOST_EXPORTED:
            page = list_readings(session, actor, report_id, before=before)
            lines += [_did_row(each) for each in page.lines]
            before, count = page.next, count + len(page.lines)
            if before is None:
                break
        lines.append([])
        lines.append([_("Told by mail"), _("Person"), _("Told by mail at"), _("What it was about")])
        lines += [_told_row(each) for each in list_told(session, actor, report_id)]
    with hub.writing() as session:
        note_export(session, actor, "ledger", {"report": str(report_id)}, context=hub.context())
    answer = Response(write_table(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _read_place(name: str, kind: Place) -> int | None:
    """Where the page before ended; what cannot be read begins at the first."""
    try:
        return open_place(the_hub(), current_actor(), kind, request.args.get(name, ""))
    except BadCursor:
        return None


def _sealed(kind: str, number: int | None) -> str | None:
    return None if number is None else seal_place(the_hub(), current_actor(), Place(kind), number)


def _could_rows(edition: EditionReach) -> list[list[str]]:
    return [
        [
            _reader(line),
            str(line.organizations),
            str(edition.number),
            str(words.FORMS[edition.form]),
            edition.label.value,
            line.since.isoformat(),
            line.until.isoformat() if line.until else "",
            line.rule or "",
            line.policy_version or edition.policy_version or "",
        ]
        for line in edition.lines
    ]


def _did_row(line: Did) -> list[str]:
    return [
        _reader(line),
        line.person or "",
        line.at.isoformat(),
        f"{words.DOORS[line.door]} {_('(as a file)')}" if line.as_file else str(words.DOORS[line.door]),
        str(line.number or ""),
        str(words.FORMS[line.form]) if line.form else "",
        line.label.value if line.label else "",
    ]


def _told_row(line: Told) -> list[str]:
    return [_reader(line), line.person or "", line.at.isoformat(), str(MATTERS[line.matter])]


def _reader(line: Could | Did | Told) -> str:
    """The name of a reader; what a spreadsheet would take for a formula is kept from being one."""
    name = group_namer(the_hub())(line.reader.token, line.reader.name(current_language()))
    return f"'{name}" if str(name)[:1] in "=+-@\t" else str(name)
