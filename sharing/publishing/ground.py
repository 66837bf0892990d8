"""Operation: what the audience of a publication rests on, fetched with one question; what follows from it is kept.

What is kept is keyed by everything that was fetched, so that a change in the database counts at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from models.vocabulary import Label, Tier
from models.ways import Statement
from sharing.errors import NotVisible
from sharing.reading.driver import fetch_all, uuid_parameter
from sharing.rules.audience import Sender
from sharing.rules.policy import Policy
from sharing.rules.tokens import OrganizationFacts, World

REMEMBERED: Final = 512
"""Publishers and collections whose ground is kept; a hub has some hundreds that post by machine."""

_ORGANIZATION: Final = 0

_SQL: Final = """
    SELECT 0, o.tier, o.sector, o.ceptoar, o.ministry, s.ministry
    FROM organizations o LEFT JOIN sectors s ON s.code = o.sector WHERE o.id = :publisher
    UNION ALL SELECT 1, t.name, NULL, NULL, NULL, NULL
    FROM collection_rights r JOIN tokens t ON t.id = r.token_id WHERE r.feed = :feed AND NOT r.writes
"""


@dataclass(frozen=True)
class Ground:
    """The publisher as the rules know it, the collection's own readers, and the world of the publisher alone."""

    sender: Sender
    readers: frozenset[str]
    world: World
    decided: dict[tuple[int, Label, bool], tuple[Policy, Mapping[str, str]]] = field(default_factory=dict)
    """Audiences decided on this ground alone, by the policy's identity (kept beside it), label and naming."""


def load_ground(session: Session, publisher: UUID, feed: int) -> Ground:
    """What the audience of this publisher's objects in this feed rests on.

    Raises:
        NotVisible: there is no such organization.
    """
    return ground_of(publisher, fetch_all(session, [ask_ground(session, publisher, feed)])[0])


def ask_ground(session: Session, publisher: UUID, feed: int) -> Statement:
    """The question for `ground_of`, to be asked together with others."""
    return Statement(_SQL, {"publisher": uuid_parameter(session, publisher), "feed": feed}, kept=True)


def ground_of(publisher: UUID, rows: Iterable[tuple[Any, ...]]) -> Ground:
    """The ground that the answer to `ask_ground` tells of.

    Raises:
        NotVisible: there is no such organization.
    """
    return _ground(publisher, frozenset(rows))


@lru_cache(maxsize=REMEMBERED)
def _ground(publisher: UUID, rows: frozenset[tuple[Any, ...]]) -> Ground:
    facts: OrganizationFacts | None = None
    sender: Sender | None = None
    readers: set[str] = set()
    for what, first, second, ceptoar, ministry, section in rows:
        if what == _ORGANIZATION:
            facts = OrganizationFacts(publisher, Tier(first), second, ceptoar, ministry)
            sender = Sender(publisher, second, ceptoar, section)
        else:
            readers.add(first)
    if facts is None or sender is None:
        raise NotVisible("no such organization")
    return Ground(sender, frozenset(readers), World({publisher: facts}))
