"""Joins the parts: settings, keys, database, clock and rules become one hub that every door is given."""

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crypto.promise import Promise, sign_promise
from hub.attachments.store import AttachmentFiles
from hub.keys.secrets import Secrets, SecretsError, load_secrets
from hub.log.tilefiles import TileFiles
from hub.paper.press import Press
from hub.process.traffic import Traffic
from hub.programs.noting import Notes
from hub.settings import Settings
from models.audit import LogState
from models.bilingual import Both, said_by
from models.session import Database, schema_problem
from sharing.actor import Context
from sharing.attachments.uploads import Limits
from sharing.audit.receipts import promise_recorded
from sharing.audit.state import load_log_head
from sharing.audit.tiles import Roots
from sharing.disclosures import Disclosures
from sharing.habits import Habits
from sharing.reading.driver import fetch
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.means import Means
from sharing.rules.policy import Policy, default_policy, parse_policy
from sharing.units import Units

_NO_HUB: Final = Both(
    "the database holds no hub yet: run `ceptoar-hub init`",
    "データベースにまだハブがありません。「ceptoar-hub init」を実行してください。",
)


class NotReady(Exception):
    """The hub cannot start; each problem says what to do."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True)
class Hub:
    """Everything that a door needs; made once a process."""

    settings: Settings
    secrets: Secrets = field(repr=False)
    units: Units = field(repr=False)

    @property
    def session_key(self) -> bytes:
        """The key that signs session cookies."""
        return self.secrets.session_key

    @cached_property
    def disclosures(self) -> Disclosures:
        """The log of disclosures, one for all doors of a process."""
        return Disclosures(self.units)

    @cached_property
    def notes(self) -> Notes:
        """What keys asked lately, noted by this process."""
        return Notes(self.units)

    @cached_property
    def traffic(self) -> Traffic:
        """When somebody was last worked for; made before the workers divide, which share it."""
        return Traffic()

    @cached_property
    def habits(self) -> Habits:
        """What programs ask each time they come to this process."""
        return Habits()

    @cached_property
    def editions(self) -> EditionBuilder:
        """Writes the forms of reports."""
        from feeds.editions.builder import StixEditions  # noqa: PLC0415  a process that only reads never needs it

        return StixEditions(self.secrets.edition_key, self.secrets.editions)

    @cached_property
    def press(self) -> Press:
        """Sets papers as PDF."""
        return Press(self.settings.pdf_font)

    @cached_property
    def roots(self) -> Roots:
        """Roots of full tiles of this hub's log never change; they are remembered for the life of the process."""
        return Roots()

    @cached_property
    def tile_files(self) -> TileFiles | None:
        """The full tiles of the log as files; None where the settings want none."""
        folder = self.settings.log_files
        return None if folder is None else TileFiles(folder, self.units, self.roots)

    @cached_property
    def attachments(self) -> AttachmentFiles:
        """The files of reports."""
        return AttachmentFiles(self.settings.attachments, self.secrets.attachments)

    @property
    def attachment_limits(self) -> Limits:
        """How much an organization may put here."""
        given = self.settings
        return Limits(given.attachment_bytes, given.attachments_each_report, given.attachment_total_bytes)

    @property
    def scans(self) -> bool:
        """Whether this hub has a scanner for files."""
        return bool(self.settings.scan_command)

    @cached_property
    def log_origin(self) -> str:
        """The name of the log without its shard; it never changes."""
        with self.reading() as session:
            return load_log_head(session).origin

    def promise(self, session: Session) -> bytes | None:
        """The log's signed word (受付証) for what this unit of work recorded; None where it recorded nothing."""
        promised = promise_recorded(session, self.log_origin)
        return None if promised is None else self.sign_promise(promised)

    def sign_promise(self, promise: Promise) -> bytes:
        """A promise of this log as a signed note."""
        return sign_promise(promise, self.secrets.promise_signer(promise.log))

    def clock(self) -> datetime:
        """The time on the screen and in operations."""
        return self.units.now()

    def context(self) -> Context:
        """Time and randomness for one operation."""
        return self.units.context()

    def reading(self, *, snapshot: bool = True) -> AbstractContextManager[Session]:
        """A unit of work that writes nothing."""
        return self.units.reading(snapshot=snapshot)

    def writing(self) -> AbstractContextManager[Session]:
        """A unit of work that commits once, and is integrated before it is answered."""
        return self.units.writing()

    def policy(self, session: Session) -> Policy:
        """The sharing policy in force."""
        rows = fetch(session, _NEWEST_POLICY, {}, kept=True)
        return _parsed(rows[0][0]) if rows else default_policy()

    def means(self, session: Session, context: Context | None = None) -> Means:
        """What publishing reports goes by now; `context` is this unit's, where it has one already."""
        most_files = self.settings.attachments_each_report
        return Means(context or self.context(), self.policy(session), self.editions, most_files)

    def ready(self) -> list[str]:
        """What keeps the hub from working now; empty when all is well."""
        try:
            problem = schema_problem(self.units.database)
            if problem:
                return [problem]
            with self.reading() as session:
                if session.execute(select(LogState.id)).first() is None:
                    return [_NO_HUB]
        except SQLAlchemyError as error:
            kind = type(error).__name__
            return [
                Both(
                    f"the database does not answer ({kind}): check that it runs and that the URL is right",
                    f"データベースが応答しません（{kind}）。動いていること、接続先が正しいことを確かめてください。",
                )
            ]
        return []

    def close(self) -> None:
        """Write what waits, and let go of the database."""
        if "disclosures" in self.__dict__:
            self.disclosures.close()
        if "notes" in self.__dict__:
            self.notes.close()
        self.units.database.close()


_NEWEST_POLICY: Final = "SELECT CAST(body AS TEXT) FROM policy_versions ORDER BY number DESC LIMIT 1"


@lru_cache(maxsize=8)
def _parsed(body: str) -> Policy:
    """A policy from its text; the text is read each time, so a new version counts at once."""
    return parse_policy(json.loads(body))


def open_hub(
    settings: Settings,
    *,
    now: Callable[[], datetime] | None = None,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> Hub:
    """Open a hub that `init` has made.

    Raises:
        NotReady: a key is missing or exposed, or the database does not fit this program.
    """
    try:
        secrets = load_secrets(settings.secrets)
    except SecretsError as error:
        raise NotReady([said_by(error)]) from error
    units = Units(Database(settings.database_url), now or (lambda: datetime.now(UTC)), random_bytes)
    hub = Hub(settings, secrets, units)
    problems = hub.ready()
    if problems:
        hub.close()
        raise NotReady(problems)
    return hub
