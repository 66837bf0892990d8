"""Holds slow senders to their time: whoever falls silent in the middle of a body is cut off.

A thread that reads a body waits inside the server underneath, which knows no limit for that and does not say on which
connection it waits. So the connection is told by what the system counts for each: one on which for a while next to
nothing came and nothing went out, at the port and from the address that the body comes by. Others that look so mostly
stand idle between two requests, and clients open those anew; one whose answer is worked on for as long without a byte
would be cut with them. Where the system counts nothing (only Linux does), nobody is cut; a start and `doctor` say so.
"""

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from models.bilingual import Both

PIECE: Final = 64 * 1024
"""Bytes that are asked for at once, so that it shows whether a body moves."""

GRACE_SECONDS: Final = 60.0
"""After this a body must have come at the least rate on the whole."""

LEAST_RATE: Final = 32 * 1024
"""Bytes a second: 64 MiB then take half an hour, as on the slowest lines that are in use."""

LOOKS: Final = 6
"""How often the counters are looked at within the time that a sender may be silent."""

_FOLDER: Final = Path("/proc/self/fd")
_TOLD: Final = struct.Struct("QQ8xI")
_AT: Final = 120
"""Where these numbers begin in what Linux tells of a connection (`struct tcp_info`, since 4.6): acknowledged, received,
and not sent yet."""


End = tuple[str, int]
"""The address at the other end of a connection, and the port at this one: connections that the hub itself opened, such
as those to its database, have another."""


class Count(NamedTuple):
    """What went over a connection so far."""

    end: End
    received: int
    sent: int
    waiting: int = 0
    """What the other end has no room for yet."""


@dataclass(eq=False)
class Coming:
    """A body that is being read."""

    end: End
    began: float
    moved: float
    """When the last piece was whole."""
    received: int = 0

    def is_overdue(self, now: float, silence: float) -> bool:
        """Whether its sender has had time enough."""
        if now - self.moved > silence:
            return True
        return now - self.began > GRACE_SECONDS + self.received / LEAST_RATE


@dataclass
class Watch:
    """Looks after the bodies that one worker reads; it sleeps while there is none."""

    silence: float
    """Seconds in which a piece must come."""
    counts: Callable[[frozenset[End]], dict[int, Count]] = field(default_factory=lambda: list_counts)
    cut: Callable[[int], None] = field(default_factory=lambda: cut_connection)
    _coming: set[Coming] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _runs: bool = False

    def begin(self, end: End) -> Coming:
        """A body begins to be read."""
        now = time.monotonic()
        coming = Coming(end, now, now)
        with self._lock:
            self._coming.add(coming)
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._run, name="watch-bodies", daemon=True).start()
        return coming

    def end(self, coming: Coming) -> None:
        """It was read, or is read no further."""
        with self._lock:
            self._coming.discard(coming)

    def _run(self) -> None:
        seen: list[tuple[float, dict[int, Count]]] = []
        while True:
            time.sleep(self.silence / LOOKS)
            now = time.monotonic()
            with self._lock:
                slow = [each for each in self._coming if now - each.moved > self.silence / LOOKS]
                if not self._coming:
                    self._runs = False
                    return
            if not slow:
                seen = []
                continue
            seen = [each for each in seen if now - each[0] <= 2 * self.silence]
            seen.append((now, self.counts(frozenset(each.end for each in slow))))
            late = frozenset(each.end for each in slow if each.is_overdue(now, self.silence))
            for inode in self._silent(seen, late, now) if late else ():
                self.cut(inode)

    def _silent(self, seen: list[tuple[float, dict[int, Count]]], late: frozenset[End], now: float) -> Iterator[int]:
        """Connections on which next to nothing came, and nothing went out, since a look that is long enough ago."""
        before = next((counts for at, counts in reversed(seen) if now - at >= self.silence * (1 - 1 / LOOKS)), {})
        for inode, count in seen[-1][1].items():
            then = before.get(inode)
            if then is None or count.end not in late or count.sent != then.sent:
                continue
            if count.received - then.received < LEAST_RATE * self.silence:
                yield inode


NOT_CUT: Final = Both(
    "this system counts nothing for each connection: whoever sends or takes next to nothing is not cut off",
    "このシステムは接続ごとの量を数えないため、ほとんど送らず受け取らない相手を切断できません",
)
PROXY: Final = Both(
    "let a reverse proxy that buffers bodies and answers stand in front of the hub (docs/operations.md)",
    "本文と応答を溜めるリバースプロキシを前に置いてください（docs/operations.md）",
)


def can_cut() -> bool:
    """Whether this system counts what goes over each connection; where it does not, nobody is ever cut."""
    return _COUNTED


def list_counts(ends: frozenset[End]) -> dict[int, Count]:
    """What went over each connection of this process with these ends, by the number of its socket."""
    return {inode: count for inode, made in _sockets() for count in _numbers(made, ends)}


def cut_connection(inode: int) -> None:
    """End a connection: whoever waits for something from it is told that nothing more comes."""
    for number, made in _sockets():
        if number == inode:
            try:
                made.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it ended by itself


def _sockets() -> Iterator[tuple[int, socket.socket]]:
    """Every socket of this process with its number.

    Looked at through its own descriptor and let go again, never through a copy that is closed: where the number has
    meanwhile come to name the file of the database, closing a copy of it would drop the locks that SQLite holds.
    """
    for each in list(_FOLDER.iterdir()) if _COUNTED else ():
        try:
            inode = _SOCKET.fullmatch(str(each.readlink()))
            made = socket.socket(fileno=int(each.name)) if inode else None
        except OSError:
            continue  # it was closed meanwhile
        if made is None or inode is None:
            continue
        try:
            yield int(inode[1]), made
        finally:
            made.detach()


_SOCKET: Final = re.compile(r"socket:\[([0-9]+)\]")
_COUNTED: Final = _FOLDER.is_dir() and hasattr(socket, "TCP_INFO")


def _numbers(made: socket.socket, ends: frozenset[End]) -> Iterator[Count]:
    try:
        end = (made.getpeername()[0], made.getsockname()[1])
        if end in ends:
            told = made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _AT + _TOLD.size)
            sent, received, waiting = _TOLD.unpack_from(told, _AT)
            yield Count(end, received, sent, waiting)
    except (OSError, struct.error, IndexError):
        return  # no connection, or one that tells less
