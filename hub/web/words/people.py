"""Holds the names of roles, kinds of organizations and scopes in the reader's language."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from hub.i18n import Words
from hub.web.words.shipped import shipped_word
from models.vocabulary import Role, Tier
from sharing.permissions import Permission

SCOPE_NAMES: dict[Permission, Words] = {
    Permission.FEED_READ: _l("Read feeds (TAXII and REST)"),
    Permission.FEED_PUBLISH: _l("Publish objects (TAXII)"),
    Permission.REPORT_FILE: _l("File reports"),
    Permission.REPORT_READ: _l("Read reports"),
    Permission.PROPOSAL_MAKE: _l("Propose to share reports wider"),
    Permission.PROPOSAL_DECIDE: _l("Approve or refuse such proposals"),
    Permission.INQUIRY_PARTAKE: _l("Take part in questions about reports"),
    Permission.TRENDS_READ: _l("Read trends"),
    Permission.DIGEST_READ: _l("Read own digests"),
    Permission.TRAIL_OWN: _l("Read the ledger: who could read and who read"),
}
"""What an API key may be limited to, in words."""

ROLE_WORDS: dict[Role, Words] = {
    Role.MANAGER: _l("Invites and removes people, gives roles, ends keys. Alone it opens no report."),
    Role.REPORTER: _l("Writes and sends reports. Reads those of the organization at any label, and what is shared."),
    Role.APPROVER: _l("Decides what of your reports goes out wider. Reads and writes reports at any label."),
    Role.READER: _l("Reads what is shared with the organization, but nothing for desks or named persons only."),
    Role.DESK: _l("As a reader, and also what goes to desks only (TLP:AMBER+STRICT)."),
    Role.COORDINATOR: _l("Keeps the desk: reads members' reports, proposes editions, publishes, invites managers."),
    Role.COUNCIL: _l("Reads what is shared with the CEPTOAR Council."),
    Role.ANALYST: _l("Reads what is shared with the authority, compares it, and gives information back."),
    Role.AUDITOR: _l("Checks the trail: who did what and when. No report is open to it."),
    Role.ADMINISTRATOR: _l("Runs the hub. No report is open to it."),
}
"""What each role may do, for whoever gives it."""


def role_name(role: Role | str) -> LazyString:
    """The name of a role, as a member or as it is stored."""
    return LazyString(shipped_word, "roles", str(role))


def tier_name(tier: Tier) -> LazyString:
    """The name of a kind of organization."""
    return LazyString(shipped_word, "tiers", tier.value)
