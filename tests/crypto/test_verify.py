"""A whole log: an honest one passes, and every way of bending it is found, with its index and in words."""

import base64
import dataclasses
import hashlib
import json

import pytest

from crypto import keys, merkle
from crypto.entry import object_leaf
from crypto.keys import LogSigner, VerifyingKey
from crypto.verify_entry import StoredEntry, StoredObject
from tests.crypto.small_logs import (
    HOST,
    bend,
    findings,
    log,
    make_entry,
    make_log,
    notes,
    only,
    sign,
    trusted,
)
from tests.crypto.whole_logs import verify_log

__all__ = ["log", "notes"]


def test_an_honest_log_passes(log, notes):
    report = verify_log(iter(log), iter(notes), trusted())
    assert report.ok
    assert report.first is None
    assert (report.entries, report.checkpoints, report.erased) == (12, 3, ())
    assert report.objects == report.bodies == sum(index % 4 for index in range(12))
    (shard,) = report.shards
    assert (shard.shard, shard.size, shard.signed_size) == ("2026", 12, 12)
    assert base64.b64encode(shard.root) in notes[-1]


def test_our_published_log_passes(known):
    entries = []
    for index, entry in enumerate(known["entries"]):
        parts = {
            name: (base64.b64decode(part["salt"]), None if part["json"] is None else part["json"].encode())
            for name, part in entry["parts"].items()
        }
        objects = [
            (it["place"], base64.b64decode(it["salt"]), base64.b64decode(it["sha256"]), it["stored"].encode())
            for it in entry.get("objects", ())
        ]
        stored = StoredEntry("2027", index, entry["entry"].encode(), parts, objects)
        if objects:
            padding = base64.b64decode(entry["padding"])
            stored = dataclasses.replace(stored, padding=padding, tree_size=entry["tree_size"])
        entries.append(stored)
    case = known["checkpoint"]
    report = verify_log(
        entries, [case["note"].encode()], [VerifyingKey.parse(vkey) for vkey in case["vkeys"]], required=2
    )
    assert report.findings == ()
    assert report.shards[0].signed_size == len(entries)


def test_entries_after_the_last_checkpoint_are_no_fault(log, notes):
    report = verify_log(log, notes[:2], trusted())
    assert report.ok
    assert (report.shards[0].size, report.shards[0].signed_size) == (12, 9)


def test_a_changed_part_is_found_at_its_index(log, notes):
    salt, _ = log[4].parts["decision"]
    bend(log, 4, parts={**log[4].parts, "decision": (salt, b'{"n":5}')})
    assert only(findings(log, notes)) == (4, "the parts are not those that the entry commits to (c)")


def test_a_changed_salt_is_found(log, notes):
    bend(log, 4, parts={**log[4].parts, "actor": (bytes(32), None)})
    assert only(findings(log, notes))[0] == 4


@pytest.mark.parametrize("spelled", [b'{"n": 4}', b'{"n":4,"n":4}', b"{"])
def test_a_part_in_another_spelling_is_found(log, notes, spelled):
    salt, _ = log[4].parts["decision"]
    bend(log, 4, parts={**log[4].parts, "decision": (salt, spelled)})
    assert all(index == 4 for index, _ in findings(log, notes))
    assert any("decision" in what for _, what in findings(log, notes))


def test_a_missing_part_is_not_an_erased_one(log, notes):
    bend(log, 4, parts={name: part for name, part in log[4].parts.items() if name != "actor"})
    index, what = only(findings(log, notes))
    assert index == 4
    assert "actor" in what


def test_a_changed_body_is_found(log, notes):
    place, salt, hashed, _ = log[3].objects[1]
    bend(log, 3, objects=[log[3].objects[0], (place, salt, hashed, b"forged"), log[3].objects[2]])
    assert only(findings(log, notes)) == (
        3,
        f"object at place {place}: the stored bytes do not have the hash on record",
    )


def test_a_changed_body_with_its_hash_is_found(log, notes):
    place, salt, _, _ = log[3].objects[1]
    forged = (place, salt, hashlib.sha256(b"forged").digest(), b"forged")
    bend(log, 3, objects=[log[3].objects[0], forged, log[3].objects[2]])
    assert only(findings(log, notes)) == (3, "the objects are not those that the entry commits to (o)")


