"""The hub as it runs: a process of its own sends what is due, by its settings, and says so in its trail."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select

from hub.settings_reading import load_settings
from hub.wiring import open_hub
from models.account import Account
from models.audit import AuditEntry
from models.vocabulary import AccountState, Door
from sharing.actor import Actor
from sharing.mails.addresses import set_address
from sharing.setup import hub_facts
from tests.harness import processes
from tests.hub.mail.conftest import SENDER
from tests.hub.mail.server import MailServer

PATIENCE = 60.0
"""Seconds; the bell rings every ten."""


def test_a_hub_that_runs_sends_its_mail(
    tmp_path: Path, server: MailServer, serve: Callable[..., processes.HubProcess]
) -> None:
    """A person names an address while no hub runs; the code is there soon after one does."""
    data = processes.copy_new_hub(tmp_path / "data")
    hub = open_hub(load_settings(data, environ={}))
    ident = uuid4()
    person = Actor(ident, None, hub_facts(), frozenset(), Door.WEB)
    with hub.writing() as session:
        session.add(
            Account(
                id=ident,
                username="hanako",
                display_name="Hanako",
                locale="en",
                state=AccountState.ACTIVE,
                created_at=datetime.now(UTC),
            )
        )
        session.flush()
        set_address(session, person, "hanako@example.jp", sealer=hub.secrets.seeds, context=hub.context())
    settings = {"HOST": "127.0.0.1", "PORT": str(server.port), "SECURITY": "none"}
    env = {f"CEPTOAR_HUB_SMTP_{name}": value for name, value in settings.items()}
    serve(data, env={**env, "CEPTOAR_HUB_MAIL_FROM": SENDER})
    until = time.monotonic() + PATIENCE
    while not server.mails and time.monotonic() < until:
        time.sleep(0.2)
    ((to, mail),) = server.taken()
    assert (to, mail["Subject"]) == ("hanako@example.jp", "Code to confirm your mail address")
    while time.monotonic() < until:
        with hub.reading() as session:
            if session.execute(select(AuditEntry.id).where(AuditEntry.tag == "mail:mail:send")).first():
                break
        time.sleep(0.2)
    else:
        raise AssertionError("expected an entry of the mail that was sent, found none")
    hub.close()
