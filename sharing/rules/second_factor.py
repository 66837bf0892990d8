"""Rule: which roles need a second factor, how sign-ins slow down, and how long a session lives."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from models.vocabulary import Role

DEMANDING_ROLES: Final = frozenset(Role)
"""Every role reads or manages something that a stolen password must not open."""

FREE_FAILURES: Final = 5
"""Typing errors that cost nothing; each one after that doubles the pause."""
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=15)
"""Long enough to make guessing hopeless, short enough that nobody can be kept out by others for a day."""

HALF_LIFE: Final = timedelta(minutes=10)
"""Between the password and the second factor; finding the telephone takes time."""
SESSION_LIFE: Final = timedelta(hours=12)
"""However busy, a session ends after a long shift."""


def demands_second_factor(roles: Iterable[Role]) -> bool:
    """Whether a hat with these roles needs the second factor."""
    return not DEMANDING_ROLES.isdisjoint(roles)


def pause_after(failures: int) -> timedelta:
    """How long an account takes no sign-in after so many failures in a row."""
    over = failures - FREE_FAILURES
    if over < 0:
        return timedelta(0)
    return min(FIRST_PAUSE * (1 << min(over, 10)), LONGEST_PAUSE)
