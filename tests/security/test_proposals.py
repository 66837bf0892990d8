"""A careless secretariat: what it publishes never goes past what the sender says in the same moment."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest

from models.vocabulary import Label, ProposalState
from sharing.errors import SharingError
from sharing.reports.approval.drafting import Wish
from sharing.reports.approval.proposals import propose
from sharing.reports.filing import file_report
from sharing.reports.reading import load_report
from sharing.reports.submissions import Submission
from tests.sharing.reports.conftest import Scene


@pytest.mark.parametrize("label", ["TLP:RED", "TLP:AMBER"])
def test_a_label_raised_in_the_same_moment_is_not_overtaken(scene: Scene, label: str):
    """The sender raises the label while the secretariat publishes: whoever comes second sees what the first did."""
    filed = scene.files(scene.hanako, label="TLP:GREEN")
    if scene.world.hub.units.database.is_sqlite:
        scene.files(scene.hanako, report=filed.report_id, label=label, kind="follow_up")
        _propose(scene, filed, [])
        assert scene.sees(scene.rival_reader) == ()
        return
    became: list[Any] = []
    fields = scene.fields(label=label, kind="follow_up")
    with scene.world.writing() as session:
        file_report(
            session,
            scene.hanako,
            fields,
            Submission(uuid4(), report_id=filed.report_id),
            means=scene.means(),
        )
        other = threading.Thread(target=_propose, args=(scene, filed, became))
        other.start()
        other.join(1)  # it has read by now, and waits for the report
    other.join(20)
    assert became and became[0] is not ProposalState.APPROVED
    assert scene.sees(scene.rival_reader) == ()


def _propose(scene: Scene, filed: Any, became: list[Any]) -> None:
    try:
        with scene.world.writing() as session:
            load_report(session, scene.office, filed.report_id)  # as the REST door does, from a reference number
            wish = Wish(Label.GREEN, filed.number)
            made = propose(
                session,
                scene.office,
                filed.report_id,
                wish,
                means=scene.means(),
            )
        became.append(made.state)
    except SharingError as error:
        became.append(error)
