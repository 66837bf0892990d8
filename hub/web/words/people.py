"""Holds the names of roles, kinds of organizations and scopes in the reader's language."""

from functools import cache

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from hub.i18n import Words, current_language
from models.codelists import CodeItem, load_codelists
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
    return LazyString(_name, "roles", str(role))


def tier_name(tier: Tier) -> LazyString:
    """The name of a kind of organization."""
    return LazyString(_name, "tiers", tier.value)


def _name(list_name: str, code: str) -> str:
    item = _items(list_name).get(code)
    if item is None:
        return code
    return item.ja if current_language() == "ja" else item.en


@cache
def _items(list_name: str) -> dict[str, CodeItem]:
    return {item.code: item for each in load_codelists() if each.list == list_name for item in each.items}
