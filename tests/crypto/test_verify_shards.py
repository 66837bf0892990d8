"""Checking a log of several shards: each begins with a bridge to the one before."""

import dataclasses

import pytest

from crypto import merkle
from crypto.checkpoint import Checkpoint
from crypto.entry import parse_leaf
from tests.crypto.small_logs import HOST, findings, log, make_entry, make_log, only, sign, trusted
from tests.crypto.whole_logs import verify_log

__all__ = ["log"]


def two_shards(bridge_size=12, forge=False):
    first = make_log()
    old = Checkpoint(HOST + "2026", bridge_size, merkle.root([merkle.leaf_hash(it.leaf) for it in first[:bridge_size]]))
    bridge = dataclasses.replace(old, root=bytes(32)) if forge else old
    second = [make_entry("2027", 0, kind="shard", ts_ms=5000, bridge=bridge.text.decode())]
    second += [make_entry("2027", index, ts_ms=5000 + index) for index in range(1, 4)]
    return first, second, [sign(first, 9), sign(first), sign(second)]


def test_shards_are_bridged():
    first, second, notes = two_shards()
    report = verify_log([*first, *second], notes, trusted())
    assert report.findings == ()
    assert [(it.shard, it.signed_size) for it in report.shards] == [("2026", 12), ("2027", 4)]
    assert parse_leaf(second[0].leaf).bridge


def test_a_bridge_to_itself_is_found():
    bridge = Checkpoint(HOST + "2026", 1, bytes(32)).text.decode()
    log = [make_entry("2026", 0, kind="shard", bridge=bridge)]
    assert only(findings(log, [sign(log)])) == (0, "the first entry names a checkpoint of its own shard")


def test_a_bridge_to_a_shard_that_is_not_at_hand_is_left_to_others():
    _, second, notes = two_shards()
    assert findings(second, notes[2:]) == []


@pytest.mark.parametrize("values", [{"forge": True}, {"bridge_size": 7}])
def test_a_wrong_bridge_is_found(values):
    first, second, notes = two_shards(**values)
    report = verify_log([*first, *second], notes, trusted())
    assert report.first is not None
    assert (report.first.shard, report.first.index) == ("2027", 0)
    assert "does not have" in report.first.what


def test_a_shard_without_a_bridge_is_found():
    first, _, _ = two_shards()
    second = [make_entry("2027", 0, ts_ms=5000)]
    found = findings([*first, *second], [sign(first), sign(second)])
    assert only(found) == (0, "the first entry names no checkpoint of the shard before")


def test_shard_entries_stand_first_and_shards_together(log):
    log[5] = make_entry("2026", 5, kind="shard")
    assert only(findings(log, [sign(log)]))[0] == 5
    first, second, notes = two_shards()
    found = findings([*first[:5], *second, *first[5:]], notes)
    assert any("found one apart" in what for _, what in found)
