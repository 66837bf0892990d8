"""Statements are compiled once a process and kind of database, not once for each database that a test opens.

A program opens one database and compiles each statement once. The tests open thousands, and SQLAlchemy keeps what it
compiled apart by the dialect object of each engine; here all dialects of one kind are the same to it.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

import models.session

KEPT = 4000
"""Statements; more than the program has, on both databases."""


def _alike(one: DefaultDialect, other: object) -> bool:
    return type(one) is type(other)


def _kind(one: DefaultDialect) -> int:
    return hash(type(one))


def keep_statements() -> None:
    """Let all databases of this process share what was compiled."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = _alike  # type: ignore[method-assign]
        dialect.__hash__ = _kind  # type: ignore[method-assign]
    shared = {"compiled_cache": LRUCache(KEPT)}
    models.session.create_engine = partial(create_engine, execution_options=shared)  # type: ignore[assignment]
