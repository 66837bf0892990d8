"""Rule: the names of groups of readers, who holds them, and which of two reaches further."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from uuid import UUID

from models.vocabulary import Role, Tier

PUBLIC: Final = "public"
MEMBERS: Final = "members"
SECRETARIATS: Final = "secretariats"
COUNCIL: Final = "council"
FOREIGN: Final = "foreign"
NCO: Final = "government:nco"

CONTENT_ROLES: Final = frozenset(
    {Role.REPORTER, Role.APPROVER, Role.READER, Role.DESK, Role.COORDINATOR, Role.COUNCIL, Role.ANALYST}
)
"""The roles that read. A manager, an auditor and an administrator read no content."""

ROLES_OF_TIER: Final[Mapping[Tier, frozenset[Role]]] = {
    Tier.OPERATOR: frozenset({Role.MANAGER, Role.REPORTER, Role.APPROVER, Role.READER, Role.DESK}),
    Tier.BODY: frozenset({Role.MANAGER, Role.REPORTER, Role.APPROVER, Role.READER, Role.DESK}),
    Tier.CEPTOAR: frozenset({Role.MANAGER, Role.COORDINATOR, Role.READER, Role.DESK}),
    Tier.COUNCIL: frozenset({Role.MANAGER, Role.COUNCIL}),
    Tier.MINISTRY: frozenset({Role.MANAGER, Role.ANALYST, Role.DESK}),
    Tier.NCO: frozenset({Role.MANAGER, Role.ANALYST, Role.DESK}),
    Tier.FOREIGN: frozenset({Role.MANAGER, Role.READER}),
    Tier.AUDITOR: frozenset({Role.MANAGER, Role.AUDITOR}),
    Tier.HUB: frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
}
"""Which roles an organization of a tier can give; none but these, so an administrator's organization has no readers."""

REMEMBERED: Final = 4_096
"""Organizations whose tokens by role a process remembers, keyed by all that they follow from."""

_MEMBER_TIERS: Final = frozenset({Tier.OPERATOR, Tier.BODY, Tier.CEPTOAR})


def sector(code: str) -> str:
    """The operators of a sector."""
    return f"sector:{code}"


def ceptoar(code: str) -> str:
    """The member operators of one CEPTOAR."""
    return f"ceptoar:{code}"


def secretariat(code: str) -> str:
    """The secretariat of one CEPTOAR."""
    return f"secretariat:{code}"


def ministry(code: str, sector_code: str) -> str:
    """The section of a ministry that looks after one sector."""
    return f"government:{code}:{sector_code}"


def organization(ident: UUID) -> str:
    """All readers of one organization."""
    return f"organization:{ident}"


def reporters(ident: UUID) -> str:
    """The reporters and approvers of one organization."""
    return f"reporters:{ident}"


def desk(ident: UUID) -> str:
    """The desk of one organization."""
    return f"desk:{ident}"


def account(ident: UUID) -> str:
    """One person."""
    return f"account:{ident}"


@dataclass(frozen=True)
class OrganizationFacts:
    """What the rules need to know of an organization."""

    id: UUID
    tier: Tier
    sector: str | None = None
    ceptoar: str | None = None
    ministry: str | None = None
    findable: bool = False
    """It lets others know that it takes part."""


@dataclass(frozen=True)
class World:
    """The organizations that tokens can name."""

    organizations: Mapping[UUID, OrganizationFacts] = field(default_factory=dict)


def tokens_of_organization(facts: OrganizationFacts) -> frozenset[str]:
    """Every token that some hat of this organization can hold, but for persons; these get windows when it joins."""
    every = ROLES_OF_TIER[facts.tier] & CONTENT_ROLES
    return tokens_of_roles(facts, every)


def tokens_of_roles(facts: OrganizationFacts, roles: Iterable[Role]) -> frozenset[str]:
    """The tokens that a hat with these roles uses of its organization's."""
    held = frozenset(roles) & CONTENT_ROLES & ROLES_OF_TIER[facts.tier]
    if not held:
        return frozenset()
    found = {PUBLIC, organization(facts.id)}
    if held & {Role.REPORTER, Role.APPROVER, Role.COORDINATOR, Role.ANALYST}:
        found.add(reporters(facts.id))
    if held & {Role.DESK, Role.COORDINATOR}:
        found.add(desk(facts.id))
    return frozenset(found | _group_tokens(facts, held))


