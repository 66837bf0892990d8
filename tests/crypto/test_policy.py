"""Policies of witnesses, and the memory of a verifier: read exactly, refused with the line and the reason."""

import pytest

from crypto import keys
from crypto.cosignature import WitnessKey
from crypto.errors import BadPolicy
from crypto.keys import LogSigner
from crypto.memory import Memory, parse_memory
from crypto.policy import parse_policy

LOG = LogSigner.from_pem(keys.generate_ed25519(), "hub.example/log/2026").verifying_key
A, B, C = (WitnessKey.from_pem(keys.generate_ed25519(), f"{name}.example").verifying_key for name in "abc")
BASE = f"log {LOG.vkey}\nwitness a {A.vkey}\nwitness b {B.vkey} https://b.example\n"


@pytest.mark.parametrize(
    ("rest", "enough", "too_few"),
    [
        ("quorum a", [{A}, {A, B}], [set(), {B}]),
        ("quorum none", [set()], []),
        ("group g any a b\nquorum g", [{A}, {B}], [set(), {C}]),
        ("group g all a b\nquorum g", [{A, B}], [{A}, {B}]),
        ("group g 1 a\ngroup h 2 g b\nquorum h", [{A, B}], [{A}, {B}]),
    ],
)
def test_a_quorum_is_counted(rest, enough, too_few):
    policy = parse_policy((BASE + rest).encode())
    assert policy.keys == (LOG, A, B)
    assert all(policy.agreed(signed) for signed in enough)
    assert not any(policy.agreed(signed) for signed in too_few)


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("", "names the quorum"),
        ("quorum c", "line 4 of the policy: expected a witness or group named before"),
        ("quorum a\nquorum a", "one quorum"),
        ("group g 3 a b\nquorum g", "from 1 to 2"),
        ("group g 0 a b\nquorum g", "from 1 to 2"),
        ("group g two a b\nquorum g", "any, all or a number"),
        ("group g any\nquorum g", "expected log, witness, group or quorum"),
        ("group a any b\nquorum a", "a new name"),
        ("group none any b\nquorum none", "a new name"),
        ("group g any a\ngroup h any a\nquorum h", "each member in one group"),
        ("group g any a a\nquorum g", "each member in one group"),
        ("witness c {a}\nquorum a", "each key once"),
        ("witness c {log}\nquorum c", "a witness's key"),
        ("witness c x+y+z\nquorum c", "line 4"),
        ("believe everybody", "expected log, witness, group or quorum"),
        ("quorum \xff", "named before"),
    ],
)
def test_a_bent_policy_is_refused_with_its_line(rest, words):
    bent = rest.format(a=A.vkey, log=LOG.vkey)  # keys in a test's name would make it another test in each process
    with pytest.raises(BadPolicy, match=words):
        parse_policy((BASE + bent).encode())


def test_what_is_no_text_is_no_policy():
    for raw in (b"\xff\xfe", b"quorum none\n" * 100_000):
        with pytest.raises(BadPolicy):
            parse_policy(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"v":1}',
        b'{"v":2,"vkeys":[],"checkpoints":[]}',
        b'{"v":1,"vkeys":[1],"checkpoints":[]}',
        b'{"v":1,"vkeys":["a+b+c"],"checkpoints":[]}',
        b'{"v":1,"vkeys":[],"checkpoints":{}}',
        b'{"v":1,"v":1,"vkeys":[],"checkpoints":[]}',
    ],
)
def test_a_bent_memory_is_refused(raw):
    with pytest.raises(BadPolicy):
        parse_memory(raw)


def test_a_memory_is_read_as_it_was_written():
    memory = Memory((LOG, A), (b"one\n", "二\n".encode()))
    assert parse_memory(memory.to_bytes()) == memory
