"""What is found in a pasted text, however it is written; what is set apart; and what only looks like something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.stix.patterns import check_pattern
from feeds.stix.writing import PATTERN_PATHS, pattern_of
from sharing.reports.checks import INDICATOR_CHECKS
from sharing.reports.pasted import VULNERABILITY, WALLET, Apart, find_pasted, read_own

HASH = "d41d8cd98f00b204e9800998ecf8427e"


def found(text: str, own: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(each.kind, each.value) for each in find_pasted(text, own)]


@pytest.mark.parametrize(
    "text, kind, value",
    [
        ("攻撃元は198.51.100.23です。", "ipv4-addr", "198.51.100.23"),
        ("攻撃元は１９８．５１．１００．２３、他は不明", "ipv4-addr", "198.51.100.23"),
        ("198[.]51[.]100(.)23から", "ipv4-addr", "198.51.100.23"),
        ("通信先：hxxps://evil[.]example[.]com/a?b=1。", "url", "https://evil.example.com/a?b=1"),
        ("（hxxp[:]//evil.example/x）を開いた", "url", "http://evil.example/x"),
        ("h**p://evil.example:8080/x).", "url", "http://evil.example:8080/x"),
        ("http://evil.example/a_(b)", "url", "http://evil.example/a_(b)"),
        ("差出人はbad[at]phish[dot]example", "email-addr", "bad@phish.example"),
        ("ＢＡＤ＠ＰＨＩＳＨ．ＥＸＡＭＰＬＥから", "email-addr", "BAD@phish.example"),
        ("ドメイン「c2.evil.example」へ", "domain-name", "c2.evil.example"),
        ("ドメインはxn--r8jz45g.example。", "domain-name", "xn--r8jz45g.example"),
        (f"MD5は{HASH.upper()}", "md5", HASH),
        ("SHA1:" + "a" * 40, "sha1", "a" * 40),
        ("SHA256=" + "A" * 64, "sha256", "a" * 64),
        ("2001:db8::1と通信", "ipv6-addr", "2001:db8::1"),
        ("cve-2026-12345を悪用", "vulnerability", "CVE-2026-12345"),
        ("HKLM\\Software\\Run\\evilを追加", "windows-registry-key", "HKLM\\Software\\Run\\evil"),
        ("送金先 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ],
)
def test_what_is_found(text: str, kind: str, value: str):
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "invoice.exeとreport.docxを開いた。",
        "12:34:56に発生",
        "版は1.2.3.4.5",
        "999.1.1.1",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
        "青葉電力株式会社",
        "第1.2章",
        "g" * 32,
        "",
    ],
)
def test_what_only_looks_like_something(text: str):
    assert found(text) == []


def test_each_thing_once_and_the_address_in_a_url_not_again():
    assert found("http://evil.example/x http://evil.example/x") == [("url", "http://evil.example/x")]


def test_the_senders_own_and_what_is_internal_is_set_apart():
    text = (
        "www.aoba.example mail@aoba.example http://x.aoba.example/ 203.0.113.9 192.168.1.5 127.0.0.1 aoba.example.net"
    )
    apart = {each.value: each.apart for each in find_pasted(text, ("*.aoba.example", "203.0.113.0/24"))}
    assert apart == {
        "www.aoba.example": Apart.OWN,
        "mail@aoba.example": Apart.OWN,
        "http://x.aoba.example/": Apart.OWN,
        "203.0.113.9": Apart.OWN,
        "192.168.1.5": Apart.INTERNAL,
        "127.0.0.1": Apart.INTERNAL,
        "aoba.example.net": None,
    }


def test_a_list_of_own_systems():
    assert read_own("Aoba.example\n*.aoba.example\n\n203.0.113.0/24\n") == (
        ("aoba.example", "*.aoba.example", "203.0.113.0/24"),
        (),
    )
    assert read_own("aoba.example\n何か\nhttp://x/")[1] == (2, 3)


@given(st.text(st.sampled_from("a1.:/@[]()\\-hxtp あ。．，CVE"), max_size=300))
def test_whatever_is_found_can_be_filed_and_has_a_pattern(text: str):
    for kind, value in found(text):
        if kind not in (VULNERABILITY, WALLET):
            assert INDICATOR_CHECKS[kind](value)
            assert kind in PATTERN_PATHS and pattern_of(kind, value)


def test_a_registry_key_has_a_pattern_that_others_read():
    assert check_pattern(pattern_of("windows-registry-key", "HKLM\\Software\\it's")) is None
