"""Holds how files that leave the hub are called: the label first, then the day, then what it is."""

from datetime import datetime

from hub.web.guard import the_hub
from models.vocabulary import Label


def labelled_name(label: Label, at: datetime, what: str, suffix: str) -> str:
    """Such as `TLP-AMBER+STRICT_2026-11-20_K7QM-4TX2-P.pdf`: a colon cannot stand in the names of all systems."""
    day = at.astimezone(the_hub().settings.zone).date().isoformat()
    return f"{label.value.replace(':', '-')}_{day}_{what}.{suffix}"
