"""Seals: what comes back was sealed here, for this use, and is spelled in its one way."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import BadKey, NotSealed
from crypto.sealing import MAX_TOKEN_CHARACTERS, CursorSealer, SecretSealer

CURSORS = CursorSealer(bytes(range(64)))
SECRETS = SecretSealer(bytes(range(32)))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_published_siv_answer():
    """RFC 5297, A.1."""
    key = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    context = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
    sealed = CursorSealer(key).seal(bytes.fromhex("112233445566778899aabbccddee"), context)
    published = bytes.fromhex("85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c")
    assert sealed == base64.urlsafe_b64encode(published).decode().rstrip("=")
    assert CursorSealer(key).open(sealed, context).hex() == "112233445566778899aabbccddee"


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=20))
def test_a_cursor_is_the_same_each_time_and_fits_in_a_url(plain, context):
    token = CURSORS.seal(plain, context)
    assert token == CURSORS.seal(plain, context)
    assert set(token) <= set(ALPHABET)
    assert CURSORS.open(token, context) == plain
    with pytest.raises(NotSealed):
        CURSORS.open(token, context + b"x")
    with pytest.raises(NotSealed):
        CursorSealer(os.urandom(64)).open(token, context)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_no_other_spelling_opens(plain, data):
    token = CURSORS.seal(plain, b"page")
    at = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.sampled_from(ALPHABET + "=+/ \n"))
    for bent in (token[:at] + sign + token[at + 1 :], token[:at] + sign + token[at:], token[:at], token + "="):
        if bent != token:
            with pytest.raises(NotSealed):
                CURSORS.open(bent, b"page")


@given(st.text(max_size=80))
def test_any_text_is_refused_cleanly(text):
    with pytest.raises(NotSealed):
        CURSORS.open(text, b"")


def test_bounds_of_cursors():
    for plain in (b"", bytes(MAX_TOKEN_CHARACTERS)):
        with pytest.raises(NotSealed):
            CURSORS.seal(plain, b"")
    for token in ("", "A" * (MAX_TOKEN_CHARACTERS + 1), "トークン", "\ud800"):
        with pytest.raises(NotSealed):
            CURSORS.open(token, b"")


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_a_secret_comes_back_only_in_its_context(plain, context):
    sealed = SECRETS.seal(plain, context)
    assert sealed != SECRETS.seal(plain, context)
    assert SECRETS.open(sealed, context) == plain
    for bent in (sealed[:-1], b"\x02" + sealed[1:], sealed[:-1] + bytes([sealed[-1] ^ 1]), b""):
        with pytest.raises(NotSealed):
            SECRETS.open(bent, context)
    with pytest.raises(NotSealed):
        SECRETS.open(sealed, context + b"x")
    with pytest.raises(NotSealed):
        SecretSealer(bytes(32)).open(sealed, context)


def test_keys_have_their_length_and_stay_unseen():
    for make, length in ((CursorSealer, 48), (CursorSealer, 0), (SecretSealer, 64), (SecretSealer, 16)):
        with pytest.raises(BadKey):
            make(bytes(length))
    for sealer in (CURSORS, SECRETS):
        assert "x00" not in repr(sealer)
