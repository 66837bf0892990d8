"""Second factors: published answers, half a minute of grace, and no code twice."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from crypto.totp import STEP_SECONDS, new_seed, provisioning_uri, verify_totp

SEED = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_published_answers(seconds, code):
    """RFC 6238, appendix B, last six digits."""
    at = datetime.fromtimestamp(seconds, UTC)
    assert verify_totp(SEED, code, at) == seconds // STEP_SECONDS


def test_a_step_of_grace_on_both_sides_and_no_more():
    at = datetime.fromtimestamp(1111111109, UTC)
    step = 1111111109 // STEP_SECONDS
    found = [verify_totp(SEED, "081804", at + timedelta(seconds=30 * off)) for off in (-2, -1, 0, 1, 2)]
    assert found == [None, step, step, step, None]


def test_no_code_is_good_twice():
    at = datetime.fromtimestamp(59, UTC)
    assert verify_totp(SEED, "287082", at, None) == 1
    assert verify_totp(SEED, "287082", at, 0) == 1
    assert verify_totp(SEED, "287082", at, 1) is None
    assert verify_totp(SEED, "287082", at, 2) is None


def test_codes_as_people_type_them():
    at = datetime.fromtimestamp(59, UTC)
    for typed in ("287 082", " 287082\n", "２８７０８２"):
        assert verify_totp(SEED, typed, at) == 1
    for typed in ("", "28708", "2870820", "28708a", "²87082x", "-87082", "٢٨٧٠٨٢", "287082" * 10_000):
        assert verify_totp(SEED, typed, at) is None


def test_a_naive_time_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="zone"):
        verify_totp(SEED, "287082", datetime(2026, 1, 1))  # noqa: DTZ001


def test_seeds_and_their_addresses():
    seed = new_seed()
    assert seed != new_seed()
    assert len(base64.b32decode(seed)) == 20
    assert new_seed(bytes) == "A" * 32
    address = provisioning_uri(seed, "suzuki", "Hub 訓練")
    assert address.startswith("otpauth://totp/Hub%20%E8%A8%93%E7%B7%B4:suzuki?secret=" + seed)
