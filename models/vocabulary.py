"""The closed vocabularies: words that code compares. Open lists (sectors, codes) are data in `models.codelists`."""

from enum import StrEnum
from typing import Final

SIGNATURE_TYPE: Final = "ceptoar-signature"
"""The type of a publisher's signature in STIX; it travels with its object."""

EDITION_TYPE: Final = "incident"
"""The STIX type of the object that stands for a report in each of its editions."""


class Label(StrEnum):
    """A Traffic Light Protocol 2.0 label; never translated."""

    CLEAR = "TLP:CLEAR"
    GREEN = "TLP:GREEN"
    AMBER = "TLP:AMBER"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    RED = "TLP:RED"

    @property
    def rank(self) -> int:
        """How strict: 0 for CLEAR to 4 for RED."""
        return _LABELS.index(self)

    @classmethod
    def of_rank(cls, rank: int) -> "Label":
        """The label of a stored rank."""
        return _LABELS[rank]

    @classmethod
    def strictest(cls, *labels: "Label") -> "Label":
        """Of several labels the one that lets the fewest read."""
        return max(labels, key=lambda label: label.rank)


_LABELS = (Label.CLEAR, Label.GREEN, Label.AMBER, Label.AMBER_STRICT, Label.RED)


class Tier(StrEnum):
    """What an organization is in the scheme."""

    OPERATOR = "operator"
    BODY = "body"
    CEPTOAR = "ceptoar"
    COUNCIL = "council"
    MINISTRY = "ministry"
    NCO = "nco"
    FOREIGN = "foreign"
    AUDITOR = "auditor"
    HUB = "hub"


class Role(StrEnum):
    """What a person does under one hat; a hat may carry several."""

    MANAGER = "manager"
    REPORTER = "reporter"
    APPROVER = "approver"
    READER = "reader"
    DESK = "desk"
    COORDINATOR = "coordinator"
    COUNCIL = "council"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Door(StrEnum):
    """Through which door somebody acted."""

    WEB = "web"
    REST = "rest"
    TAXII = "taxii"
    COMMAND = "command"
    JOB = "job"
    PUSH = "push"
    MAIL = "mail"


class ReportKind(StrEnum):
    """第一報, 続報, 最終報 of an incident; or a near miss."""

    FIRST = "first"
    FOLLOW_UP = "follow_up"
    FINAL = "final"
    NEAR_MISS = "near_miss"


class ReportState(StrEnum):
    """Where a report stands."""

    OPEN = "open"
    CLOSED = "closed"


class Form(StrEnum):
    """In which form a report is shown: as filed, or as an edition."""

    ORIGINAL = "original"
    NAMED = "named"
    ANONYMISED = "anonymised"

    @property
    def fullness(self) -> int:
        """The fuller form has the higher number; lists show the fullest that the reader may see."""
        return {Form.ORIGINAL: 3, Form.NAMED: 2, Form.ANONYMISED: 1}[self]


class ProposalState(StrEnum):
    """The life of a proposal to share wider."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    OUTDATED = "outdated"
    EXPIRED = "expired"
    """Nobody answered in time."""
    EMBARGOED = "embargoed"
    """Approved, or within the sender's label; goes out when the embargo ends."""


class RecallKind(StrEnum):
    """How a sender changes its mind about what was published."""

    WITHDRAW = "withdraw"
    NARROW = "narrow"
    RAISE = "raise"


class RecallAnswerKind(StrEnum):
    """What became of what was recalled, as its reader says."""

    DELETED = "deleted"
    KEPT = "kept"
    """Not used any more; kept because a law says so."""
    NONE = "none"


class InquiryState(StrEnum):
    """The life of a question about a report, as its secretariat sees it."""

    ASKED = "asked"
    """With the secretariat, which passes it on."""
    PASSED = "passed"
    """With the sender."""
    ANSWERED = "answered"
    """The sender's words, or its refusal, are with the secretariat."""
    PROPOSED = "proposed"
    """The exact answer waits for the sender's approval."""
    APPROVED = "approved"
    """Approved; goes to the asker when the secretariat releases it."""
    RELEASED = "released"
    CLOSED = "closed"


class InquiryWords(StrEnum):
    """What a message of a question is."""

    QUESTION = "question"
    PASSED = "passed"
    """The question in the words in which the secretariat passed it on."""
    ANSWER = "answer"
    """What the sender wrote to the secretariat."""
    PROPOSAL = "proposal"
    """The exact answer to the asker."""
    REFUSAL = "refusal"


