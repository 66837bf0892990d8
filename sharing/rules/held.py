"""Rule: how many reports stay narrow, told beyond their senders only as a protected statistic.

AMBER alone: RED and AMBER+STRICT are in no figure but their sender's own. A sector is told only where several senders
are behind it, and then in steps, so that one report more or less is mostly not seen.
"""

from typing import Final

LEAST_SENDERS: Final = 5
"""With fewer senders than these a sector's number is not told: it could be known whose they are."""
STEP: Final = 5
"""Numbers are told as "at least" the multiple of this below."""


def protect(reports: int, senders: int) -> int | None:
    """What may be told: at least so many; None where nothing is."""
    if senders < LEAST_SENDERS:
        return None
    return reports - reports % STEP
