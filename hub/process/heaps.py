"""Holds how the C library keeps this process's memory: in one heap, and no longer than it is needed.

What is said here holds where glibc is; elsewhere nothing is changed.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from sharing.jobs.deferred import Soon

_M_ARENA_MAX: Final = -8
"""The number of this choice in glibc's malloc.h."""

GIVE_BACK_BYTES: Final = 256 * 1024
"""A body or an answer of so many leaves a heap much larger than before."""
GIVE_BACK_SECONDS: Final = 0.1
"""At most this often: it takes milliseconds, and what is needed again must be fetched again."""


def share_heap() -> None:
    """Let the threads of this process, which has no other threads yet, share one heap.

    Each thread of glibc gets a heap of its own, up to eight a core, and each grows to the largest answer and the
    largest body that its thread ever held: tens of megabytes a worker for nothing. Python runs one thread at a time, so
    they seldom meet in the one.
    """
    mallopt = _of_libc("mallopt")
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def note_size(*sizes: int | None) -> None:
    """Give back soon what a request leaves that read or answered so many bytes, if one of these is large."""
    if any(size is not None and size >= GIVE_BACK_BYTES for size in sizes):
        _soon.ask()


def give_back() -> None:
    """Give pages in which nothing stands any more to the system; glibc by itself gives back the end of a heap only."""
    malloc_trim = _of_libc("malloc_trim")
    if malloc_trim is not None:
        malloc_trim(0)


@cache
def _of_libc(name: str) -> Callable[..., Any] | None:
    return getattr(ctypes.CDLL(None), name, None)


_soon: Final = Soon("heaps", GIVE_BACK_SECONDS, give_back)
