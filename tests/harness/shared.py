"""What all processes of one test run share: a folder, a lock in it, and who owns it.

With pytest-xdist the tests run in several processes. The first one makes the folder and names it in the environment,
the others find it there; whoever comes first builds a costly thing under the lock, the rest use it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = "CEPTOAR_TEST_FOLDER"
OWNER = "CEPTOAR_TEST_OWNER"


def open_folder() -> Path:
    """Make the run's folder and remember this process as its owner; `close_folder` removes it."""
    folder = Path(tempfile.mkdtemp(prefix="ceptoar-test-"))
    # The database server may run as another user and must pass through.
    folder.chmod(0o711)
    os.environ[FOLDER] = str(folder)
    os.environ[OWNER] = str(os.getpid())
    return folder


def close_folder() -> None:
    """Remove the run's folder with all that is in it."""
    shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)
    os.environ.pop(OWNER)


def folder() -> Path:
    """Return the run's folder."""
    return Path(os.environ[FOLDER])


def owner() -> int:
    """Return the process id of the one that will clear up."""
    return int(os.environ[OWNER])


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Hold a lock that all processes of this run respect; it ends with the process that holds it."""
    with (folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
