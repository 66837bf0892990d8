"""Lets Python keep what it has compiled, whatever the environment says: a run starts hundreds of hubs from one program.

A third of what the start of a hub costs is compiling it; the folders for it are in `.gitignore` anyway.
"""

from __future__ import annotations

import os
import sys


def keep() -> None:
    """Keep it, here and in all processes that are started."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
