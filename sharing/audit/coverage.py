"""Rule: which tables the trail covers, by what, and which it does not, and why. A test holds it to every table.

*Sealed* rows are committed to by the entry of the operation that wrote them (`seals`). *Derived* rows follow from
entries, signatures or other covered rows, and are computed again by `log verify`. The rest is listed with its reason.
"""

from collections.abc import Mapping
from typing import Final

SEALED: Final[Mapping[str, frozenset[str]]] = {
    "accounts": frozenset({"failures", "locked_until", "totp_last_step"}),
    "api_keys": frozenset(),
    "api_root_collections": frozenset(),
    "api_roots": frozenset(),
    "audience_tokens": frozenset(),
    "audiences": frozenset(),
    "authority_notices": frozenset(),
    "calls": frozenset(),
    "cases": frozenset(),
    "ceptoars": frozenset(),
    "closed_grants": frozenset(),
    "code_items": frozenset(),
    "code_list_files": frozenset(),
    "collection_rights": frozenset(),
    "collections": frozenset(),
    "deliveries": frozenset(),
    "common_events": frozenset(),
    "delegations": frozenset(),
    "digest_subscriptions": frozenset(),
    "digests": frozenset(),
    "edition_facts": frozenset(),
    "embargoes": frozenset(),
    "erasures": frozenset(),
    "inquiries": frozenset(),
    "inquiry_messages": frozenset(),
    "invitations": frozenset(),
    "memberships": frozenset(),
    "organizations": frozenset(),
    "own_systems": frozenset(),
    "phrases": frozenset(),
    "policy_versions": frozenset(),
    "proposal_objects": frozenset(),
    "proposals": frozenset({"reminders"}),
    "recall_answers": frozenset(),
    "pushes": frozenset({"position", "sending_until", "sent_at", "due_at", "attempts", "failure"}),
    "recall_notices": frozenset(),
    "recalls": frozenset({"reminded_at", "reminders"}),
    "regrants": frozenset(),
    "report_versions": frozenset(),
    "reports": frozenset(),
    "reset_requests": frozenset(),
    "sectors": frozenset(),
    "service_statements": frozenset(),
    "sharing_list_members": frozenset(),
    "sharing_lists": frozenset(),
    "shift_notes": frozenset(),
    "sign_ins": frozenset(),
    "signing_keys": frozenset(),
    "submission_manifests": frozenset(),
    "token_windows": frozenset(),
    "tokens": frozenset(),
}
"""Sealed tables, each with the columns that change without an entry: counters of failed
attempts and of reminders, and the last code used."""

DERIVED: Final[Mapping[str, Mapping[str, str]]] = {
    "audit_entries": {"id": "a row's own number: what it names is bound to it by everything else"},
    "audit_parts": {},
    "audit_seals": {},
    "audit_subjects": {},
    "checkpoints": {"signed_at": "when the hub says that it signed; witnesses put their own time under a checkpoint"},
    "disclosures": {"id": "a row's own number"},
    "grants": {"probe": "asks for one comparison more; 0 where another copy stood first, or 1 where none is, is found"},
    "log_state": {"clock_seen": "the clock, noted each minute", "id": "there is one row"},
    "objects": {"id": "a row's own number: grants and regrants name it, and are checked against the object"},
}
"""Derived tables, each with the columns that nothing derives, and why."""

NOT_COVERED: Final[Mapping[str, str]] = {
    "common_event_links": "which reports a secretariat holds to belong to an event; each change is an entry",
    "cosignatures": "each is a witness's own signature, which whoever uses it verifies",
    "draft_values": "what is not sent yet is its sender's own, and is erased when it is filed",
    "drafts": "what is not sent yet is its sender's own, and is erased when it is filed",
    "due": "work to be done and retried; what it does leaves entries of its own",
    "inbox_filters": "views of an inbox that a person saved for itself",
    "inbox_items": "how a secretariat sorts its work: what a person changes is an entry, the rest follows versions",
    "inbox_reads": "what a person has opened; that it was shown is a disclosure",
    "inbox_relations": "which reports a secretariat holds to belong together; each change is an entry",
    "key_requests": "what an API key asked lately, for whoever sets a program up",
    "leases": "which process does a duty just now",
    "log_keys": "the public keys that the log has had; readers who hold the right ones find a checkpoint by another",
    "log_recoveries": "the way out of a loss: the shard that it opens names what was lost in an entry of its own",
    "peer_objects": "what another server sent and what waits; each decision is an entry",
    "peers": "how other servers are reached; that one was added or ended is an entry",
    "policy_changes": "what a draft of the policy would change; the policy in force is covered",
    "policy_drafts": "drafts of the policy; the decision on one is an entry, and the policy in force is covered",
    "post_keys": "so that a post sent twice is done once; kept for a day, as its status is",
    "post_statuses": "the answer to a poster, kept for a day; the post itself is an entry",
    "mergers": "proposals to merge an organization into another; what comes of one are entries",
    "organization_moves": "proposals to move an organization; doing one is an entry, and where it belongs is covered",
    "redecision_cases": "what deciding the past again would change; what it did is an entry for each report",
    "redecisions": "proposals to decide the past again; the decision on one, and what it did, are entries",
    "push_receipts": "what other servers answered; each answer is an entry",
    "push_refusals": "which objects other servers did not take, in their words",
    "search_documents": "under which terms an object is found; made of the objects, again at any time by a command",
    "search_state": "how far the index of the search has come",
    "witnesses": "whom the hub asks for cosignatures; readers choose for themselves whom they believe",
}
"""Tables that the trail does not cover, and why."""
