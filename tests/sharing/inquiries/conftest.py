"""An edition that the water sector reads, and the verbs of a question about it in a few words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.collection import INBOX_FEED
from models.vocabulary import AskerShown, Form, InquiryEnd, InquiryWords, Label, Role
from sharing.actor import Actor
from sharing.inquiries import answering, asking
from sharing.inquiries.listing import InquiryLine, list_inquiries
from sharing.inquiries.texts import Said
from sharing.inquiries.visible import InquiryView, load_inquiry
from sharing.reports.submissions import FiledReport
from tests.factory import World
from tests.sharing.reports.conftest import Scene

QUESTION = "予備系への切替えにどれほどかかりましたか。"
ANSWER = "切替えに3時間を要しました。手順書が古かったためです。"


class Asking(Scene):
    """The scene of reports, with an anonymised edition at GREEN and somebody of the water sector who asks."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.asker = world.person(self.water, Role.REPORTER, name="Mizuho")
        self.report: FiledReport = self.files(self.hanako, summary="制御系の監視端末が応答しない。")
        world.advance(seconds=2)
        self.approves(self.boss, self.proposes(self.office, self.report, Label.GREEN))
        world.advance(seconds=2)
        self.edition = self.builder.main_id(self.report.report_id, Form.ANONYMISED)

    def asks(self, actor: Actor, text: str = QUESTION, label: Label = Label.GREEN, **more: Any) -> UUID:
        shown = more.pop("shown", AskerShown.NOTHING)
        about = (more.pop("about", self.edition), INBOX_FEED)
        said = Said(text, label, more.pop("keep_mentions", False))
        with self.world.writing() as session:
            return asking.ask(
                session,
                actor,
                about,
                said,
                shown,
                context=self.world.context(),
                sealer=self.world.hub.secrets.cursor,
                builder=self.builder,
            )

    def asks_back(self, actor: Actor, text: str = QUESTION, label: Label = Label.AMBER) -> UUID:
        with self.world.writing() as session:
            return asking.ask_back(
                session, actor, self.report.report_id, Said(text, label), context=self.world.context()
            )

    def passes(self, inquiry: UUID, text: str = QUESTION, label: Label = Label.GREEN) -> None:
        self._does(answering.pass_on, self.office, inquiry, Said(text, label))

    def answers(self, inquiry: UUID, text: str = ANSWER, label: Label = Label.AMBER) -> None:
        self._does(answering.answer, self.hanako, inquiry, Said(text, label))

    def declines(self, inquiry: UUID, reason: str) -> None:
        self._does(answering.decline, self.hanako, inquiry, reason)

    def puts(self, inquiry: UUID, text: str = ANSWER, label: Label = Label.GREEN, **more: Any) -> None:
        """The secretariat proposes the exact answer."""
        said = Said(text, label, **more)
        self._does(answering.propose_answer, self.office, inquiry, said, builder=self.builder)

    def allows(self, inquiry: UUID, actor: Actor | None = None, digest: bytes | None = None) -> None:
        """The sender approves what it looks at."""
        last = self.opens(self.boss, inquiry).messages[-1]
        self._does(answering.approve_answer, actor or self.boss, inquiry, digest or last.digest)

    def rejects(self, inquiry: UUID, reason: str) -> None:
        self._does(answering.refuse_answer, self.boss, inquiry, reason)

    def releases(self, inquiry: UUID) -> None:
        last = self.opens(self.office, inquiry).last(InquiryWords.PROPOSAL)
        self._does(answering.release_answer, self.office, inquiry, last.digest if last and last.digest else b"")

    def closes(self, actor: Actor, inquiry: UUID, ending: InquiryEnd) -> None:
        self._does(answering.close_inquiry, actor, inquiry, ending)

    def opens(self, actor: Actor, inquiry: UUID) -> InquiryView:
        world = self.world
        with world.reading() as session:
            return load_inquiry(session, actor, inquiry, now=world.now, sealer=world.hub.secrets.cursor)

    def lists(self, actor: Actor) -> list[InquiryLine]:
        with self.world.reading() as session:
            return list_inquiries(session, actor, now=self.world.now)

    def _does(self, operation: Any, actor: Actor, inquiry: UUID, *said: Any, **more: Any) -> None:
        self.world.advance(seconds=60)
        with self.world.writing() as session:
            operation(session, actor, inquiry, *said, context=self.world.context(), **more)


@pytest.fixture
def scene(peopled_url: str, tmp_path: Path) -> Iterator[Asking]:
    """A fresh hub with everybody in it, and the edition."""
    world = World(peopled_url, tmp_path)
    yield Asking(world)
    world.close()
