"""Operation: forget bookkeeping whose time is over. What it was about stands in the trail, which keeps everything.

Nothing else is ever deleted by itself but drafts of reports, which due rows of their own forget (`reports.drafts`):
objects, reports, the ledger and the log stay until people decide otherwise.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from sqlalchemy.orm import Session

from models.moments import microseconds_of
from sharing.collections.statuses import KEPT as STATUS_KEPT
from sharing.reading.driver import fetch, moment_parameter

AT_ONCE: Final = 1_000
"""Rows of a table that one unit of work forgets: nobody waits long behind it."""


class Kept(Struct, frozen=True):
    """How long the rows of a table are kept, and what remains of them."""

    kept: timedelta
    remains: str
    rows: str
    """The rows whose time is over, oldest first, by their key."""
    before: tuple[str, ...] = ()
    """What is forgotten of other tables first, since it belongs to those rows."""
    in_microseconds: bool = False


_RECEIPTS: Final = (
    "SELECT id FROM push_receipts WHERE answered_at < :before AND pending = 0 ORDER BY answered_at, id LIMIT :most"
)

RETENTION: Final[Mapping[str, Kept]] = {
    "post_statuses": Kept(
        STATUS_KEPT,
        "the entry of the post",
        "SELECT id FROM post_statuses WHERE created_at < :before ORDER BY created_at LIMIT :most",
    ),
    "post_keys": Kept(
        STATUS_KEPT,
        "nothing: the same post again is then a repetition",
        "SELECT status_id FROM post_keys WHERE created_at < :before ORDER BY created_at LIMIT :most",
    ),
    "key_requests": Kept(
        timedelta(days=30),
        "nothing; of each key the last hundred are kept that long",
        "SELECT at_us FROM key_requests WHERE at_us < :before ORDER BY at_us LIMIT :most",
        in_microseconds=True,
    ),
    "mails": Kept(
        timedelta(days=90),
        "the entry of each that was given up; those that were sent stay, as who was told",
        "SELECT id FROM mails WHERE state IN ('dropped', 'failed') AND ended_at < :before "
        "ORDER BY ended_at, id LIMIT :most",
    ),
    "push_receipts": Kept(
        timedelta(days=400),
        "the entries of what was sent, with range, hash and numbers",
        _RECEIPTS,
        before=(f"DELETE FROM push_refusals WHERE receipt_id IN ({_RECEIPTS}) RETURNING id",),
    ),
}
"""Each table of passing bookkeeping. What another server did not take is forgotten with its receipt."""

_KEYS: Final = {"post_keys": "status_id", "key_requests": "at_us"}


def forget_outdated(session: Session, *, now: datetime) -> dict[str, int]:
    """Forget what is older than its time, of each table so much at most; how much it was, where it was anything."""
    found = {}
    for table, kept in RETENTION.items():
        parameters = {"before": _before(session, kept, now), "most": AT_ONCE}
        for statement in kept.before:
            fetch(session, statement, parameters)
        key = _KEYS.get(table, "id")
        gone = fetch(session, f"DELETE FROM {table} WHERE {key} IN ({kept.rows}) RETURNING {key}", parameters)
        if gone:
            found[table] = len(gone)
    return found


def _before(session: Session, kept: Kept, now: datetime) -> Any:
    moment = now - kept.kept
    if kept.in_microseconds:
        return microseconds_of(moment)
    return moment_parameter(session, moment)
