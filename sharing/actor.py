"""Who acts: an account under one hat, through one door."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from models.vocabulary import Door, Role, Tier
from sharing.errors import NotPermitted
from sharing.permissions import Permission, permissions_of
from sharing.rules.tokens import OrganizationFacts


@dataclass(frozen=True)
class Context:
    """What an operation may not fetch by itself: the time and randomness."""

    now: datetime
    random_bytes: Callable[[int], bytes]

    def new_id(self) -> UUID:
        """A random id: it tells nothing and cannot be guessed."""
        return UUID(bytes=self.random_bytes(16), version=4)


@dataclass(frozen=True)
class Actor:
    """A person or machine under its current hat; made by a door that has authenticated it, in the same request."""

    account_id: UUID | None
    membership_id: UUID | None
    organization: OrganizationFacts
    roles: frozenset[Role]
    door: Door
    scopes: frozenset[Permission] | None = None
    """What an API key is limited to; None for a person."""
    key_id: UUID | None = None
    display_name: str = field(default="", compare=False)

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """What the roles allow, narrowed by the key's scopes."""
        allowed = permissions_of(self.roles)
        return allowed if self.scopes is None else allowed & self.scopes

    def may(self, permission: Permission) -> bool:
        """Whether this actor may do such a thing at all."""
        return permission in self.permissions

    def must(self, permission: Permission) -> None:
        """Check a permission.

        Raises:
            NotPermitted: the roles of the current hat, or the scopes of the key, do not allow it.
        """
        if permission not in self.permissions:
            raise NotPermitted(f"this needs {permission.value}; the current roles do not give it")

    @property
    def is_operator(self) -> bool:
        """Whether the organization reports, rather than coordinates or governs."""
        return self.organization.tier in {Tier.OPERATOR, Tier.BODY}
