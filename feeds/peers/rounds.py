"""Holds how a round with another server ended, whichever way things went."""

from dataclasses import dataclass

from sharing.exchange.told import NOTHING_TOLD, Told


@dataclass(kw_only=True)
class Outcome:
    """What a round counts, and how it ended."""

    done: bool = True
    """Whether the end was reached; else the next round goes on soon."""
    why: Told = NOTHING_TOLD
    """What failed, or what the server does that leaves something unread."""

    @property
    def failure(self) -> str:
        """What failed, in English; empty where nothing did."""
        return self.why.text
