"""Operation: the seed of a second factor: made, carried sealed until its first code fits, then stored sealed.

A seed that nobody has confirmed yet is in no table: the browser carries it, sealed for this account and session.
"""

from typing import Final
from uuid import UUID

from crypto.errors import NotSealed
from crypto.sealing import SecretSealer
from crypto.totp import new_seed, verify_totp
from models.account import Account
from sharing.actor import Context
from sharing.errors import Fault, Invalid

WRONG_CODE: Final = "wrong_code"
"""The fault of a code that does not fit, or was used already."""


def begin_enrolment(account_id: UUID, session_token: str, *, seeds: SecretSealer, context: Context) -> bytes:
    """A new seed, sealed for this person and this session."""
    return seeds.seal(new_seed(context.random_bytes).encode("ascii"), _pending(account_id, session_token))


def open_pending(sealed: bytes, account_id: UUID, session_token: str, *, seeds: SecretSealer) -> str | None:
    """The seed that waits for its first code; None when it belongs to another person or session."""
    try:
        return seeds.open(sealed, _pending(account_id, session_token)).decode("ascii")
    except NotSealed:
        return None


def fitting_step(account: Account, code: str, *, seeds: SecretSealer, context: Context) -> int | None:
    """The time step of a good, unused code; None for any other, and where another key sealed the seed."""
    try:
        seed = seeds.open(account.totp_sealed or b"", account.id.bytes).decode("ascii")
    except NotSealed:
        return None
    return verify_totp(seed, code, context.now, account.totp_last_step)


def keep_seed(account: Account, seed: str, code: str, *, seeds: SecretSealer, context: Context) -> None:
    """Store a seed whose first code fits; part of a larger operation, so it records nothing.

    Raises:
        Invalid: the code does not fit.
    """
    step = verify_totp(seed, code, context.now)
    if step is None:
        raise Invalid(Fault("code", WRONG_CODE, expected="the code that the app shows now"))
    account.totp_sealed = seeds.seal(seed.encode("ascii"), account.id.bytes)
    account.totp_last_step = step


def _pending(account_id: UUID, session_token: str) -> bytes:
    return b"enrolment" + account_id.bytes + session_token.encode("utf-8", "surrogatepass")
