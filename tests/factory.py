"""Makes a hub of a test's own with organizations and people in a few words.

    world = World(hub_url, tmp_path)
    power = world.organization(Tier.OPERATOR, "Power", ceptoar="electricity")
    hanako = world.person(power, Role.REPORTER)
    with world.writing() as session:
        file_report(session, hanako, ..., context=world.context())

Rows are written straight, without the operations that people use (those have tests of their own), so there is no
audit entry for them. Time stands still until `world.advance(...)`.
"""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crypto.passwords import hash_password
from crypto.tokens import api_key_digest, new_api_key
from hub.keys.secrets import load_secrets, make_secrets
from hub.settings_reading import load_settings
from hub.wiring import Hub
from models.account import Account, ApiKey, Membership
from models.audit import AuditEntry, LogState
from models.codelists import ceptoars
from models.organization import Organization
from models.session import Database
from models.vocabulary import AccountState, Door, Role, Tier
from sharing.actor import Actor, Context
from sharing.permissions import SCOPES, Permission
from sharing.readers import Reader, load_reader, open_account_window, open_organization_windows
from sharing.rules.tokens import OrganizationFacts
from sharing.setup import HUB_ID, hub_actor, hub_facts, initialize
from sharing.units import Units

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""Noon of a Friday in Japan."""
PASSWORD = "a long enough password"
"""The password of everybody who was made with `password=True`."""
_STORED = hash_password(PASSWORD)
"""Made once a process: it is slow by design, and nobody compares what is stored of two people."""
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""The TOTP seed of everybody who was made with `password=True`."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def begin(database_url: str) -> None:
    """Make a migrated database a hub, as every `World` finds it; copies of it spare each test that work."""
    with TemporaryDirectory() as folder:
        World(database_url, Path(folder)).close()


class World:
    """A fresh hub on one database, with a clock that the test moves; a database that is a hub already stays one."""

    def __init__(self, database_url: str, folder: Path, *, start: datetime = START, **settings: Any) -> None:
        data = folder / "hub-data"
        data.mkdir(parents=True, exist_ok=True)
        make_secrets(data / "secrets")
        self.now = start
        units = Units(Database(database_url), self.clock, os.urandom, lambda _session: self._now_us())
        given = load_settings(data, environ={}, **{"database_url": database_url, "access_log": False, **settings})
        self.hub = Hub(given, load_secrets(given.secrets), units)
        self.ceptoar_sectors = {each.code: each.sector for each in ceptoars()}
        with self.reading() as session:
            begun = session.execute(select(LogState.clock_seen)).scalar_one_or_none()
            people = session.execute(select(func.count()).select_from(Account)).scalar_one()
        self._numbers = itertools.count(people + 1)
        if begun is None:
            self._begin()
        elif begun != self._now_us():
            raise ValueError("expected a database to be begun, since this world starts at another time than the copied")

    def _begin(self) -> None:
        with self.writing() as session:
            initialize(
                session,
                origin="hub.test",
                names=("運営", "Operator of the hub"),
                context=self.context(),
                random_bytes=os.urandom,
            )

    # Time and units of work

    def clock(self) -> datetime:
        """The test's time."""
        return self.now

    def advance(self, **step: float) -> datetime:
        """Let time pass: `world.advance(days=15)`. The hub was watching all the while, so no clock leaps."""
        self.now += timedelta(**step)
        with self.hub.units.database.writing() as session:
            session.execute(update(LogState).values(clock_seen=self._now_us()))
        return self.now

    def context(self) -> Context:
        """Time and randomness for one operation."""
        return self.hub.context()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A unit of work that writes nothing."""
        with self.hub.reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A unit of work that commits once and is integrated."""
        with self.hub.writing() as session:
            yield session

    def close(self) -> None:
        """Let go of the database."""
        self.hub.close()

    def _now_us(self) -> int:
        return (self.now - _EPOCH) // timedelta(microseconds=1)

    # Organizations and people

    def organization(
        self,
        tier: Tier,
        name: str,
        sector: str | None = None,
        ceptoar: str | None = None,
        ministry: str | None = None,
        ident: UUID | None = None,
    ) -> OrganizationFacts:
        """An organization that has joined; the sector follows from the CEPTOAR where none is said."""
        sector = sector or (self.ceptoar_sectors[ceptoar] if ceptoar else None)
        facts = OrganizationFacts(ident or uuid4(), tier, sector, ceptoar, ministry)
        with self.writing() as session:
            session.add(
                Organization(
                    id=facts.id,
                    tier=tier,
                    name_ja=name,
                    name_en=name,
                    sector=sector,
                    ceptoar=ceptoar,
                    ministry=ministry,
                    joined_at=self.now,
                )
            )
            session.flush()
            open_organization_windows(session, facts)
        return facts

    def operator(self, name: str, ceptoar: str = "electricity") -> OrganizationFacts:
        """An operator of a CEPTOAR."""
        return self.organization(Tier.OPERATOR, name, ceptoar=ceptoar)

    def secretariat(self, name: str, ceptoar: str = "electricity") -> OrganizationFacts:
        """The secretariat of a CEPTOAR."""
        return self.organization(Tier.CEPTOAR, name, ceptoar=ceptoar)

    def person(
        self,
        organization: OrganizationFacts,
        *roles: Role,
        name: str | None = None,
        username: str | None = None,
        password: bool = False,
        door: Door = Door.WEB,
    ) -> Actor:
        """A person of an organization, as the actor of its hat.

        With `password` the person can sign in (PASSWORD, SEED) and has accepted the agreement; without, there is none.
        """
        number = next(self._numbers)
        account_id = uuid4()
        name = name or f"Person {number}"
        with self.writing() as session:
            account = Account(
                id=account_id,
                username=username or f"person{number}",
                display_name=name,
                locale="ja",
                state=AccountState.ACTIVE,
                created_at=self.now,
            )
            if password:
                self._give_credentials(account)
            session.add(account)
            session.flush()
            open_account_window(session, account_id)
        base = Actor(account_id, None, organization, frozenset(), door, display_name=name)
        return self.hat(base, organization, *roles)

    def hat(self, person: Actor, organization: OrganizationFacts, *roles: Role) -> Actor:
        """Another hat for a person."""
        ident = uuid4()
        assert person.account_id is not None
        with self.writing() as session:
            session.add(
                Membership(
                    id=ident,
                    account_id=person.account_id,
                    organization_id=organization.id,
                    roles=sorted(role.value for role in roles),
                    began_at=self.now,
                )
            )
        return replace(person, membership_id=ident, organization=organization, roles=frozenset(roles))

    def administrator(self, name: str = "Administrator", **more: Any) -> Actor:
        """A person who administers the hub."""
        return self.person(hub_facts(), Role.ADMINISTRATOR, name=name, **more)

    def command(self) -> Actor:
        """The administrator at the command line."""
        return hub_actor(Door.COMMAND)

    def key(self, person: Actor, *scopes: Permission, days: int = 90) -> str:
        """An API key of a person's hat, as its holder carries it; all scopes where none is named."""
        text = new_api_key(os.urandom)
        assert person.membership_id is not None
        with self.writing() as session:
            session.add(
                ApiKey(
                    id=uuid4(),
                    digest=api_key_digest(self.hub.secrets.api_key_key, text),
                    membership_id=person.membership_id,
                    name="test",
                    hint=text[:8],
                    scopes=sorted(scope.value for scope in (scopes or SCOPES)),
                    created_at=self.now,
                    expires_at=self.now + timedelta(days=days),
                )
            )
        return text

    def _give_credentials(self, account: Account) -> None:
        account.password_hash = _STORED
        account.totp_sealed = self.hub.secrets.seeds.seal(SEED.encode(), account.id.bytes)
        account.agreement_version = self.hub.settings.agreement_version
        account.agreement_at = self.now

    # Looking

    def reader(self, session: Session, actor: Actor) -> Reader:
        """The actor with its open windows."""
        return load_reader(session, actor)

    def tags(self) -> list[str]:
        """The tags of all entries so far, in the order they were recorded."""
        with self.reading() as session:
            return list(session.execute(select(AuditEntry.tag).order_by(AuditEntry.id)).scalars())


__all__ = ["HUB_ID", "PASSWORD", "SEED", "START", "World"]
