"""A door for whoever keeps the hub: whether every file of reports is in its place, and what lies there for nobody."""

import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from hub.attachments.store import Damaged
from hub.logs import get_logger
from hub.wiring import Hub
from sharing.attachments.kept import list_kept_files, list_known_files

UNKNOWN_FOR: Final = 2 * 24 * 3600
"""Seconds after which a file that the database does not know is taken away: a restored backup, or a stopped process,
may have left it. A younger one may be just arriving."""


def check_files(hub: Hub, *, whole: bool) -> Iterator[str]:
    """What is wrong with the files: a quick look at each, or with `whole` every byte against its hash."""
    with hub.reading() as session:
        kept = list_kept_files(session)
    for each in kept:
        problem = hub.attachments.problem(each.id, each.size)
        if not problem and whole:
            total = sha256()
            try:
                for part in hub.attachments.read(each.id, each.size):
                    total.update(part)
            except Damaged:
                problem = "changed"
            else:
                problem = "" if total.digest() == each.sha256 else "not the file that was filed"
        if problem:
            yield f"file {each.id} of a report: {problem}"


def count_files(hub: Hub) -> int:
    """How many files must be in their place."""
    with hub.reading() as session:
        return len(list_kept_files(session))


def sweep_files(hub: Hub) -> int:
    """Take away what the database does not know, once it is old enough; how many that were."""
    here = set(hub.attachments.ids())
    if not here:
        return 0
    with hub.reading() as session:
        unknown = here - list_known_files(session)
    gone = 0
    for ident in unknown:
        if time.time() - hub.attachments.age(ident) > UNKNOWN_FOR:
            hub.attachments.remove(ident)
            gone += 1
    if gone:
        get_logger().info("attachments_swept", count=gone)
    return gone
