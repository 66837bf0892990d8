"""What stays narrow: each sender sees its own, others a number that tells of nobody."""

from __future__ import annotations

import pytest

from models.vocabulary import Label, Role
from sharing.actor import Actor
from sharing.errors import NotPermitted
from sharing.rules.held import LEAST_SENDERS, STEP, protect
from sharing.trail.held import count_held, list_held
from tests.sharing.reports.conftest import Scene, scene

__all__ = ["scene"]


@pytest.mark.parametrize(
    ("reports", "senders", "told"),
    [(4, 4, None), (40, 4, None), (5, 5, 5), (9, 5, 5), (10, 5, 10), (14, 6, 10), (0, 0, None)],
)
def test_small_numbers_are_not_told_and_others_in_steps(reports: int, senders: int, told: int | None) -> None:
    """Fewer than five senders: nothing; else the multiple of five below."""
    assert (LEAST_SENDERS, STEP) == (5, 5)
    assert protect(reports, senders) == told


def test_a_sender_sees_its_own_until_something_goes_wider(scene: Scene) -> None:
    """RED too, the longest first; what was shared at GREEN is not held back."""
    first = scene.files(scene.hanako, label="TLP:RED")
    scene.world.advance(days=40)
    shared = scene.files(scene.hanako)
    scene.files(scene.hanako)
    scene.approves(scene.boss, scene.proposes(scene.office, shared, Label.GREEN))
    with scene.world.reading() as session:
        found = list_held(session, scene.hanako, scene.world.now)
        with pytest.raises(NotPermitted):
            list_held(session, scene.colleague, scene.world.now)
        assert list_held(session, scene.rival_reader, scene.world.now) == []
    assert [(each.label, each.days) for each in found] == [(Label.RED, 40), (Label.AMBER, 0)]
    assert found[0].report_id == first.report_id


def test_beyond_the_sender_only_long_held_amber_is_counted_and_only_of_many(scene: Scene) -> None:
    """Six senders at AMBER are told as five; a stricter one, a young one and an exercise are not counted."""
    reporters = [scene.hanako, scene.rival_reader]
    reporters += [scene.world.person(scene.world.operator(f"事業者{number}"), Role.REPORTER) for number in range(4)]
    for reporter in reporters[:4]:
        scene.files(reporter)
    scene.files(reporters[4], label="TLP:RED")
    scene.files(reporters[4], exercise=True)
    scene.world.advance(days=31)
    with scene.world.reading() as session:
        assert count_held(session, scene.council, scene.world.now) == []
    for reporter in reporters[4:]:
        scene.files(reporter)
    scene.world.advance(days=31)
    with scene.world.reading() as session:
        told = count_held(session, scene.council, scene.world.now)
    assert [(each.sector, each.at_least) for each in told] == [("electricity", 5)]


def told(scene: Scene, actor: Actor) -> list[int | None]:
    """What somebody is told of the one sector."""
    with scene.world.reading() as session:
        return [each.at_least for each in count_held(session, actor, scene.world.now)]


def five_file(scene: Scene) -> None:
    reporters = [scene.hanako, scene.rival_reader]
    reporters += [scene.world.person(scene.world.operator(f"事業者{number}"), Role.REPORTER) for number in range(3)]
    for reporter in reporters:
        scene.files(reporter)


def test_a_sender_does_not_count_itself_among_those_who_hide_the_others(scene: Scene) -> None:
    """Of five senders each saw four others; and with reports of its own it counted them exactly."""
    five_file(scene)
    scene.world.advance(days=31)
    assert told(scene, scene.council) == [5]
    assert told(scene, scene.hanako) == []


def test_a_number_changes_with_the_day_and_not_with_the_minute(scene: Scene) -> None:
    """Thirty days to the second after the fifth report: whoever looked each minute knew when that was filed."""
    five_file(scene)
    scene.world.advance(days=30, minutes=1)
    assert told(scene, scene.council) == []
    scene.world.advance(days=1)
    assert told(scene, scene.council) == [5]
