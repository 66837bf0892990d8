"""Holds the notes of what keys asked: gathered in memory, written every few seconds, never in a request's way."""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from hub.logs import get_logger
from sharing.people.key_requests import Note, keep_notes
from sharing.units import Units

WRITE_SECONDS: Final = 2.0
"""How long a note waits; whoever sets a program up looks again after that."""

MOST_WAITING: Final = 2_000
"""Notes that wait at most; under more load the oldest are forgotten, never the program slowed."""


@dataclass
class Notes:
    """The notes of one process."""

    units: Units
    _waiting: deque[Note] = field(default_factory=lambda: deque(maxlen=MOST_WAITING))
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _wake: threading.Event = field(default_factory=threading.Event)
    _end: threading.Event = field(default_factory=threading.Event)
    _writer: threading.Thread | None = None

    def add(self, note: Note) -> None:
        """Note a request."""
        self._waiting.append(note)
        if not self._wake.is_set():
            self._begin()
            self._wake.set()

    def write(self) -> None:
        """Write what waits; a database that cannot take it now loses these notes and nothing else."""
        with self._turn:
            notes = []
            while self._waiting:
                notes.append(self._waiting.popleft())
            if not notes:
                return
            try:
                with self.units.database.writing() as session:
                    keep_notes(session, notes)
            except Exception as error:  # whatever it was: notes are not worth a failure
                get_logger().warning("notes_lost", count=len(notes), exc_info=error)

    def close(self) -> None:
        """Write what waits and let the helper rest."""
        writer, self._writer = self._writer, None
        if writer is not None and writer.is_alive():
            self._end.set()
            self._wake.set()
            writer.join()
            self._end.clear()
        self.write()

    def _begin(self) -> None:
        if self._writer is None or not self._writer.is_alive():
            with self._turn:
                if self._writer is None or not self._writer.is_alive():
                    self._writer = threading.Thread(target=self._run, name="notes", daemon=True)
                    self._writer.start()

    def _run(self) -> None:
        ended = False
        while not ended:
            self._wake.wait()
            ended = self._end.wait(WRITE_SECONDS)
            self._wake.clear()
            self.write()
