"""Lists and tables: lines that become indicators, and those that do not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from feeds.files.bundles import FileError
from feeds.files.indicators import Origin, Skipped, of_list, of_table
from models.vocabulary import Label
from tests.feeds.files.lines import ORIGIN, said
from tests.hub.taxii.conftest import indicator


def test_a_plain_list():
    lines = ["# comment", "", "192.0.2.1", "2001:db8::1 ", "evil.example", "http://evil.example/x", "a" * 64, "what?"]
    assert said(of_list(lines, ORIGIN)) == [
        ("ipv4-addr", "192.0.2.1", "192.0.2.1"),
        ("ipv6-addr", "2001:db8::1", "2001:db8::1"),
        ("domain-name", "evil.example", "evil.example"),
        ("url", "http://evil.example/x", "http://evil.example/x"),
        ("sha256", "a" * 64, "a" * 64),
        None,
    ]


def test_names_of_hosts_in_other_letters():
    """They were left out, though Japan has many: written as they are asked for, named as they were read."""
    lines = ["日本語.jp", "ｅｖｉｌ。example", "日本", "日本語.jp/x", "日..jp"]
    assert said(of_list(lines, ORIGIN)) == [
        ("domain-name", "xn--wgv71a119e.jp", "日本語.jp"),
        ("domain-name", "evil.example", "ｅｖｉｌ。example"),
        *[None] * 3,
    ]
    assert said(of_table(["value,type,name", "日本語.jp,domain-name,x"], ORIGIN)) == [
        ("domain-name", "xn--wgv71a119e.jp", "x")
    ]


def test_a_file_that_changes_makes_new_versions():
    """On one day the same id, which had another `created` each time: that must never change (STIX 2.1 §3.2)."""
    day = datetime(2026, 11, 20, tzinfo=UTC)
    moments = [day, day.replace(hour=9), day.replace(hour=23, microsecond=5), day.replace(day=21)]
    made = [
        json.loads(each) for at in moments for each in of_list(["192.0.2.1"], Origin(ORIGIN.organization_id, at, None))
    ]
    assert [each["id"] == made[0]["id"] for each in made] == [True, True, True, False]
    assert [each["created"] for each in made] == ["2026-11-20T00:00:00.000000Z"] * 3 + ["2026-11-21T00:00:00.000000Z"]
    assert [each["modified"] for each in made] == sorted(each["modified"] for each in made)
    assert len({each["modified"] for each in made}) == 4


def test_a_long_value_is_left_out_whole():
    """The rest was cut off, and what was left went out as another address."""
    found = list(of_list([f"http://a.example/{'x' * 20_000}", "192.0.2.1" + " " * 20_000], ORIGIN))
    assert said(found) == [None, ("ipv4-addr", "192.0.2.1", "192.0.2.1")]
    assert str(found[0]) == "line 1: a value of more than 10000 characters"


def test_comments_behind_values():
    """As blocklists have them; the fragment of an address is none."""
    lines = [
        "192.0.2.1 # command and control",
        "192.0.2.2\t; SBL1",
        " ; all of it",
        "http://e.example/#top",
        "; x",
        "#",
    ]
    assert [each[1] for each in said(of_list(lines, ORIGIN))] == ["192.0.2.1", "192.0.2.2", "http://e.example/#top"]


def test_a_first_line_that_cannot_be_read_is_said():
    """It ended the import with an error of its own."""
    with pytest.raises(FileError):
        list(of_table(["value," + "x" * 200_000], ORIGIN))


def test_a_quote_that_nobody_closes_is_said():
    """All lines behind it became part of one name, and were lost without a word."""
    table = ["value,name\n", "192.0.2.1,a\n", '192.0.2.2,"b\n', "192.0.2.3,c\n"]
    found = of_table(table, ORIGIN)
    assert said([next(found)]) == [("ipv4-addr", "192.0.2.1", "a")]
    with pytest.raises(FileError, match="line 4"):
        next(found)


def test_defanged_values_are_read_as_meant():
    """They were published as they stood, and nothing on earth would have matched hxxp; other values keep every sign."""
    lines = [
        "hxxps://evil[.]example/x?a=[1]",
        "evil[.]example",
        "192.0.2[.]1",
        "http://e.example/Ａ",
        "x(at)e[dot]example",
    ]
    values = ["https://evil.example/x?a=[1]", "evil.example", "192.0.2.1", "http://e.example/Ａ", "x@e.example"]
    kinds = ["url", "domain-name", "ipv4-addr", "url", "email-addr"]
    assert said(of_list(lines, ORIGIN)) == list(zip(kinds, values, values, strict=True))
    (row,) = of_table(["value,type,name", "hxxp://evil[.]example/,url,x"], ORIGIN)
    assert said([row]) == [("url", "http://evil.example/", "x")]


def test_what_is_left_out_says_its_line():
    """Of a thousand lines one that is wrong must be found again."""
    (left,) = (each for each in of_list(["# first", "192.0.2.1", "what?"], ORIGIN) if isinstance(each, Skipped))
    assert str(left).startswith("line 3: ")
    table = ["value,tlp,name", '192.0.2.1,,"two', 'lines"', "192.0.2.2,mauve,"]
    (left,) = (each for each in of_table([f"{line}\n" for line in table], ORIGIN) if isinstance(each, Skipped))
    assert str(left) == "line 4: unknown TLP label"


def test_a_table_with_labels():
    lines = [
        "\ufeffType,VALUE,name,tlp",
        "domain-name,evil.example,Beacon,TLP:AMBER",
        ",192.0.2.1,,",
        "url,x,,",
        ",x.example,,mauve",
    ]
    found = list(of_table(lines, ORIGIN))
    assert said(found) == [
        ("domain-name", "evil.example", "Beacon"),
        ("ipv4-addr", "192.0.2.1", "192.0.2.1"),
        None,
        None,
    ]
    marks = [json.loads(each)["object_marking_refs"] for each in found if isinstance(each, bytes)]
    assert marks[0] == indicator(Label.AMBER)["object_marking_refs"]
    assert marks[1] == indicator(Label.GREEN)["object_marking_refs"]
    with pytest.raises(FileError):
        list(of_table(["a,b", "1,2"], ORIGIN))


def test_a_table_with_a_column_twice_is_said():
    """The last one was read, and of the other nothing, without a word."""
    for first in ("value,VALUE", "value,tlp, TLP "):
        with pytest.raises(FileError, match="each column once"):
            list(of_table([first, "a.example,b.example,c"], ORIGIN))
    assert said(of_table(["value,,", "a.example,,"], ORIGIN)) == [("domain-name", "a.example", "a.example")]
