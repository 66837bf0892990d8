"""Words that people and programs carry: random enough, and forgiving where people type them."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import tokens
from crypto.errors import BadReference, ReferenceFault
from crypto.tokens import ALPHABET, new_reference, normalise_code, parse_reference

FULL_WIDTH = str.maketrans({chr(sign): chr(sign + 0xFEE0) for sign in range(0x21, 0x7F)})
REFERENCES = st.binary(min_size=8, max_size=8).map(lambda drawn: new_reference(lambda _count: drawn))


def fault_of(text):
    with pytest.raises(BadReference) as caught:
        parse_reference(text)
    return caught.value.fault


def test_api_keys():
    made = {tokens.new_api_key(os.urandom) for _ in range(50)}
    assert len(made) == 50
    for key in made:
        assert key.startswith("chk_")
        assert len(key) == 4 + 52
        assert set(key[4:]) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_only_a_keyed_digest_of_an_api_key_is_kept():
    key = tokens.new_api_key(os.urandom)
    digest = tokens.api_key_digest(b"k" * 32, key)
    assert digest == tokens.api_key_digest(b"k" * 32, key)
    assert digest not in (tokens.api_key_digest(b"l" * 32, key), tokens.api_key_digest(b"k" * 32, key + "a"))
    assert len(tokens.api_key_digest(b"k" * 32, "\ud800 any text")) == 32


def test_invitation_codes_hold_a_hundred_bits_in_groups_of_four():
    code = tokens.new_invitation_code(os.urandom)
    groups = code.split("-")
    assert [len(group) for group in groups] == [4] * 5
    assert set("".join(groups)) <= set(ALPHABET)
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@given(st.binary(min_size=20, max_size=20))
def test_a_code_is_known_however_it_is_typed(drawn):
    code = tokens.new_invitation_code(lambda _count: drawn)
    bare = code.replace("-", "")
    sloppy = code.replace("0", "O").replace("1", "l").lower()
    for typed in (code, bare, sloppy, f" {code}\u3000", code.translate(FULL_WIDTH), code.replace("-", " ー ")):
        assert normalise_code(typed) == code


@given(st.text(max_size=300))
def test_normalising_never_fails_and_settles(text):
    assert len(normalise_code(text)) < 5000


@given(REFERENCES)
def test_a_reference_is_known_however_it_is_typed(reference):
    bare = reference.replace("-", "")
    assert len(bare) == 9
    sloppy = bare.replace("0", "o").replace("1", "I").lower()
    typed = (reference, bare, sloppy, bare.replace("1", "L"), f"\u3000{reference} \n", reference.replace("-", "−"))
    for text in (*typed, reference.translate(FULL_WIDTH), " ".join(bare), reference.replace("-", "ー")):
        assert parse_reference(text) == reference


def test_known_references():
    """Worked out by hand: the sum of 1 × 2^1 is 2; of 1 × 2^8 in the field of 32 elements it is 13 (D)."""
    assert new_reference(bytes) == "0000-0000-0"
    assert new_reference(lambda _count: bytes(7) + b"\x01") == "0000-0001-2"
    assert new_reference(lambda _count: b"\x01" + bytes(7)) == "1000-0000-D"


def test_every_single_error_is_found():
    """The check is linear, so errors depend only on place and difference; still, real numbers are tried."""
    for reference in [new_reference(os.urandom).replace("-", "") for _ in range(20)]:
        for place in range(9):
            for sign in ALPHABET:
                if sign != reference[place]:
                    bent = reference[:place] + sign + reference[place + 1 :]
                    assert fault_of(bent) is ReferenceFault.CHECK


def test_every_swap_of_neighbours_is_found():
    """All 9 places minus one, all 32 × 31 unequal pairs: the other characters do not matter, being summed."""
    swaps = 0
    for place in range(8):
        for one in range(32):
            for other in range(32):
                drawn = bytearray(os.urandom(8))
                if place == 7:
                    drawn[7] = one
                    right = new_reference(lambda _count, drawn=drawn: bytes(drawn)).replace("-", "")
                else:
                    drawn[place], drawn[place + 1] = one, other
                    right = new_reference(lambda _count, drawn=drawn: bytes(drawn)).replace("-", "")
                if right[place] != right[place + 1]:
                    bent = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
                    assert fault_of(bent) is ReferenceFault.CHECK
                    swaps += 1
    assert swaps > 7 * 32 * 31


def test_what_is_wrong_is_said():
    assert fault_of("") is ReferenceFault.LENGTH
    assert fault_of("K7QM-4TX2") is ReferenceFault.LENGTH
    assert fault_of("0" * 10) is ReferenceFault.LENGTH
    assert fault_of("0" * 1_000_000) is ReferenceFault.LENGTH
    assert fault_of("\ufdfa" * 64) is ReferenceFault.CHARACTER  # one sign that NFKC makes eighteen of
    with pytest.raises(BadReference) as caught:
        parse_reference("K7QM-4UX2-P")
    assert (caught.value.fault, caught.value.place) == (ReferenceFault.CHARACTER, 6)


@given(st.text(max_size=40))
def test_any_text_is_a_reference_or_refused(text):
    try:
        found = parse_reference(text)
    except BadReference:
        return
    assert parse_reference(found) == found
