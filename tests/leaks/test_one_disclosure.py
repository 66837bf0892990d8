"""Whoever reads leaves at most one entry: every route that reads, asked by each reader of the base world."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.audit import AuditEntry
from sharing.audit.tags import Tag
from tests.factory import START
from tests.leaks.pairs import Stage
from tests.leaks.reading_requests import READ_PAGES, READ_REST, READ_TAXII
from tests.leaks.still import standing_still
from tests.leaks.test_leaks import ground_of

READERS = ("power reporter", "rival reader", "grid secretariat", "water secretariat", "nco", "auditor", "nobody")
READING = {Tag.DISCLOSURE, Tag.DIGEST_READ, Tag.EXPORT}
"""What an answer may leave: what was given, that a digest was opened, that a table was taken away."""


def test_an_answer_leaves_at_most_one_disclosure(request: pytest.FixtureRequest) -> None:
    """A range, not rows; and no answer that only reads records anything else."""
    ground = ground_of(request, "sqlite")
    routes = {**READ_TAXII, **READ_REST, **READ_PAGES}
    told: dict[str, list[str]] = {}
    seen: set[str] = set()
    with standing_still(START):
        stage = Stage(ground, ())
        asks = [ask for route, lines in routes.items() for line in lines for ask in line.asks(route, ground.known)]
        with ground.world() as (copy, _):
            copy.disclosures.release()
            last = _last(copy)
            for name in READERS:
                for ask in asks:
                    stage.answer(copy, name, ask, copy.now)
                    copy.disclosures.release()
                    tags = _since(copy, last)
                    last = _last(copy)
                    seen.update(tags)
                    if tags.count(Tag.DISCLOSURE) > 1 or len(set(tags)) != len(tags) or set(tags) - READING:
                        told[f"{name}: {ask}"] = tags
    assert told == {}
    assert seen == READING, "each kind was left by somebody"


def _last(copy: object) -> int:
    with copy.reading() as session:  # type: ignore[attr-defined]
        found = session.execute(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)).scalar_one()
    return int(found)


def _since(copy: object, last: int) -> list[str]:
    with copy.reading() as session:  # type: ignore[attr-defined]
        return list(session.execute(select(AuditEntry.tag).where(AuditEntry.id > last)).scalars())
