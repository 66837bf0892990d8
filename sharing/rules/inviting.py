"""Rule: who may invite whom with which roles, and which hats one person may not wear together."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec import Struct

from models.vocabulary import Role, Tier
from sharing.permissions import Permission, permissions_of
from sharing.rules.tokens import ROLES_OF_TIER, OrganizationFacts

MEMBER_TIERS: Final = frozenset({Tier.OPERATOR, Tier.BODY})
"""Whose managers a CEPTOAR's coordinator invites."""


class Answer(Struct, frozen=True):
    """Whether it is allowed, and by which rule."""

    allowed: bool
    reason: str
    by_administrator: bool = False
    """It is the administrator's right, who must bring about no reader alone: `decide_first_manager` says how."""


class Footing(Struct, frozen=True):
    """On what a first manager's letter by the administrator stands."""

    tier: Tier
    has_secretariat: bool
    """Somebody coordinates the organization's CEPTOAR, and invites its members' managers."""
    is_founding: bool
    """A hub that holds nothing to read yet, and that fewer than two persons administer."""
    by_person: bool
    """The administrator acts under the own name."""


class Founding(StrEnum):
    """What an administrator's letter to a first manager is good for."""

    AT_ONCE = "at once"
    WHEN_CONFIRMED = "when a second administrator confirms it"
    NEVER = "never"


def is_member_of(organization: OrganizationFacts, ceptoar: str | None) -> bool:
    """Whether this is an operator, or a body between, of that CEPTOAR."""
    return ceptoar is not None and organization.tier in MEMBER_TIERS and organization.ceptoar == ceptoar


def decide_roles(organization: OrganizationFacts, roles: Iterable[Role]) -> Answer:
    """Whether an organization of this tier can give these roles at all."""
    wanted = frozenset(roles)
    if not wanted:
        return Answer(False, "a hat has at least one role")
    if wanted - ROLES_OF_TIER[organization.tier]:
        return Answer(False, "an organization of this kind does not give such a role")
    return Answer(True, "roles of the tier")


def decide_invitation(
    inviter: OrganizationFacts,
    inviter_roles: Iterable[Role],
    organization: OrganizationFacts,
    roles: Iterable[Role],
    *,
    has_manager: bool,
) -> Answer:
    """Own people by the own manager; members' managers by the coordinator; a first manager by the administrator."""
    wanted = frozenset(roles)
    possible = decide_roles(organization, wanted)
    if not possible.allowed:
        return possible
    permissions = permissions_of(inviter_roles)
    if Permission.PEOPLE_MANAGE in permissions and inviter.id == organization.id:
        return Answer(True, "the organization's manager invites its people")
    if wanted != {Role.MANAGER}:
        return Answer(False, "another organization's people are invited by its own manager")
    if Permission.MEMBER_MANAGERS_INVITE in permissions and is_member_of(organization, inviter.ceptoar):
        return Answer(True, "the secretariat invites its members' managers")
    return _decide_first_manager(permissions, has_manager=has_manager)


def _decide_first_manager(permissions: frozenset[Permission], *, has_manager: bool) -> Answer:
    if Permission.HUB_ADMINISTER not in permissions:
        return Answer(False, "only the own manager, its CEPTOAR's secretariat or the administrator invites")
    if has_manager:
        return Answer(False, "the organization has a manager, who invites its people")
    return Answer(True, "the administrator invites the first manager", by_administrator=True)


def decide_first_manager(footing: Footing) -> tuple[Founding, str]:
    """A manager gives the roles that read, to itself too: so one administrator alone brings about none."""
    if footing.tier is Tier.HUB:
        return Founding.AT_ONCE, "an organization in which nobody reads"
    if footing.tier in MEMBER_TIERS and footing.has_secretariat:
        return Founding.NEVER, "the secretariat of its CEPTOAR invites the managers of its members"
    if footing.is_founding:
        return Founding.AT_ONCE, "a hub that holds nothing to read yet"
    if not footing.by_person:
        return Founding.NEVER, "expected an administrator under the own name (--by), since a second one confirms it"
    return Founding.WHEN_CONFIRMED, "a second administrator confirms it"


def needs_confirmation(tier: Tier, roles: Iterable[Role], *, has_other_administrator: bool, is_in_use: bool) -> bool:
    """Whether a further administrator is confirmed by one who is: the manager of the hub's people could be two alone.

    On a hub in use also where nobody else administers any more: whoever sent the others away could else be both.
    """
    return tier is Tier.HUB and Role.ADMINISTRATOR in set(roles) and (has_other_administrator or is_in_use)


def decide_hats(worn: Iterable[Tier], new: Tier) -> Answer:
    """Who runs the hub wears no other hat: an administrator must not come to read by joining elsewhere."""
    tiers = {*worn, new}
    if Tier.HUB in tiers and len(tiers) > 1:
        return Answer(False, "a person of the hub's own organization belongs to no other")
    return Answer(True, "hats that go together")
