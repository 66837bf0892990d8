"""Rule: who may know that an organization takes part, and what everybody else is told instead: its group and a number.

One rule for every page that speaks of readers: the preview before sending, the ledger after, lists, the trail.
"""

from typing import Final

from models.vocabulary import Tier
from sharing.rules import tokens
from sharing.rules.inviting import is_member_of
from sharing.rules.tokens import OrganizationFacts

PUBLIC_TIERS: Final = frozenset({Tier.CEPTOAR, Tier.COUNCIL, Tier.MINISTRY, Tier.NCO})
"""Who everybody knows to take part; that a certain operator does is not public."""


def knows(viewer: OrganizationFacts, other: OrganizationFacts) -> bool:
    """Whether the people of one organization may know that another takes part. Unknown means closed."""
    if viewer.id == other.id or other.tier in PUBLIC_TIERS or other.findable:
        return True
    return viewer.tier is Tier.CEPTOAR and is_member_of(other, viewer.ceptoar)


def group_of(organization: OrganizationFacts) -> str:
    """The token of the group as which an organization is told of where its name is not: the narrowest public one."""
    if organization.tier is Tier.FOREIGN:
        return tokens.FOREIGN
    if organization.ceptoar:
        return tokens.ceptoar(organization.ceptoar)
    return tokens.MEMBERS
