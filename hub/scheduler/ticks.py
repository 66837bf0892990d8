"""A door: what happens every second and every ten, in the process that holds the lease."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from hub.log.witness_client import Collector
from hub.logs import get_logger
from hub.process.clock_leaps import Steady
from hub.scheduler.handlers import handlers_of
from hub.scheduler.indexing import Indexing
from hub.wiring import Hub
from models.moments import EPOCH, moment_at
from models.vocabulary import Door
from sharing.audit.checkpoints import list_due, sign_due, store_signed
from sharing.audit.state import NOTE_EVERY_US, count_waiting, load_log_head
from sharing.errors import Busy, ClockLeap
from sharing.exchange.peers import list_due_peers
from sharing.exchange.pushes import list_due_pushes
from sharing.jobs.due import has_due, run_due
from sharing.jobs.leases import find_holder, release_lease, take_lease
from sharing.jobs.retention import forget_outdated

LEASE: Final = "scheduler"
"""The one duty there is: who holds it runs the jobs."""

ALARM_EVERY: Final = timedelta(minutes=1)
"""An alarm that goes on is written once a minute, not every second."""

BEHIND_US: Final = 600_000_000
"""A clock that is set right steps by seconds; ten minutes behind what was seen before is a wrong clock."""


class Ticks:
    """The jobs of one process. None of them raises: a failure is logged, and the next tick tries again."""

    def __init__(self, hub: Hub, holder: str, steady: Steady | None = None) -> None:
        self._hub = hub
        self._steady = steady or Steady(hub)
        self._holder = holder
        self._handlers = handlers_of(hub)
        self._collector = Collector(hub)
        self._holds = False
        self._tiles_wait = True
        self._stopped = threading.Event()
        self._indexing = Indexing(hub, self._stopped.wait)
        self._bell: Any = None
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._alarmed: dict[str, datetime] = {}

    @property
    def holds(self) -> bool:
        """Whether this process is the one that does the jobs, as far as it knows."""
        return self._holds

    def stopped_within(self, seconds: float) -> bool:
        """Wait so long, or until it stops; whether it did."""
        return self._stopped.wait(seconds)

    def attach(self, bell: Any) -> bool:
        """Remember what rings, to stop it; False where the process is stopping already."""
        with self._lock:
            self._bell = bell
            return not self._stopped.is_set()

    def stop(self) -> None:
        """Ring no more, and let another process take over at once."""
        with self._lock:
            self._stopped.set()
            if self._bell is not None and self._bell.running:
                self._bell.shutdown(wait=False)
        with self._turn:  # whoever takes the lease at this moment has it first, and lets go of it here
            if self._holds:
                self._safely("lease_release", self._release)

    def lease(self) -> None:
        """Take or renew the lease, or see that another holds it; never once it is to be let go."""
        with self._turn:
            if not self._stopped.is_set():
                self._safely("lease", self._take_lease)

    def second(self) -> None:
        """Integrate what waits, sign what grew, note the time."""
        if self._holds and not self._stopped.is_set():
            self._safely("integrate", self._integrate)
            self._safely("checkpoint", self._checkpoint)
            self._safely("tiles", self._write_tiles)
            self._safely("clock", self._note_clock)

    def witnesses(self) -> None:
        """Ask witnesses for what they have not cosigned; a bell of its own, since they may be slow."""
        if self._holds and not self._stopped.is_set():
            self._safely("witnesses", self._collector.collect)

    def due(self) -> None:
        """Do what is due."""
        if self._holds and not self._stopped.is_set():
            self._safely("due", self._run_due)

    def forget(self) -> None:
        """Forget bookkeeping whose time is over; more than fits waits for the next bell."""
        if self._holds and not self._stopped.is_set():
            self._safely("forget", self._forget)
            self._safely("sweep", self._sweep)

    def peers(self) -> None:
        """Read the peers that are due; one after another, each committed page by page."""
        if self._holds and not self._stopped.is_set():
            self._safely("peers", self._pull_peers)

    def pushes(self) -> None:
        """Send the pushes that are due; a bell of its own, since other servers may be slow."""
        if self._holds and not self._stopped.is_set():
            self._safely("pushes", self._send_pushes)

    def mails(self) -> None:
        """Send the mails that are due; a bell of its own, since mail servers may be slow."""
        if self._holds and not self._stopped.is_set() and self._hub.settings.sends_mail:
            self._safely("mails", self._send_mails)

    def scans(self) -> None:
        """Give waiting files to the scanner; a bell of its own, since it may be slow."""
        if self._holds and not self._stopped.is_set():
            self._safely("scans", self._scan)

    def index(self) -> None:
        """Let the search find what machines posted."""
        if self._holds and not self._stopped.is_set():
            self._safely("search_index", self._catch_up)

    def _send_mails(self) -> None:
        from hub.mail.post import send_due  # noqa: PLC0415  a hub without mail never needs it

        done = send_due(self._hub, is_wanted=lambda: self._holds and not self._stopped.is_set())
        if done.failed:
            self._alarm("mail_failed", failed=done.failed, given_up=done.given_up, sent=done.sent)

    def _scan(self) -> None:
        from hub.attachments.scanning import scan_waiting  # noqa: PLC0415  a hub without files never needs it

        scan_waiting(self._hub)

    def _sweep(self) -> None:
        from hub.attachments.care import sweep_files  # noqa: PLC0415  the same

        sweep_files(self._hub)

    def _catch_up(self) -> None:
        self._indexing.run(lambda: self._holds and not self._stopped.is_set())

    def _forget(self) -> None:
        with self._hub.units.database.writing() as session:
            gone = forget_outdated(session, now=self._hub.clock())
        if gone:
            get_logger().info("forgotten", **gone)

    def _send_pushes(self) -> None:
        with self._hub.reading() as session:
            due = list_due_pushes(session, self._hub.clock())
        for name in due:
            if not self._holds or self._stopped.is_set():
                return
            from hub.peering import send_push  # noqa: PLC0415  a hub without pushes never needs it

            pushed = send_push(self._hub, name)
            if pushed.failure:
                self._alarm("push_failed", push=name, why=pushed.failure)

    def _pull_peers(self) -> None:
        with self._hub.reading() as session:
            due = list_due_peers(session, self._hub.clock())
        for name in due:
            if not self._holds or self._stopped.is_set():
                return
            from hub.peering import pull_peer  # noqa: PLC0415  a hub without peers never needs it

            pulled = pull_peer(self._hub, name, Door.JOB)
            if pulled.failure:
                self._alarm("peer_failed", peer=name, why=pulled.failure)

    def _take_lease(self) -> None:
        with self._hub.reading() as session:
            holder = find_holder(session, LEASE, self._now(session))
        if holder not in {None, self._holder}:
            self._holds = False
            return
        with self._hub.units.database.writing() as session:
            held = take_lease(session, LEASE, self._holder, self._now(session))
        if held and not self._holds:
            get_logger().info("lease_taken", lease=LEASE, holder=self._holder)
        self._holds = held

    def _release(self) -> None:
        self._holds = False
        with self._hub.units.database.writing() as session:
            release_lease(session, LEASE, self._holder)

    def _integrate(self) -> None:
        """On SQLite nothing ever waits: recording and integration are one transaction."""
        if self._hub.units.database.is_sqlite:
            return
        with self._hub.reading(snapshot=False) as session:
            waiting = count_waiting(session)
        if waiting and not self._hub.units.integrate_waiting():
            self._alarm("integration_stopped", waiting=waiting, why="the clock leapt ahead")

    def _checkpoint(self) -> None:
        now = self._hub.clock()
        with self._hub.reading() as session:
            due = list_due(session, now)
        if not due:
            return
        signed = sign_due(due, self._hub.secrets.log_signers)
        with self._hub.units.database.writing() as session:
            store_signed(session, signed, now)
        self._tiles_wait = True

    def _write_tiles(self) -> None:
        """Keep tiles that became full as files; each is written outside of every lock, and may be lost."""
        if self._tiles_wait and self._hub.tile_files is not None:
            self._tiles_wait = not self._hub.tile_files.write_new()

    def _note_clock(self) -> None:
        with self._hub.reading() as session:
            now_us = self._hub.units.now_us(session)
            seen_us = load_log_head(session).clock_seen
        if now_us < seen_us - BEHIND_US:
            why = (
                f"the clock is {(seen_us - now_us) // 60_000_000} minutes behind the last time seen: nothing is lost, "
                "and what is published goes on one microsecond after the last; correct the clock"
            )
            self._alarm("clock_behind", why=why)
        if now_us < seen_us + NOTE_EVERY_US:
            return
        try:
            self._steady.meet()
        except ClockLeap as error:
            self._alarm("clock_leapt", why=str(error))

    def _run_due(self) -> None:
        now = self._hub.clock()
        with self._hub.reading() as session:
            if not has_due(session, self._handlers, now):
                return
        ran = run_due(self._hub.units, self._handlers, now)
        if ran.failed:
            self._alarm("due_failed", failed=ran.failed, done=ran.done)

    def _now(self, session: Session) -> datetime:
        """The clock that all processes share, so that they agree when a lease ends."""
        return moment_at(self._hub.units.now_us(session))

    def _safely(self, what: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Busy:
            self._alarm("job_busy", job=what)
        except Exception as error:
            self._alarm("job_failed", job=what, exc_info=error)

    def _alarm(self, event: str, **more: Any) -> None:
        now = self._hub.clock()
        if not timedelta(0) <= now - self._alarmed.get(event, EPOCH) < ALARM_EVERY:  # the clock may have gone back
            self._alarmed[event] = now
            get_logger().error(event, **more)
