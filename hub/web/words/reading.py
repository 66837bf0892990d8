"""Holds what pages for readers call things: types, reasons, entries of the trail, in the reader's language."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeds.stix.explain import Headline, headline
from hub.i18n import Words, current_language
from hub.web.words.reports import group_name
from models.codelist import Ceptoar
from models.moments import moment_at
from models.report import PolicyVersion
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.errors import NotVisible
from sharing.reading.grants import Row
from sharing.reports.codes import EVENT_TYPES, SECTORS, Named, load_names
from sharing.rules.policy import BadPolicy, OtherRule, ReaderKind, parse_policy
from sharing.trail.history import Reason

TYPES: Mapping[str, Words] = {
    "incident": _l("Incident report"),
    "report": _l("Provision or bulletin"),
    "indicator": _l("Indicator"),
    "note": _l("Note"),
    "vulnerability": _l("Vulnerability"),
    "malware": _l("Malware"),
    "campaign": _l("Campaign"),
    "course-of-action": _l("Countermeasure"),
    "observed-data": _l("Observed data"),
    "sighting": _l("Sighting"),
    "threat-actor": _l("Threat actor"),
    "attack-pattern": _l("Attack pattern"),
    "identity": _l("Organization or person"),
    "relationship": _l("Relationship"),
}
"""Types that a filter offers; any other is shown under its own STIX name."""

_READERS: Mapping[ReaderKind, Words] = {
    ReaderKind.SENDER: _l("the sender's own reporters and approvers"),
    ReaderKind.NAMED: _l("persons and desks that the sender named"),
    ReaderKind.NAMED_ORGANIZATION: _l("the sender's organization and organizations that it named"),
    ReaderKind.OWN_SECRETARIAT: _l("the secretariat of the sender's CEPTOAR"),
    ReaderKind.SAME_SECTOR: _l("operators of the sender's sector"),
    ReaderKind.MINISTRY: _l("the ministry section for the sender's sector"),
    ReaderKind.NCO: _l("the National Cybersecurity Office (NCO)"),
    ReaderKind.LISTED_SECRETARIAT: _l("secretariats that the sender listed"),
    ReaderKind.LISTED_MEMBERS: _l("members of CEPTOARs that the sender listed"),
    ReaderKind.OTHER_SECRETARIATS: _l("secretariats of all CEPTOARs"),
    ReaderKind.OTHER_MEMBERS: _l("members of all CEPTOARs"),
    ReaderKind.COUNCIL: _l("the CEPTOAR Council"),
    ReaderKind.FOREIGN: _l("foreign partners"),
    ReaderKind.PUBLIC: _l("everybody"),
}

_CELLS: Mapping[str, Words] = {
    "yes": _l("may read it"),
    "desk": _l("may read it at their desk only"),
    "anonymised": _l("may read it without the sender's name, unless the sender agreed to be named"),
}

_CONDITIONS: Mapping[str, Words] = {
    "consent": _l("consents"),
    "listed": _l("lists them"),
    "named": _l("names them"),
}
"""What the sender must have done; where a cell names several, all of them."""

_OTHER_RULES: Mapping[OtherRule, Words] = {
    OtherRule.NEWCOMER: _l("Your organization joined later, and was given this of the past."),
    OtherRule.SUCCESSOR: _l("The sender went up in your organization, which was given its reports."),
    OtherRule.ADDRESSED: _l("Its sender addressed it to this group."),
    OtherRule.ENDED: _l("This group holds what ends with it."),
}


class Item(Struct, frozen=True):
    """One object as a line of a page."""

    stix_id: str
    version: str
    title: str
    summary: str
    kind: str
    label: Label
    at: datetime
    sector: str
    event_type: str
    exercise: bool
    revoked: bool
    is_correction: bool = False


class WhyLine(Struct, frozen=True):
    """One reason why the reader sees an object."""

    group: str
    rule: str
    code: str | None
    policy: str | None
    since: datetime


class Lists(Struct, frozen=True):
    """Names of codes in the reader's language, loaded once a page."""

    sectors: Mapping[str, Named]
    event_types: Mapping[str, Named]
    ceptoars: Mapping[str, Named]

    def sector(self, code: str | None) -> str:
        """The name of a sector; an unknown code stays as it is."""
        return _name(self.sectors, code)

    def event_type(self, code: str | None) -> str:
        """The name of an event type; an unknown code stays as it is."""
        return _name(self.event_types, code)


def load_lists(session: Session) -> Lists:
    """The names that pages for readers need."""
    ceptoars = {
        row.code: Named(row.code, row.name_ja, row.name_en) for row in session.execute(select(Ceptoar)).scalars()
    }
    return Lists(load_names(session, SECTORS), load_names(session, EVENT_TYPES), ceptoars)


