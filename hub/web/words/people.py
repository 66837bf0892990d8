"""Holds the names of roles, kinds of organizations and scopes in the reader's language."""

from functools import cache

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from hub.i18n import current_language
from hub.web.frame.shell import Words
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
