"""Operation: what groups of readers are called, and how many organizations hold a token now; each read once."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.codelist import Ceptoar, Sector
from models.organization import Organization
from models.vocabulary import Tier
from sharing.audiences import AT_ONCE, organizations_of
from sharing.rules import tokens

_OF_ONE = frozenset({"organization", "reporters", "desk", "account"})


class GroupNames:
    """Names of tokens and how many organizations hold each."""

    def __init__(self, session: Session, named: Iterable[str] = ()) -> None:
        self._sectors = {row.code: row for row in session.execute(select(Sector)).scalars()}
        self._ceptoars = {row.code: row for row in session.execute(select(Ceptoar)).scalars()}
        self._counts = _count_holders(session)
        wanted = list(named)
        self._organizations = _names_of(session, organizations_of(wanted))
        self._people = _people_of(session, wanted)
        self._sections = {
            tokens.ministry(ministry or "", sector or ""): (ja, en)
            for ministry, sector, ja, en in session.execute(
                select(Organization.ministry, Organization.sector, Organization.name_ja, Organization.name_en)
                .where(Organization.tier == Tier.MINISTRY, Organization.left_at.is_(None))
                .order_by(Organization.joined_at.desc())
            )
        }

    def of(self, token: str) -> tuple[str, str]:
        """The Japanese and English name of the sector, CEPTOAR or organization that a token speaks of; else blanks."""
        kind, _, rest = token.partition(":")
        if kind in {"organization", "reporters", "desk"}:
            return self._organizations.get(rest, ("", ""))
        if kind == "account":
            return self._people.get(rest, ("", ""))
        if kind == "sector":
            return _pair(self._sectors.get(rest))
        if kind in {"ceptoar", "secretariat"}:
            return _pair(self._ceptoars.get(rest))
        return self._sections.get(token, ("", ""))

    def sections(self) -> list[str]:
        """The tokens of the ministry sections that take part."""
        return sorted(self._sections)

    def count(self, token: str) -> int:
        """How many organizations hold a token now."""
        return 1 if token.partition(":")[0] in _OF_ONE else self._counts.get(token, 0)


def _names_of(session: Session, idents: Iterable[UUID]) -> dict[str, tuple[str, str]]:
    """The names of these organizations, asked at once however many there are."""
    wanted = sorted(idents)
    found: dict[str, tuple[str, str]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        columns = (Organization.id, Organization.name_ja, Organization.name_en)
        part = select(*columns).where(Organization.id.in_(wanted[start : start + AT_ONCE]))
        found |= {str(ident): (ja, en) for ident, ja, en in session.execute(part)}
    return found


def _people_of(session: Session, named: Iterable[str]) -> dict[str, tuple[str, str]]:
    idents = [UUID(token.partition(":")[2]) for token in named if token.startswith("account:")]
    if not idents:
        return {}
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(idents)))
    return {str(ident): (name, name) for ident, name in rows}


def _pair(row: Sector | Ceptoar | None) -> tuple[str, str]:
    return (row.name_ja, row.name_en) if row else ("", "")


def _count_holders(session: Session) -> Counter[str]:
    """Organizations by the group tokens that their readers hold; few kinds, however many organizations."""
    kinds = (Organization.tier, Organization.sector, Organization.ceptoar, Organization.ministry)
    query = select(*kinds, func.count()).where(Organization.left_at.is_(None)).group_by(*kinds)
    counts: Counter[str] = Counter()
    for tier, sector, ceptoar, ministry, number in session.execute(query):
        facts = tokens.OrganizationFacts(UUID(int=0), tier, sector, ceptoar, ministry)
        for token in tokens.tokens_of_organization(facts):
            counts[token] += number
    return counts
