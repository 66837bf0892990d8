"""Operation: who will read a report, who will not, and why: told from the very decision that publishing will take."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from models.vocabulary import Form, Label
from sharing.actor import Actor
from sharing.audiences import load_sender
from sharing.group_names import GroupNames
from sharing.permissions import Permission
from sharing.reports.ranges import Consent, decide_editions, decide_original, forms_of
from sharing.rules.audience import Answer, Sender
from sharing.rules.policy import Policy, ReaderKind


class Access(StrEnum):
    """How a group comes to read."""

    ORIGINAL = "original"
    """The report as filed, at once."""
    NAMED = "named"
    """An edition that the secretariat publishes, with the sender's name."""
    ANONYMISED = "anonymised"
    """An edition that the secretariat publishes, without the sender's name."""
    NONE = "none"


class Why(StrEnum):
    """Why a group does not read."""

    LABEL = "label"
    NOT_LISTED = "not-listed"
    NO_CONSENT = "no-consent"


@dataclass(frozen=True)
class PreviewLine:
    """One group of readers."""

    reader: ReaderKind
    token: str
    name_ja: str
    """The sector, CEPTOAR, ministry or organization that the group is of; empty where the kind says it all."""
    name_en: str
    organizations: int
    """How many organizations of the hub are in the group now."""
    access: Access
    whys: tuple[Why, ...]
    rule: str
    """The cell of the policy that decided."""

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


@dataclass(frozen=True)
class Preview:
    """Who will read, and who will not."""

    label: Label
    policy_version: str
    lines: tuple[PreviewLine, ...]

    def having(self, *accesses: Access) -> tuple[PreviewLine, ...]:
        """The lines of some kinds of access."""
        return tuple(line for line in self.lines if line.access in accesses)

    @property
    def tokens(self) -> frozenset[str]:
        """Everybody who reads in some form."""
        return frozenset(line.token for line in self.lines if line.access is not Access.NONE)


def preview_audience(session: Session, actor: Actor, label: Label, consent: Consent, *, policy: Policy) -> Preview:
    """Who will read a report of the actor's organization that is filed with this label and these consents.

    Raises:
        NotPermitted: the actor files no reports.
    """
    actor.must(Permission.REPORT_FILE)
    return preview_of(session, load_sender(session, actor.organization.id), label, consent, policy=policy)


def preview_of(session: Session, sender: Sender, label: Label, consent: Consent, *, policy: Policy) -> Preview:
    """The preview of a sender's report."""
    original = {answer.reader: answer for answer in decide_original(policy, sender, consent, label).answers}
    circle = decide_original(policy, sender, consent, label).tokens(Form.NAMED)
    editions = decide_editions(policy, sender, consent, label)
    forms = forms_of(editions, circle, only_anonymised=False)
    names = GroupNames(session, [each.token for each in (*editions.answers, *original.values())])
    lines: list[PreviewLine] = []
    for answer in editions.answers:
        now = original[answer.reader]
        read_now = now.allowed and now.token in circle
        access = Access.ORIGINAL if read_now else _access(answer, forms)
        told = now if read_now else answer
        ja, en = names.of(told.token)
        lines.append(
            PreviewLine(
                reader=answer.reader,
                token=told.token,
                name_ja=ja,
                name_en=en,
                organizations=names.count(told.token),
                access=access,
                whys=() if access is not Access.NONE else whys_of(answer),
                rule=told.rule,
            )
        )
    return Preview(label, policy.version, tuple(lines))


def readers_of(session: Session, rules: Iterable[str]) -> list[tuple[str, str, str, int]]:
    """Tokens with their names in both languages and the number of organizations, for a page."""
    wanted = list(rules)
    names = GroupNames(session, wanted)
    return [(token, *names.of(token), names.count(token)) for token in wanted]


def whys_of(answer: Answer) -> tuple[Why, ...]:
    """The reasons of a refusal as codes, from the rule's own words."""
    found = []
    if "not listed by the sender" in answer.reasons:
        found.append(Why.NOT_LISTED)
    if "the sender has not consented" in answer.reasons:
        found.append(Why.NO_CONSENT)
    return tuple(found) or (Why.LABEL,)


def _access(answer: Answer, forms: dict[Form, dict[str, str]]) -> Access:
    for form, access in ((Form.NAMED, Access.NAMED), (Form.ANONYMISED, Access.ANONYMISED)):
        if answer.token in forms.get(form, {}):
            return access
    return Access.NONE
