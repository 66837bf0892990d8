"""A base world for stories at a served hub: made by the commands and operations that people use, and no other way."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from hub.settings_reading import load_settings
from hub.wiring import Hub, open_hub
from models.organization import Organization
from models.vocabulary import Door, Role
from sharing.actor import Actor
from sharing.audiences import facts_of
from sharing.people.agreement import accept_agreement
from sharing.people.enrolment import finish_enrolment
from sharing.people.invitations import Joined, NewCredentials, invite, use_invitation
from sharing.people.second_factor import begin_enrolment, open_pending
from sharing.people.sign_in import find_candidate, finish_password
from sharing.setup import hub_actor
from tests.browser.people import fresh_code
from tests.harness import processes

PASSWORD = "long enough for everybody"


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in at the browser."""

    username: str
    totp_secret: str
    actor: Actor

    def __getitem__(self, name: str) -> str:
        """As the demo announces its accounts."""
        return {"username": self.username, "password": PASSWORD, "totp_secret": self.totp_secret}[name]


class JoinedWorld:
    """A new hub in a folder; organizations and people join it one after the other."""

    def __init__(self, data: Path) -> None:
        self.data = data
        processes.run("init", "--data", str(data))
        self.hub: Hub = open_hub(load_settings(data, environ={}))

    def organization(self, tier: str, name_ja: str, name_en: str, **more: str) -> UUID:
        """An organization joins by `org add`, with its first manager."""
        options = [word for name, value in more.items() for word in (f"--{name}", value)]
        names = ("--tier", tier, "--name-ja", name_ja, "--name-en", name_en)
        added = self.command("org", "add", *names, *options)
        return UUID(added["id"])

    def command(self, *words: str) -> dict[str, Any]:
        """Run a command on this hub; what it says to programs."""
        return dict(json.loads(processes.run(*words, "--data", str(self.data), "--json").stdout))

    def people(self, organization: UUID, *wanted: tuple[str, str, Role]) -> dict[str, Person]:
        """A first manager joins, invites the others (user name, name, role), and they join."""
        boss = self._join(hub_actor(Door.COMMAND), organization, f"m-{organization.hex[:8]}", "管理 者", [Role.MANAGER])
        manager = self._actor(boss, [Role.MANAGER])
        return {username: self._person(manager, username, name, role) for username, name, role in wanted}

    def close(self) -> None:
        """Let go of the database."""
        self.hub.close()

    def _person(self, manager: Actor, username: str, name: str, role: Role) -> Person:
        joined = self._join(manager, manager.organization.id, username, name, [role])
        seed = self._first_sign_in(username)
        actor = self._actor(joined, [role])
        with self.hub.writing() as session:
            version = self.hub.settings.agreement_version
            accept_agreement(session, actor, version, in_force=version, context=self.hub.context())
        return Person(username, seed, actor)

    def _join(self, actor: Actor, organization: UUID, username: str, name: str, roles: Collection[Role]) -> Joined:
        key, context = self.hub.secrets.api_key_key, self.hub.context()
        with self.hub.writing() as session:
            _, code = invite(session, actor, organization, name, roles, hmac_key=key, context=context)
        with self.hub.writing() as session:
            return use_invitation(session, code, NewCredentials(username, PASSWORD), hmac_key=key, context=context)

    def _first_sign_in(self, username: str) -> str:
        """Password, then the seed with its first code."""
        secrets = self.hub.secrets
        with self.hub.reading() as session:
            candidate = find_candidate(session, username)
        with self.hub.writing() as session:
            step = finish_password(
                session, candidate, PASSWORD, fits=True, hmac_key=secrets.api_key_key, context=self.hub.context()
            )
        assert step is not None
        sealed = begin_enrolment(step.account_id, step.token, seeds=secrets.seeds, context=self.hub.context())
        seed = open_pending(sealed, step.account_id, step.token, seeds=secrets.seeds)
        assert seed is not None
        with self.hub.writing() as session:
            code = fresh_code(seed)
            assert finish_enrolment(session, step.token, sealed, code, seeds=secrets.seeds, context=self.hub.context())
        return seed

    def _actor(self, joined: Joined, roles: Collection[Role]) -> Actor:
        with self.hub.reading() as session:
            facts = facts_of(session.get_one(Organization, joined.membership.organization_id))
        return Actor(joined.account.id, joined.membership.id, facts, frozenset(roles), Door.WEB)