@pytest.mark.parametrize("change", ["dropped", "added", "moved", "twice", "padding", "unasked"])
def test_other_objects_are_found(log, notes, change):
    objects, index = list(log[3].objects), 3
    free = ({0, 1, 2, 3} - {row[0] for row in objects}).pop()
    if change == "dropped":
        bend(log, 3, objects=objects[1:])
    elif change == "added":
        bend(log, 3, objects=[*objects, (free, bytes(32), hashlib.sha256(b"").digest(), b"")], padding=b"")
    elif change == "moved":
        bend(log, 3, objects=[(free, *objects[0][1:]), *objects[1:]])
    elif change == "twice":
        bend(log, 3, objects=[*objects, objects[0]])
    elif change == "padding":
        bend(log, 3, padding=b"x" * 32)
    else:
        index = 4
        bend(log, 4, objects=objects)
    assert only(findings(log, notes))[0] == index


def test_a_body_that_is_no_longer_kept_is_no_fault(log, notes):
    bend(log, 3, objects=[(*row[:3], None) for row in log[3].objects])
    report = verify_log(log, notes, trusted())
    assert report.ok
    assert report.bodies == report.objects - 3


def test_a_rewritten_entry_is_found_by_the_signed_root(log, notes):
    """Whoever rewrites an entry with all that hangs on it still has no signature over the new root."""
    log[6] = make_entry("2026", 6, said={"n": "forged"})
    index, what = only(findings(log, notes))
    assert index == 5
    assert "from entry 5 to 8" in what


def test_with_published_hashes_the_very_entry_is_named(log, notes):
    log = [dataclasses.replace(entry, leaf_hash=merkle.leaf_hash(entry.leaf)) for entry in log]
    assert findings(log, notes) == []
    log[6] = dataclasses.replace(make_entry("2026", 6, said={"n": "forged"}), leaf_hash=log[6].leaf_hash)
    found = findings(log, notes)
    assert (6, "the entry does not have the hash that the log published for it") in found
    assert len(found) == 2


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b"[" * 60_000, b"x" * 70_000])
def test_an_entry_that_is_none_is_found(log, notes, raw):
    bend(log, 7, leaf=raw)
    found = findings(log, notes)
    assert any(index == 7 and "exact form" in what for index, what in found)
    assert any("root" in what for _, what in found)


def test_a_respelled_entry_is_found(log, notes):
    bend(log, 7, leaf=json.dumps(json.loads(log[7].leaf)).encode())
    assert any(index == 7 and "canonical" in what for index, what in findings(log, notes))


def test_a_cut_tail_is_found(log, notes):
    assert only(findings(log[:10], notes)) == (10, "a signed checkpoint covers 12 entries, only 10 are stored")


def test_a_lost_shard_is_found(log, notes):
    assert only(findings([], notes)) == (0, "a signed checkpoint covers 12 entries, none is stored")


def test_a_gap_is_found(log, notes):
    del log[7]
    assert only(findings(log, notes)) == (7, "expected entry 7, found 8")


def test_swapped_and_doubled_entries_are_found(log, notes):
    swapped = [*log[:3], log[4], log[3], *log[5:]]
    assert (3, "expected entry 3, found 4") in findings(swapped, notes)
    doubled = [*log[:4], log[3], *log[4:]]
    assert (4, "expected entry 4, found 3") in findings(doubled, notes)


def test_renumbered_entries_are_found(log, notes):
    bend(log, 3, index=4)
    bend(log, 4, index=3)
    log[3], log[4] = log[4], log[3]
    assert any("root over the first 5" in what for _, what in findings(log, notes))


def test_falling_time_is_found(log):
    log[8] = make_entry("2026", 8, ts_ms=1)
    assert only(findings(log, [sign(log)])) == (8, "time falls: 1 after 1007 (milliseconds)")


def test_standing_time_is_no_fault(log):
    log[8] = make_entry("2026", 8, ts_ms=1007)
    assert findings(log, [sign(log)]) == []


def test_a_foreign_key_confirms_nothing(log, notes):
    stranger = LogSigner.from_pem(keys.generate_ed25519(), HOST + "2026")
    found = findings(log, [sign(log, signer=stranger)])
    assert any("a checkpoint does not hold" in what for _, what in found)
    assert any("no signed checkpoint" in what for _, what in found)
    assert len(findings(log, [*notes, sign(log, signer=stranger)])) == 1


