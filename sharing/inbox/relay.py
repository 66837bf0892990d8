"""Operation: what of a report went on to government: to whom, by which route, under which consent, and their receipt.

Two routes lead there. Direct: the report as filed goes to NCO or the ministry section where its sender consents. By the
CEPTOAR: an edition, mostly without the sender's name, that the sender approved. Both are decided when something is
published; here it is read from the grants that were made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.moments import moment_at
from models.organization import Organization
from models.vocabulary import Form, Label, Tier
from sharing.actor import Actor
from sharing.disclosures import Disclosed, list_disclosures_of_object, list_disclosures_of_report
from sharing.errors import NotVisible
from sharing.permissions import Permission
from sharing.reading.reach import Edition, list_editions, list_reached_classes
from sharing.reports.reading import load_report
from sharing.reports.visible import ReportView, must_keep_inbox
from sharing.rules.tokens import NCO

GOVERNMENT: Final = frozenset({Tier.NCO, Tier.MINISTRY})
_FORMS: Final = {form.fullness: form for form in Form}


@dataclass(frozen=True)
class Relayed:
    """One form of one version, and the authority that it went to."""

    token: str
    """NCO, or the ministry section."""
    form: Form
    label: Label
    number: int
    since: datetime
    by_consent: bool
    """The sender's consent let it go; otherwise its label did."""
    replaced: bool
    """A newer version of the same form has come."""
    received_at: datetime | None
    """When somebody there first opened it."""
    tells_receipt: bool
    """The viewer may know whether it was opened: the sender of the report, or who published the edition."""


class Relay(Struct, frozen=True):
    """What went to government of one report, as one viewer may know."""

    report: ReportView
    lines: tuple[Relayed, ...]
    consents: Mapping[str, bool]
    """`nco` and `ministry`: what the last visible version says."""


def load_relay(session: Session, actor: Actor, report_id: UUID) -> Relay:
    """What of a report went to government, the newest first; for its sender and its secretariat.

    Raises:
        NotVisible: there is no such report for this actor.
        NotPermitted: the actor is neither the sender's nor its secretariat.
    """
    view = load_report(session, actor, report_id)
    if not view.is_own:
        must_keep_inbox(actor)
    numbers = {version.number for version in view.versions}
    highest = Label.RED.rank if view.is_own else Label.AMBER_STRICT.rank
    editions = [each for each in list_editions(session, report_id) if each.number in numbers and each.label <= highest]
    receipts = _receipts(session, actor, view, editions)
    # By what this viewer sees: that a hidden version replaced one is hidden too.
    newest: dict[str, int] = {}
    for each in editions:
        newest[each.stix_id] = max(each.number, newest.get(each.stix_id, 0))
    lines = [
        replace(line, replaced=each.number < newest[each.stix_id])
        for each in reversed(editions)
        for line in _lines(session, each, receipts)
    ]
    fields = view.latest.fields
    return Relay(view, tuple(lines), {"nco": fields.consent_nco, "ministry": fields.consent_ministry})


def _lines(session: Session, edition: Edition, receipts: Mapping[int, Mapping[Tier, datetime] | None]) -> list[Relayed]:
    known = receipts[edition.id]
    found: dict[str, Relayed] = {}
    for reached in list_reached_classes(session, edition.id):
        tier = Tier(reached.tier)
        if tier not in GOVERNMENT or reached.closed:
            continue
        token = NCO if tier is Tier.NCO else f"government:{reached.ministry}:{reached.sector}"
        since = moment_at(reached.since)
        earlier = found.get(token)
        if earlier is not None and earlier.since <= since:
            continue
        found[token] = Relayed(
            token=token,
            form=_FORMS[edition.fullness],
            label=Label.of_rank(edition.label),
            number=edition.number,
            since=since,
            by_consent=edition.label > Label.CLEAR.rank,
            replaced=False,
            received_at=None if known is None else known.get(tier),
            tells_receipt=known is not None,
        )
    return [found[token] for token in sorted(found)]


def _receipts(
    session: Session, actor: Actor, view: ReportView, editions: list[Edition]
) -> dict[int, Mapping[Tier, datetime] | None]:
    """Edition to who of government opened it first when; None where the viewer may not know."""
    if not actor.may(Permission.TRAIL_OWN):
        return {each.id: None for each in editions}
    if view.is_own:
        found = _first(session, list_disclosures_of_report(session, actor, view.id))
        return {each.id: found.get(each.id, {}) for each in editions}
    told: dict[int, Mapping[Tier, datetime] | None] = {}
    for each in editions:
        try:
            found = _first(session, list_disclosures_of_object(session, actor, each.stix_id))
        except NotVisible:  # published in the sender's name: its own ledger tells
            told[each.id] = None
        else:
            told[each.id] = found.get(each.id, {})
    return told


def _first(session: Session, readings: list[Disclosed]) -> dict[int, dict[Tier, datetime]]:
    """Object to tier of government to its first reading."""
    query = select(Organization.id, Organization.tier).where(Organization.tier.in_(list(GOVERNMENT)))
    tiers = {row.id: row.tier for row in session.execute(query)}
    found: dict[int, dict[Tier, datetime]] = {}
    for each in readings:
        tier = tiers.get(each.organization_id) if each.organization_id else None
        if tier is not None:
            first = found.setdefault(each.object_id, {})
            first[tier] = min(each.at, first.get(tier, each.at))
    return found
