"""Operation: what a policy changes of one report that was published under others; nothing is written.

Each version in each form is judged by what its sender said in that very version. Only what stands (the newest version
of an edition, if it is not recalled) is given to further readers, and then the newest version of the report binds too:
consents that were taken back since, a stricter label, an embargo. An edition that the sender approved beyond its label
was approved for exactly its readers, and gains none; nor does a technical part that it let go out alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.moments import moment_at
from models.organization_change import Merger
from models.report import Report, ReportVersion
from models.vocabulary import Form, Label, MoveState
from sharing.audiences import load_sender, load_world
from sharing.reading.standing import Piece, list_audience_tokens, list_granted, list_pieces
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.fields import from_document
from sharing.reports.range_changes.held_back import is_held_back
from sharing.reports.ranges import (
    Consent,
    circle_of,
    consent_of,
    decide_editions,
    forms_of,
    original_label,
    range_of,
)
from sharing.reports.technical import technical_readers
from sharing.rules import tokens
from sharing.rules.audience import Sender
from sharing.rules.policy import Policy
from sharing.rules.redeciding import Again, decide_again, may_gain

COMPANIONS: Final = frozenset({"identity", "marking-definition", "extension-definition"})
"""They say nothing of the report, and follow what names them."""


class PieceChange(Struct, frozen=True):
    """What changes for one version of one object."""

    piece: Piece
    form: Form
    again: Again


class _Judge(Struct, frozen=True):
    """Everything that decides for one report."""

    policy: Policy
    sender: Sender
    versions: Mapping[int, ReportVersion]
    latest: ReportVersion
    held_back: bool
    has_named: bool
    """There is an edition that names the sender, for those who may see it."""

    def allowed(self, main: Piece, form: Form) -> dict[str, str]:
        """Who may go on reading: of a form also those who may see a fuller one."""
        version = self.versions[main.number or 0]
        consent = consent_of(from_document(version.fields))
        if form is Form.ORIGINAL:
            return circle_of(self.policy, self.sender, consent, version.label)
        decision = decide_editions(self.policy, self.sender, consent, Label.of_rank(main.label))
        forms = (Form.NAMED,) if form is Form.NAMED else (Form.NAMED, Form.ANONYMISED)
        return decision.tokens(*forms)

    def offered(self, main: Piece, form: Form) -> dict[str, str]:
        """Who may begin to read it, within everything that the sender has said until now."""
        version, label = self.versions[main.number or 0], Label.of_rank(main.label)
        if self.held_back or (form is not Form.ORIGINAL and label.rank < self._strictest(version).rank):
            return {}
        if form is Form.ORIGINAL and version.number != self.latest.number:
            return {}
        consent = _both(consent_of(from_document(version.fields)), consent_of(from_document(self.latest.fields)))
        if form is Form.ORIGINAL:
            label = original_label(version.label)
            wanted = circle_of(self.policy, self.sender, consent, version.label)
        else:
            circle = circle_of(self.policy, self.sender, consent, version.label)
            decision = decide_editions(self.policy, self.sender, consent, label)
            wanted = forms_of(decision, circle, only_anonymised=not self.has_named).get(form, {})
        bound = range_of(self.sender, consent, label)
        # RED binds by what the sender said, not by the label under which an original is kept.
        bound = replace(bound, label=Label.strictest(label, version.label))
        return {token: rule for token, rule in wanted.items() if may_gain(token, rule, bound, form)}

    def allowed_alone(self, main: Piece) -> dict[str, str]:
        """Who may go on reading a technical part that went out alone, by the version of its report at that time."""
        at = moment_at(main.version_us)
        filed = [number for number, each in self.versions.items() if each.filed_at <= at]
        fields = from_document(self.versions[max(filed, default=min(self.versions))].fields)
        return technical_readers(self.sender, fields, Label.of_rank(main.label), self.policy)

    def _strictest(self, version: ReportVersion) -> Label:
        return Label.strictest(version.label, self.latest.label)


def decide_report(session: Session, report: Report, *, policy: Policy, builder: EditionBuilder) -> list[PieceChange]:
    """What this policy changes of everything that stands published of a report."""
    pieces = standing(list_pieces(session, report.id))
    if not pieces:
        return []
    audiences = list_audience_tokens(session, {each.audience_id for each in pieces})
    granted = list_granted(session, [each.id for each in pieces])
    mains = _mains(pieces, report.id, builder)
    judge = _judge(session, report, mains, policy)
    if judge is None:
        return []
    decided = {ident: (judge.allowed(main, form), judge.offered(main, form)) for ident, (main, form) in mains.items()}
    for ident, main in _alone(pieces, report.id, builder).items():
        mains[ident], decided[ident] = (main, Form.ANONYMISED), (judge.allowed_alone(main), {})
    named = {name for pair in decided.values() for rules in pair for name in rules}
    named |= {name for feeds in granted.values() for names in feeds.values() for name in names}
    world = load_world(session, named)
    newest = {(each.stix_id, each.publisher_id): each.id for each in pieces}
    agreed = _successors(session, report.organization_id)
    changes = []
    for each in pieces:
        of = [
            ident
            for ident, (main, _) in mains.items()
            if main.entry_id == each.entry_id
            and (ident == each.id or audiences[main.audience_id] & audiences[each.audience_id])
        ]
        if not of or each.type in COMPANIONS:
            continue
        allowed = agreed | {token: rule for ident in of for token, rule in decided[ident][0].items()}
        is_newest = newest[each.stix_id, each.publisher_id] == each.id
        offered = {token: rule for ident in of for token, rule in decided[ident][1].items()} if is_newest else {}
        again = decide_again(world, granted.get(each.id, {}).get(each.feed, ()), allowed, offered)
        if again.losing or again.gaining:
            changes.append(PieceChange(each, mains[of[0]][1], again))
    return changes


def _successors(session: Session, organization_id: UUID) -> dict[str, str]:
    """Whom the sender let read its reports before it went up in another organization: no policy takes that back."""
    query = select(Merger.into_id).where(
        Merger.organization_id == organization_id,
        Merger.state == MoveState.DONE,
        Merger.reports_agreed_by.is_not(None),
    )
    return {tokens.reporters(ident): "successor" for ident in session.execute(query).scalars()}


def standing(pieces: Sequence[Piece]) -> list[Piece]:
    """Everything of a report without what a notice of recall has ended, and without the notice."""
    recalled: dict[tuple[str, UUID], int] = {}
    for each in pieces:
        if each.is_recall:
            recalled[each.stix_id, each.publisher_id] = each.version_us
    return [each for each in pieces if each.version_us > recalled.get((each.stix_id, each.publisher_id), -1)]


def _mains(pieces: Sequence[Piece], report_id: UUID, builder: EditionBuilder) -> dict[int, tuple[Piece, Form]]:
    """The objects that stand for the report in a form at a version."""
    forms = {builder.main_id(report_id, form): form for form in Form}
    return {each.id: (each, forms[each.stix_id]) for each in pieces if each.number and each.stix_id in forms}


def _alone(pieces: Sequence[Piece], report_id: UUID, builder: EditionBuilder) -> dict[int, Piece]:
    """The objects that hold the technical part together where it went out alone."""
    main = builder.technical_id(report_id)
    return {each.id: each for each in pieces if each.stix_id == main}


def _judge(session: Session, report: Report, mains: Mapping[int, tuple[Piece, Form]], policy: Policy) -> _Judge | None:
    query = select(ReportVersion).where(ReportVersion.report_id == report.id).order_by(ReportVersion.number)
    versions = {each.number: each for each in session.execute(query).scalars()}
    if not versions or not {main.number for main, _ in mains.values()} <= versions.keys():
        return None  # of what nobody can say what its sender said, nothing is decided again
    return _Judge(
        policy=policy,
        sender=load_sender(session, report.organization_id, (report.sector, report.ceptoar)),
        versions=versions,
        latest=versions[max(versions)],
        held_back=is_held_back(session, report.id),
        has_named=any(form is Form.NAMED for _, form in mains.values()),
    )


def _both(one: Consent, other: Consent) -> Consent:
    """What was said in both versions."""
    return Consent(
        nco=one.nco and other.nco,
        ministry=one.ministry and other.ministry,
        foreign=one.foreign and other.foreign,
        names_sender=one.names_sender and other.names_sender,
        not_public=one.not_public or other.not_public,
        named=one.named & other.named,
    )
