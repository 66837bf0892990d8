"""How often filing asks PostgreSQL, alone and as rows of a sheet; and that fewer questions change no answer."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from feeds.forms.batch import BatchRow
from hub.reports.batches import AT_ONCE, Outcome, file_rows
from models.vocabulary import Label
from sharing.reports.approval.proposals import Proposed
from sharing.reports.filing import file_report
from sharing.reports.submissions import Submission
from tests.factory import World
from tests.journeys import Counter
from tests.sharing.reports.conftest import Scene


@pytest.fixture
def scene(postgres_hub_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A fresh hub on PostgreSQL, with everybody in it."""
    made = Scene(World(postgres_hub_url, tmp_path))
    yield made
    made.world.close()


def test_a_report(scene: Scene) -> None:
    """What it rests on, the sender, what texts may name, what is published, its seals, the log: whatever it says."""
    counter, fields = Counter(scene.world), scene.fields()

    def file() -> None:
        with scene.world.writing() as session:
            file_report(
                session,
                scene.hanako,
                fields,
                Submission(uuid4()),
                means=scene.means(),
            )

    assert counter.of(file) <= 10


def test_rows_of_a_sheet(scene: Scene) -> None:
    """Twenty rows share a unit of work: each costs what alone depends on it."""
    said = {"event_type": "E30", "noticed_at": "2026-11-20 11:00", "service_impact": "有"}
    rows = [BatchRow(4 + n, {**said, "summary": f"停止 {n}"}) for n in range(AT_ONCE)]

    def file() -> None:
        for row in rows:
            row.texts["summary"] += "。"
        found = list(file_rows(scene.world.hub, lambda _session: scene.hanako, rows, only_look=False))
        assert [each.outcome for each in found] == [Outcome.FILED] * AT_ONCE

    assert Counter(scene.world).of(file) <= 4 * AT_ONCE + 20


def test_a_proposal_and_its_approval(scene: Scene) -> None:
    """The same organizations are not fetched again, and what is asked for later is not waited for."""
    reports = iter([scene.files(scene.hanako, summary=f"停止 {number}") for number in range(3)])
    proposed: list[Proposed] = []

    def propose() -> None:
        proposed.append(scene.proposes(scene.office, next(reports), Label.GREEN))

    assert Counter(scene.world).of(propose) <= 30
    waiting = iter([(each, scene.looks_at(scene.boss, each.proposal_id).digest) for each in proposed])
    assert Counter(scene.world).of(lambda: scene.approves(scene.boss, *next(waiting))) <= 21
