"""Operation: the technical part of a report goes out alone, at a wider label, early and without the victim.

It is an edition made of that part alone, and as safe as one: names of the sender and its own systems refuse it, what
may give the sender away is shown before, it goes out in the secretariat's name, under ids and times of its own, and a
change of mind reaches it. Sender and approver are one here: the sender wrote it and chose its label in the same step.
A later version of the report brings a new version of it only where its content or its readers have changed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.canonical import canonical_json
from models.moments import EPOCH, moment_at
from models.organization import Organization
from models.own_systems import OwnSystems
from models.recall import Recall
from models.report import Report, ReportVersion
from models.vocabulary import Form, Label, Tier
from sharing.actor import Actor
from sharing.audiences import load_sender, load_world
from sharing.audit.tags import Tag
from sharing.collections.access import load_sector_collection
from sharing.errors import Fault, Invalid
from sharing.permissions import Permission
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.reading.own import list_own_versions
from sharing.reading.series import Series, list_report_series
from sharing.reports.editions.builder import BuiltObject, EditionBuilder, TechnicalRequest
from sharing.reports.editions.dictionary import audience_name, load_own_dictionary
from sharing.reports.editions.hints import Hint, find_hints
from sharing.reports.editions.making import BuiltForm, named, new_objects, version_times
from sharing.reports.editions.recognition import Recognition, recognise_in
from sharing.reports.editions.redaction import find_names
from sharing.reports.editions.signatures import with_signatures
from sharing.reports.fields import ReportFields, from_document, said_in, to_document
from sharing.reports.means import Means
from sharing.reports.mentions import faults_of, find_stricter
from sharing.reports.pasted import Apart, find_pasted
from sharing.reports.range_changes.held_back import is_held_back
from sharing.reports.ranges import circle_of, consent_of, decide_editions, forms_of, reduced
from sharing.reports.technical_part import says_something, technical_part
from sharing.reports.visible import seen_by_secretariat
from sharing.rules.audience import Sender
from sharing.rules.mentions import Mention
from sharing.rules.policy import Policy

FIELD = "technical_label"
"""Where a door shows what is wrong with sending it alone."""

_NOWHERE = UUID(int=0)
"""Stands for a report that is not filed yet."""


class TechnicalPreview(Struct, frozen=True):
    """What would go out alone, to whom, and what in it may still give the sender away."""

    label: Label
    rules: Mapping[str, str]
    """Token to rule of those who would read it, besides those who read the report."""
    objects: tuple[BuiltObject, ...]
    hints: tuple[Hint, ...]
    recognition: Recognition
    mentions: tuple[Mention, ...]
    digest: bytes
    """Over the content, the readers and the policy: what the sender looked at."""


def preview_technical(
    session: Session,
    actor: Actor,
    fields: ReportFields,
    *,
    filed_in: tuple[str, str],
    of: UUID | None,
    policy: Policy,
    builder: EditionBuilder,
    now: datetime,
) -> TechnicalPreview:
    """What the technical part of a report would be if it went out alone; nothing is written.

    Raises:
        NotPermitted: the actor files no reports.
        Invalid: it names the sender or its systems, says nothing, or reaches nobody new.
    """
    actor.must(Permission.REPORT_FILE)
    check_technical(session, actor, fields, filed_in=filed_in, policy=policy)
    part = technical_part(fields)
    rules = _readers(session, load_sender(session, actor.organization.id, filed_in), fields, policy)
    office = _office(session, filed_in[1])
    assert office is not None
    request = _request(session, of or _NOWHERE, part, office, (now, now))
    known = load_own_dictionary(session, actor.organization.id, audience_name(part.label, rules), builder)
    hints = find_hints(said_in(part), known, keep=_kept(part))
    seen = {"content": to_document(part), "readers": sorted(rules), "policy": policy.version}
    return TechnicalPreview(
        part.label,
        rules,
        builder.build_technical(request),
        hints,
        recognise_in(session, filed_in, hints),
        find_stricter(session, actor, [part], part.label, of=of),
        sha256(canonical_json(seen)).digest(),
    )


def check_technical(
    session: Session, actor: Actor, fields: ReportFields, *, filed_in: tuple[str, str], policy: Policy
) -> None:
    """Refuse to send alone what would tell whose it is.

    Raises:
        Invalid: every place that names the sender or its own systems; or nothing to send, or nobody to read it.
    """
    part = technical_part(fields)
    if not seen_by_secretariat(fields.label):
        raise Invalid(Fault(FIELD, "red-alone", "a report that its secretariat may know of", fields.label.value))
    if not says_something(part):
        raise Invalid(Fault(FIELD, "nothing-technical", "indicators, or another technical field", "nothing"))
    faults = [Fault(each.field, "names-sender", "", each.found) for each in _names(session, actor, part)]
    faults += _own_systems(session, actor.organization.id, part)
    if faults:
        raise Invalid(*faults)
    if _office(session, filed_in[1]) is None:
        raise Invalid(Fault(FIELD, "no-office", "a secretariat in whose name it goes out", "none"))
    if not _readers(session, load_sender(session, actor.organization.id, filed_in), fields, policy):
        raise Invalid(Fault(FIELD, "nobody-new", "a label that reaches somebody new", part.label.value))


def refuse_technical_mentions(session: Session, actor: Actor, fields: ReportFields, *, of: UUID | None) -> None:
    """Ask about what the technical part names that is stricter than it is to be.

    Raises:
        Invalid: each place with what it names.
    """
    part = technical_part(fields)
    found = find_stricter(session, actor, [part], part.label, of=of)
    if found:
        raise Invalid(*faults_of(found, part.label))


def publish_technical(session: Session, actor: Actor, report: Report, version: ReportVersion, *, means: Means) -> bool:
    """Publish the technical part of a version alone; whether there was anything new to publish.

    Under an embargo it waits: whoever ends that publishes it.
    """
    fields = from_document(version.fields)
    office = _office(session, report.ceptoar)
    sender = load_sender(session, report.organization_id, (report.sector, report.ceptoar))
    rules = _readers(session, sender, fields, means.policy)
    if fields.technical_label is None or office is None or not rules or is_held_back(session, report.id):
        return False
    part = technical_part(fields)
    series = {each.stix_id: each for each in list_report_series(session, report.id)}
    main = means.builder.technical_id(report.id)
    last = series.get(main)
    times = version_times([one.version_us for one in list_own_versions(session, office.id, [main])], means.context.now)
    built = means.builder.build_technical(_request(session, report.id, part, office, times))
    if last is not None and _is_same(last, built[0], rules, means.builder):
        return False
    form = BuiltForm(Form.ANONYMISED, part.label, part, rules, built)
    objects = new_objects(report, version.number, [form])
    if last is not None and not last.is_recalled:
        objects += _taken_out(report, last, built, series, modified=times[1], builder=means.builder)
    publication = Publication(
        collection=load_sector_collection(session, report.sector),
        objects=with_signatures(objects, means.builder),
        tag=Tag.EDITION_PUBLISH,
        exercise=report.exercise,
        publisher_id=office.id,
        subjects=[("report", str(report.id)), ("organization", str(report.organization_id))],
        decision=_decision(report, version, part.label) | {"readers": dict(rules)},
    )
    publish(session, actor, publication, policy=means.policy, context=means.context)
    return True


def publish_held_back(session: Session, actor: Actor, report: Report, *, means: Means) -> bool:
    """After an embargo, what the last version says of its technical part; nothing after a change of mind."""
    query = select(ReportVersion).where(ReportVersion.report_id == report.id).order_by(ReportVersion.number.desc())
    version = session.execute(query.limit(1)).scalar_one_or_none()
    if version is None or from_document(version.fields).technical_label is None:
        return False
    changed = select(Recall.id).where(Recall.report_id == report.id, Recall.made_at >= version.filed_at).limit(1)
    if session.execute(changed).first() is not None:
        return False
    return publish_technical(session, actor, report, version, means=means)


def technical_series(report_id: UUID, series: Sequence[Series], builder: EditionBuilder) -> frozenset[str]:
    """Which of the ids that were published of a report belong to its technical part."""
    main = builder.technical_id(report_id)
    found = [builder.technical_ids(each.body) for each in series if each.stix_id == main]
    return found[0] if found else frozenset()


def _request(
    session: Session, report_id: UUID, part: ReportFields, office: Organization, times: tuple[datetime, datetime]
) -> TechnicalRequest:
    """What is to be built of the technical part, in the name of a secretariat; created and modified at these times."""
    created, modified = times
    return TechnicalRequest(
        report_id=report_id,
        label=part.label,
        fields=part,
        publisher=named(session, office.id),
        created=created,
        modified=modified,
    )


def _decision(report: Report, version: ReportVersion, label: Label) -> dict[str, Any]:
    return {"report": str(report.id), "version": str(version.id), "technical": label.value}


def _names(session: Session, actor: Actor, part: ReportFields) -> list[Any]:
    sender = session.get_one(Organization, actor.organization.id)
    return find_names(part, [sender.name_ja, sender.name_en, str(sender.id)])


def _kept(part: ReportFields) -> list[str]:
    """What it names on purpose: indicators and weaknesses."""
    weaknesses = find_pasted(str(part.further.get("vulnerability", "")))
    return [*(each.value for each in part.indicators), *(each.value for each in weaknesses)]


def _own_systems(session: Session, organization_id: UUID, part: ReportFields) -> list[Fault]:
    row = session.get(OwnSystems, organization_id)
    own = tuple(row.lines.splitlines()) if row else ()
    texts = [*said_in(part).items(), *(("indicators", each.value) for each in part.indicators)]
    return [
        Fault(field, "own-system", "nothing of your own systems", found.value)
        for field, text in texts
        for found in find_pasted(text, own)
        if found.apart is Apart.OWN
    ]


def _office(session: Session, ceptoar: str) -> Organization | None:
    """The secretariat in whose name editions of a CEPTOAR's reports go out."""
    query = select(Organization).where(
        Organization.tier == Tier.CEPTOAR, Organization.ceptoar == ceptoar, Organization.left_at.is_(None)
    )
    return session.execute(query.order_by(Organization.joined_at, Organization.id).limit(1)).scalar_one_or_none()


