"""Moments as the database keeps positions and versions: whole microseconds since 1970."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
"""What a moment and a version can differ by at the least."""


def moment_at(microseconds: int) -> datetime:
    """The moment so many microseconds after the beginning of 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


def microseconds_of(moment: datetime) -> int:
    """How many microseconds of 1970 and since lie before a moment."""
    return (moment - EPOCH) // MICROSECOND