def standing_for(facts: OrganizationFacts, token: str) -> str | None:
    """The organization's own token whose holders all hold this group's: none of its people gets more by it.

    All its readers where each of them holds it, else its reporters (and analysts, coordinators); else there is none.
    """
    roles = ROLES_OF_TIER[facts.tier] & CONTENT_ROLES
    for own in (organization(facts.id), reporters(facts.id)):
        holders = [role for role in roles if own in tokens_of_roles(facts, {role})]
        if holders and all(token in tokens_of_roles(facts, {role}) for role in holders):
            return own
    return None


def machine_roles(tier: Tier) -> frozenset[Role]:
    """As what an organization's own machine reads: as a plain reader, or as what stands for one in that tier."""
    given = ROLES_OF_TIER[tier]
    return next((frozenset({role}) for role in (Role.READER, Role.COUNCIL, Role.ANALYST) if role in given), frozenset())


def _group_tokens(facts: OrganizationFacts, held: frozenset[Role]) -> set[str]:
    found: set[str] = set()
    if facts.tier in _MEMBER_TIERS:
        found.add(MEMBERS)
    if facts.tier is Tier.OPERATOR and facts.sector:
        found.add(sector(facts.sector))
    if facts.tier in {Tier.OPERATOR, Tier.BODY} and facts.ceptoar:
        found.add(ceptoar(facts.ceptoar))
    if facts.tier is Tier.CEPTOAR and Role.COORDINATOR in held and facts.ceptoar:
        found |= {SECRETARIATS, secretariat(facts.ceptoar)}
    if facts.tier is Tier.COUNCIL and Role.COUNCIL in held:
        found.add(COUNCIL)
    if Role.ANALYST in held:
        if facts.tier is Tier.NCO:
            found.add(NCO)
        if facts.tier is Tier.MINISTRY and facts.ministry and facts.sector:
            found.add(ministry(facts.ministry, facts.sector))
    if facts.tier is Tier.FOREIGN:
        found.add(FOREIGN)
    return found


def covers(world: World, wide: str, narrow: str) -> bool:
    """Whether every holder of the narrow token holds the wide one too. Unknown means no."""
    if wide in {narrow, PUBLIC}:
        return True
    kind, _, rest = narrow.partition(":")
    if kind in {"organization", "reporters", "desk"}:
        facts = _facts(world, rest)
        return facts is not None and wide in _wider(facts, narrow)
    if kind == "secretariat":
        return wide in {MEMBERS, SECRETARIATS} or _is_secretariat_of(world, wide, rest)
    if kind == "ceptoar":
        return wide == MEMBERS
    return wide == MEMBERS and (kind == "sector" or narrow == SECRETARIATS)


def organization_in(token: str) -> UUID | None:
    """The organization that a token is about, itself or its reporters or desk; None for any other."""
    kind, _, rest = token.partition(":")
    return _read_ident(rest) if kind in {"organization", "reporters", "desk"} else None


