"""Operation: the disclosure ledger, from both ends: what of a report could go and went to whom, and what one got.

Who asks about its own report is told readers by the one rule of `sharing.shown_readers`. Only the fact is told, never
content: it stays true after somebody has left.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.account import Account
from models.audit import Disclosure
from models.moments import moment_at
from models.report import Report
from models.vocabulary import Door, Form, Label, Tier
from sharing.actor import Actor
from sharing.attachments.names import list_names
from sharing.disclosures import list_readings_of_report
from sharing.errors import NotVisible
from sharing.group_names import GroupNames
from sharing.permissions import Permission
from sharing.reading.driver import as_uuid
from sharing.reading.reach import Edition, ReachedOne, list_editions, list_reached_classes, list_reached_single
from sharing.reports.visible import OWN_ROLES
from sharing.rules import tokens
from sharing.rules.inviting import MEMBER_TIERS
from sharing.rules.knowing import PUBLIC_TIERS, group_of, knows
from sharing.rules.tokens import OrganizationFacts, tokens_of_organization, tokens_of_roles
from sharing.shown_readers import ShownReader, show_readers
from sharing.trail.lines import load_policies

SINGLE_LINES: Final = 100
"""Readers told by name on one page, for each edition."""
RECEIVED_LINES: Final = 50
"""Lines of what the own organization was given, on one page."""

_NOBODY: Final = UUID(int=0)
_FORMS: Final = {form.fullness: form for form in Form}


@dataclass(frozen=True)
class Could:
    """A reader, or several of one group, who could read an edition: since when, until when, by which rule."""

    reader: ShownReader
    organizations: int
    rule: str | None
    since: datetime
    until: datetime | None
    """When it ended; None while it goes on."""
    later: int | None = None
    """The entry by which it was given after its publication, if it was."""
    policy_version: str | None = None
    """Of that entry."""


class EditionReach(Struct, frozen=True):
    """One edition of one version, and who could read it."""

    object_id: int
    form: Form
    label: Label
    number: int
    policy_version: str | None
    replaced: bool
    """A newer version of the same edition has come."""
    lines: tuple[Could, ...]
    next: int | None
    """Where the readers told by name go on."""


class Did(Struct, frozen=True):
    """One reading of a report by a reader, or by somebody of a group."""

    reader: ShownReader
    at: datetime
    door: Door
    by_machine: bool
    form: Form | None
    label: Label | None
    number: int | None
    person: str | None = None
    """Of the own organization only."""
    as_file: bool = False
    """Taken away as a file."""
    file: str | None = None
    """The name of the file that was given, where it was one."""


class Readings(Struct, frozen=True):
    """A page of who read, newest first."""

    lines: tuple[Did, ...]
    next: int | None


class Received(Struct, frozen=True):
    """Something that the own organization was given."""

    id: int
    at: datetime
    door: Door
    person: str | None
    objects: int
    highest: Label


def list_reach(
    session: Session, actor: Actor, report_id: UUID, *, edition: int | None = None, after: int = 0
) -> list[EditionReach]:
    """Who could read each edition of a report of the actor's organization, the newest edition first.

    With `edition` only that one, its readers told by name going on after `after`.

    Raises:
        NotPermitted: the actor does not look at the trail.
        NotVisible: the organization has filed no such report, or there is no such edition of it.
    """
    must_be_senders(session, actor, report_id)
    editions = [each for each in list_editions(session, report_id) if edition in {None, each.id}]
    if edition is not None and not editions:
        raise NotVisible("no such edition")
    policies = load_policies(session, [each.entry_id for each in editions])
    names = GroupNames(session)
    return [
        _reach(session, actor.organization, each, policies.get(each.entry_id), names, after=after)
        for each in reversed(editions)
    ]


def list_readings(session: Session, actor: Actor, report_id: UUID, *, before: int | None = None) -> Readings:
    """Who read a report of the actor's organization, newest first.

    Raises:
        NotPermitted: the actor does not look at the trail.
        NotVisible: the organization has filed no such report.
    """
    must_be_senders(session, actor, report_id)
    found, following = list_readings_of_report(session, actor, report_id, before=before)
    editions = {each.id: each for each in list_editions(session, report_id)}
    shown = show_readers(session, actor.organization, [each.organization_id for each in found if each.organization_id])
    own = [each.account_id for each in found if each.organization_id == actor.organization.id and each.account_id]
    people = _people(session, own)
    files = list_names(session, [each.attachment for each in found if each.attachment])
    lines = []
    for each in found:
        if each.organization_id is None or each.organization_id not in shown:
            continue
        edition = editions.get(each.object_id)
        lines.append(
            Did(
                reader=shown[each.organization_id],
                at=each.at,
                door=each.door,
                by_machine=each.key_id is not None,
                form=_FORMS.get(edition.fullness) if edition else None,
                label=Label.of_rank(edition.label) if edition else None,
                number=edition.number if edition else None,
                person=people.get(each.account_id) if each.account_id else None,
                as_file=each.as_file,
                file=files.get(each.attachment) if each.attachment else None,
            )
        )
    return Readings(tuple(lines), following)


def list_received(session: Session, actor: Actor, *, before: int | None = None) -> tuple[list[Received], int | None]:
    """What the own organization was given, newest first, and where older lines begin.

    What went to the desk, or at RED to a person, is told to those alone, and to who keeps the organization's trail:
    that there was something is as hidden from their colleagues as what it was.

    Raises:
        NotPermitted: the actor does not look at the trail.
    """
    actor.must(Permission.TRAIL_OWN)
    query = select(Disclosure).where(Disclosure.organization_id == actor.organization.id)
    if not actor.may(Permission.TRAIL_ORGANIZATION):
        at_desk = tokens.desk(actor.organization.id) in tokens_of_roles(actor.organization, actor.roles)
        open_to_all = Label.AMBER_STRICT if at_desk else Label.AMBER
        query = query.where(or_(Disclosure.highest <= open_to_all.rank, Disclosure.account_id == actor.account_id))
    if before is not None:
        query = query.where(Disclosure.id < before)
    rows = session.execute(query.order_by(Disclosure.id.desc()).limit(RECEIVED_LINES + 1)).scalars().all()
    shown = rows[:RECEIVED_LINES]
    people = _people(session, [row.account_id for row in shown if row.account_id])
    lines = [
        Received(
            row.id,
            row.at,
            Door(row.door),
            people.get(row.account_id) if row.account_id else None,
            row.count,
            Label.of_rank(row.highest),
        )
        for row in shown
    ]
    return lines, shown[-1].id if len(rows) > RECEIVED_LINES else None


def must_be_senders(session: Session, actor: Actor, report_id: UUID) -> Report:
    """The report, for its sender's reporters and approvers.

    Raises:
        NotPermitted: the actor does not look at the trail.
        NotVisible: the organization has filed no such report, or does not let this actor work on it.
    """
    actor.must(Permission.TRAIL_OWN)
    report = session.get(Report, report_id)
    if report is None or report.organization_id != actor.organization.id or not actor.roles & OWN_ROLES:
        raise NotVisible("no such report")
    return report


def _reach(
    session: Session, viewer: OrganizationFacts, edition: Edition, policy: str | None, names: GroupNames, *, after: int
) -> EditionReach:
    single = _single(session, viewer, edition, after)
    groups = [] if after else _groups(session, viewer, edition, names)
    lines = [*_by_name(session, viewer, single[:SINGLE_LINES]), *groups]
    later = load_policies(session, {line.later for line in lines if line.later is not None})
    return EditionReach(
        object_id=edition.id,
        form=_FORMS[edition.fullness],
        label=Label.of_rank(edition.label),
        number=edition.number,
        policy_version=policy,
        replaced=edition.superseded,
        lines=tuple(
            line if line.later is None else replace(line, policy_version=later.get(line.later)) for line in lines
        ),
        next=single[SINGLE_LINES - 1].window_id if len(single) > SINGLE_LINES else None,
    )


def _groups(session: Session, viewer: OrganizationFacts, edition: Edition, names: GroupNames) -> list[Could]:
    """Those whom the viewer may not know, counted by group, rule and whether it has ended."""
    found: dict[tuple[str, str | None, bool], Could] = {}
    held = tokens_of_organization(viewer)
    for each in list_reached_classes(session, edition.id):
        facts = OrganizationFacts(_NOBODY, Tier(each.tier), each.sector, each.ceptoar, each.ministry, each.findable)
        # Of the own class the own organization is told by name and is one fewer here, where it holds the token at all.
        own = _is_of_class(viewer, facts) and each.token in held
        if knows(viewer, facts):
            continue
        count = each.organizations - (1 if own and not each.closed else 0)
        if count <= 0:
            continue
        token = group_of(facts)
        key = (token, each.rule, each.closed)
        since, until = moment_at(each.since), moment_at(each.last_closed) if each.closed and each.last_closed else None
        earlier = found.get(key)
        if earlier is not None:
            count += earlier.organizations
            since = min(since, earlier.since)
            until = max(until, earlier.until) if until and earlier.until else until
        shown = ShownReader(token, *names.of(token), is_named=False)
        found[key] = Could(shown, count, each.rule, since, until, each.later_entry)
    return sorted(found.values(), key=lambda line: (line.until is not None, line.reader.token, line.rule or ""))


def _is_of_class(viewer: OrganizationFacts, facts: OrganizationFacts) -> bool:
    mine = (viewer.tier, viewer.sector, viewer.ceptoar, viewer.ministry)
    return mine == (facts.tier, facts.sector, facts.ceptoar, facts.ministry)


def _single(session: Session, viewer: OrganizationFacts, edition: Edition, after: int) -> list[ReachedOne]:
    coordinates = viewer.ceptoar if viewer.tier is Tier.CEPTOAR else None
    return list_reached_single(
        session,
        edition.id,
        own=viewer.id,
        ceptoar=coordinates,
        tiers=sorted(tier.value for tier in PUBLIC_TIERS),
        members=sorted(tier.value for tier in MEMBER_TIERS),
        after=after,
        most=SINGLE_LINES + 1,
    )


def _by_name(session: Session, viewer: OrganizationFacts, single: Sequence[ReachedOne]) -> list[Could]:
    """One line a reader: of several ways by which it could read the first; ended only when all have."""
    idents = {ident for each in single if (ident := as_uuid(each.organization_id)) is not None}
    shown = show_readers(session, viewer, idents)
    persons = GroupNames(session, [each.token for each in single if each.token.startswith("account:")])
    found: dict[str, Could] = {}
    for each in single:
        ident = as_uuid(each.organization_id)
        reader = shown.get(ident) if ident else ShownReader(each.token, *persons.of(each.token), is_named=True)
        if reader is None or not reader.is_named:
            continue
        until = None if each.closed is None else moment_at(each.closed)
        line = Could(reader, 1, each.rule, moment_at(each.since), until, each.later_entry)
        earlier = found.get(reader.token)
        if earlier is not None:
            first = min((earlier, line), key=lambda one: one.since)
            ended = None if earlier.until is None or until is None else max(earlier.until, until)
            line = Could(reader, 1, first.rule, first.since, ended, first.later)
        found[reader.token] = line
    return list(found.values())


def _people(session: Session, accounts: Iterable[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(sorted(set(accounts)))))
    return dict(rows.all())
