"""Rule: who may ask for a reset of a password or second factor, and who may grant it: always two others."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from models.vocabulary import Role, Tier
from sharing.permissions import Permission, permissions_of
from sharing.rules.inviting import MEMBER_TIERS, Answer, is_member_of
from sharing.rules.tokens import OrganizationFacts


class ResetKind(StrEnum):
    """What was lost."""

    PASSWORD = "password"  # noqa: S105  the kind, not one
    SECOND_FACTOR = "second_factor"
    BOTH = "both"


class Hat(Struct, frozen=True):
    """A hat of the person whose credentials are reset."""

    organization: OrganizationFacts
    roles: frozenset[Role]


class Helper(Struct, frozen=True):
    """Who asks or grants, under the current hat."""

    account_id: UUID | None
    organization: OrganizationFacts
    roles: frozenset[Role]

    def may(self, permission: Permission) -> bool:
        """Whether the roles allow it."""
        return permission in permissions_of(self.roles)


def stands_over(helper: Helper, organization: OrganizationFacts) -> bool:
    """Whether a reset of this organization's people is this helper's to decide."""
    if helper.may(Permission.PEOPLE_MANAGE) and helper.organization.id == organization.id:
        return True
    if _is_secretariat_of(helper, organization) or _is_colleague(helper, organization):
        return True
    return helper.may(Permission.HUB_ADMINISTER) and organization.tier not in MEMBER_TIERS


def decide_request(helper: Helper, subject: UUID, hat: Hat) -> Answer:
    """The organization's manager asks; for a manager, the CEPTOAR's coordinator or, elsewhere, an administrator."""
    if helper.account_id is None or helper.account_id == subject:
        return Answer(False, "nobody asks for a reset of their own")
    if helper.may(Permission.PEOPLE_MANAGE) and helper.organization.id == hat.organization.id:
        return Answer(True, "the organization's manager asks")
    if Role.MANAGER not in hat.roles:
        return Answer(False, "the organization's manager asks for its people")
    if _is_secretariat_of(helper, hat.organization):
        return Answer(True, "the secretariat asks for a member's manager")
    if helper.may(Permission.HUB_ADMINISTER) and hat.organization.tier not in MEMBER_TIERS:
        return Answer(True, "an administrator asks for a manager outside the CEPTOARs")
    return Answer(False, "only the own manager, its CEPTOAR's secretariat or an administrator asks")


def decide_grant(
    helper: Helper, subject: UUID, hats: Iterable[Hat], *, requested_by: UUID, requested_for: UUID
) -> Answer:
    """A second person grants: neither who asked nor whom it is for.

    A reset opens every hat of the person. Where these are in several organizations, one of them could take over a hat
    in another; so the second person must then come from another of them than the one that asked.
    """
    if helper.account_id is None or helper.account_id in {subject, requested_by}:
        return Answer(False, "who asked and whom it is for do not grant it")
    worn = list(hats)
    fitting = [hat for hat in worn if stands_over(helper, hat.organization)]
    if not fitting:
        return Answer(False, "only another manager, the CEPTOAR's secretariat or an administrator grants")
    elsewhere = {hat.organization.id for hat in worn} - {requested_for}
    if elsewhere and not any(hat.organization.id in elsewhere for hat in fitting):
        return Answer(False, "the person belongs to several organizations: another of them must grant it")
    return Answer(True, "a second person grants")


def _is_secretariat_of(helper: Helper, organization: OrganizationFacts) -> bool:
    return helper.may(Permission.MEMBER_MANAGERS_INVITE) and is_member_of(organization, helper.organization.ceptoar)


def _is_colleague(helper: Helper, organization: OrganizationFacts) -> bool:
    """A coordinator for its own secretariat's people."""
    own = organization.tier is Tier.CEPTOAR and helper.organization.id == organization.id
    return own and helper.may(Permission.MEMBER_MANAGERS_INVITE)
