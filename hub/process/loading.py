"""Holds how the program is loaded: without a search for garbage that is not there, and without what is never used."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


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
