"""Holds why something was not taken, as it is kept: in English, and in codes for pages in other languages."""

from typing import NamedTuple


class Told(NamedTuple):
    """A reason; what its codes mean is known to `feeds`, which gave them."""

    text: str
    codes: str | None = None
    """Nothing where another server gave its own words, or where it was kept before reasons had codes."""


NOTHING_TOLD = Told("")
