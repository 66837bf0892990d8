"""Operation: intern tokens and audiences, and gather what the rules need to know of organizations."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.orm import Session

from models.audience import Audience, AudienceToken, Token
from models.codelist import Ceptoar, Sector
from models.organization import Organization
from sharing.errors import NotVisible
from sharing.reading.driver import fetch
from sharing.rules import tokens
from sharing.rules.audience import Sender
from sharing.rules.tokens import OrganizationFacts, World

AT_ONCE: Final = 1_000
"""Organizations of one question; both databases have a limit of parameters."""


_FACTS: Final = (
    Organization.id,
    Organization.tier,
    Organization.sector,
    Organization.ceptoar,
    Organization.ministry,
    Organization.findable,
)
"""The columns of an organization that the rules need, in the order of `OrganizationFacts`."""


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
    ministry = None
    if facts.sector:
        sector = session.get(Sector, facts.sector)
        ministry = sector.ministry if sector else None
    rivals: set[str] = set()
    if facts.sector:
        rivals = {tokens.ceptoar(code) for code in session.scalars(select(Ceptoar.code).filter_by(sector=facts.sector))}
    return Sender(facts.id, facts.sector, facts.ceptoar, ministry, frozenset(rivals))


def load_world(session: Session, names: Iterable[str]) -> World:
    """The organizations that these tokens name, and every CEPTOAR's sector."""
    idents = organizations_of(names)
    organizations: dict[UUID, OrganizationFacts] = {}
    wanted = sorted(idents)
    for start in range(0, len(wanted), AT_ONCE):
        found = select(*_FACTS).where(Organization.id.in_(wanted[start : start + AT_ONCE]))
        organizations |= {row.id: OrganizationFacts(*row) for row in session.execute(found)}
    sectors = session.execute(select(Ceptoar.code, Ceptoar.sector))
    return World(organizations, {row.code: row.sector for row in sectors})


def organizations_of(names: Iterable[str]) -> set[UUID]:
    """The organizations that tokens name."""
    return {ident for ident in map(_organization_of, names) if ident is not None}


def _organization_of(token: str) -> UUID | None:
    kind, _, rest = token.partition(":")
    if kind not in {"organization", "reporters", "desk"}:
        return None
    try:
        return UUID(rest)
    except ValueError:
        return None


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


def audience_digest(rules: Mapping[str, str]) -> bytes:
    """What a set of (token, rule) is known by, in the table and in the entries of what was published to it."""
    return sha256("\n".join(f"{token}\t{rule}" for token, rule in sorted(rules.items())).encode()).digest()


def intern_audience(session: Session, rules: Mapping[str, str]) -> int:
    """The number of a set of (token, rule); the same set is stored once, however many objects it serves."""
    digest = audience_digest(rules)
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
