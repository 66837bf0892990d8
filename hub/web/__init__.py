"""Holds the list of page groups and of machine doors; a module named here is imported and registered by `hub.app`.

A page group is a module with `blueprint` (made by `hub.web.frame.pages.page_blueprint`) and, if it stands in the
navigation, `NAVIGATION` (a tuple of `hub.web.frame.navigation.Item`, in the order shown).
A machine door is a module with `blueprint`, or with `register(app)` where it needs more.
"""

PAGE_GROUPS: tuple[str, ...] = (
    "hub.web.home",
    "hub.web.reporting.reports",
    "hub.web.reporting.drafts",
    "hub.web.reporting.authorities",
    "hub.web.reporting.own_systems",
    "hub.web.reporting.common_forms",
    "hub.web.reporting.offline",
    "hub.web.reporting.named_lists",
    "hub.web.desk.secretariat",
    "hub.web.desk.inbox",
    "hub.web.desk.calls",
    "hub.web.desk.cases",
    "hub.web.desk.shifts",
    "hub.web.desk.phrases",
    "hub.web.desk.common_events",
    "hub.web.desk.relay",
    "hub.web.reporting.draft_files",
    "hub.web.reading.attachments",
    "hub.web.reading.feed",
    "hub.web.reading.search",
    "hub.web.reporting.batches",
    "hub.web.desk.board",
    "hub.web.reading.lessons",
    "hub.web.reporting.recalls",
    "hub.web.reading.inquiries",
    "hub.web.reporting.embargoes",
    "hub.web.reporting.delegations",
    "hub.web.reading.trends",
    "hub.web.reading.digests",
    "hub.web.papers.pages",
    "hub.web.exchange.peers",
    "hub.web.exchange.pushes",
    "hub.web.policy",
    "hub.web.past",
    "hub.web.trail.history",
    "hub.web.trail.receipts",
    "hub.web.trail.ledger",
    "hub.web.trail.witnesses",
    "hub.web.exchange.signing_keys",
    "hub.web.people.account",
    "hub.web.people.join",
    "hub.web.people.my_organization",
    "hub.web.people.merging",
    "hub.web.people.waiting_letters",
    "hub.web.people.my_account",
    "hub.web.people.mail",
    "hub.web.exchange.connect",
)
"""Modules of pages, in the order of the navigation."""

MACHINE_DOORS: tuple[str, ...] = ("hub.web.health", "hub.log.door", "hub.schemas", "hub.taxii", "hub.api")
"""Modules of doors for programs; they see none of the pages' hooks."""
