"""Data that a hub may bring itself: a JSON file in its data folder, in the place of what ships with the program."""

import json
from pathlib import Path
from typing import Any, Final

LARGEST_FILE: Final = 200_000
"""Bytes; what is longer is something else."""


def read_own(path: Path) -> Any:
    """What the hub's own file holds.

    Raises:
        FileNotFoundError: the hub brings none.
        ValueError: it cannot be read, is too large, or is no JSON.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(error.strerror) from error
    if len(raw) > LARGEST_FILE:
        raise ValueError(f"expected at most {LARGEST_FILE} bytes, found more")
    try:
        return json.loads(raw)
    except RecursionError as error:
        raise ValueError(str(error)) from error
