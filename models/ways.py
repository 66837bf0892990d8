"""Holds the ways by which a unit of work reaches its database beside SQLAlchemy: where each is kept, what is said."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

DRIVER: Final = "driver"
"""Where a session's `info` holds the driver's own connection, for plain SQL inside the session's transaction."""

WIRE: Final = "wire"
"""Where it holds the way to speak to PostgreSQL in few words (`models.wire`); on SQLite there is none."""

REMEMBERED: Final = "remembered"
"""Where it holds what this process keeps from one unit of work to the next, by the names of those who keep it: where to
look, so that less is asked. Never who may see something."""


class Statement(NamedTuple):
    """One plain statement with :name parameters."""

    sql: str
    parameters: Mapping[str, Any]
    kept: bool = False
    """PostgreSQL may keep its plan for some hundred uses: right where every size of the tables wants the same plan, and
    planning costs more than answering."""