class AskerShown(StrEnum):
    """What the sender is told of who asks."""

    NOTHING = "nothing"
    SECTOR = "sector"
    NAME = "name"


class InquiryEnd(StrEnum):
    """Why a question was closed; the asker is told this and no more."""

    DONE = "done"
    NO_ANSWER = "no_answer"
    ELSEWHERE = "elsewhere"
    """It is not about this report, or belongs to somebody else."""
    TAKEN_BACK = "taken_back"
    """The asker did not want to know any more."""


class DraftState(StrEnum):
    """The life of a draft policy."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"


class RedecisionState(StrEnum):
    """The life of deciding the past again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    """Another policy came into force before it was through; what was decided again until then stands."""


class MoveState(StrEnum):
    """The life of a move of an organization."""

    WAITING = "waiting"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class AccountState(StrEnum):
    """Whether a person may sign in."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class CollectionKind(StrEnum):
    """Why a collection exists."""

    INBOX = "inbox"
    EXERCISE = "exercise"
    SECTOR = "sector"
    PROVISIONS = "provisions"
    DIGESTS = "digests"
    PUBLIC = "public"
    ADDED = "added"


class EntryKind(StrEnum):
    """The class of a log entry, the only thing about it that outsiders read."""

    EVENT = "event"
    KEY = "key"
    POLICY = "policy"
    ERASURE = "erasure"
    SHARD = "shard"


class PeerState(StrEnum):
    """What became of an object of a peer that did not go on by itself."""

    WAITING = "waiting"
    LET_ON = "let_on"
    SET_ASIDE = "set_aside"
    REFUSED = "refused"


class DueState(StrEnum):
    """The life of a due row."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class MailMatter(StrEnum):
    """What a mail is about; at AMBER and above the mail itself does not say it."""

    CODE = "code"
    """The code that confirms an address."""
    FILED = "filed"
    """A report waits for its secretariat."""
    QUESTION = "question"
    """A question waits for the secretariat."""
    PROPOSAL = "proposal"
    """An edition waits for approval."""
    ANSWER = "answer"
    """The exact words of an answer wait for approval."""
    PUBLISHED = "published"
    """An own report was published further."""
    READ = "read"
    """The secretariat opened an own report."""
    ASKED = "asked"
    """Somebody asks about an own report."""
    RECALLED = "recalled"
    """Something that was read is recalled, and an answer is asked."""
    DIGEST = "digest"
    """A digest was made."""


class MailState(StrEnum):
    """The life of a mail."""

    WAITING = "waiting"
    SENT = "sent"
    FOLDED = "folded"
    """Told of as one of several in another mail."""
    DROPPED = "dropped"
    """When it was to be sent, its recipient could or would no longer be told."""
    FAILED = "failed"


class MailWish(StrEnum):
    """Which mails a person wants."""

    DESK = "desk"
    APPROVAL = "approval"
    OWN = "own"
    RECALL = "recall"
    DIGEST = "digest"


class Handled(StrEnum):
    """How a secretariat handles a report."""

    NEW = "new"
    """Nobody has taken it."""
    TAKEN = "taken"
    WAITING = "waiting"
    """For somebody else: the sender, an authority, a colleague."""
    CLOSED = "closed"


class Status(StrEnum):
    """Where the last version of a report stands on its way to others."""

    NEW = "new"
    WAITING = "waiting"
    REFUSED = "refused"
    PUBLISHED = "published"
    EMBARGOED = "embargoed"


class CaseSource(StrEnum):
    """From where a secretariat knows of something that nobody reported."""

    PRESS = "press"
    POLICE = "police"
    JPCERT = "jpcert"
    PARTNER = "partner"
    AUTHORITY = "authority"
    OTHER = "other"


class ServiceState(StrEnum):
    """How a sector's service stands, as its secretariat says."""

    NORMAL = "normal"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class AttachmentState(StrEnum):
    """How far a file of a report has come."""

    ARRIVING = "arriving"
    """Not all of it is here yet."""
    WAITING = "waiting"
    """For the scan."""
    CLEAN = "clean"
    REFUSED = "refused"
    """The scan found something: only its sender sees why, and nobody else is given it."""
    UNSCANNED = "unscanned"
    """No scan is set up on this hub."""
    SAMPLE = "sample"
    """A sample of malware, as its sender says; it leaves only inside a ZIP with a password."""
    ERASED = "erased"
