"""Holds how the program is loaded: without a search for garbage that is not there, and without what is never used."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_M_ARENA_MAX: Final = -8
"""The number of this choice in glibc's malloc.h."""
HEAPS: Final = 2
"""Python runs one thread at a time: more heaps would seldom be used at once, and each keeps what it once needed."""


def share_heaps() -> None:
    """Let the threads of this process share few heaps, where the C library can be told.

    Each thread of glibc gets a heap of its own, up to eight a core, and each grows to the largest answer and the
    largest body that its thread ever held: tens of megabytes a worker for nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, HEAPS)


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave the collector out while modules are imported and the application is built.

    What they make stays until the end of the program, and looking through it again and again while it grows costs a
    fifth of the time to start; looking through it once, with the first objects made afterwards, still a twentieth. So
    it is set apart for good.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Let a library that would like these modules believe that they are not installed.

    Only for what the library does well without: it then takes the way of those who lack them.
    """
    hidden = [name for name in modules if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's own word for "there is none"
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
