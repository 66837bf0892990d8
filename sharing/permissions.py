"""Rule: what each role may do. Doors ask who somebody is; operations ask here what they may do."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from models.vocabulary import Role


class Permission(StrEnum):
    """scope:resource:action."""

    FEED_READ = "feed:objects:read"
    FEED_PUBLISH = "feed:objects:publish"
    REPORT_FILE = "report:version:file"
    REPORT_READ = "report:version:read"
    PROPOSAL_MAKE = "report:proposal:make"
    PROPOSAL_DECIDE = "report:proposal:decide"
    INQUIRY_PARTAKE = "report:inquiry:partake"
    TRENDS_READ = "analytics:trends:read"
    DIGEST_READ = "digest:own:read"
    PEOPLE_READ = "organization:people:read"
    PEOPLE_MANAGE = "organization:people:manage"
    MEMBER_MANAGERS_INVITE = "organization:members:invite"
    SIGNING_KEYS_MANAGE = "organization:signing-keys:manage"
    KEYS_OWN = "account:keys:manage"
    TRAIL_METADATA = "trail:metadata:read"
    TRAIL_OWN = "trail:own:read"
    TRAIL_ORGANIZATION = "trail:organization:read"
    HUB_ADMINISTER = "hub:settings:administer"


_READS: Final = frozenset(
    {
        Permission.FEED_READ,
        Permission.REPORT_READ,
        Permission.INQUIRY_PARTAKE,
        Permission.TRENDS_READ,
        Permission.DIGEST_READ,
        Permission.KEYS_OWN,
        Permission.PEOPLE_READ,
        Permission.TRAIL_OWN,
    }
)

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.MANAGER: frozenset(
        {
            Permission.PEOPLE_READ,
            Permission.PEOPLE_MANAGE,
            Permission.SIGNING_KEYS_MANAGE,
            Permission.TRAIL_ORGANIZATION,
        }
    ),
    Role.REPORTER: _READS | {Permission.REPORT_FILE, Permission.FEED_PUBLISH},
    Role.APPROVER: _READS
    | {
        Permission.REPORT_FILE,
        Permission.PROPOSAL_DECIDE,
        Permission.FEED_PUBLISH,
        Permission.TRAIL_ORGANIZATION,
    },
    Role.READER: _READS,
    Role.DESK: _READS,
    Role.COORDINATOR: _READS | {Permission.PROPOSAL_MAKE, Permission.FEED_PUBLISH, Permission.MEMBER_MANAGERS_INVITE},
    Role.COUNCIL: _READS,
    Role.ANALYST: _READS | {Permission.FEED_PUBLISH},
    Role.AUDITOR: frozenset({Permission.TRAIL_METADATA, Permission.PEOPLE_READ}),
    Role.ADMINISTRATOR: frozenset({Permission.HUB_ADMINISTER}),
}

SCOPES: Final = frozenset(
    {
        Permission.FEED_READ,
        Permission.FEED_PUBLISH,
        Permission.REPORT_FILE,
        Permission.REPORT_READ,
        Permission.PROPOSAL_MAKE,
        Permission.PROPOSAL_DECIDE,
        Permission.INQUIRY_PARTAKE,
        Permission.TRENDS_READ,
        Permission.DIGEST_READ,
        Permission.TRAIL_OWN,
    }
)
"""What an API key may be limited to; people and keys are never managed by a key.

A key proposes or decides only where its holder, behind the second factor, gave it that very scope.
"""


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that a hat with these roles may do."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))
