"""Puts what tests write into memory where the machine offers a file system there: a test waits for no disk.

What must survive a power cut is tried by killing processes (`tests/hub/test_kill.py`), which loses no file.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 6 * 2**30
"""A whole run leaves some hundred megabytes at a time; with less room than this the disk serves."""


def write_there() -> None:
    """Make it the folder for temporary files, here and in all processes that are started; TMPDIR overrules it."""
    if "TMPDIR" in os.environ or not os.access(IN_MEMORY, os.W_OK | os.X_OK):
        return
    if shutil.disk_usage(IN_MEMORY).free >= ENOUGH_BYTES:
        os.environ["TMPDIR"] = str(IN_MEMORY)
        tempfile.tempdir = None
