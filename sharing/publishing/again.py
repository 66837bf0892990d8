"""Operation: give published objects to further readers, and close them to others, without touching a byte of them.

New readers get them at new positions; what was open until now stays in the ledger. Definitions and identities that an
object names go along, so that nothing it says hangs in the air, unless they were posted as something stricter.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.grant import Regrant
from sharing.actor import Context
from sharing.audiences import intern_audience
from sharing.audit.record import Event, record
from sharing.publishing.nouns import DEFINITIONS
from sharing.reading.closing import close_tokens
from sharing.reading.own import OwnVersion, list_granted_tokens, list_own_versions
from sharing.reading.standing import list_stored
from sharing.rules.following import follows_who_names_it

_NAMED: Final = re.compile(rb'"((?:marking-definition|extension-definition|identity)--[0-9a-f-]{36})"')


@dataclass(frozen=True)
class Regiven:
    """What changes for objects of one publisher in one collection; each with its own readers."""

    publisher_id: UUID
    feed: int
    gaining: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    """Object to (token to rule)."""
    losing: Mapping[int, frozenset[str]] = field(default_factory=dict)


def give_again(session: Session, event: Event, changes: Sequence[Regiven], context: Context) -> int:
    """Record one entry for all these changes, and make them; the caller has decided, and holds the publishers' locks.

    `event` is completed with how many objects go out again.
    """
    wanted = [row for each in changes for row in _regrants(session, each)]
    numbers = {row[0] for row in wanted}
    entry_id = record(session, replace(event, regrants=len(numbers)), context)
    if wanted:
        rows = [
            {
                "entry_id": entry_id,
                "object_id": ident,
                "feed": feed,
                "audience_id": intern_audience(session, rules),
            }
            for ident, feed, rules in wanted
        ]
        session.execute(insert(Regrant), rows)
    session.flush()
    for each in changes:
        groups: dict[frozenset[str], list[int]] = {}
        for ident, names in each.losing.items():
            if names:
                groups.setdefault(names, []).append(ident)
        for names, idents in groups.items():
            close_tokens(session, each.feed, sorted(idents), sorted(names), entry_id)
    return entry_id


def _regrants(session: Session, change: Regiven) -> list[tuple[int, int, dict[str, str]]]:
    rules: dict[int, dict[str, str]] = {ident: dict(given) for ident, given in change.gaining.items() if given}
    for ident, given in _companions(session, change, rules):
        rules[ident] = {**given, **rules.get(ident, {})}
    wanted = frozenset().union(*rules.values())
    granted = list_granted_tokens(session, sorted(rules), change.feed, only=wanted)
    return [
        (ident, change.feed, given)
        for ident, given in sorted(rules.items())
        if not given.keys() <= granted.get(ident, set())
    ]


def _companions(
    session: Session, change: Regiven, rules: Mapping[int, Mapping[str, str]]
) -> Iterable[tuple[int, Mapping[str, str]]]:
    """The publisher's own definitions and identities that the objects name, for those who gain the objects.

    What it posted as something stricter stays with its readers: nobody gains it by something wider that names it.
    """
    naming: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for ident, (label, body) in list_stored(session, sorted(rules)).items():
        for found in set(_NAMED.findall(body)):
            naming.setdefault(found.decode(), []).append((label, rules[ident]))
    if not naming:
        return []
    every = list_own_versions(session, change.publisher_id, sorted(naming))
    own = [each for each in every if each.feed == change.feed]
    floors = _floors(session, [each for each in own if not each.is_edition])
    return [(each.id, _union(naming[each.stix_id], floors.get(each.id, 0))) for each in own]


def _floors(session: Session, posted: Sequence[OwnVersion]) -> dict[int, int]:
    """The least label that something must have to take these along."""
    stored = list_stored(session, [each.id for each in posted])
    return {
        each.id: stored[each.id].label
        for each in posted
        if each.stix_id.partition("--")[0] not in DEFINITIONS or not follows_who_names_it(stored[each.id].body)
    }


def _union(naming: Iterable[tuple[int, Mapping[str, str]]], floor: int) -> dict[str, str]:
    return {token: rule for label, given in naming if label >= floor for token, rule in given.items()}
