"""Plain addresses are taken, everything that could be read as something else is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.errors import Invalid
from sharing.rules.mail_address import parse_address


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("hanako@example.jp", "hanako@example.jp"),
        ("  Hanako.Yamada+ceptoar@Mail.EXAMPLE.jp ", "Hanako.Yamada+ceptoar@mail.example.jp"),
        ("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "hanako@example.jp"),
        ("a@xn--wgv71a119e.jp", "a@xn--wgv71a119e.jp"),
        ("x" * 64 + "@example.jp", "x" * 64 + "@example.jp"),
    ],
)
def test_plain_addresses_are_taken(typed: str, taken: str):
    """As people type them, in full width too."""
    assert parse_address(typed) == taken


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "hanako",
        "hanako@localhost",
        "@example.jp",
        "hanako@",
        "a@b@example.jp",
        '"a b"@example.jp',
        "a(comment)@example.jp",
        "Hanako <hanako@example.jp>",
        "hanako@[192.0.2.1]",
        "hanako@192.0.2.1",
        "花子@example.jp",
        "hanako@日本.jp",
        ".hanako@example.jp",
        "hanako.@example.jp",
        "ha..nako@example.jp",
        "hanako@-example.jp",
        "hanako@example.jp\r\nBcc: spy@evil.example",
        "hanako@example.jp, spy@evil.example",
        "hanako@example.jp;spy@evil.example",
        "hanako\x00@example.jp",
        "hanako@example.jp\u2028x",
        "x" * 65 + "@example.jp",
        "a@" + "b" * 64 + ".jp",
        "a@" + ".".join(["b" * 60] * 5) + ".jp",
        "a" * 5000,
    ],
)
def test_others_are_refused(typed: str):
    """Quotes, comments, lists, addresses of machines, letters beyond ASCII, lines."""
    with pytest.raises(Invalid) as refused:
        parse_address(typed)
    assert [fault.field for fault in refused.value.faults] == ["address"]


@given(st.text())
def test_nothing_that_is_taken_can_become_a_header(typed: str):
    """Whatever is typed: one line of printable ASCII without blanks, brackets or lists, or nothing."""
    try:
        taken = parse_address(typed)
    except Invalid:
        return
    assert taken.isascii() and taken.isprintable() and not set(taken) & set(' <>,;:"()[]\\\r\n')
