"""Passwords: long rather than complicated, stored slowly, the same work for nobody's account."""

import time

import pytest

from crypto import passwords
from crypto.passwords import DUMMY_HASH, PasswordFault, find_password_faults

GOOD = "correct horse battery"


def test_a_password_fits_its_own_hash_only():
    stored = passwords.hash_password(GOOD)
    assert stored.startswith("$argon2id$")
    assert GOOD not in stored
    assert stored != passwords.hash_password(GOOD)
    assert passwords.verify_password(stored, GOOD)
    assert not passwords.verify_password(stored, GOOD + "x")
    assert not passwords.verify_password(stored, "")


def test_width_does_not_matter_as_input_methods_change_it():
    stored = passwords.hash_password("ｐａｓｓｗｏｒｄ１２３４ パスワード")
    assert passwords.verify_password(stored, "password1234 パスワード")


def test_nobody_has_the_dummy_hash():
    for password in ("", GOOD, "A" * 43):
        assert not passwords.verify_password(None, password)
        assert not passwords.verify_password(DUMMY_HASH, password)
    assert not passwords.needs_rehash(DUMMY_HASH), "it must cost exactly what a real one costs"


def test_a_missing_account_costs_as_much_as_a_real_one():
    stored = passwords.hash_password(GOOD)

    def cost(candidate):
        started = time.thread_time()  # work, not time: other processes want the machine too
        passwords.verify_password(candidate, "wrong password")
        return time.thread_time() - started

    missing, real = (min(costs) for costs in zip(*((cost(None), cost(stored)) for _ in range(15)), strict=True))
    assert 0.5 < missing / real < 2


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$broken", "$2b$12$abcdefghijklmnopqrstuv"])
def test_a_broken_hash_fits_nothing_and_is_renewed(stored):
    assert not passwords.verify_password(stored, GOOD)
    assert passwords.needs_rehash(stored)


def test_hashes_of_other_costs_are_renewed():
    assert not passwords.needs_rehash(passwords.hash_password(GOOD))
    assert passwords.needs_rehash(DUMMY_HASH.replace("m=19456", "m=8192"))


def test_odd_input_is_no_crash():
    stored = passwords.hash_password("\ud800" * 12)
    assert passwords.verify_password(stored, "\ud800" * 12)
    assert not passwords.verify_password(stored, "x" * 10_000_000)


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        (GOOD, ()),
        ("あいうえおかきくけこさし", ()),
        ("x" * 256, ()),
        ("x" * 257, (PasswordFault.TOO_LONG,)),
        ("\ufdfa" * 200, (PasswordFault.TOO_LONG,)),
        ("short", (PasswordFault.TOO_SHORT,)),
        ("x" * 11, (PasswordFault.TOO_SHORT,)),
        ("Suzuki.Hanako", (PasswordFault.IS_USER_NAME,)),
        ("ＳＵＺＵＫＩ．ｈａｎａｋｏ", (PasswordFault.IS_USER_NAME,)),
    ],
)
def test_rules(password, faults):
    assert find_password_faults(password, "suzuki.hanako") == faults


def test_all_reasons_are_given_at_once():
    assert find_password_faults("abc", "ABC") == (PasswordFault.TOO_SHORT, PasswordFault.IS_USER_NAME)
