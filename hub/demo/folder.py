"""Makes or re-uses the demo's data folder: its hub, its people, and the keys that each start makes anew."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from typing import Any, Final
from uuid import uuid4

import orjson
from msgspec import Struct
from sqlalchemy import select, update

from crypto.tokens import api_key_digest, new_api_key
from hub.demo.people import ident_of, load_people, membership_id
from hub.demo.world import accounts, organization
from hub.making import Names, holds_hub, make_hub
from hub.settings import ATTACHMENTS, SETTINGS_FILE, Settings
from hub.settings_reading import load_settings
from hub.wiring import Hub
from models.account import ApiKey
from models.audit import LogState
from models.collection import Collection
from models.vocabulary import Door
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.permissions import SCOPES, permissions_of
from sharing.setup import hub_actor

ORIGIN: Final = "demo.ceptoar-hub.example/log"
"""A name of its own, so that nobody takes the demo's checkpoints for a real hub's."""

MARKER: Final = "demo.json"
"""Written when loading is complete: a folder without it holds a demo whose loading was interrupted."""

KEY_NAME: Final = "demo"
"""What the keys are called that each start makes anew."""


class NotADemo(Exception):
    """The folder or database holds something else; the message says what to do."""


class DemoFolder(Struct, frozen=True):
    """A data folder of the demo and how far it is loaded."""

    settings: Settings
    people: bool
    year: bool


def open_folder(data: Path, **overrides: Any) -> DemoFolder:
    """Make the demo's hub in a folder, or find it there.

    Raises:
        NotADemo: the folder or database holds a hub that is none, or an unfinished one that cannot be made anew.
    """
    os.umask(0o077)
    folder = data.expanduser().absolute()
    settings = load_settings(folder, demo=True, **overrides)
    marker = _read_marker(folder)
    if marker is not None:
        return DemoFolder(settings, people=True, year=bool(marker.get("year")))
    _clear_unfinished(folder)
    if holds_hub(settings.database_url):
        raise NotADemo(f"{folder}: expected an empty database for the demo, found a hub. Name another one.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    body = organization("operator-of-hub")
    settings = replace(settings, origin=ORIGIN)
    _write_settings(folder)
    make_hub(settings, Names(body.name_ja, body.name_en), given={"origin": ORIGIN}, now=datetime.now(UTC))
    return DemoFolder(settings, people=False, year=False)


def mark_loaded(folder: Path, *, year: bool) -> None:
    """Say that loading is complete."""
    part = folder / f"{MARKER}.part"
    part.write_bytes(orjson.dumps({"year": year}))
    part.replace(folder / MARKER)


def _read_marker(folder: Path) -> dict[str, Any] | None:
    try:
        return dict(orjson.loads((folder / MARKER).read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None


def _write_settings(folder: Path) -> None:
    path = folder / SETTINGS_FILE
    path.write_text(
        f'# The demo: fictional data, keys and passwords that everybody knows.\ndemo = true\norigin = "{ORIGIN}"\n'
    )
    path.chmod(0o600)


def _clear_unfinished(folder: Path) -> None:
    """Remove a demo whose loading was interrupted; anything else is refused."""
    found = {item.name for item in folder.iterdir()} if folder.is_dir() else set()
    if not found:
        return
    settings_file = folder / SETTINGS_FILE
    ours = settings_file.exists() and "demo = true" in settings_file.read_text(encoding="utf-8").splitlines()
    if not ours:
        raise NotADemo(
            f"{folder}: expected an empty or new folder, or that of a demo, found other files. Name another."
        )
    for name in ("secrets", ATTACHMENTS):
        rmtree(folder / name, ignore_errors=True)
    for name in ("hub.sqlite3", "hub.sqlite3-wal", "hub.sqlite3-shm", SETTINGS_FILE):
        (folder / name).unlink(missing_ok=True)


def describe(hub: Hub, url: str, tokens: dict[str, str]) -> dict[str, Any]:
    """The line that the demo prints when it is ready."""
    with hub.reading() as session:
        origin, shard = session.execute(select(LogState.origin, LogState.shard)).one()
        collections = session.execute(select(Collection).order_by(Collection.feed)).scalars().all()
        shown = [{"id": str(each.id), "alias": each.alias, "title": each.title} for each in collections]
    name = f"{origin}/{shard}"
    return {
        "url": url,
        "data": str(hub.settings.data),
        "taxii": {"discovery": f"{url}/taxii2/", "api_root": f"{url}/taxii2/hub/"},
        "accounts": [_account_line(account, tokens) for account in accounts()],
        "collections": shown,
        "log": {
            "url": f"{url}/log/",
            "origin": name,
            "vkeys": [key.vkey for key in hub.secrets.log_verifying_keys(name)],
        },
    }


def _account_line(account: Any, tokens: dict[str, str]) -> dict[str, Any]:
    employer = organization(account.hats[0].organization)
    return {
        "role": account.role.value,
        "roles": [role.value for role in account.hats[0].roles],
        "organization": employer.name_ja,
        "organization_id": str(ident_of(employer)),
        "sector": employer.sector,
        "username": account.username,
        "password": account.password,
        "totp_secret": account.totp_secret,
        "token": tokens[account.username],
    }


def make_tokens(hub: Hub) -> dict[str, str]:
    """A fresh API key for the first hat of every account, with all that the hat may do; those of earlier starts end."""
    made: dict[str, str] = {}
    context = hub.context()
    with hub.writing() as session:
        session.execute(
            update(ApiKey).where(ApiKey.name == KEY_NAME, ApiKey.revoked_at.is_(None)).values(revoked_at=context.now)
        )
        for account in accounts():
            hat = account.hats[0]
            made[account.username] = text = new_api_key(context.random_bytes)
            session.add(
                ApiKey(
                    id=uuid4(),
                    digest=api_key_digest(hub.secrets.api_key_key, text),
                    membership_id=membership_id(account, hat),
                    name=KEY_NAME,
                    hint=text[:8],
                    scopes=sorted(scope.value for scope in SCOPES & permissions_of(hat.roles)),
                    created_at=context.now,
                    expires_at=context.now.replace(year=context.now.year + 1, day=min(context.now.day, 28)),
                )
            )
        event = Event(Tag.KEY_MAKE, hub_actor(Door.COMMAND), decision={"keys": len(made), "name": KEY_NAME})
        record(session, event, context)
    return made


__all__ = ["DemoFolder", "NotADemo", "describe", "load_people", "make_tokens", "mark_loaded", "open_folder"]
