"""What tests of the REST door ask in common."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from tests.hub.api.conftest import Place

PROBLEM = "application/problem+json"


def disclosures(place: Place) -> list[Any]:
    place.world.hub.disclosures.close()
    with place.world.reading() as session:
        rows = session.execute(text("SELECT door, count, highest, filters FROM disclosures ORDER BY id"))
        return [tuple(row) for row in rows]