def read_value(body: bytes) -> dict[str, Any]:
    """A stored object as a value; stored bytes were judged at intake, but a page never fails on them."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def item_of(row: Row, lists: Lists) -> Item:
    """One row as a line of a page, in the reader's language."""
    said = headline(read_value(row.body))
    report = said.report
    return Item(
        stix_id=row.stix_id,
        version=row.version,
        title=title_of(said, lists),
        summary=said.summary if said.summary != said.title else "",
        kind=type_name(row.type),
        label=Label.of_rank(row.label),
        at=moment_at(row.position),
        sector=lists.sector(report.sector) if report else "",
        event_type=lists.event_type(report.event_type) if report else "",
        exercise=bool(row.exercise) or said.exercise,
        revoked=said.revoked,
        is_correction=bool(report and report.correction),
    )


def title_of(said: Headline, lists: Lists) -> str:
    """A report is named by its codes in the reader's language; anything else by what it calls itself."""
    report = said.report
    if report is None or not report.event_type or current_language() == said.language:
        return said.title
    return str(
        _("%(sector)s: %(event)s", sector=lists.sector(report.sector), event=lists.event_type(report.event_type))
    )


def type_name(kind: str) -> str:
    """A type in words, or under its STIX name."""
    return str(TYPES.get(kind, kind))


def why_lines(session: Session, actor: Actor, reasons: Sequence[Reason], lists: Lists, now: datetime) -> list[WhyLine]:
    """The reasons in words."""
    cells = _Cells(session)
    own = actor.organization
    return [
        WhyLine(
            group=_group(each.token, own.id.hex, lists, now),
            rule=cells.words(each.rule, each.policy_version),
            code=each.rule,
            policy=each.policy_version,
            since=each.since,
        )
        for each in reasons
    ]


class _Cells:
    """The cells of the policy versions that reasons name, each version read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: dict[str, Any] = {}

    def words(self, rule: str | None, version: str | None) -> str:
        """A rule such as `same_sector/TLP:GREEN` in words, as that version of the policy had it."""
        reader, _slash, label = (rule or "").partition("/")
        if reader in _OTHER_RULES:
            return str(_OTHER_RULES[OtherRule(reader)])
        try:
            kind, at = ReaderKind(reader), Label(label)
        except ValueError:
            policy = None
        else:
            policy = self._policy(version)
        if policy is None:
            return str(_("This rule has no words here: %(rule)s", rule=rule or "-"))
        return _cell(policy.cell(kind, at).words, at.value, str(_READERS[kind]))

    def _policy(self, version: str | None) -> Any:
        if version is None:
            return None
        if version not in self._read:
            row = self._session.get(PolicyVersion, version)
            try:
                self._read[version] = parse_policy(row.body) if row else None
            except BadPolicy:
                self._read[version] = None
        return self._read[version]


def _cell(words: Collection[str], label: str, reader: str) -> str:
    """Under which conditions these readers read, and what; a cell that gives no other form gives the whole."""
    said = _(" and ").join(str(each) for word, each in _CELLS.items() if word in words) or str(_CELLS["yes"])
    asked = _(" and ").join(str(each) for word, each in _CONDITIONS.items() if word in words)
    if not asked:
        return str(_("At %(label)s, %(reader)s %(said)s.", label=label, reader=reader, said=said))
    return str(
        _(
            "At %(label)s, if the sender %(asked)s, %(reader)s %(said)s.",
            label=label,
            asked=asked,
            reader=reader,
            said=said,
        )
    )


def _group(token: str, own: str, lists: Lists, now: datetime) -> str:
    """A token that the reader holds, as a group that it belongs to."""
    kind, _colon, rest = token.partition(":")
    if kind == "account":
        return str(_("You in person"))
    if kind in {"organization", "reporters", "desk"}:
        mine = {
            "organization": _("Your organization"),
            "reporters": _("Reporters, approvers and coordinators of your organization"),
            "desk": _("The desk of your organization"),
        }
        return mine[kind] if rest.replace("-", "") == own else token
    if kind == "government" and rest != "nco":
        return str(_("Your ministry section for the sector: %(sector)s", sector=lists.sector(rest.partition(":")[2])))
    named = lists.sector(rest) if kind == "sector" else _name(lists.ceptoars, rest)
    return group_name(token, named, now)


def _name(names: Mapping[str, Named], code: str | None) -> str:
    found = names.get(code or "")
    return found.name(current_language()) if found else (code or "")


_PLAIN_ID = re.compile(r"[a-z0-9-]{1,100}--[0-9a-fA-F-]{36}")


def plain_id(text: str) -> str:
    """A STIX id from an address.

    Raises:
        NotVisible: it cannot be one, so there is nothing to see.
    """
    if not _PLAIN_ID.fullmatch(text):
        raise NotVisible("no such object")
    return text
