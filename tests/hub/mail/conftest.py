"""A sector whose hub has a mail server."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from hub.scheduler.ticks import Ticks
from models.collection import INBOX_FEED
from sharing.actor import Actor
from sharing.disclosures import shown_of
from sharing.readers import load_reader
from sharing.reading.page import page
from sharing.reading.question import Question
from tests.factory import World
from tests.hub.mail.server import MailServer, mail_server
from tests.sharing.mails.steps import confirms
from tests.sharing.reports.conftest import Scene

SENDER = "hub@hub.example"
EVERYTHING = Question()
BASE = "https://hub.example"


class Told:
    """A scene in which people are told by mail."""

    def __init__(self, scene: Scene, server: MailServer) -> None:
        self.scene, self.world, self.server = scene, scene.world, server
        self.ticks = Ticks(scene.world.hub, "here")
        self.ticks.lease()

    def wants(self, actor: Actor, name: str, **more: Any) -> str:
        """A person with a confirmed address; what was sent for that is gone."""
        address = f"{name}@example.jp"
        confirms(self.world, actor, address, **more)
        self.rings()
        self.server.taken()
        return address

    def rings(self, **step: float) -> list[tuple[str, EmailMessage]]:
        """The bells ring, some time passes (a minute), they ring again; what came meanwhile."""
        self.ticks.lease()
        self.ticks.due()
        self.world.advance(**(step or {"minutes": 1}))
        self.ticks.lease()
        self.ticks.mails()
        return self.server.taken()

    def reads(self, actor: Actor) -> None:
        """An actor reads its whole inbox, and that is logged."""
        with self.world.reading() as session:
            reader = load_reader(session, actor)
            found = page(session, reader, INBOX_FEED, EVERYTHING, sealer=self.world.hub.secrets.cursor)
        self.world.hub.disclosures.log(
            shown_of(actor, INBOX_FEED, found.rows, EVERYTHING, what="page", at=self.world.now)
        )
        self.world.hub.disclosures.close()


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def told(peopled_url: str, tmp_path: Path, server: MailServer) -> Iterator[Told]:
    """Everybody, and a hub that sends mail."""
    world = World(
        peopled_url,
        tmp_path,
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security="none",
        smtp_seconds=5,
        mail_from=SENDER,
        base_url=BASE,
    )
    yield Told(Scene(world), server)
    world.close()


def texts(message: EmailMessage) -> str:
    """All that a recipient sees: subject, both forms."""
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    return "\n".join([str(message["Subject"]), plain.get_content(), page.get_content()])
