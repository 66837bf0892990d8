"""A door for those who report: write, follow up, look who will read it, and decide on proposals to share it wider."""

from functools import partial
from uuid import UUID

from flask import Flask, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.list_pages import next_url, read_mark, read_status
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.frame.shell import shell_of
from hub.web.lines.report_words import report_words
from hub.web.reporting.report_form import read_lists
from hub.web.reporting.report_pages import load_report_page, show_proposal
from hub.web.reporting.write_page import Writing, preview_of_form
from hub.web.reporting.writing import form_page
from hub.web.words.names import group_namer, load_words
from hub.web.words.reports import CODED, FIELDS, fault_words
from hub.web.words.shipped import shipped_word
from models.vocabulary import Label, ProposalState, ReportKind
from sharing.audit.receipts import find_entry_of_report
from sharing.errors import Conflict, Invalid, NotVisible
from sharing.permissions import Permission
from sharing.reports.approval.approvals import approve_proposal, load_proposal, refuse_proposal
from sharing.reports.ranges import Consent
from sharing.reports.reading import LIST_LIMIT, Sieve, list_reports_of_sender, list_waiting_proposals, load_report

blueprint = page_blueprint("reports", url_prefix="/reports")
protect(blueprint)
blueprint.context_processor(report_words)
NAVIGATION = (
    Item("reports.index", _l("Our reports"), Permission.REPORT_FILE.value),
    Item("reports.write", _l("Write a report"), Permission.REPORT_FILE.value),
)


def install(app: Flask) -> None:
    """Tell the frame what the fields of our forms are called, and what is chosen there."""
    shell_of(app).field_labels |= dict(FIELDS)
    shell_of(app).field_words |= {name: partial(shipped_word, of) for name, of in CODED.items()}


@blueprint.get("/")
def index() -> str:
    """The reports of one's own organization."""
    sieve = Sieve(status=read_status())
    with the_hub().reading() as session:
        found = list_reports_of_sender(session, current_actor(), sieve, before=read_mark())
        names = load_words(session)
    return render_template("reports/index.html", found=found, sieve=sieve, names=names, next_url=next_url(found))


@blueprint.get("/find")
def find() -> Response:
    """From a reference number, as somebody says it on the telephone, to the report."""
    with the_hub().reading() as session:
        view = load_report(session, current_actor(), request.args.get("reference", ""))
    return see_other("reports.show", report_id=view.id)


@blueprint.route("/new", methods=["GET", "POST"])
def write() -> ResponseReturnValue:
    """Write a first report or a near miss."""
    return form_page(Writing(None, short=request.args.get("kind") == ReportKind.NEAR_MISS.value))


@blueprint.route("/<uuid:report_id>/follow-up", methods=["GET", "POST"])
def follow_up(report_id: UUID) -> ResponseReturnValue:
    """Write the next version, beginning with what the last one said."""
    with the_hub().reading() as session:
        view = load_report(session, current_actor(), report_id)
    if not view.is_own:
        raise NotVisible("no such report of this organization")
    return form_page(Writing(view))


@blueprint.get("/preview")
def preview() -> str:
    """Who would read it, for the script that asks while the form is filled in."""
    ticked = {name for name in request.args if request.args[name] == "1"}
    consent = Consent(
        "nco" in ticked, "ministry" in ticked, "foreign" in ticked, "named" in ticked, "not_public" in ticked
    )
    lists = read_lists(request.args.getlist("list"))
    try:
        label = Label(request.args.get("label", ""))
    except ValueError:
        label = Label.AMBER
    return render_template(
        "reports/preview.html",
        preview=preview_of_form(label, consent, lists, _report_of(request.args.get("report", ""))),
        group=group_namer(the_hub()),
    )


@blueprint.get("/<uuid:report_id>/")
def show(report_id: UUID) -> str:
    """A report as filed, with all versions that the viewer may see, and what became of it."""
    page = load_report_page(the_hub(), current_actor(), report_id)
    return render_template("reports/report.html", **page)


@blueprint.get("/<uuid:report_id>/receipt/<int:number>")
def receipt(report_id: UUID, number: int) -> str:
    """受付証: the reference number, big enough to be read out."""
    with the_hub().reading() as session:
        view = load_report(session, current_actor(), report_id)
        version = next((each for each in view.versions if each.number == number), None)
        if version is None or not view.is_own:
            raise NotVisible("no such version")
        names = load_words(session)
        proven = find_entry_of_report(session, current_actor(), view.id, version.id) is not None
    return render_template("reports/receipt.html", report=view, version=version, names=names, proven=proven)


@blueprint.get("/proposals/")
def proposals() -> str:
    """What waits for the sender's approval."""
    with the_hub().reading() as session:
        found = list_waiting_proposals(session, current_actor())
        names = load_words(session)
    strictest = Label.strictest(*(line.label for _, line in found)) if found else None
    return render_template("reports/proposals.html", found=found, most=LIST_LIMIT, names=names, strictest=strictest)


@blueprint.get("/proposals/<uuid:proposal_id>/")
def proposal(proposal_id: UUID) -> str:
    """Exactly what would go out, and to whom."""
    return show_proposal(the_hub(), current_actor(), proposal_id)


@blueprint.post("/proposals/<uuid:proposal_id>/approve")
def approve(proposal_id: UUID) -> ResponseReturnValue:
    """Publish exactly these bytes."""
    hub = the_hub()
    try:
        digest = bytes.fromhex(request.form.get("digest", ""))
        with hub.writing() as session:
            state = approve_proposal(
                session,
                current_actor(),
                proposal_id,
                digest,
                means=hub.means(session),
            )
    except (Conflict, ValueError):
        flash(*_why_not_approved(proposal_id))
        return see_other("reports.proposal", proposal_id=proposal_id)
    if state is ProposalState.EMBARGOED:
        flash(_("Approved. The edition goes out when the embargo ends."), "success")
    else:
        flash(_("Approved. The edition is published."), "success")
    return see_other("reports.proposal", proposal_id=proposal_id)


def _why_not_approved(proposal_id: UUID) -> tuple[str, str]:
    """Who approves twice is not told that nothing was published."""
    hub = the_hub()
    with hub.reading() as session:
        found = load_proposal(
            session,
            current_actor(),
            proposal_id,
            now=hub.clock(),
            policy=hub.policy(session),
            builder=hub.editions,
        )
    if found.state in {ProposalState.APPROVED, ProposalState.EMBARGOED}:
        return _("It was approved before; nothing went out a second time."), "info"
    return _("Nothing was published: what you looked at is no longer what is proposed. Please look again."), "warning"


@blueprint.post("/proposals/<uuid:proposal_id>/refuse")
def refuse(proposal_id: UUID) -> ResponseReturnValue:
    """Refuse with a reason that the secretariat reads."""
    hub, reason = the_hub(), request.form.get("reason", "")
    try:
        with hub.writing() as session:
            refuse_proposal(session, current_actor(), proposal_id, reason, context=hub.context())
    except Invalid as error:
        words = [fault_words(fault) for fault in error.faults]
        return show_proposal(hub, current_actor(), proposal_id, reason=reason, wrong=words), 422
    except Conflict:
        flash(_("This proposal was decided before, or something newer has taken its place."), "warning")
        return see_other("reports.proposal", proposal_id=proposal_id)
    flash(_("Refused. The secretariat reads your reason."), "success")
    return see_other("reports.proposal", proposal_id=proposal_id)


def _report_of(text: str) -> UUID | None:
    """Of which report the form is a further version; None for a new one."""
    try:
        return UUID(text)
    except ValueError:
        return None
