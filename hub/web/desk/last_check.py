"""Holds the last page before an edition is proposed or published: everything that decides, on one page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import Session

from hub.i18n import Words
from hub.web.frame.guard import current_actor, the_hub
from hub.web.reporting.edition_pages import read_form
from hub.web.words.names import CodeWords, group_namer, load_words
from hub.web.words.reports import FIELDS
from models.forms import InAnonymised, liaison_form
from models.vocabulary import Form
from sharing.errors import Conflict, Fault, Invalid
from sharing.reports.approval.drafting import ProposalDraft, Wish, draft_proposal
from sharing.reports.fields import ALL_TEXTS, ReportFields, text_of, to_document
from sharing.reports.preview import readers_of
from sharing.reports.range_changes.held_back import load_active
from sharing.reports.visible import ReportView

NOT_CARRIED = frozenset({"csrf_token", "acting_as", "do", "seen", "phrase", "phrase_into"})
"""Controls of the page before that the last one does not send on."""
_CONSENTS = (
    *("consent_nco", "consent_ministry", "consent_foreign", "consent_police"),
    *("name_to_sector", "not_for_publication", "not_for_supervision"),
)


class LastCheck(Struct, frozen=True):
    """The page, and whether what it shows was looked at before it was sent."""

    page: str
    was_seen: bool


class Redaction(Struct, frozen=True):
    """A text of the sender and what stands in the edition instead."""

    label: Words
    was: str
    now: str


def draft_of(session: Session, view: ReportView, wish: Wish) -> tuple[ProposalDraft | None, tuple[Fault, ...]]:
    """What a wish leads to, or what is wrong with it."""
    hub = the_hub()
    try:
        return draft_proposal(
            session,
            current_actor(),
            view.id,
            wish,
            means=hub.means(session),
        ), ()
    except Invalid as error:
        return None, error.faults
    except Conflict:
        return None, (Fault("number", "stale"),)


def look_last(view: ReportView, wish: Wish) -> LastCheck | None:
    """The last page; None while something is still wrong, which the page before shows at its place."""
    hub = the_hub()
    with hub.reading() as session:
        draft, _faults = draft_of(session, view, wish)
        if draft is None or draft.findings or draft.mentions:
            return None
        names = load_words(session)
        viewer = current_actor().organization
        forms = [(read_form(each, names), readers_of(session, each.rules, viewer)) for each in draft.forms]
        held_until = max((each.until_at for each in load_active(session, view.id)), default=None)
    seen = draft.seen.hex()
    page = render_template(
        "secretariat/check.html",
        report=view,
        draft=draft,
        forms=forms,
        redactions=_redactions(draft),
        dropped=_dropped(view.latest.fields) if _anonymised(draft) else (),
        left_out=sorted(wish.left_out),
        consents=[(FIELDS[name], getattr(view.latest.fields, name)) for name in _CONSENTS],
        collection=_collection(names, view),
        next_step=_next_step(draft, held_until),
        held_until=held_until,
        carried=[pair for pair in request.form.items(multi=True) if pair[0] not in NOT_CARRIED],
        seen=seen,
        changed="seen" in request.form and request.form["seen"] != seen,
        kept_mentions=wish.keep_mentions,
        group=group_namer(hub),
    )
    return LastCheck(page, request.form.get("seen") == seen)


def _anonymised(draft: ProposalDraft) -> ReportFields | None:
    return next((each.fields for each in draft.forms if each.form is Form.ANONYMISED), None)


def _redactions(draft: ProposalDraft) -> Sequence[Redaction]:
    shown = _anonymised(draft)
    if shown is None:
        return ()
    said = draft.version.fields
    pairs = [(name, text_of(said, name), text_of(shown, name)) for name in ALL_TEXTS]
    return [Redaction(FIELDS[name], was, now) for name, was, now in pairs if was != now]


def _dropped(fields: ReportFields) -> Sequence[Words]:
    """What the sender said and an anonymised edition leaves out, or tells by its size alone."""
    document: dict[str, Any] = to_document(fields)
    said = {name for name, value in {**document, **fields.further}.items() if value}
    asked = liaison_form().fields
    return [FIELDS[name] for name, each in asked.items() if each.anonymised is not InAnonymised.KEEP and name in said]


def _collection(names: CodeWords, view: ReportView) -> str:
    return str(_("Feed of the sector: %(name)s", name=names("sectors", view.sector) or view.sector))


def _next_step(draft: ProposalDraft, held_until: datetime | None) -> str:
    if draft.wider:
        return str(_("It is wider than the sender's label: it goes out when an approver of the sender agrees."))
    if held_until is not None:
        return str(_("Within the sender's label. It goes out when the embargo ends."))
    return str(_("Within the sender's label. It goes out at once."))
