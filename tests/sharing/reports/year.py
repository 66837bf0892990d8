"""A year of reports of which every choice is drawn, for what must hold whatever happened."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from models.vocabulary import Label, Role
from sharing.actor import Actor
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.inbox.triage import merge_reports
from sharing.reports.drafts import save_draft
from sharing.reports.means import Means
from sharing.reports.range_changes.recalls import withdraw_report
from sharing.reports.submissions import FiledReport
from tests.sharing.reports.conftest import Scene

_UNFIT = (Conflict, Invalid, NotPermitted, NotVisible, IndexError, ValueError)
"""Nothing comes of it; there may be nothing yet to go on with."""
LABELS = (*Label, Label.AMBER, Label.AMBER, Label.AMBER_STRICT)
"""As often as each is drawn."""


@dataclass
class Filed:
    """A report, as it was filed last."""

    actor: Actor
    exercise: bool
    label: Label
    last: FiledReport


class Year:
    """A year of two sectors, of which every choice is drawn."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self._draw = scene, Random(seed)
        self.water_reporter = scene.world.person(scene.water, Role.REPORTER)
        self._filed: list[Filed] = []
        self.done: set[str] = set()
        self.titles: list[str] = []

    def passes(self, steps: int) -> None:
        """Reports are filed, go on under other labels, are merged, shared and withdrawn, and some are never sent."""
        often = [self._file, self._follow, self._merge, self._propose]
        acts = (*often * 2, self._file, self._file, self._withdraw, self._draft)
        for number in range(steps):
            self.scene.world.advance(minutes=1)
            act = self._draw.choice(acts)
            title = f"{len(self._filed)}-{number}番目の変電所が停止している。"
            with suppress(*_UNFIT):
                act(title)
                self.done.add(act.__name__)
                self.titles.append(title)

    def _file(self, title: str) -> None:
        actor = self._draw.choice((self.scene.hanako, self.scene.hanako, self.scene.rival_reader, self.water_reporter))
        exercise, label = self._draw.random() < 0.1, self._draw.choice(LABELS)
        self._filed.append(Filed(actor, exercise, label, self._files(actor, title, label, exercise=exercise)))

    def _follow(self, title: str) -> None:
        known, label = self._draw.choice(self._filed), self._draw.choice(LABELS)
        report, exercise = known.last.report_id, known.exercise
        known.last = self._files(known.actor, title, label, report=report, kind="follow_up", exercise=exercise)
        known.label = label

    def _files(self, actor: Actor, title: str, label: Label, **fields: Any) -> FiledReport:
        return self.scene.files(actor, summary=title, label=label.value, keep_mentions=True, **fields)

    def _merge(self, title: str) -> None:
        there = [each for each in self._filed if each.actor is not self.water_reporter and not each.exercise]
        one, other = self._draw.sample([each.last for each in there if each.label is not Label.RED], 2)
        with self.scene.world.writing() as session:
            merge_reports(session, self.scene.office, one.report_id, other.reference, context=self._context())

    def _propose(self, title: str) -> None:
        """Shared wider, in other words."""
        own = [each for each in self._filed if each.actor is self.scene.hanako and each.label.rank > Label.GREEN.rank]
        edited = {"summary": f"{title}表現を改めた。"}
        last = self._draw.choice(own).last
        proposed = self.scene.proposes(self.scene.office, last, Label.GREEN, edited_texts=edited, keep_mentions=True)
        self.titles.append(edited["summary"])
        with suppress(Conflict):  # within the sender's range it needs no approval
            self.scene.approves(self.scene.boss, proposed)

    def _withdraw(self, title: str) -> None:
        filed = self._draw.choice(self._filed)
        means = Means(self._context(), self.scene.policy, self.scene.builder)
        with self.scene.world.writing() as session:
            withdraw_report(session, filed.actor, filed.last.report_id, "誤って送った。", means=means)

    def _draft(self, title: str) -> None:
        with self.scene.world.writing() as session:
            save_draft(session, self.scene.hanako, {"summary": [title]}, {}, draft_id=None, context=self._context())

    def _context(self) -> Any:
        return self.scene.world.context()
