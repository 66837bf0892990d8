"""Operation: who will read a report, who will not, and why: told from the very decision that publishing will take."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.codelist import Ceptoar, Sector
from models.organization import Organization
from models.vocabulary import Form, Label, Tier
from sharing.actor import Actor
from sharing.audiences import load_sender
from sharing.permissions import Permission
from sharing.reports.ranges import Consent, decide_editions, decide_original, forms_of
from sharing.rules import tokens
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
    names = _Names(session)
    lines: list[PreviewLine] = []
    for answer in editions.answers:
        now = original[answer.reader]
        read_now = now.allowed and now.token in circle
        access = Access.ORIGINAL if read_now else _access(answer, forms)
        told = now if read_now else answer
        ja, en = names.of(answer.reader, told.token)
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
    names = _Names(session)
    return [(token, *names.of(None, token), names.count(token)) for token in rules]


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


class _Names:
    """Names of tokens and how many organizations hold each, read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sectors = {row.code: row for row in session.execute(select(Sector)).scalars()}
        self._ceptoars = {row.code: row for row in session.execute(select(Ceptoar)).scalars()}
        self._counts = _count_holders(session)

    def of(self, reader: ReaderKind | None, token: str) -> tuple[str, str]:
        """The name of the sector, CEPTOAR or organization that a token speaks of."""
        kind, _, rest = token.partition(":")
        if kind in {"organization", "reporters", "desk"}:
            row = self._session.get(Organization, UUID(rest))
            return (row.name_ja, row.name_en) if row else ("", "")
        if kind == "sector":
            return self._pair(self._sectors.get(rest))
        if kind in {"ceptoar", "secretariat"}:
            return self._pair(self._ceptoars.get(rest))
        if kind == "government" and ":" in rest:
            return self._section(rest)
        return "", ""

    def count(self, token: str) -> int:
        """How many organizations hold a token now."""
        kind = token.partition(":")[0]
        return 1 if kind in {"organization", "reporters", "desk", "account"} else self._counts.get(token, 0)

    def _section(self, rest: str) -> tuple[str, str]:
        ministry, _, sector = rest.partition(":")
        row = self._session.execute(
            select(Organization)
            .where(Organization.tier == Tier.MINISTRY, Organization.ministry == ministry)
            .where(Organization.sector == sector, Organization.left_at.is_(None))
            .limit(1)
        ).scalar_one_or_none()
        return (row.name_ja, row.name_en) if row else ("", "")

    @staticmethod
    def _pair(row: Sector | Ceptoar | None) -> tuple[str, str]:
        return (row.name_ja, row.name_en) if row else ("", "")


def _count_holders(session: Session) -> Counter[str]:
    """Organizations by the group tokens that their readers hold; few kinds, however many organizations."""
    kinds = (Organization.tier, Organization.sector, Organization.ceptoar, Organization.ministry)
    query = select(*kinds, func.count()).where(Organization.left_at.is_(None)).group_by(*kinds)
    counts: Counter[str] = Counter()
    for tier, sector, ceptoar, ministry, number in session.execute(query):
        facts = tokens.OrganizationFacts(UUID(int=0), tier, sector, ceptoar, ministry)
        for token in tokens.tokens_of_organization(facts):
            counts[token] += number
    return counts
