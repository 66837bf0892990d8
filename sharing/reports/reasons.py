"""Rule: the reason that a person gives for what it does to a report."""

from typing import Final

from sharing.errors import Fault, Invalid
from sharing.reports.checks import bad_sign

REASON_LIMIT: Final = 2_000
"""Characters of a reason, which the sender's people and their secretariat read, and nobody else."""


def check_reason(reason: str, expected: str = "a reason") -> str:
    """The reason without blanks at its ends.

    Raises:
        Invalid: there is none, it is too long, or it holds signs that a text must not have.
    """
    reason = reason.replace("\r\n", "\n").strip()
    if not reason:
        raise Invalid(Fault("reason", "missing", expected))
    if len(reason) > REASON_LIMIT:
        raise Invalid(Fault("reason", "too-long", f"at most {REASON_LIMIT} characters", str(len(reason))))
    if bad_sign(reason, lines=True):
        raise Invalid(Fault("reason", "control-characters", "text without control characters", "some"))
    return reason
