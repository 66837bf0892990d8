"""Speaks to PostgreSQL in few words: a question is prepared once a connection, and several travel together.

A cursor of psycopg costs a tenth of a millisecond of this process's time for each statement, more than the database
needs to answer most of ours. Here the same connection is spoken to through libpq, which psycopg hands out as
`pgconn`: a third of that time, and one journey for as many statements as are known at once. What SQLAlchemy sends
goes over the same connection, in the same transaction, in the order in which it was said.
"""

import re
import select
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from psycopg import Connection, Error
from psycopg import OperationalError as NotAnswered
from psycopg.abc import Transformer as RowLoader
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy.exc import OperationalError

from models.ways import Statement
from models.wire_values import BINARY, write_values

Rows = list[tuple[Any, ...]]

_ALONG_INDEXES: Final = Statement(
    "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),"
    " set_config('enable_bitmapscan', 'off', true), set_config('enable_hashjoin', 'off', true),"
    " set_config('enable_mergejoin', 'off', true)",
    {},
    kept=True,
)
"""Leaves the planner nothing but index ranges, and has it plan what is kept once; until the end of the transaction.

By itself it plans what is kept anew the first five times, for as long as it takes to answer, and the plan that it keeps
then is one for tables as small as they were.
"""

_COMMIT: Final = b"COMMIT"
_OPEN: Final = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})
_FAILED: Final = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE, ExecStatus.PIPELINE_ABORTED})


