"""Keyed hashes: parts cannot flow into each other, purposes stay apart."""

import hashlib
import hmac
import uuid

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crypto.errors import BadKey
from crypto.hashing import keyed_hash, keyed_uuid, sha256

KEY = b"k" * 32


def test_known_answers():
    assert sha256(b"").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    framed = b"\0\0\0\0\0\0\0\x07edition" + b"\0\0\0\0\0\0\0\x02ab" + bytes(8)
    assert keyed_hash(KEY, "edition", b"ab", b"") == hmac.new(KEY, framed, hashlib.sha256).digest()


@given(st.lists(st.binary(max_size=9), max_size=4), st.lists(st.binary(max_size=9), max_size=4))
def test_different_parts_have_different_hashes(one, other):
    assume(one != other)
    assert keyed_hash(KEY, "p", *one) != keyed_hash(KEY, "p", *other)


def test_purpose_and_key_keep_uses_apart():
    found = {keyed_hash(KEY, "a", b"b"), keyed_hash(KEY, "b", b"b"), keyed_hash(b"l" * 32, "a", b"b")}
    assert len(found | {keyed_hash(KEY, "ab")}) == 4


@given(st.binary(max_size=40))
def test_a_keyed_uuid_looks_like_a_random_one(part):
    made = keyed_uuid(KEY, "edition", part)
    assert made.version == 4
    assert made.variant == uuid.RFC_4122
    assert made == keyed_uuid(KEY, "edition", part) != keyed_uuid(KEY, "edition", part, b"")


def test_a_short_key_is_refused():
    with pytest.raises(BadKey):
        keyed_hash(b"short", "p")
