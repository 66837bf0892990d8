"""Holds the notes of what keys asked: gathered in memory, written every few seconds, never in a request's way."""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from hub.logs import get_logger
from sharing.jobs.deferred import Soon
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

    def __post_init__(self) -> None:
        """Have a helper ready."""
        self._soon = Soon("notes", WRITE_SECONDS, self.write)

    def add(self, note: Note) -> None:
        """Note a request."""
        self._waiting.append(note)
        self._soon.ask()

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
        self._soon.close()
