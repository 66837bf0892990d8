"""Lists and feeds for people: each report once, in the fullest form that its reader may see."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from models.collection import EXERCISE_FEED
from models.vocabulary import Form, Label
from models.ways import DRIVER
from sharing.errors import BadCursor
from sharing.readers import close_organization_windows
from sharing.reading import editions
from sharing.reading import newest as newest_module
from sharing.reading.driver import fetch
from sharing.reading.editions import EditionFilter
from sharing.reading.newest import Look, newest
from tests.sharing.reading.town import Town

BOTH_FORMS = ((Form.NAMED, Label.AMBER), (Form.ANONYMISED, Label.GREEN))


def titles(town: Town, actor) -> list[str]:
    return [each.title for each in town.editions(actor)]


def feed_titles(town: Town, actor, look: Look | None = None) -> list[str]:
    return [row.body.decode().split('"name": "')[1].split('"')[0] for row in town.feed(actor, look)]


def test_a_report_counts_once_in_its_fullest_form(town: Town):
    """The secretariat sees both editions of one report, and one report; others see the edition that is theirs."""
    town.publish(*BOTH_FORMS)
    assert titles(town, town.grid) == ["named 1"]
    assert titles(town, town.rival) == ["anonymised 1"]
    assert titles(town, town.water) == ["anonymised 1"]
    assert titles(town, town.auditor) == []


def test_the_feed_for_people_shows_the_same(town: Town):
    """The list and the feed agree about which form a reader gets."""
    town.publish(*BOTH_FORMS)
    town.publish((Form.NAMED, Label.AMBER))
    for actor in (town.grid, town.rival, town.water, town.council, town.nco, town.auditor):
        assert feed_titles(town, actor) == titles(town, actor)


def test_a_newer_version_replaces_the_older_for_who_sees_it(town: Town):
    """A follow-up that a reader may not see leaves it with the first report."""
    report = town.publish((Form.ANONYMISED, Label.GREEN))
    town.publish((Form.ANONYMISED, Label.GREEN), report=report, number=2, audience=("secretariat:water",))
    assert titles(town, town.water) == ["anonymised 2"]
    assert titles(town, town.rival) == ["anonymised 1"]


def test_a_list_at_a_position_does_not_change(town: Town):
    """Asked again as of the same position, later versions and reports are not there."""
    report = town.publish((Form.ANONYMISED, Label.GREEN))
    then = town.position(town.water)
    town.advance(minutes=5)
    town.publish((Form.ANONYMISED, Label.GREEN), report=report, number=2)
    town.publish((Form.ANONYMISED, Label.CLEAR))
    assert [each.title for each in town.editions(town.water, as_of=then)] == ["anonymised 1"]
    assert len(town.editions(town.water)) == 2


def test_red_is_in_no_list(town: Town):
    """RED stays on its own page: the report is listed in the form below RED, or not at all."""
    named = f"account:{town.nco.account_id}"
    report = town.publish((Form.NAMED, Label.RED), audience=(named,))
    assert titles(town, town.nco) == []
    town.publish((Form.ANONYMISED, Label.GREEN), report=report, audience=(named, "government:nco"))
    assert titles(town, town.nco) == ["anonymised 1"]


def test_a_report_that_became_red_does_not_live_on_in_its_old_version(town: Town):
    """Whoever sees that it was raised has it in no list any more."""
    report = town.publish((Form.NAMED, Label.AMBER))
    assert titles(town, town.grid) == ["named 1"]
    town.publish((Form.NAMED, Label.RED), report=report, number=2, audience=("secretariat:electricity",))
    assert titles(town, town.grid) == []


def test_exercises_are_in_their_own_feed_only(town: Town):
    """【訓練】 never enters the live feed, its lists or counts."""
    town.publish((Form.ANONYMISED, Label.GREEN), exercise=True)
    assert titles(town, town.water) == []
    assert town.feed(town.water) == []
    assert len(town.feed(town.water, feed=EXERCISE_FEED)) == 1


def test_an_organization_that_left_sees_nothing(town: Town):
    """Leaving closes reading at once; the others' lists stay as they are."""
    town.publish((Form.ANONYMISED, Label.GREEN))
    with town.writing() as session:
        close_organization_windows(session, town.water.organization.id)
    assert titles(town, town.water) == []
    assert titles(town, town.rival) == ["anonymised 1"]