def _readers(session: Session, sender: Sender, fields: ReportFields, policy: Policy) -> dict[str, str]:
    """Those whom `technical_readers` names, in the fewest tokens."""
    rules = technical_readers(sender, fields, technical_part(fields).label, policy)
    return reduced(load_world(session, rules), rules)


def technical_readers(sender: Sender, fields: ReportFields, label: Label, policy: Policy) -> dict[str, str]:
    """Token to rule of those who may read the technical part alone at a label; who reads the report has it there."""
    consent = consent_of(fields)
    decision = decide_editions(policy, sender, consent, label)
    circle = circle_of(policy, sender, consent, fields.label)
    return forms_of(decision, circle, only_anonymised=True).get(Form.ANONYMISED, {})


def _is_same(last: Series, built: BuiltObject, rules: Mapping[str, str], builder: EditionBuilder) -> bool:
    """Whether the last version says the same, and nobody new would read it."""
    at = moment_at(last.version_us)
    return builder.reissued(built.raw, at).raw == last.body and rules.keys() <= last.rules.keys()


def _taken_out(
    report: Report,
    last: Series,
    built: Sequence[BuiltObject],
    series: Mapping[str, Series],
    *,
    modified: datetime,
    builder: EditionBuilder,
) -> list[NewObject]:
    """Notices that what the version before named and this one does not holds no more, to all who were given it."""
    gone = builder.technical_ids(last.body) - {each.stix_id for each in built}
    notices: list[NewObject] = []
    for each in [series[stix_id] for stix_id in sorted(gone & series.keys())]:
        notice = builder.recalled(each.body, modified)
        form = BuiltForm(Form.ANONYMISED, Label.of_rank(each.label), _EMPTY, each.rules, (notice,))
        notices += new_objects(report, 0, [form])
    return notices


_EMPTY = ReportFields(event_type="", noticed_at=EPOCH, service_impact="", summary="", label=Label.RED)
"""Lists know nothing of these objects."""
