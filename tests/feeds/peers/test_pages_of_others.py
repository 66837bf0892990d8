"""Reading other servers: page by page, to the exact place, whatever the server does."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from feeds.peers.connection import Envelope, PeerError
from feeds.peers.pull import PAGES_A_ROUND, follow
from models.vocabulary import Label
from sharing.exchange.peers import Cursor
from tests.feeds.peers.conftest import Reading
from tests.feeds.peers.other_hub import answer
from tests.hub.taxii.conftest import indicator


def test_the_first_date_alone_is_a_place_as_well(reading: Reading, odd):
    """As medallion answers where a page holds one object."""
    one = indicator(Label.GREEN)

    def serve(query: dict[str, str], _number: int):
        status, _, body = answer() if "added_after" in query else answer(one)
        return status, {"X-TAXII-Date-Added-First": "2026-11-20T00:00:00.000001Z"}, body

    reading.meets(odd(serve).url)
    assert [reading.pulls().objects for _ in range(2)] == [1, 0]


def test_pages_are_followed_with_what_the_server_gives(reading: Reading, odd):
    """`next` where there is one; else the last date; never our own clock."""
    objects = [indicator(Label.GREEN) for _ in range(5)]

    def serve(query: dict[str, str], _number: int):
        if "added_after" in query:
            return answer()
        place = int(query.get("next", "0"))
        more = {"more": True, "next": str(place + 1)} if place < 4 else {"more": False}
        return answer(objects[place], last=f"2026-11-20T00:00:00.00000{place + 1}Z", **more)

    server = odd(serve)
    reading.meets(server.url)
    pulled = reading.pulls()
    assert (pulled.pages, pulled.published, pulled.failure) == (5, 5, "")
    assert reading.sees(reading.office) == objects
    assert [query.get("next") for query in server.asked] == [None, "1", "2", "3", "4"]
    assert reading.pulls().objects == 0
    assert server.asked[-1]["added_after"] == "2026-11-20T00:00:00.000005Z"


def test_a_round_goes_on_at_the_exact_page_after_a_failure(reading: Reading, odd):
    """The third page fails once: the first two are not asked for again."""
    objects = [indicator(Label.GREEN) for _ in range(4)]
    broken = [True]

    def serve(query: dict[str, str], _number: int):
        place = int(query.get("next", "0"))
        if place == 2 and broken:
            broken.clear()
            return 503, {"Retry-After": "120"}, b"{}"
        more = {"more": True, "next": str(place + 1)} if place < 3 else {}
        return answer(objects[place], last=f"2026-11-20T00:00:00.00000{place + 1}Z", **more)

    server = odd(serve)
    reading.meets(server.url)
    assert "503" in reading.pulls().failure
    assert reading.peer().due_at == reading.world.now + timedelta(seconds=120)
    assert reading.pulls().published == 2
    assert [query.get("next", "0") for query in server.asked] == ["0", "1", "2", "2", "3"]
    assert reading.sees(reading.office) == objects


@pytest.mark.parametrize("said, least, most", [(600, 9, 10), (-600, 14, 15), (400_000, 359, 360)])
def test_a_time_to_come_back_is_read_by_the_clock_that_named_it(
    reading: Reading, odd, said: int, least: int, most: int
):
    """`Retry-After` as a date was passed over, and the server asked again before it wanted to be.

    One that has passed says nothing, and none keeps the hub away for more than six hours.
    """

    def serve(_query: dict[str, str], _number: int):
        when = format_datetime(datetime.now(UTC) + timedelta(seconds=said), usegmt=True)
        return 429, {"Retry-After": when}, b"{}"

    reading.meets(odd(serve).url)
    assert "429" in reading.pulls().failure
    assert timedelta(minutes=least) < reading.peer().due_at - reading.world.now <= timedelta(minutes=most)


@pytest.mark.parametrize("said", [{"more": True}, *({"more": True, "next": way} for way in ("same", "", "a\x00b", 5))])
def test_endless_pages_end(reading: Reading, odd, said):
    """`more` without a way on, or with one that leads nowhere: the round ends by itself."""
    one = indicator(Label.GREEN)
    server = odd(lambda _query, _number: answer(one, last="2026-11-20T00:00:00.000001Z", **said))
    reading.meets(server.url)
    pulled = reading.pulls()
    assert pulled.done and len(server.asked) <= 4
    assert reading.sees(reading.office) == [one]
    assert "gives no way to it" in pulled.failure, "what lies behind was never read, and nobody was told"
    assert reading.peer().failure == pulled.failure


def test_a_place_in_the_future_is_not_kept(reading: Reading, odd):
    """One such date, and nothing that was added until then would ever have been read."""
    first, second = indicator(Label.GREEN), indicator(Label.GREEN)

    def serve(query: dict[str, str], number: int):
        if number == 1:
            return answer(first, last="9999-12-31T23:59:59.999999Z")
        return answer() if "added_after" in query else answer(first, second, last="2026-11-20T00:00:00.000001Z")

    reading.meets(odd(serve).url)
    assert "in the future" in reading.pulls().failure
    assert reading.peer().added_after == ""
    assert reading.pulls().failure == ""
    assert reading.sees(reading.office) == [first, second]


@pytest.mark.parametrize("listed", [None, {"a": 1}, "objects"])
def test_an_envelope_whose_objects_are_no_list_moves_nothing(reading: Reading, odd, listed):
    """It counted as an empty page, and its date as the place to go on after."""
    body = json.dumps({"objects": listed}).encode()
    dates = {"X-TAXII-Date-Added-Last": "2026-11-20T00:00:00.000001Z"}
    reading.meets(odd(lambda _query, _number: (200, dates, body)).url)
    assert "no envelope" in reading.pulls().failure
    assert reading.peer().added_after == ""


def test_a_byte_order_mark_is_passed_over(reading: Reading, odd):
    """Some servers write one before each answer; nothing of them could be read."""
    one = indicator(Label.GREEN)
    status, headers, body = answer(one)
    reading.meets(odd(lambda _query, _number: (status, headers, BOM_UTF8 + body)).url)
    assert reading.pulls().published == 1
    assert reading.sees(reading.office) == [one]


def test_a_server_that_always_finds_a_next_has_to_wait_for_its_turn(reading: Reading, odd):
    server = odd(lambda _query, number: answer(more=True, next=str(number)))
    reading.meets(server.url)
    pulled = reading.pulls()
    assert (pulled.pages, pulled.done) == (PAGES_A_ROUND, False)
    assert reading.peer().next_page == str(PAGES_A_ROUND)


def test_a_next_that_the_server_forgot_is_read_again_from_the_last_date(reading: Reading, odd):
    objects = [indicator(Label.GREEN) for _ in range(2)]

    def serve(query: dict[str, str], number: int):
        if number == 1:
            return answer(objects[0], last="2026-11-20T00:00:00.000001Z", more=True, next="lost")
        if query.get("next") == "lost":
            return 400, {}, b"{}"
        return answer(*objects, last="2026-11-20T00:00:00.000002Z")

    server = odd(serve)
    reading.meets(server.url)
    assert reading.pulls().failure == ""
    assert reading.sees(reading.office) == objects


@pytest.mark.parametrize(
    "served, said",
    [
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "redirect"),
        ((200, {"Content-Type": "text/html"}, b"<html>"), "taxii+json"),
        ((200, {}, b"{"), "JSON"),
        ((200, {}, b"[]"), "object"),
        ((200, {}, b'{"objects":[{"id":"a","id":"b"}]}'), "twice"),
        ((200, {}, b'{"objects":5}'), ""),
        ((500, {}, b""), "500"),
        ((404, {}, b""), "404"),
        ((200, {"Content-Length": "500"}, b'{"objects":[]}'), "middle"),
    ],
)
def test_what_is_no_answer_is_said_in_words(reading: Reading, odd, served, said):
    server = odd(lambda _query, _number: served)
    reading.meets(server.url)
    pulled = reading.pulls()
    assert said in pulled.failure
    assert reading.sees(reading.office) == []
    assert len(server.asked) == 1


def test_a_huge_answer_is_given_up(reading: Reading, odd, monkeypatch):
    monkeypatch.setattr("feeds.peers.connection.LARGEST_ANSWER", 10_000)
    server = odd(lambda _query, _number: (200, {}, b'{"x":"' + b"a" * 20_000 + b'"}'))
    reading.meets(server.url)
    assert "at most 10000 bytes" in reading.pulls().failure


def page_with(last: str = "", **more: Any) -> Envelope:
    made = Envelope(more)
    made.last = last
    return made


@pytest.mark.parametrize(
    "cursor, page, following, goes_on",
    [
        (("", "", ""), page_with("2026-01-01T00:00:01Z"), ("2026-01-01T00:00:01Z", "", ""), False),
        (("a", "", ""), page_with(), ("a", "", ""), False),
        (("", "", ""), page_with("junk"), ("", "", ""), False),
        (
            ("2026-01-01T00:00:02Z", "", ""),
            page_with("2026-01-01T00:00:01Z"),
            ("2026-01-01T00:00:02Z", "", ""),
            False,
        ),
        (("", "", ""), page_with("2026-01-01T00:00:01Z", more=True, next="n"), ("", "n", "2026-01-01T00:00:01Z"), True),
        (("", "n", ""), page_with(more=True, next="n"), ("", "", ""), False),
        (("", "", ""), page_with("2026-01-01T00:00:01Z", more=True), ("2026-01-01T00:00:01Z", "", ""), True),
        (("", "", ""), page_with(more="yes", next="n"), ("", "", ""), False),
    ],
)
def test_places(cursor, page, following, goes_on):
    assert follow(Cursor(*cursor), page) == (Cursor(*following), goes_on)


def test_a_next_of_any_length_is_not_kept():
    with pytest.raises(PeerError):
        follow(Cursor("", "", ""), page_with(more=True, next="n" * 10_000))
