"""Holds the list of page groups and of machine doors; a module named here is imported and registered by `hub.app`.

A page group is a module with `blueprint` (made by `hub.web.pages.page_blueprint`) and, if it stands in the navigation,
`NAVIGATION` (a tuple of `hub.web.navigation.Item`, in the order shown).
A machine door is a module with `blueprint`, or with `register(app)` where it needs more.
"""

PAGE_GROUPS: tuple[str, ...] = (
    "hub.web.home",
    "hub.web.reports",
    "hub.web.drafts",
    "hub.web.authorities",
    "hub.web.own_systems",
    "hub.web.common_forms",
    "hub.web.offline",
    "hub.web.named_lists",
    "hub.web.secretariat",
    "hub.web.inbox",
    "hub.web.calls",
    "hub.web.cases",
    "hub.web.shifts",
    "hub.web.phrases",
    "hub.web.common_events",
    "hub.web.relay",
    "hub.web.draft_files",
    "hub.web.attachments",
    "hub.web.feed",
    "hub.web.search",
    "hub.web.batches",
    "hub.web.board",
    "hub.web.lessons",
    "hub.web.recalls",
    "hub.web.inquiries",
    "hub.web.embargoes",
    "hub.web.delegations",
    "hub.web.trends",
    "hub.web.digests",
    "hub.web.paper",
    "hub.web.peers",
    "hub.web.pushes",
    "hub.web.policy",
    "hub.web.past",
    "hub.web.trail",
    "hub.web.receipts",
    "hub.web.ledger",
    "hub.web.witnesses",
    "hub.web.signing_keys",
    "hub.web.account",
    "hub.web.join",
    "hub.web.people",
    "hub.web.merging",
    "hub.web.my_account",
    "hub.web.mail",
    "hub.web.connect",
)
"""Modules of pages, in the order of the navigation."""

MACHINE_DOORS: tuple[str, ...] = ("hub.web.health", "hub.log", "hub.schemas", "hub.taxii", "hub.api")
"""Modules of doors for programs; they see none of the pages' hooks."""