def test_junk_among_the_checkpoints_is_reported(log, notes):
    for junk in (b"", b"\xff\x00" * 300, notes[0][:-20]):
        (_, what) = only(findings(log, [*notes, junk]))
        assert "a checkpoint does not hold" in what
        assert "\x00" not in verify_log(log, [*notes, junk], trusted()).findings[0].shard


def test_no_checkpoint_at_all_is_a_fault(log):
    assert only(findings(log, [])) == (None, "no signed checkpoint covers this shard")


def test_a_split_view_is_found(log, notes):
    other = [*log[:8], make_entry("2026", 8, said={"n": "other world"})]
    found = findings(log, [*notes, sign(other)])
    assert any("split view" in what for _, what in found)


def test_erased_entries_are_listed(log, notes):
    bend(log, 3, parts=None, objects=[], padding=b"", tree_size=0)
    bend(log, 5, parts={**log[5].parts, "actor": None})
    report = verify_log(log, notes, trusted())
    assert report.ok
    assert report.erased == (("2026", 3), ("2026", 5))


def test_an_object_whose_salt_is_erased_keeps_its_siblings_checkable(log, notes):
    place, salt, hashed, _ = log[3].objects[0]
    kept = StoredObject(place, None, None, None, object_leaf(salt, hashed))
    bend(log, 3, objects=[kept, *log[3].objects[1:]])
    report = verify_log(log, notes, trusted())
    assert report.ok
    assert report.erased == (("2026", 3),)
    bend(log, 3, objects=[kept._replace(leaf=bytes(32)), *log[3].objects[1:]])
    assert only(findings(log, notes))[0] == 3


@pytest.mark.parametrize(
    ("salt", "hashed", "leaf", "said"),
    [
        (b"short", bytes(32), None, "salt"),
        (bytes(32), b"short", None, "hash"),
        (None, None, b"short", "leaf kept for it"),
        (bytes(32), bytes(32), bytes(32), "do not give the leaf"),
    ],
)
def test_values_that_cannot_be_an_objects_are_found(log, notes, salt, hashed, leaf, said):
    bent = StoredObject(log[3].objects[0][0], salt, hashed, None, leaf)
    bend(log, 3, objects=[bent, *log[3].objects[1:]])
    index, what = only(findings(log, notes))
    assert index == 3
    assert said in what


@pytest.mark.parametrize("gone", [{"salt": None}, {"object_sha256": None}, {"salt": None, "object_sha256": None}])
def test_whatever_makes_an_object_uncheckable_counts_as_erased(log, notes, gone):
    """A missing hash alone once passed as checked; it must need an erasure entry like a missing salt."""
    bend(log, 3, objects=[StoredObject(*log[3].objects[0])._replace(body=None, **gone), *log[3].objects[1:]])
    assert verify_log(log, notes, trusted()).erased == (("2026", 3),)
    assert only(findings(log, notes, read_erasure=read_erasure))[0] == 3


def read_erasure(entry):
    return [tuple(pair) for pair in json.loads(entry.parts["decision"][1])["erases"]]


def test_nothing_is_erased_without_an_erasure_entry(log):
    """An intruder who deletes salts to hide a change is seen: no entry allowed it."""
    log.append(make_entry("2026", 12, kind="erasure", said={"erases": [["2026", 3]]}))
    notes = [sign(log)]
    bend(log, 3, parts=None, objects=[], padding=b"", tree_size=0)
    assert findings(log, notes, read_erasure=read_erasure) == []
    bend(log, 5, parts=None)
    index, what = only(findings(log, notes, read_erasure=read_erasure))
    assert index == 5
    assert "no erasure entry" in what


def test_the_first_fault_comes_first_and_floods_are_counted(log):
    report = verify_log([dataclasses.replace(entry, leaf=b"") for entry in make_log(1100)], [sign(log)], trusted())
    assert len(report.findings) == 1000
    assert report.more_findings > 0
    assert report.first is not None
    assert report.first.index == 0


def test_entries_stream_through():
    """A generator is enough, and each entry is taken from it once."""
    log = [make_entry("2026", index) for index in range(5000)]
    notes = [sign(log)]
    taken: list[int] = []

    def stream():
        for index, entry in enumerate(log):
            taken.append(index)
            yield entry

    assert verify_log(stream(), notes, trusted()).ok
    assert taken == list(range(5000))