def test_a_newcomer_sees_what_comes_after(town: Town):
    """A window opens at the position of joining."""
    town.publish((Form.ANONYMISED, Label.GREEN))
    late = town.person(town.operator("Late"), *town.rival.roles)
    assert titles(town, late) == []
    town.publish((Form.ANONYMISED, Label.GREEN))
    assert len(titles(town, late)) == 1


def test_filters_choose_among_chosen_editions(town: Town):
    """A filter is asked of the edition that is shown, never of another form of the same report."""
    town.publish(*BOTH_FORMS, event_type="E41")
    town.publish((Form.ANONYMISED, Label.CLEAR), event_type="E30")
    found = town.editions(town.grid, wanted=EditionFilter(labels=(Label.GREEN.rank,)))
    assert found == []
    assert len(town.editions(town.water, wanted=EditionFilter(event_types=("E41",), sectors=("electricity",)))) == 1
    assert town.editions(town.water, wanted=EditionFilter(sectors=("water",))) == []
    assert feed_titles(town, town.grid, Look(labels=(Label.GREEN.rank,))) == []
    assert feed_titles(town, town.water, Look(event_types=("E30",))) == ["anonymised 1"]


def test_the_list_goes_on_where_it_ended(town: Town):
    """`before` and `limit` walk the whole list once."""
    for _ in range(5):
        town.publish((Form.ANONYMISED, Label.GREEN))
    whole = town.editions(town.water)
    first = town.editions(town.water, limit=2)
    rest = town.editions(town.water, wanted=EditionFilter(before=first[-1].position))
    assert first + rest == whole
    assert [each.position for each in whole] == sorted((each.position for each in whole), reverse=True)


def test_pages_of_the_feed_walk_it_backwards_once(town: Town):
    """Newest first, page by page, nothing twice; what is published meanwhile does not push rows to the next page."""
    town.indicator(Label.GREEN, 7)
    with town.reading() as session:
        reader = town.reader(session, town.water)
        first = newest(session, reader, 1, Look(), limit=3, sealer=town.sealer)
    town.indicator(Label.GREEN, 4)
    seen = [row.position for row in first.rows]
    token = first.next
    while token:
        with town.reading() as session:
            got = newest(session, town.reader(session, town.water), 1, Look(), limit=3, token=token, sealer=town.sealer)
        seen += [row.position for row in got.rows]
        token = got.next
    assert len(seen) == 7
    assert seen == sorted(set(seen), reverse=True)
    assert len(town.feed(town.water)) == 11


def test_a_cursor_of_another_reader_is_refused(town: Town):
    """A `next` is its reader's own."""
    town.indicator(Label.GREEN, 3)
    with town.reading() as session:
        got = newest(session, town.reader(session, town.water), 1, Look(), limit=1, sealer=town.sealer)
        with pytest.raises(BadCursor):
            newest(session, town.reader(session, town.grid), 1, Look(), token=got.next, sealer=town.sealer)


def test_dates_and_ids_come_back_alike(town: Town):
    """Both databases give the same kinds of values."""
    report = town.publish((Form.ANONYMISED, Label.GREEN), noticed_on=date(2026, 4, 1), report=uuid4())
    (edition,) = town.editions(town.water)
    assert (edition.noticed_on, edition.report_id, edition.label) == (date(2026, 4, 1), report, Label.GREEN.rank)


def test_reports_are_found_from_the_editions(sqlite_hub_url: str, tmp_path: Path):
    """Counting walks the few editions and looks each up by its object; never the grants of a whole feed."""
    town = Town(sqlite_hub_url, tmp_path)
    asked: dict[str, str] = {}

    def note(session: Session, sql: str, parameters: dict[str, Any]) -> list[Any]:
        plan = session.info[DRIVER].execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
        asked[sql] = "\n".join(step[3] for step in plan)
        return fetch(session, sql, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(editions, "fetch", note)
        patch.setattr(newest_module, "walk", note)
        town.publish(*BOTH_FORMS)
        town.trends(town.grid)
        town.editions(town.grid)
        town.feed(town.grid)
    town.close()
    assert len(asked) == 3
    for sql, plan in asked.items():
        assert "SCAN grants" not in plan, plan
        assert "SCAN o\n" not in plan + "\n", plan
        if "PARTITION" in sql:
            assert "SCAN g\n" not in plan + "\n", plan
            assert "USING COVERING INDEX ix_grants_object" in plan, plan
        else:
            assert "SEARCH grants USING PRIMARY KEY (feed=? AND token_id=? AND position>? AND position<?)" in plan, plan
