"""Holds chance and time still, so that two worlds that do the same draw the same ids and the same moments.

Chance that is held still is chance that can be guessed, so what rests on it is held still too: the seal of a row that
an entry wrote has a salt that no reader is ever given, and tells nothing of the row's running number. Here every such
seal is the same seal, and nothing else of an entry may differ.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from itsdangerous.timed import TimestampSigner

import hub.security.beat
import sharing.audit.record
from crypto.beside import RowSeal
from sharing.disclosures import Disclosures, Shown, write_disclosures
from sharing.units import Units


class Chance:
    """A stream of bytes that begins anew with each name; takes the place of `os.urandom`."""

    def __init__(self) -> None:
        self.begin("start")

    def begin(self, name: str) -> None:
        """Draw from here on as everybody does who begins under this name."""
        self._name, self._drawn = name, 0

    def __call__(self, size: int) -> bytes:
        """The next bytes."""
        self._drawn += 1
        return hashlib.shake_256(f"{self._name}/{self._drawn}".encode()).digest(size)


CHANCE = Chance()


class _Moment:
    """What signers of cookies and forms take for the time."""

    now: datetime


@contextmanager
def standing_still(start: datetime, *, on_beat: bool = False) -> Iterator[None]:
    """Chance comes from `CHANCE`, the time of signed cookies and forms from `set_time`; nobody waits for a beat.

    But where `on_beat` says so: who compares times must measure what a client can.
    """
    set_time(start)

    def timestamp(_self: TimestampSigner) -> int:
        return int(_Moment.now.timestamp())

    with (
        patch.object(os, "urandom", CHANCE),
        patch.object(TimestampSigner, "get_timestamp", timestamp),
        patch.object(hub.security.beat, "wait_until", hub.security.beat.wait_until if on_beat else lambda _due: None),
        patch.object(sharing.audit.record, "rows_root", _any_rows),
    ):
        yield


def _any_rows(_seals: Iterable[RowSeal]) -> bytes:
    return bytes(32)


def set_time(now: datetime) -> None:
    """What time it is for signed cookies and forms; the hub's own clock is injected."""
    _Moment.now = now


class PromptDisclosures(Disclosures):
    """Writes in the thread that asks, at once or held until they are released.

    A helper of its own would draw chance in between. While readings are compared they are held: each would move the
    log on, and so cover what a last position or a size might tell of the hidden thing.
    """

    def __init__(self, units: Units, *, held: bool = False) -> None:
        super().__init__(units)
        self._held: list[Shown] | None = [] if held else None

    def log(self, shown: Sequence[Shown]) -> None:
        """Write, or hold."""
        if self._held is not None:
            self._held += shown
        elif shown:
            with self.units.writing() as session:
                write_disclosures(session, shown, self.units)

    def release(self) -> None:
        """Write what was held, and each at once from now on."""
        held, self._held = self._held, None
        self.log(held or ())
