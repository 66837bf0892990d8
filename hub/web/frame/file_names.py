"""Holds how files that leave the hub are called: the label first, then the day, then what it is."""

import re
from datetime import datetime
from typing import Final

from hub.web.frame.guard import the_hub
from models.vocabulary import Label

LONGEST: Final = 100
_UNUSUAL: Final = re.compile("[^A-Za-z0-9+._-]")
"""What a file is may be told by somebody else's object, and goes into a header."""


def labelled_name(label: Label, at: datetime, what: str, suffix: str) -> str:
    """Such as `TLP-AMBER+STRICT_2026-11-20_K7QM-4TX2-P.pdf`: a colon cannot stand in the names of all systems."""
    plain = _UNUSUAL.sub("", what)[:LONGEST] or "paper"
    day = at.astimezone(the_hub().settings.zone).date().isoformat()
    return f"{label.value.replace(':', '-')}_{day}_{plain}.{suffix}"
