"""The scene of reports with files: put on drafts, filed, scanned and looked for in a few words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from sharing.actor import Actor
from sharing.attachments.reading import AttachmentView, list_attachments
from sharing.attachments.scans import Verdict, note_scan
from sharing.attachments.uploads import Limits, NewUpload, Stored, UploadView, begin_upload, finish_upload
from sharing.reports.drafts import save_draft
from sharing.reports.filing import file_report
from sharing.reports.means import Means
from sharing.reports.submissions import FiledReport, Submission
from tests.factory import World
from tests.sharing.reports.conftest import Scene

LIMITS = Limits(1000, 3, 2500)


class Filing(Scene):
    """What people do with files."""

    limits = LIMITS

    def means(self) -> Means:
        """Such limits when filing too."""
        return replace(super().means(), most_files=self.limits.files_each)

    def puts(self, actor: Actor, name: str = "記録.txt", content: bytes = b"log", **more: Any) -> UploadView:
        """A file that is all here at once."""
        scans, draft, kind = more.pop("scans", False), more.pop("draft", None), more.pop("kind", "text")
        new = NewUpload(name, len(content), draft_id=draft, **more)
        with self.world.writing() as session:
            context = self.world.context()
            begun = begin_upload(session, actor, new, uuid4(), limits=self.limits, context=context)
            stored = Stored(len(content), sha256(content).digest(), kind)
            return finish_upload(session, actor, begun.id, stored, scans=scans, context=context)

    def drafts(self, actor: Actor, **values: str) -> UUID:
        """A draft."""
        with self.world.writing() as session:
            typed = {name: [value] for name, value in values.items()}
            return save_draft(session, actor, typed, {}, context=self.world.context()).id

    def files_with(self, actor: Actor, *uploads: UUID, report: UUID | None = None, **fields: Any) -> FiledReport:
        """A report with files."""
        with self.world.writing() as session:
            return file_report(
                session,
                actor,
                self.fields(**fields),
                Submission(uuid4(), report_id=report, uploads=uploads),
                means=self.means(),
            )

    def has(self, actor: Actor, report: FiledReport) -> list[AttachmentView]:
        """The files of a report that somebody may have."""
        with self.world.reading() as session:
            return list_attachments(session, actor, report.report_id, builder=self.builder)

    def names(self, actor: Actor, report: FiledReport) -> list[str]:
        """Their names."""
        return [each.name for each in self.has(actor, report)]

    def scanned(self, ident: UUID, verdict: Verdict, said: str = "") -> None:
        """What the scanner says of a file."""
        with self.world.writing() as session:
            note_scan(session, self.world.command(), ident, verdict, said, context=self.world.context())


@pytest.fixture
def scene(peopled_url: str, tmp_path: Path) -> Iterator[Filing]:
    """A fresh hub with everybody in it."""
    world = World(peopled_url, tmp_path)
    yield Filing(world)
    world.close()
