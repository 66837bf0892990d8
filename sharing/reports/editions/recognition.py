"""Operation: how many operators an anonymised edition could be about, by what it still says; it only warns."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from models.organization import Organization
from models.report import Report
from models.vocabulary import Tier
from sharing.codelists.standing_lists import load_standing_lists
from sharing.reports.editions.hints import Hint, HintKind

FEWEST: Final = 5
"""An edition that could be about fewer operators is warned of: with four, one good guess is a coin tossed twice."""

_REPORTERS: Final = (Tier.OPERATOR, Tier.BODY)
_NARROWING: Final = (
    HintKind.ORGANIZATION,
    HintKind.SERVICE,
    HintKind.AREA,
    HintKind.ADDRESS,
    HintKind.PERSON,
    HintKind.HOST,
    HintKind.USERS,
)
"""What still stands in the texts and tells somebody of the field more than the codes do, the most telling first."""


class Narrowing(Struct, frozen=True):
    """A field that the edition shows, and how many operators are left once it is known."""

    field: str
    name_ja: str
    name_en: str
    left: int

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


class Recognition(Struct, frozen=True):
    """Whom an edition could be about."""

    steps: tuple[Narrowing, ...]
    """From the widest to the narrowest."""
    telling: tuple[tuple[HintKind, int], ...]
    """Kinds of words left in the texts that narrow further, and how often; by how much, no program can count."""

    @property
    def candidates(self) -> int:
        """How many operators it could be, by what can be counted."""
        return self.steps[-1].left if self.steps else 0

    @property
    def is_low(self) -> bool:
        """Fewer than the threshold, or words are left that tell one from all the others."""
        named = {kind for kind, _ in self.telling} & {HintKind.ORGANIZATION, HintKind.SERVICE}
        return self.candidates < FEWEST or bool(named)


def recognise(session: Session, report: Report, hints: Sequence[Hint]) -> Recognition:
    """Count the operators that fit the sector and the CEPTOAR of an edition, and name what narrows them further."""
    return recognise_in(session, (report.sector, report.ceptoar), hints)


def recognise_in(session: Session, filed_in: tuple[str, str], hints: Sequence[Hint]) -> Recognition:
    """As `recognise`, of a report in this sector and CEPTOAR."""
    lists = load_standing_lists(session)
    sector, ceptoar = lists.sectors[filed_in[0]], lists.ceptoars[filed_in[1]]
    in_sector, in_ceptoar = session.execute(
        select(_count(Organization.sector == sector.code), _count(Organization.ceptoar == ceptoar.code))
    ).one()
    steps = (
        Narrowing("sector", sector.ja, sector.en, in_sector),
        Narrowing("ceptoar", ceptoar.ja, ceptoar.en, in_ceptoar),
    )
    kinds: Mapping[HintKind, int] = {kind: sum(each.kind is kind for each in hints) for kind in _NARROWING}
    return Recognition(steps, tuple((kind, count) for kind, count in kinds.items() if count))


def _count(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    query = select(func.count()).select_from(Organization)
    return query.where(Organization.tier.in_(_REPORTERS), Organization.left_at.is_(None), condition).scalar_subquery()