class Wire:
    """One connection of the pool, spoken to by one thread at a time."""

    def __init__(self, driver: Connection[Any]) -> None:
        self._driver = driver
        self._pg: PGconn = driver.pgconn
        self._loader = Transformer(driver)
        self._loaders: dict[bytes, RowLoader] = {}
        """How the rows of each prepared statement are read; found out once, since its columns never change."""
        self._plans: dict[str, _Plan] = {}
        self._prepared = 0
        self.begins = ""
        """What opens the transaction of the present unit of work; empty where each statement stands alone."""
        self.by_keys = False
        """Whether all it says goes along indexes, so that a plan made once is right for it."""
        self.journeys = 0
        """How often the database was asked; tests count them, since time depends on the machine."""
        self._told: list[Statement] = []
        self._listening: dict[int, Rows] = {}
        """Where the rows go that come back for some of what was told, by its place there."""

    def tell(self, sql: str, parameters: Mapping[str, Any], *, kept: bool = False) -> None:
        """Say what needs no answer; it travels with the next question, at the latest with the commit."""
        self._told.append(Statement(sql, parameters, kept))

    def tell_and_hear(self, statement: Statement) -> Rows:
        """Say what nobody waits for; its rows are in the list given back as soon as it has travelled."""
        self._told.append(statement)
        return self._listening.setdefault(len(self._told) - 1, [])

    def ask(self, sql: str, parameters: Mapping[str, Any], *, kept: bool = False) -> Rows:
        """The rows that answer one question.

        Raises:
            sqlalchemy.exc.OperationalError: the database does not answer.
            psycopg.Error: it failed, or something told before it did; the transaction is over.
        """
        plan = self._plans.get(sql) if kept else None
        if plan is None or plan.is_old or self._told or self._must_begin():
            return self.ask_all([Statement(sql, parameters, kept)])[0]
        _, names = _numbered(sql)
        plan.uses += 1
        # Quicker than a journey made by hand, and like that it lets other threads run.
        values, formats = write_values(names, parameters)
        self.journeys += 1
        result = self._pg.exec_prepared(plan.name, values, formats, BINARY)  # type: ignore[arg-type]  # None is NULL here too
        return self._rows(result, plan.name)

    def walk(self, sql: str, parameters: Mapping[str, Any], *, kept: bool = False) -> Rows:
        """The rows that answer a question which is only ever right as a walk along indexes.

        To plan it takes thrice as long as to answer it. A plan that is kept goes wrong when a table that was small has
        grown; this one cannot, since no statistics choose it. In a transaction the choice would outlive the question,
        so there it is asked as others are.

        Raises:
            psycopg.Error: as `ask`.
        """
        if self.begins or self._told or self._pg.transaction_status != TransactionStatus.IDLE:
            return self.ask(sql, parameters, kept=kept)
        return self._travel([_ALONG_INDEXES, Statement(sql, parameters, kept=True)])[1]

    def ask_then_walk(self, questions: Sequence[Statement], walk: Statement) -> list[Rows]:
        """The rows that answer several questions and then a walk, for one journey where each stands alone.

        Raises:
            psycopg.Error: as `ask_all`.
        """
        return self._travel([_ALONG_INDEXES, *questions, walk._replace(kept=True)])[1:]

    def ask_all(self, questions: Sequence[Statement]) -> list[Rows]:
        """The rows that answer each of several questions, for one journey.

        Raises:
            psycopg.Error: one of them failed, or something told before; the transaction is over.
        """
        opening, (told, listening) = self._opening(questions), self._take_told()
        answers = self._travel([*opening, *told, *questions])
        for place, rows in listening.items():
            rows.extend(answers[len(opening) + place])
        return answers[len(answers) - len(questions) :]

    def flush(self) -> None:
        """Send what was told."""
        if self._told:
            self.ask_all([])

    def give_way(self) -> None:
        """Let psycopg speak next, in the transaction that this unit of work wants."""
        if self._told or self._must_begin():
            self.ask_all([])

    def commit(self) -> None:
        """End the transaction; what was told travels with it.

        Raises:
            psycopg.Error: something told failed, or the transaction had failed before; nothing is written.
        """
        if not self._told and self._pg.transaction_status == TransactionStatus.IDLE:
            return
        self.ask_all([Statement(_COMMIT.decode(), {})])

    def forget(self) -> None:
        """Let go of what was told and not sent: its transaction is taken back."""
        self._take_told()

    def end(self) -> None:
        """Take back what is open, at the end of a unit of work that keeps nothing."""
        self.forget()
        if self._pg.transaction_status in _OPEN:
            self.journeys += 1
            self._pg.exec_(b"ROLLBACK")

    def _must_begin(self) -> bool:
        return bool(self.begins) and self._pg.transaction_status == TransactionStatus.IDLE

    def _take_told(self) -> tuple[list[Statement], dict[int, Rows]]:
        taken = self._told, self._listening
        self._told, self._listening = [], {}
        return taken

    def _opening(self, questions: Sequence[Statement]) -> list[Statement]:
        """What stands before the first word of a transaction; where each statement stands alone, of a journey."""
        if self._pg.transaction_status != TransactionStatus.IDLE:
            return []
        opening = [Statement(self.begins, {})] if self.begins else []
        if self.by_keys and (self.begins or any(each.kept for each in questions)):
            opening.append(_ALONG_INDEXES)
        return opening

    def _travel(self, questions: Sequence[Statement]) -> list[Rows]:
        """Send everything, then take every answer, also those after a failure: the next must not find them."""
        letters = self._letters(questions)  # a value that cannot be written fails before anything is sent
        self.journeys += 1
        pg = self._pg
        try:
            pg.enter_pipeline_mode()
            for letter in letters:
                letter.send(pg)
            pg.pipeline_sync()
            self._push()
            return self._answers(letters)
        except NotAnswered as error:
            raise _failure(error) from error
        finally:
            if pg.status == ConnStatus.OK:  # one that broke has no mode to leave
                pg.exit_pipeline_mode()

    def _answers(self, letters: "Sequence[_Letter]") -> list[Rows]:
        answers: list[Rows] = []
        failure: Exception | None = None
        for letter in letters:
            result = self._take()
            self._take()  # nothing: the end of this answer
            try:
                rows = self._rows(result, letter.name)
                if letter.prepares is not None:
                    self._plans[letter.prepares] = _Plan(letter.name)
                if letter.is_aside:
                    continue
                if letter.sql == _COMMIT and result is not None and result.command_status != _COMMIT:
                    raise _failure(NotAnswered("the transaction had failed before: nothing was written"))
                answers.append(rows)
            except Exception as error:
                failure = failure or error
        self._take()  # the end of the journey
        if failure is not None:
            raise failure
        return answers

    def _letters(self, questions: Sequence[Statement]) -> "list[_Letter]":
        letters: list[_Letter] = []
        fresh: dict[str, bytes] = {}
        for each in questions:
            sql, names = _numbered(each.sql)
            values, formats = write_values(names, each.parameters)
            name = b""
            if each.kept:
                name = fresh.get(each.sql) or self._name_in_use(each.sql, letters)
                if not name:
                    self._prepared += 1
                    name = fresh[each.sql] = b"hub_%d" % self._prepared
                    letters.append(_Letter(sql, name, prepares=each.sql, is_aside=True))
            letters.append(_Letter(sql, name, values, formats))
        return letters

    def _name_in_use(self, sql: str, letters: "list[_Letter]") -> bytes:
        """The name under which a statement is prepared; nothing where it is not, or was for long enough."""
        plan = self._plans.get(sql)
        if plan is None:
            return b""
        if plan.is_old:
            del self._plans[sql]
            self._loaders.pop(plan.name, None)
            letters.append(_Letter(b"DEALLOCATE " + plan.name, is_aside=True))
            return b""
        plan.uses += 1
        return plan.name

    def _push(self) -> None:
        """Send all of it; the other side may need its own answers taken before it reads on."""
        poll = select.poll()
        while self._pg.flush():
            poll.register(self._pg.socket, select.POLLIN | select.POLLOUT)
            if any(events & select.POLLIN for _, events in poll.poll()):
                self._pg.consume_input()

    def _take(self) -> PGresult | None:
        """The next answer. libpq itself would wait for it without letting other threads run."""
        poll = None
        while self._pg.is_busy():
            if poll is None:
                poll = select.poll()
                poll.register(self._pg.socket, select.POLLIN)
            poll.poll()
            self._pg.consume_input()
        return self._pg.get_result()

    def _rows(self, result: PGresult | None, name: bytes = b"") -> Rows:
        if result is None:
            raise _failure(NotAnswered("the connection to the database was lost"))
        if result.status in _FAILED:
            raise _failure(error_from_result(result))
        if not result.ntuples:
            return []
        loader = self._loaders.get(name)
        if loader is None:
            loader = self._loader
            if name:
                loader = self._loaders[name] = Transformer(self._driver)
            loader.set_pgresult(result)
        else:
            loader.set_pgresult(result, set_loaders=False)
        return loader.load_rows(0, result.ntuples, tuple)


