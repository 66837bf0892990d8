"""Patterns: our parser agrees with the one of OASIS, in time that does not explode, and what is wrong is a warning."""

from __future__ import annotations

import random
import time

import pytest
from stix2patterns.validator import run_validator

from feeds.intake.border import read_post
from feeds.stix import patterns
from feeds.stix.patterns import DEEPEST, LONGEST, check_pattern, find_fault
from tests.feeds.intake.test_border import collection
from tests.hub.taxii.conftest import envelope, indicator

GOOD = (
    "[ipv4-addr:value = '198.51.100.1']",
    "[ ipv4-addr:value='198.51.100.1' ]",
    "[file:hashes.'SHA-256' = 'aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f']",
    "[file:name.x = 'a' AND (file:size > 10 OR file:size <= 0.5)] WITHIN 5.5 SECONDS REPEATS 3 TIMES",
    "([a:b = 1] FOLLOWEDBY [a:b != -1]) START t'2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00.5Z'",
    "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' LIKE 'x%' AND a:b NOT IN (2, true)]",
    "[a:b[*].c[0].d[-1] MATCHES '^a\\\\.b$' OR EXISTS x-custom:'odd name']",
    "[a:b ISSUBSET '198.51.100.0/24'] OR [a:b NOT ISSUPERSET 'x'] AND [a:b <> h'00ff']",
    "[a:b == b'AAAA' /* why */ ] // the end",
    "[a:b = 'it''s']".replace("''", "\\'"),
)
BAD = (
    "",
    "198.51.100.1",
    "[]",
    "[ipv4-addr:value = 198.51.100.1]",
    '[ipv4-addr:value = "198.51.100.1"]',
    "[ipv4-addr.value = 'x']",
    "[ipv4-addr:value = 'x'",
    "[ipv4-addr:value 'x']",
    "[a:b = 'x'] AND",
    "[a:b = 'x'] [a:b = 'y']",
    "[a:b > true]",
    "[a:b IN 'x']",
    "[a:b LIKE 5]",
    "[a:some-name = 1]",
    "[a:b = 'x'] WITHIN -5 SECONDS",
    "[a:b = 'x'] START '2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z'",
    "[a:b = t'2026-13-01T00:00:00Z']",
    "[a:b = h'0']",
    "[AND:b = 1]",
    "[a:b = 'x\\y']",
)


def theirs(text: str) -> bool | None:
    """What the parser of OASIS says; nothing where it falls over, as at an index of -1 or at no text.

    It looks into the values of hashes as well, which is no question of grammar.
    """
    try:
        return all("is not a valid" in each for each in run_validator(text, "2.1"))
    except (AttributeError, UnboundLocalError, ValueError):
        return None


def test_ours_and_theirs_agree():
    """The good, the bad, and two thousand mutations of the good."""
    for text in GOOD:
        assert check_pattern(text) is None, text
    for text in BAD:
        assert str(check_pattern(text)).startswith("expected"), text
    chance = random.Random(2026)
    pieces = ["'", "[", "]", "(", ")", " AND ", " OR ", ".", ":", "*", "-", "1", "NOT ", "t'", "\\", " IN ", ","]
    different = []
    for text in [*GOOD, *BAD, *(_mutated(chance, pieces) for _ in range(600))]:
        if theirs(text) not in {None, check_pattern(text) is None}:
            different.append(text)
    assert different == []


def _mutated(chance: random.Random, pieces: list[str]) -> str:
    text = chance.choice(GOOD)
    place = chance.randrange(len(text))
    cut = chance.choice([0, 0, 1, 3])
    return text[:place] + chance.choice(["", *pieces]) + text[place + cut :]


def test_nothing_explodes():
    """Deep, long and ambiguous ones: an answer in time that grows with their length; each distinct one parsed once."""
    many = " OR ".join(["a:b = 'x'"] * 5_000)
    for text, is_good in (
        ("(" * 5_000 + "[a:b = 1]" + ")" * 5_000, False),
        ("[" + "(" * DEEPEST + "a:b = 1" + ")" * DEEPEST + "]", True),
        (f"[{many}]", True),
        ("[a:b = 1]" + " WITHIN 1 SECONDS" * 5_000, True),
        ("/*" * 40_000, False),
        ("[a:b = '" + "\\'" * 40_000, False),
        ("[a:b = b'" + "AAAA" * 20_000, False),
        ("t'" * 40_000, False),
        ("[" * (LONGEST + 1), False),
    ):
        started = time.process_time()
        fault = find_fault({"pattern": text, "pattern_type": "stix"})
        assert (fault is None) is is_good, text[:60]
        assert time.process_time() - started < 2, text[:60]
    patterns._remembered.cache_clear()
    for _ in range(3):
        find_fault({"pattern": "[a:b = 1]", "pattern_type": "stix"})
    assert patterns._remembered.cache_info().misses == 1
    assert find_fault({"pattern": "rule x {}", "pattern_type": "yara"}) is None


@pytest.mark.parametrize("pattern, warns", [("[ipv4-addr:value = ", True), ("[ipv4-addr:value = 'x'] ", False)])
def test_a_wrong_pattern_is_a_warning_to_its_poster(pattern, warns):
    """The object is taken, strict or not: others may understand what we do not."""
    read = read_post(envelope(indicator(pattern=pattern)), collection())
    (candidate,) = read.candidates
    assert ("/pattern: expected" in candidate.note) is warns
    assert read.warned == int(warns)
