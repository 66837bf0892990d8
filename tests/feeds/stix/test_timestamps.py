"""Timestamps of STIX, by named tables and against the standard library."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import TimestampError
from feeds.stix.timestamps import format_timestamp, microseconds_of, parse_timestamp

ACCEPTED = {
    "no fraction": ("1970-01-01T00:00:00Z", 0),
    "milliseconds": ("2026-04-01T09:30:00.123Z", 1_775_035_800_123_000),
    "microseconds": ("2026-04-01T09:30:00.123456Z", 1_775_035_800_123_456),
    "one digit": ("1970-01-01T00:00:00.5Z", 500_000),
    "nanoseconds are cut, not rounded": ("1970-01-01T00:00:00.000000999Z", 0),
    "hundred digits": ("1970-01-01T00:00:00." + "9" * 100 + "Z", 999_999),
    "before the epoch": ("1969-12-31T23:59:59.999999Z", -1),
    "leap day": ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
    "leap day of a century": ("2000-02-29T00:00:00Z", 951_782_400_000_000),
    "first year": ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
    "last moment": ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
}

REFUSED = {
    "empty": "",
    "date only": "2026-04-01",
    "no zone": "2026-04-01T09:30:00",
    "no zone, fraction": "2026-04-01T09:30:00.000",
    "offset zero": "2026-04-01T09:30:00+00:00",
    "offset of Japan": "2026-04-01T18:30:00+09:00",
    "small z": "2026-04-01T09:30:00z",
    "small t": "2026-04-01t09:30:00Z",
    "a space for T": "2026-04-01 09:30:00Z",
    "no seconds": "2026-04-01T09:30Z",
    "point without digits": "2026-04-01T09:30:00.Z",
    "comma": "2026-04-01T09:30:00,5Z",
    "sign in fraction": "2026-04-01T09:30:00.+5Z",
    "underscore in fraction": "2026-04-01T09:30:00.1_0Z",
    "month zero": "2026-00-01T09:30:00Z",
    "month thirteen": "2026-13-01T09:30:00Z",
    "day zero": "2026-04-00T09:30:00Z",
    "31 April": "2026-04-31T09:30:00Z",
    "29 February, no leap year": "2026-02-29T09:30:00Z",
    "29 February 1900": "1900-02-29T09:30:00Z",
    "hour 24": "2026-04-01T24:00:00Z",
    "minute 60": "2026-04-01T09:60:00Z",
    "leap second": "2016-12-31T23:59:60Z",
    "year zero": "0000-01-01T00:00:00Z",
    "year of five digits": "12026-04-01T09:30:00Z",
    "week date": "2026-W14-3T09:30:00Z",
    "digits of another script": "２０２６-04-01T09:30:00Z",
    "digits of another script in the fraction": "2026-04-01T09:30:00.５Z",
    "leading space": " 2026-04-01T09:30:00Z",
    "line end": "2026-04-01T09:30:00Z\n",
    "basic form": "20260401T093000Z",
}


@pytest.mark.parametrize("text, expected", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(text, expected):
    assert parse_timestamp(text) == expected


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_refused(text):
    with pytest.raises(TimestampError):
        parse_timestamp(text)


@pytest.mark.parametrize("value", [None, 5, 1.5, b"2026-04-01T09:30:00Z", True])
def test_other_kinds_are_refused(value):
    with pytest.raises(TimestampError):
        parse_timestamp(value)


def test_a_long_foreign_text_is_cut_in_the_message():
    with pytest.raises(TimestampError) as caught:
        parse_timestamp("x" * 10_000)
    assert len(str(caught.value)) < 200


@given(st.datetimes(timezones=st.just(UTC)))
def test_writing_and_reading_give_the_same_moment(moment):
    text = format_timestamp(microseconds_of(moment))
    assert len(text) == len("2026-04-01T09:30:00.000000Z")
    assert parse_timestamp(text) == microseconds_of(moment)
    assert datetime.fromisoformat(text) == moment


def test_any_zone_becomes_utc():
    moment = datetime(2026, 4, 1, 18, 30, tzinfo=timezone(timedelta(hours=9)))
    assert format_timestamp(microseconds_of(moment)) == "2026-04-01T09:30:00.000000Z"


def test_a_time_without_zone_is_refused():
    with pytest.raises(TimestampError):
        microseconds_of(datetime(2026, 4, 1, tzinfo=UTC).replace(tzinfo=None))


@pytest.mark.parametrize("microseconds", [253_402_300_800_000_000, -62_135_596_800_000_001, 10**30])
def test_outside_the_calendar(microseconds):
    with pytest.raises(TimestampError):
        format_timestamp(microseconds)
