"""Operation: everything that was published of one report, id by id, with everybody to whom it went.

Only for operations that publish a further version of it and have checked whose report it is.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audience import AudienceToken, Token
from models.grant import Regrant
from models.stix_object import EditionFacts, StixObject

REVOKED: Final = b'"revoked":true'
"""How our own bytes say so; inside a text the quotes would be escaped."""


class Series(Struct, frozen=True):
    """One id by one publisher, as its newest version stands."""

    object_id: int
    stix_id: str
    publisher_id: UUID
    type: str
    version_us: int
    label: int
    fullness: int
    body: bytes
    rules: Mapping[str, str]
    """Token to rule of everybody who was given a version since the last notice of recall, if there was one."""
    facts: Mapping[str, Any] | None
    """What lists know of it, where it stands for the report in its form."""

    @property
    def is_recalled(self) -> bool:
        """Whether its newest version is a notice of recall."""
        return REVOKED in self.body


def list_report_series(session: Session, report_id: UUID) -> list[Series]:
    """Every id that was published of a report, in the order of first publication."""
    query = select(StixObject).where(StixObject.report_id == report_id).order_by(StixObject.version_us, StixObject.id)
    versions: dict[tuple[str, UUID], list[StixObject]] = {}
    for row in session.execute(query).scalars():
        versions.setdefault((row.stix_id, row.publisher_id), []).append(row)
    found = [_series(session, rows) for rows in versions.values()]
    return sorted(found, key=lambda each: (-each.fullness, each.object_id))


def _series(session: Session, rows: list[StixObject]) -> Series:
    newest = rows[-1]
    since = max((place for place, row in enumerate(rows[:-1]) if REVOKED in bytes(row.body)), default=-1) + 1
    facts = session.get(EditionFacts, newest.id)
    return Series(
        newest.id,
        newest.stix_id,
        newest.publisher_id,
        newest.type,
        newest.version_us,
        newest.label,
        newest.fullness,
        bytes(newest.body),
        _rules(session, rows[since:]),
        None if facts is None else {name: getattr(facts, name) for name in _FACTS},
    )


_FACTS: Final = ("report_id", "number", "kind", "sector", "event_type", "service_impact", "noticed_on", "title")


def _rules(session: Session, rows: list[StixObject]) -> dict[str, str]:
    again = select(Regrant.audience_id).where(Regrant.object_id.in_([row.id for row in rows]))
    audiences = {row.audience_id for row in rows} | set(session.execute(again).scalars())
    query = (
        select(Token.name, AudienceToken.rule)
        .join(Token, Token.id == AudienceToken.token_id)
        .where(AudienceToken.audience_id.in_(audiences))
        .order_by(AudienceToken.audience_id, Token.name)
    )
    return {row.name: row.rule for row in session.execute(query)}
