"""Opening the database: engines tuned for both sizes, and units of work that say whether they read or write."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from models import holding  # noqa: F401  what it listens for counts in every unit of work
from models.bilingual import Both
from models.migrations import HEAD
from models.ways import DRIVER, REMEMBERED, WIRE

BUSY_SECONDS = 10
"""How long a SQLite writer waits for another before it says that the database is busy."""

LOCK_SECONDS = 30
"""How long anybody waits for a lock of PostgreSQL, where many wait in turn: who holds it longer stands still."""

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "wal_autocheckpoint=4000",
    "temp_store=MEMORY",
)


_READING_KIB, _WRITING_KIB = 8192, 3072
"""How much of a SQLite file a connection keeps: pages of what stands scattered among a million want the former."""


class DatabaseError(Exception):
    """The database cannot be used as it is; the message says what to do."""


class Database:
    """One database, SQLite or PostgreSQL, and the only way to open units of work on it."""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.url = normal_url(url)
        self.is_sqlite = self.url.startswith("sqlite")
        self._writer = threading.Lock()
        self._remembered: dict[str, Any] = {}
        if self.is_sqlite:
            self.engine = _sqlite_engine(self.url, pool_size, _READING_KIB)
            self._writing_engine = _sqlite_engine(self.url, 1, _WRITING_KIB)
        else:
            self.engine = self._writing_engine = _postgres_engine(self.url, pool_size)

    @contextmanager
    def reading(self, *, snapshot: bool = True) -> Iterator[Session]:
        """A unit of work that writes nothing; a snapshot sees one state of the database throughout.

        Without a snapshot each statement stands alone on PostgreSQL: two round trips fewer, for polls of one query.
        """
        with self.engine.connect() as connection:
            ways = self._ways(connection)
            if self.is_sqlite:
                ways[DRIVER].execute("BEGIN")  # plain statements to the driver see the same state
            else:
                ways[WIRE].begins = REPEATABLE if snapshot else ALONE
                ways[WIRE].by_keys = not snapshot
            session = Session(connection, autoflush=False, info=ways)
            try:
                yield session
            finally:
                if session.in_transaction():  # most readings speak to the driver alone, and leave it nothing to end
                    # What was read may be looked at after the unit of work; a rollback would empty it.
                    session.expunge_all()
                    session.close()
                if ways[WIRE] is not None:
                    ways[WIRE].end()

    @contextmanager
    def writing(self, *, by_keys: bool = False) -> Iterator[Session]:
        """A unit of work that commits when the block ends well, and leaves nothing behind when it does not.

        Where all it says goes `by_keys`, PostgreSQL plans it once, along indexes, and need not look at the values.
        """
        with self._turn_to_write(), self._writing_engine.connect() as connection:
            session = Session(connection, expire_on_commit=False, info=self._ways(connection))
            self._begin_writing(session, by_keys=by_keys)
            try:
                yield session
                # Many speak to the driver alone; for them SQLAlchemy's own transaction would cost more than the work.
                if session.in_transaction():
                    session.commit()
                else:
                    self._commit(session)
            except BaseException:
                session.rollback()
                raise
            finally:
                session.close()
                if not self.is_sqlite:
                    session.info[WIRE].end()

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """On SQLite, let the threads of this process write in turn, each as soon as the one before has ended.

        SQLite has one writer, and lets the others look again after pauses that grow to a tenth of a second.

        Raises:
            sqlite3.OperationalError: as SQLite does, where the others do not end.
        """
        if not self.is_sqlite:
            yield
            return
        if not self._writer.acquire(timeout=BUSY_SECONDS):
            raise sqlite3.OperationalError("database is locked")
        try:
            yield
        finally:
            self._writer.release()

    def _ways(self, connection: Connection) -> dict[str, Any]:
        """How plain SQL is spoken to the database, and what is remembered of it, for a session's `info`."""
        driver, wire = connection.connection.driver_connection, connection.info.get(WIRE)
        return {DRIVER: driver, WIRE: wire, REMEMBERED: self._remembered}

    def _begin_writing(self, session: Session, *, by_keys: bool) -> None:
        """Take SQLite's write lock now; on PostgreSQL the first statement begins."""
        if self.is_sqlite:
            with _told_as_by_sqlalchemy("BEGIN IMMEDIATE"):
                session.info[DRIVER].execute("BEGIN IMMEDIATE")
        else:
            session.info[WIRE].begins = COMMITTED
            session.info[WIRE].by_keys = by_keys

    def _commit(self, session: Session) -> None:
        if self.is_sqlite:
            with _told_as_by_sqlalchemy("COMMIT"):
                session.info[DRIVER].execute("COMMIT")
        else:
            session.info[WIRE].commit()

    def close(self) -> None:
        """Close every pooled connection."""
        for engine in self.engines:
            engine.dispose()

    @property
    def engines(self) -> tuple[Engine, ...]:
        """All that open connections, for whoever listens to them.

        On SQLite one connection does all the writing of a process, where only one can at a time: what others keep of
        the file is worth nothing once it has written, and each would keep all that it ever wrote.
        """
        return tuple(dict.fromkeys((self.engine, self._writing_engine)))


