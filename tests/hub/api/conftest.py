"""A hub with its REST door, organizations with keys, and a report on its way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

import hub.api
import hub.taxii
from hub.app import create_app
from models.vocabulary import Role, Tier
from sharing.actor import Actor
from tests.factory import World

REPORT = {
    "event_type": "E30",
    "noticed_at": "2026-11-20T11:00:00+09:00",
    "service_impact": "yes",
    "summary": "受付システムが停止している。",
    "label": "TLP:AMBER",
    "consent_nco": True,
}


class Caller:
    """A program with a key."""

    def __init__(self, app: Flask, key: str | None, **headers: str) -> None:
        self._client = app.test_client(use_cookies=False)
        self.headers = {"Accept-Language": "en", **({"Authorization": f"Bearer {key}"} if key else {}), **headers}

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> TestResponse:
        return self._client.get(f"/api/v1/{path}", query_string=query, headers=self.headers | (headers or {}))

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        given = {"json": body} if body is not None else {}
        return self._client.post(f"/api/v1/{path}", headers=self.headers | (headers or {}), **given, **more)

    def call(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = self.headers | (more.pop("headers", None) or {})
        return self._client.open(f"/api/v1/{path}", method=method, headers=headers, **more)

    def files(self, **fields: Any) -> str:
        """File a report; its reference number."""
        answer = self.post("reports", {"submission": str(uuid4()), **REPORT, **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json["reference"])


class Place:
    """Two rivals, their secretariat, another sector, the Council and NCO, each with a key."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.app = create_app(world.hub, page_groups=(), machine_doors=(hub.api, hub.taxii))
        aoba, rival = world.operator("青葉電力株式会社"), world.operator("みどり電力株式会社")
        office = world.secretariat("電力セプター事務局")
        self.people = {
            "hanako": world.person(aoba, Role.REPORTER, name="Hanako"),
            "boss": world.person(aoba, Role.APPROVER, name="Boss"),
            "rival": world.person(rival, Role.REPORTER),
            "office": world.person(office, Role.COORDINATOR),
            "water": world.person(world.secretariat("水道セプター事務局", "water"), Role.COORDINATOR),
            "council": world.person(world.organization(Tier.COUNCIL, "セプターカウンシル"), Role.COUNCIL),
            "nco": world.person(world.organization(Tier.NCO, "国家サイバー統括室"), Role.ANALYST),
            "auditor": world.person(world.organization(Tier.AUDITOR, "監査人"), Role.AUDITOR),
        }
        self.keys = {name: world.key(person) for name, person in self.people.items()}

    def caller(self, name: str, **headers: str) -> Caller:
        return Caller(self.app, self.keys[name], **headers)

    def stranger(self) -> Caller:
        return Caller(self.app, None)

    def with_scopes(self, person: Actor, *scopes: Any) -> Caller:
        return Caller(self.app, self.world.key(person, *scopes))


@pytest.fixture
def place(hub_url: str, tmp_path: Path) -> Iterator[Place]:
    """A fresh hub with its people."""
    world = World(hub_url, tmp_path)
    yield Place(world)
    world.close()
