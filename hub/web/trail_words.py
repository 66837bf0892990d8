"""Holds what pages call the entries of the trail, in the reader's language."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from hub.web.shell import Words
from sharing.audit.tags import Tag

TAGS: Mapping[str, Words] = {
    Tag.HUB_INIT: _l("The hub was made"),
    Tag.HUB_START: _l("The hub was started"),
    Tag.HUB_STOP: _l("The hub was stopped"),
    Tag.SHARD_OPEN: _l("A new part of the log was begun"),
    Tag.LOG_KEYS_ROTATE: _l("New keys of the log came into use"),
    Tag.LOG_KEYS_RETIRE: _l("Old keys of the log were retired"),
    Tag.WITNESS_ADD: _l("A witness was added"),
    Tag.WITNESS_REMOVE: _l("A witness was removed"),
    Tag.LOG_RECOVER: _l("A loss was declared, and the log went on in a new part"),
    Tag.OBJECT_PUBLISH: _l("Objects were published"),
    Tag.OBJECT_DELETE: _l("An object was deleted from a collection"),
    Tag.REPORT_FILE: _l("A report was filed"),
    Tag.PROPOSAL_MAKE: _l("A wider edition was proposed"),
    Tag.PROPOSAL_APPROVE: _l("An edition was approved and published"),
    Tag.PROPOSAL_REFUSE: _l("An edition was refused"),
    Tag.EDITION_PUBLISH: _l("An edition was published"),
    Tag.DISCLOSURE: _l("Objects were given to a reader"),
    Tag.SIGN_IN: _l("Somebody signed in"),
    Tag.SIGN_IN_FAILED: _l("A sign-in was refused"),
    Tag.SIGN_OUT: _l("Somebody signed out"),
    Tag.HAT_CHANGE: _l("Somebody changed the current role"),
    Tag.INVITE: _l("Somebody was invited"),
    Tag.INVITE_WITHDRAW: _l("An invitation was withdrawn"),
    Tag.JOIN: _l("An invitation was used"),
    Tag.ROLES_CHANGE: _l("Roles were changed"),
    Tag.MEMBERSHIP_END: _l("A membership was ended"),
    Tag.RESET_REQUEST: _l("A reset was requested"),
    Tag.RESET_DECIDE: _l("A reset was decided on"),
    Tag.CREDENTIALS_SET: _l("Sign-in credentials were set"),
    Tag.AGREEMENT_ACCEPT: _l("The sharing agreement was accepted"),
    Tag.PREFERENCE_SET: _l("A preference was set"),
    Tag.ACCOUNT_STATE: _l("An account was suspended or resumed"),
    Tag.KEY_MAKE: _l("An API key was made"),
    Tag.KEY_REVOKE: _l("An API key was revoked"),
    Tag.SIGNING_KEY_REGISTER: _l("A signing key was registered"),
    Tag.SIGNING_KEY_ROTATE: _l("A signing key was replaced"),
    Tag.SIGNING_KEY_REVOKE: _l("A signing key was revoked"),
    Tag.ORGANIZATION_JOIN: _l("An organization joined"),
    Tag.ORGANIZATION_LEAVE: _l("An organization left"),
    Tag.ORGANIZATION_FINDABLE: _l("An organization changed whether others can name it"),
    Tag.LIST_MAKE: _l("A named list was made"),
    Tag.LIST_ADD: _l("Somebody was put on a named list"),
    Tag.LIST_REMOVE: _l("Somebody was taken off a named list"),
    Tag.LIST_CLOSE: _l("A named list was closed"),
    Tag.COLLECTION_ADD: _l("A collection was added"),
    Tag.COLLECTION_CHANGE: _l("What a collection takes was changed"),
    Tag.CODELIST_LOAD: _l("Code lists were loaded"),
    Tag.POLICY_DRAFT: _l("A draft of the sharing policy was brought"),
    Tag.POLICY_WITHDRAW: _l("A draft of the sharing policy was dropped"),
    Tag.POLICY_LOAD: _l("A sharing policy was loaded"),
    Tag.DIGEST_SUBSCRIBE: _l("A digest subscription was begun or changed"),
    Tag.DIGEST_UNSUBSCRIBE: _l("A digest subscription was ended"),
    Tag.DIGEST_MAKE: _l("A digest was made"),
    Tag.PEER_ADD: _l("A peer was added"),
    Tag.PEER_END: _l("A peer was ended"),
    Tag.PEER_RECEIVE: _l("Objects came from a peer and went no further"),
    Tag.PEER_DECIDE: _l("Objects of a peer were decided on"),
    Tag.PUSH_ADD: _l("A server to send to was added"),
    Tag.PUSH_AGREE: _l("An organization agreed to be sent what it may read"),
    Tag.PUSH_END: _l("Sending to a server was ended"),
    Tag.PUSH_SEND: _l("Objects were sent to a server"),
    Tag.DIGEST_READ: _l("A digest was opened"),
    Tag.JOB_FAILED: _l("A scheduled job was set aside after failing"),
    Tag.JOB_RETRY: _l("Failed jobs were started again"),
    Tag.ERASURE_REQUEST: _l("The erasure of an entry was requested"),
    Tag.ERASURE: _l("The content of an entry was erased"),
    Tag.EXPORT: _l("A table was downloaded"),
}

DOORS: Mapping[str, Words] = {
    "web": _l("web pages"),
    "rest": _l("REST"),
    "taxii": _l("TAXII"),
    "command": _l("command"),
    "job": _l("scheduled job"),
    "push": _l("sent to their own server"),
}

SUBJECTS: Mapping[str, Words] = {
    "report": _l("Report"),
    "organization": _l("Organization"),
    "list": _l("Named list"),
    "account": _l("Account"),
    "membership": _l("Membership"),
    "collection": _l("Collection"),
    "policy": _l("Policy"),
    "subscription": _l("Subscription"),
    "digest": _l("Digest"),
    "proposal": _l("Proposal"),
    "invitation": _l("Invitation"),
    "key": _l("API key"),
    "object": _l("Object"),
    "peer": _l("Peer"),
    "push": _l("Server sent to"),
    "job": _l("Scheduled job"),
    "erasure": _l("Erasure"),
    "signing-key": _l("Signing key"),
}


def tag_name(tag: str) -> str:
    """What happened, in words."""
    return str(TAGS.get(tag, tag))
