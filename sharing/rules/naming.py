"""Rule: whom a sender may name on a list, and why a name on it no longer counts.

Authorities and foreign partners are named as what they are, never by organization, desk or person: consent is asked
of the kind of reader, and a name must not go round it.
"""

from enum import StrEnum
from typing import Final

from models.vocabulary import Tier
from sharing.rules import tokens
from sharing.rules.knowing import knows
from sharing.rules.tokens import OrganizationFacts

GROUPS: Final = frozenset({tokens.COUNCIL, tokens.NCO, tokens.FOREIGN})
"""Named as a whole."""
BY_NAME: Final = frozenset({Tier.OPERATOR, Tier.BODY, Tier.CEPTOAR})
"""Organizations that are named by name, or by their desk."""


class Standing(StrEnum):
    """Whether a name on a list counts."""

    COUNTS = "counts"
    LEFT = "left"
    """The organization, section or person takes part no more."""


def may_name(sender: OrganizationFacts, other: OrganizationFacts) -> bool:
    """Whether the people of one organization may put another, or its desk, on a list."""
    return other.tier in BY_NAME and knows(sender, other)