@lru_cache(maxsize=4 * REMEMBERED)
def _read_ident(text: str) -> UUID | None:
    """Read once for all the times that a token is looked at while its audience is decided."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _facts(world: World, ident: str) -> OrganizationFacts | None:
    read = _read_ident(ident)
    return None if read is None else world.organizations.get(read)


def _is_secretariat_of(world: World, wide: str, ceptoar_code: str) -> bool:
    kind, _, rest = wide.partition(":")
    facts = _facts(world, rest) if kind == "organization" else None
    return facts is not None and facts.tier is Tier.CEPTOAR and facts.ceptoar == ceptoar_code


@lru_cache(maxsize=REMEMBERED)
def _wider(facts: OrganizationFacts, narrow: str) -> frozenset[str]:
    """The tokens that reach all of an organization, or all of its reporters or desk: what each who holds this holds."""
    own = [held for held in _tokens_by_role(facts) if narrow in held]
    found = frozenset.intersection(*own) if own else frozenset()
    return found if narrow.startswith("organization:") else found | {organization(facts.id)}


@lru_cache(maxsize=REMEMBERED)
def _tokens_by_role(facts: OrganizationFacts) -> tuple[frozenset[str], ...]:
    """The tokens that each role uses which this organization can give; asked again for every token of a list."""
    return tuple(tokens_of_roles(facts, {role}) for role in ROLES_OF_TIER[facts.tier] & CONTENT_ROLES)


def reached_by(world: World, wides: Iterable[str]) -> Callable[[str], bool]:
    """Whether a token is among these, or every holder of it holds one of them; a list of thousands stays linear."""
    known = frozenset(wides)
    groups = [token for token in sorted(known) if _ident_of(token) is None]
    parts: dict[str, list[str]] = {}
    for token in sorted(known):
        parts.setdefault(_ident_of(token) or "", []).append(token)

    def reached(token: str) -> bool:
        if token in known:
            return True
        ident = _ident_of(token)
        others = groups if ident is None else [*groups, *parts.get(ident, ())]
        return any(covers(world, wide, token) for wide in (*others, *_organizations_behind(world, token, parts)))

    return reached


def reduce_tokens(world: World, tokens: Iterable[str]) -> frozenset[str]:
    """The same readers in fewer tokens: one that another covers is left out."""
    every = sorted(set(tokens))
    # Only a group, or another part of the same organization, can cover a token: a list of thousands stays linear.
    idents = {token: _ident_of(token) for token in every}
    groups = [token for token in every if idents[token] is None]
    parts: dict[str, list[str]] = {}
    for token, ident in idents.items():
        parts.setdefault(ident or "", []).append(token)
    kept: list[str] = []
    for token, ident in idents.items():
        if ident is not None and len(parts[ident]) == 1 and _stands_apart(world, token, groups):
            kept.append(token)
            continue
        others = groups if ident is None else [*groups, *parts[ident]]
        others = [*others, *_organizations_behind(world, token, parts)]
        wider = (
            other
            for other in others
            if other != token
            and covers(world, other, token)
            # Two tokens that cover each other name the same readers; the first stays.
            and (other < token or not covers(world, token, other))
        )
        if next(wider, None) is None:
            kept.append(token)
    return frozenset(kept)


def _stands_apart(world: World, token: str, groups: Sequence[str]) -> bool:
    """Whether none of these groups covers a part of an organization, as `covers` would say of each."""
    ident = organization_in(token)
    facts = None if ident is None else world.organizations.get(ident)
    return facts is not None and PUBLIC not in groups and _wider(facts, token).isdisjoint(groups)


def _ident_of(token: str) -> str | None:
    """The organization or person that a token is about; None for a group."""
    kind, _, rest = token.partition(":")
    return rest if kind in {"organization", "reporters", "desk", "account"} else None


def _organizations_behind(world: World, token: str, parts: Mapping[str, list[str]]) -> list[str]:
    """The tokens of the organization that is a CEPTOAR's secretariat: it covers that group."""
    kind, _, code = token.partition(":")
    if kind != "secretariat":
        return []
    offices = [f for f in world.organizations.values() if f.tier is Tier.CEPTOAR and f.ceptoar == code]
    return [token for facts in offices for token in parts.get(str(facts.id), ())]


def narrow_tokens(world: World, audience: Iterable[str], readers: Iterable[str]) -> dict[str, str]:
    """What remains of an audience in a collection with readers of its own: narrowed token to the one it came from.

    Where neither of two tokens covers the other nothing remains of the pair: closed.
    """
    readers = frozenset(readers)
    kept: dict[str, str] = {}
    for token in sorted(set(audience)):
        for reader in sorted(readers):
            if covers(world, reader, token):
                kept.setdefault(token, token)
            elif covers(world, token, reader):
                kept.setdefault(reader, token)
    return kept


def is_token(text: str) -> bool:
    """Whether a text is a token by its grammar; whether anyone holds it is another question."""
    if text in {PUBLIC, MEMBERS, SECRETARIATS, COUNCIL, FOREIGN, NCO}:
        return True
    kind, _, rest = text.partition(":")
    if kind in {"organization", "reporters", "desk", "account"}:
        try:
            return str(UUID(rest)) == rest
        except ValueError:
            return False
    if kind == "government":
        return rest.count(":") == 1 and all(part.replace("-", "").isalnum() for part in rest.split(":"))
    return kind in {"sector", "ceptoar", "secretariat"} and rest.replace("-", "").isalnum()
