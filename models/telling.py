"""Lets what SQLAlchemy inserts travel with the next question to PostgreSQL, as other things do that need no answer.

A row whose key is known is inserted without a word back; to wait for the "done" cost a journey each. Whoever needs to
know at once whether the database takes a row says so (`models.session.say_now`).
"""

import json
import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from psycopg import IntegrityError as Refused
from psycopg.types.json import Json, Jsonb
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import IntegrityError

from models.ways import WIRE

_PLAIN: Final = (str, bool, int, UUID, date, bytes)
"""Values that the wire writes as they are; datetime is a date too."""

_NAME: Final = re.compile(r"%\(([a-z_][a-z_0-9]*)\)s")
_KEPT_TEXTS: Final = 512
"""Texts of statements of which is remembered how the wire says them."""


def tell_inserts(engine: Engine) -> None:
    """Have this engine tell its inserts, and keep the order of all that is said."""

    @event.listens_for(engine, "before_cursor_execute")
    def _in_order(
        connection: Connection, _cursor: object, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if _told(statement, parameters if many else [parameters], context) is None:
            wire = connection.info[WIRE]
            send_told(wire, statement)
            wire.journeys += 1  # that of the cursor

    @event.listens_for(engine, "do_execute")
    def _tell(_cursor: object, statement: str, parameters: Any, context: Any) -> bool:
        return _tell_all(statement, [parameters], context)

    @event.listens_for(engine, "do_executemany")
    def _tell_many(_cursor: object, statement: str, parameters: Any, context: Any) -> bool:
        return _tell_all(statement, parameters, context)


def _tell_all(statement: str, rows: Sequence[Any], context: Any) -> bool:
    """True where the wire has it, and the cursor is not to be used."""
    told = _told(statement, rows, context)
    if told is None:
        return False
    sql, plain = told
    wire = context.root_connection.info[WIRE]
    for each in plain:
        wire.tell(sql, each, kept=True)
    return True


def _told(statement: str, rows: Sequence[Any], context: Any) -> tuple[str, list[dict[str, Any]]] | None:
    """How the wire says an insert that wants no answer; None where it wants one, or a value is none of the plain."""
    if context is None or not context.isinsert or context.compiled is None or context.compiled.effective_returning:
        return None
    connection = context.root_connection
    if not connection.info[WIRE].begins or connection.in_nested_transaction():
        # Without a unit of work there is a transaction that the wire knows nothing of; and who makes a savepoint tries.
        return None
    sql = _spelled(statement)
    if sql is None:
        return None
    try:
        return sql, [{name: _plain(value) for name, value in row.items()} for row in rows]
    except _NotPlain:
        return None


class _NotPlain(Exception):
    """A value that only a cursor can write."""


def _plain(value: Any) -> Any:
    if isinstance(value, Json | Jsonb):
        return json.dumps(value.obj)
    if value is None or isinstance(value, _PLAIN):
        return value
    raise _NotPlain


@lru_cache(maxsize=_KEPT_TEXTS)
def _spelled(statement: str) -> str | None:
    """The statement with :name for %(name)s; None where something else in it is written with either sign."""
    rest = _NAME.sub("", statement)
    if "%" in rest or re.search(r"(?<!:):(?!:)", rest):
        return None
    return _NAME.sub(r":\1", statement)


def send_told(wire: Any, statement: str = "(told)") -> None:
    """Send what was told, and let a cursor speak next.

    Raises:
        sqlalchemy.exc.IntegrityError: the database refuses a row, told as SQLAlchemy tells it; the transaction is over.
    """
    try:
        wire.give_way()
    except Refused as error:
        raise IntegrityError(statement, None, error) from error