def _failure(error: Error) -> Exception:
    """A database that does not answer is told as SQLAlchemy tells it: doors know what to say then."""
    return OperationalError("(plain)", None, error) if isinstance(error, NotAnswered) else error


REPLANNED: Final = 200
"""After so many uses a statement is prepared anew: its plan was made for tables as large as they were then."""


@dataclass
class _Plan:
    """A statement that PostgreSQL keeps."""

    name: bytes
    uses: int = 0

    @property
    def is_old(self) -> bool:
        """Whether it is to be made anew."""
        return self.uses >= REPLANNED


class _Letter(NamedTuple):
    """One thing to send, for which one answer comes back."""

    sql: bytes
    name: bytes = b""
    """Under which it is prepared; empty where it is planned anew."""
    values: Sequence[bytes | None] = ()
    formats: Sequence[int] = ()
    prepares: str | None = None
    """It only prepares this text."""
    is_aside: bool = False
    """Nobody waits for its answer."""

    def send(self, pg: PGconn) -> None:
        """Put it on the way."""
        if self.prepares is not None:
            pg.send_prepare(self.name, self.sql)
        elif self.name:
            pg.send_query_prepared(self.name, self.values, self.formats, BINARY)
        else:
            pg.send_query_params(self.sql, self.values, None, self.formats, BINARY)


@cache
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """The text as PostgreSQL takes it, with $1 for the first name, and the names in their order."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}"

    text = re.sub(r"(?<!:):([a-z_][a-z_0-9]*)", number, sql)
    return text.encode(), tuple(names)
