"""Lists that every report rests on are read once in a unit of work, and yet never old."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

from models.codelist import Ceptoar, CodeItem, Sector
from sharing.codelists.standing_lists import EVENT_TYPES, load_standing_lists
from tests.factory import World


@pytest.fixture
def world(hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(hub_url, tmp_path)
    yield made
    made.close()


def test_who_changes_a_list_sees_the_change(world: World) -> None:
    """As an object, by a statement, and a row more or less; before it is committed."""
    with world.writing() as session:
        load_standing_lists(session)
        session.get_one(Sector, "water").name_en = "Waters"
        session.flush()
        assert load_standing_lists(session).sectors["water"].en == "Waters"
        session.execute(update(Sector).where(Sector.code == "water").values(ministry="other"))
        assert load_standing_lists(session).sectors["water"].belongs_to == "other"
        new = {"code": "new", "sector": "water", "name_ja": "新", "name_en": "New", "place": 99, "confirmed": True}
        session.execute(insert(Ceptoar), [new])
        assert load_standing_lists(session).sector_of["new"] == "water"
        session.execute(delete(Ceptoar).where(Ceptoar.code == "new"))
        assert "new" not in load_standing_lists(session).ceptoars


def test_the_next_unit_of_work_reads_them_anew(world: World) -> None:
    """What another has changed counts at once, whatever this process remembers."""
    with world.reading() as session:
        assert load_standing_lists(session).sectors["water"].en != "Waters"
    with world.writing() as session:
        session.execute(update(Sector).where(Sector.code == "water").values(name_en="Waters"))
    with world.reading() as session:
        assert load_standing_lists(session).sectors["water"].en == "Waters"


def test_a_code_that_is_still_used_is_named_as_it_is_now(world: World) -> None:
    """A retired version of a list comes behind the one in force; what only it has keeps its name."""
    old = {"list": EVENT_TYPES, "version": "0", "group_ja": "", "group_en": "", "place": 1, "confirmed": True}
    with world.writing() as session:
        for code in ("E30", "E0X"):
            named = {"code": code, "name_ja": "旧", "name_en": "Old", "retired": True}
            session.execute(insert(CodeItem), [{**old, **named}])
        found = load_standing_lists(session).event_types
        assert found["E30"].en != "Old"
        assert found["E0X"].en == "Old"
