"""Copies of one world, cheap enough to make for each hidden thing: a copied file, or a database from a template."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import ClassVar

from flask import Flask

from crypto.sealing import SecretSealer
from hub.app import create_app
from hub.paper.press import Press
from hub.paper.sheet import Sheet
from hub.wiring import Hub
from models.session import Database
from sharing.units import Units
from tests.factory import World
from tests.harness import postgres, sqlite
from tests.leaks.still import PromptDisclosures


class RememberingPress(Press):
    """The real press, but the same paper is set once for all worlds: the same sheet gives the same bytes, which
    `tests/hub/web/test_paper.py` shows, and thousands of answers hold a few papers.
    """

    papers: ClassVar[dict[tuple[str, datetime], bytes]] = {}

    def set_paper(self, sheet: Sheet) -> bytes:
        """The paper."""
        known = (sheet.to_json(), sheet.at)
        if known not in self.papers:
            self.papers[known] = super().set_paper(sheet)
        return self.papers[known]


class Copy(World):
    """A world as another one was when it was copied, with an application of its own."""

    def __init__(self, base: World, database_url: str, files: Path) -> None:
        self.now = base.now
        units = Units(Database(database_url), self.clock, os.urandom, lambda _session: self._now_us())
        secrets = base.hub.secrets
        # Sealing draws chance of its own; here it is the one that is held still.
        secrets = replace(secrets, seeds=SecretSealer(secrets.seeds.key, os.urandom))
        self.hub = Hub(replace(base.hub.settings, database_url=database_url, attachments=files), secrets, units)
        self.disclosures = PromptDisclosures(units, held=True)
        self.hub.__dict__["disclosures"] = self.disclosures
        self.hub.__dict__["press"] = RememberingPress(None)
        self.ceptoar_sectors = base.ceptoar_sectors
        self._numbers = itertools.count(1_000)
        self.app: Flask = create_app(self.hub)
        self.mails: Mapping[str, Sequence[str]] = {}
        """What came by mail since it was copied, by address."""


@contextmanager
def copied(base: World, folder: Path, server: postgres.Server | None) -> Iterator[Copy]:
    """A copy of a world that nobody is connected to any more."""
    name = f"leaks_{token_hex(6)}"
    source = base.hub.units.database.url.rpartition("/")[2]
    if server is None:
        original = Path(base.hub.units.database.url.removeprefix("sqlite:///"))
        target = folder / f"{name}.sqlite3"
        url = sqlite.copy(original, target)
    else:
        url = server.create_database(name, source)
    files = folder / f"{name}.files"
    shutil.copytree(base.hub.settings.attachments, files)
    copy = Copy(base, url, files)
    try:
        yield copy
    finally:
        copy.close()
        shutil.rmtree(files)
        if server is None:
            for each in folder.glob(f"{name}.sqlite3*"):
                each.unlink()
        else:
            server.drop_database(name)