def say_now(session: Session) -> None:
    """Flush, for whoever wants to know here whether the database takes it; else PostgreSQL hears it with what follows.

    Raises:
        sqlalchemy.exc.IntegrityError: it does not; the transaction is over.
    """
    session.flush()
    if session.info[WIRE] is not None:
        from models.telling import send_told  # noqa: PLC0415

        send_told(session.info[WIRE])


ALONE = ""
COMMITTED = "BEGIN ISOLATION LEVEL READ COMMITTED"
REPEATABLE = "BEGIN ISOLATION LEVEL REPEATABLE READ"
"""How a unit of work begins on PostgreSQL, once there is something to say; alone each statement stands for itself."""


@contextmanager
def _told_as_by_sqlalchemy(statement: str) -> Iterator[None]:
    """A busy or full database is told alike, whoever spoke to it."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OperationalError(statement, (), error) from error


def normal_url(url: str) -> str:
    """PostgreSQL is spoken to by psycopg 3, whatever the URL calls it."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


def _sqlite_engine(url: str, pool_size: int, kept_kib: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,  # the connection used last has its pages at hand; the others stay small
        connect_args={"timeout": BUSY_SECONDS, "cached_statements": 256},
    )

    @event.listens_for(engine, "connect")
    def _tune(connection: Any, _record: object) -> None:
        # The driver must not open transactions by itself: "begin" below decides between reading and writing.
        connection.isolation_level = None
        for pragma in (*_PRAGMAS, f"cache_size=-{kept_kib}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if not driver.in_transaction:  # a unit of work has begun its own way
            driver.execute("BEGIN")

    return engine


def _postgres_engine(url: str, pool_size: int) -> Engine:
    from models.telling import tell_inserts  # noqa: PLC0415  a hub on SQLite does without psycopg
    from models.wire import Wire  # noqa: PLC0415

    # Nothing is prepared by itself: a plan made while a table was small stays, and makes pages many times slower.
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,
        connect_args={"prepare_threshold": None, "client_encoding": "UTF8", "options": _options(url)},
    )

    @event.listens_for(engine, "connect")
    def _wire(connection: Any, record: Any) -> None:
        record.info[WIRE] = Wire(connection)

    tell_inserts(engine)

    @event.listens_for(engine, "commit")
    def _commit(connection: Connection) -> None:
        connection.info[WIRE].commit()

    @event.listens_for(engine, "rollback")
    def _forget(connection: Connection) -> None:
        connection.info[WIRE].forget()

    return engine


def _options(url: str) -> str:
    """What each connection is begun with; what the URL says itself comes last, and so prevails.

    Without compiling of plans: our questions take milliseconds, and where the statistics lag behind a bulk load
    PostgreSQL takes them for expensive and compiles each anew, for a fifth of a second. No wait for a lock goes on for
    ever, and what a machine held that is gone is free within two minutes: else one process stands still and all do.
    """
    said = make_url(url).query.get("options", "")
    return " ".join([*_BEGUN_WITH, *([said] if isinstance(said, str) else said)]).strip()


_BEGUN_WITH = (
    "-c jit=off",
    f"-c lock_timeout={LOCK_SECONDS}s",
    "-c tcp_keepalives_idle=60",
    "-c tcp_keepalives_interval=10",
    "-c tcp_keepalives_count=6",
)


# Alembic is imported where it is used: a hub that starts on a fitting database does without it, a tenth of a second
# earlier.


def _alembic(url: str) -> Any:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = normal_url(url)
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to this program's schema (or to an earlier revision, for tests)."""
    from alembic import command  # noqa: PLC0415

    command.upgrade(_alembic(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take a database back to an earlier schema."""
    from alembic import command  # noqa: PLC0415

    command.downgrade(_alembic(url), revision)


def schema_problem(database: Database) -> str | None:
    """What is wrong with the schema, in words that say what to do; None when it fits this program."""
    found = _revision_of(database)
    if found == HEAD:
        return None
    if found is None:
        return Both(
            "the database is empty: run `ceptoar-hub init`",
            "データベースが空です。「ceptoar-hub init」を実行してください。",
        )
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    known = ScriptDirectory.from_config(_alembic(database.url)).walk_revisions()
    if found not in {revision.revision for revision in known}:
        return Both(
            f"the database was written by a newer program (schema {found}, this one knows {HEAD}): upgrade the program",
            f"データベースはより新しいプログラムのものです（スキーマ{found}、このプログラムは{HEAD}まで）。"
            "プログラムを更新してください。",
        )
    return Both(
        f"the database is older than the program (schema {found}, expected {HEAD}): run `ceptoar-hub db upgrade`",
        f"データベースがプログラムより古いものです（スキーマ{found}、必要なのは{HEAD}）。"
        "「ceptoar-hub db upgrade」を実行してください。",
    )


def _revision_of(database: Database) -> str | None:
    """The schema that a database says it has; None where it has none of our tables."""
    try:
        with database.engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except (OperationalError, ProgrammingError) as error:
        if "no such table" in str(error.orig) or "does not exist" in str(error.orig).partition("\n")[0]:
            return None
        raise
