"""Operation: intern tokens and audiences, and gather what the rules need to know of organizations."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.orm import Session

from models.audience import Audience, AudienceToken, Token
from models.organization import Organization
from models.vocabulary import Tier
from models.ways import Statement
from sharing.codelists.standing_lists import load_standing_lists
from sharing.errors import NotVisible
from sharing.reading.driver import fetch, is_sqlite, uuid_parameter
from sharing.rules import tokens
from sharing.rules.audience import Sender
from sharing.rules.tokens import OrganizationFacts, World

AT_ONCE: Final = 1_000
"""Organizations of one question; both databases have a limit of parameters."""


_COLUMNS: Final = "o.id, o.tier, o.sector, o.ceptoar, o.ministry, o.findable"
"""The columns of an organization that the rules need, in the order of `OrganizationFacts`."""
_FACTS_SQLITE: Final = f"SELECT {_COLUMNS} FROM json_each(:ids) j CROSS JOIN organizations o ON o.id = j.value"
_FACTS_POSTGRES: Final = f"SELECT {_COLUMNS} FROM organizations o WHERE o.id = ANY((:ids)::uuid[])"


def facts_of(organization: Organization) -> OrganizationFacts:
    """What the rules need of an organization's row."""
    return OrganizationFacts(
        organization.id,
        organization.tier,
        organization.sector,
        organization.ceptoar,
        organization.ministry,
        organization.findable,
    )


def load_organization_facts(session: Session, organization_id: UUID) -> OrganizationFacts:
    """The facts of one organization.

    Raises:
        NotVisible: there is no such organization.
    """
    organization = session.get(Organization, organization_id)
    if organization is None:
        raise NotVisible("no such organization")
    return facts_of(organization)


def load_sender(session: Session, organization_id: UUID, filed_in: tuple[str, str] | None = None) -> Sender:
    """Whose report it is, as the audience rule wants it.

    `filed_in` is the sector and CEPTOAR in which the report was filed: they stay its own where the sender has moved on.
    """
    facts = load_organization_facts(session, organization_id)
    if filed_in is not None:
        facts = replace(facts, sector=filed_in[0], ceptoar=filed_in[1])
    lists = load_standing_lists(session)
    sector = lists.sectors.get(facts.sector or "")
    rivals = {tokens.ceptoar(code) for code, each in lists.sector_of.items() if each == facts.sector}
    ministry = sector.belongs_to if sector else None
    return Sender(facts.id, facts.sector, facts.ceptoar, ministry, frozenset(rivals))


def load_world(session: Session, names: Iterable[str]) -> World:
    """The organizations that these tokens name."""
    return World(_facts(session, organizations_of(names)))


def _facts(session: Session, idents: Collection[UUID]) -> dict[UUID, OrganizationFacts]:
    if len(idents) == 1:  # mostly the sender's own, which the session holds
        found = session.get(Organization, next(iter(idents)))
        return {} if found is None else {found.id: facts_of(found)}
    if session.autoflush:
        session.flush()  # what follows speaks to the driver
    rows: list[tuple[Any, ...]] = []
    wanted = list(idents)
    for start in range(0, len(wanted), AT_ONCE):
        part = [uuid_parameter(session, each) for each in wanted[start : start + AT_ONCE]]
        if is_sqlite(session):
            rows += fetch(session, _FACTS_SQLITE, {"ids": json.dumps(part)})
        else:
            rows += fetch(session, _FACTS_POSTGRES, {"ids": part}, kept=True)
    return {facts.id: facts for facts in map(_facts_of_row, rows)}


@lru_cache(maxsize=tokens.REMEMBERED)
def _facts_of_row(row: tuple[Any, ...]) -> OrganizationFacts:
    ident, tier, sector, ceptoar, ministry, findable = row
    return OrganizationFacts(UUID(str(ident)), Tier(tier), sector, ceptoar, ministry, bool(findable))


def organizations_of(names: Iterable[str]) -> set[UUID]:
    """The organizations that tokens name."""
    return {ident for ident in map(tokens.organization_in, names) if ident is not None}


def intern_tokens(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The number of each token; new names get one."""
    wanted = sorted(set(names))
    found = _numbers(session, wanted)
    missing = [name for name in wanted if name not in found]
    if missing:
        _insert_ignoring(session, Token, [{"name": name} for name in missing])
        found = _numbers(session, wanted)
    return found


def _numbers(session: Session, names: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(names), AT_ONCE):
        part = select(Token.name, Token.id).where(Token.name.in_(names[start : start + AT_ONCE]))
        found |= {row.name: row.id for row in session.execute(part)}
    return found


_AUDIENCE: Final = "SELECT id FROM audiences WHERE digest = :digest"
_WITH_TOKENS: Final = (
    "SELECT a.id, t.token_id FROM audiences a LEFT JOIN audience_tokens t ON t.audience_id = a.id"
    " WHERE a.digest = :digest"
)


def audience_digest(rules: Mapping[str, str]) -> bytes:
    """What a set of (token, rule) is known by, in the table and in the entries of what was published to it."""
    return sha256("\n".join(f"{token}\t{rule}" for token, rule in sorted(rules.items())).encode()).digest()


class Interned(NamedTuple):
    """What is kept of a set of (token, rule): its number, and the numbers of its tokens."""

    number: int
    tokens: tuple[int, ...]


def ask_audience(digest: bytes) -> Statement:
    """The question for `interned_of`, to be asked together with others."""
    return Statement(_WITH_TOKENS, {"digest": digest}, kept=True)


def interned_of(rows: Sequence[tuple[Any, ...]]) -> Interned | None:
    """What the answer to `ask_audience` tells; None where there is no such audience yet."""
    return Interned(rows[0][0], tuple(row[1] for row in rows if row[1] is not None)) if rows else None


def intern_audience(session: Session, rules: Mapping[str, str], digest: bytes = b"") -> int:
    """The number of a set of (token, rule); the same set is stored once, however many objects it serves.

    Whoever knows its digest may say it.
    """
    digest = digest or audience_digest(rules)
    # Asked each time: a number that a process remembered would mean another audience once a backup is restored.
    found = fetch(session, _AUDIENCE, {"digest": digest}, kept=True)
    if found:
        return int(found[0][0])
    _insert_ignoring(session, Audience, [{"digest": digest}])
    audience_id = session.execute(select(Audience.id).where(Audience.digest == digest)).scalar_one()
    numbers = intern_tokens(session, rules)
    rows = [{"audience_id": audience_id, "token_id": numbers[token], "rule": rule} for token, rule in rules.items()]
    if rows:
        _insert_ignoring(session, AudienceToken, rows)
    return audience_id


def _insert_ignoring(session: Session, table: type, rows: list[dict[str, object]]) -> None:
    """Insert what is not there; on PostgreSQL somebody else may be doing the same right now."""
    statement = insert(table)
    if session.get_bind().dialect.name == "postgresql":
        statement = insert_postgres(table).on_conflict_do_nothing()
    session.execute(statement, rows)
