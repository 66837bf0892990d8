"""Makes a hub where there is none: the data folder, its settings file, keys, tables and first rows."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError

from hub.keys.editions_key import introduce_editions_key
from hub.keys.secrets import load_secrets, make_secrets
from hub.settings import SETTINGS_FILE, Settings
from models.audit import LogState
from models.session import Database, upgrade
from sharing.audit.checkpoints import publish_checkpoint
from sharing.errors import Conflict
from sharing.setup import initialize
from sharing.units import Units

TEMPLATE: Final = """\
# Settings of this hub. Read once at start; CEPTOAR_HUB_<NAME> in the environment wins.
# A line with # shows the default.

# The address that people and machines use.
{base_url}

# The name of the trail's log in its checkpoints. It must not change once the log has begun.
{origin}

# Where the data lives. For PostgreSQL: "postgresql://user:password@host/name"; this file then keeps mode 0600.
{database_url}

# Where it listens, and with how many processes.
# host = "127.0.0.1"
# port = 8080
# workers = 1

# true refuses to start with anything that is good enough only for a trial.
# production = false

# How many reverse proxies of your own stand in front.
# trusted_proxies = 0

# Networks that may read /metrics and the reasons of /readyz.
# metrics_from = ["127.0.0.0/8", "::1/128"]

# Networks in which peers may be beside public addresses.
# peer_networks = []

# The language for visitors who ask for none of ours, and the clock on the screen.
# locale = "ja"
# timezone = "Asia/Tokyo"

# After how many idle minutes a person signs in again.
# session_minutes = 60

# A new version of the sharing agreement asks everybody to accept it.
# agreement_version = "1"
"""


class Names(Struct, frozen=True):
    """What the organization that runs the hub is called."""

    ja: str
    en: str


def make_hub(
    settings: Settings,
    names: Names,
    *,
    given: Mapping[str, str],
    now: datetime,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> None:
    """Make everything that is not there yet; a run that was interrupted is completed by the next.

    Raises:
        Conflict: the database holds a hub already; nothing was changed.
    """
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if holds_hub(settings.database_url):
        raise Conflict("the database holds a hub already")
    settings.data.chmod(0o700)
    _write_settings(settings, given)
    make_secrets(settings.secrets, random_bytes)
    upgrade(settings.database_url)
    units = Units(Database(settings.database_url), lambda: now, random_bytes)
    try:
        with units.writing() as session:
            initialize(
                session,
                origin=settings.origin.removesuffix("/log"),
                names=(names.ja, names.en),
                context=units.context(),
                random_bytes=random_bytes,
            )
        secrets = load_secrets(settings.secrets)
        with units.writing() as session:
            introduce_editions_key(session, secrets.editions, units.context())
        with units.database.writing() as session:
            publish_checkpoint(session, secrets.log_signers, now, at_once=True)
    finally:
        units.database.close()


def holds_hub(database_url: str) -> bool:
    """Whether a database is a hub already; one without our tables is not."""
    if database_url.startswith("sqlite:///") and not Path(database_url.removeprefix("sqlite:///")).exists():
        return False
    database = Database(database_url)
    try:
        with database.reading() as session:
            return session.execute(select(LogState.id)).first() is not None
    except (OperationalError, ProgrammingError) as error:
        if "no such table" in str(error.orig) or "does not exist" in str(error.orig):
            return False
        raise
    finally:
        database.close()


def _write_settings(settings: Settings, given: Mapping[str, str]) -> None:
    path = settings.data / SETTINGS_FILE
    if path.exists():
        return
    default = {
        "base_url": settings.base_url,
        "origin": settings.origin,
        "database_url": f"sqlite:///{settings.data / 'hub.sqlite3'}",
    }
    fixed = {**given, "origin": settings.origin}
    lines = {name: _line(name, fixed.get(name), fallback) for name, fallback in default.items()}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(TEMPLATE.format(**lines))
        file.flush()
        os.fsync(file.fileno())


def _line(name: str, value: str | None, default: str) -> str:
    shown = (value or default).replace("\\", "\\\\").replace('"', '\\"')
    return f'{name} = "{shown}"' if value else f'# {name} = "{shown}"'
