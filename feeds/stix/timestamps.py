"""Rule: STIX timestamps (RFC 3339 in UTC, written with `Z`) to microseconds since the epoch and back."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from feeds.errors import TimestampError

REMEMBERED = 1_024
"""How many recent timestamps keep their answer; objects of one post mostly share a few."""

LONGEST = 200
"""Characters of a timestamp; what is remembered must be short, and no clock tells so many digits."""

EXPECTED = "a UTC time like 2026-04-01T09:30:00.000Z"

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on both sides, so that the difference is plain arithmetic
_SECOND_DIGITS = 19


@lru_cache(maxsize=REMEMBERED)
def parse_timestamp(text: str) -> int:
    """Read a STIX timestamp as microseconds since the epoch; digits beyond the sixth are cut off.

    Raises:
        TimestampError: not this form, too long, no such day or time, a leap second, or a zone other than `Z`.
    """
    if not isinstance(text, str):
        raise TimestampError(EXPECTED, type(text).__name__)
    if not _SECOND_DIGITS < len(text) <= LONGEST or text[-1] != "Z" or text[4::3][:5] != "--T::" or text[11:13] == "24":
        raise TimestampError(EXPECTED, text)
    try:
        whole = datetime.fromisoformat(text[:_SECOND_DIGITS])
    except ValueError:
        raise TimestampError(EXPECTED, text) from None
    span = whole - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + _microseconds(text[_SECOND_DIGITS:-1], text)


def _microseconds(fraction: str, text: str) -> int:
    if not fraction:
        return 0
    digits = fraction[1:]
    # str.isdigit alone would let digits of other scripts through.
    if fraction[0] != "." or not digits.isdigit() or not digits.isascii():
        raise TimestampError(EXPECTED, text)
    return int(digits[:6].ljust(6, "0"))


def format_timestamp(microseconds: int) -> str:
    """Write microseconds since the epoch as a STIX timestamp with exactly six digits.

    Raises:
        TimestampError: outside the years 1 to 9999.
    """
    try:
        moment = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise TimestampError("a time in the years 1 to 9999", f"{microseconds} microseconds") from None
    return moment.isoformat(timespec="microseconds") + "Z"


def microseconds_of(moment: datetime) -> int:
    """Turn an aware time into microseconds since the epoch.

    Raises:
        TimestampError: the time has no zone.
    """
    if moment.tzinfo is None:
        raise TimestampError("a time with a zone", "a time without one")
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
