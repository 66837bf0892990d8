"""Operation: who will read a report, who will not, and why: told from the very decision that publishing will take."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from models.vocabulary import Form, Label
from sharing.actor import Actor
from sharing.audiences import load_sender
from sharing.errors import NotVisible
from sharing.group_names import GroupNames
from sharing.lists.naming import ChosenList, load_named, named_by
from sharing.lists.shown import NOTHING, ShownReaders, shown_by
from sharing.permissions import Permission
from sharing.reports.ranges import Consent, decide_editions, decide_original, forms_of
from sharing.reports.visible import load_visible_report
from sharing.rules.audience import Answer, Sender
from sharing.rules.policy import Policy, ReaderKind
from sharing.rules.tokens import OrganizationFacts
from sharing.shown_readers import show_tokens


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
    NOT_PUBLIC = "not-public"


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
    named: bool = False
    """The sender named them, on a list or by a consent."""

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


class Lack(StrEnum):
    """Why something of a chosen list does not count."""

    LEFT = "left"
    """Somebody on it takes part no more."""
    CLOSED = "closed"
    EMPTY = "empty"
    """Nobody on it takes part: the report cannot be filed with it."""


class Missing(Struct, frozen=True):
    """A chosen list, or a name on it, that does not count."""

    lack: Lack
    list_name: str
    token: str = ""
    name_ja: str = ""
    name_en: str = ""

    def name(self, locale: str) -> str:
        """The name of who left, in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


@dataclass(frozen=True)
class Preview:
    """Who will read, and who will not."""

    label: Label
    policy_version: str
    lines: tuple[PreviewLine, ...]
    missing: tuple[Missing, ...] = ()
    """What of the chosen lists does not count, and why."""
    shown: ShownReaders = NOTHING
    """What of it binds the report that is filed after it."""

    def having(self, *accesses: Access) -> tuple[PreviewLine, ...]:
        """The lines of some kinds of access."""
        return tuple(line for line in self.lines if line.access in accesses)

    @property
    def tokens(self) -> frozenset[str]:
        """Everybody who reads in some form."""
        return frozenset(line.token for line in self.lines if line.access is not Access.NONE)


def preview_audience(
    session: Session,
    actor: Actor,
    label: Label,
    consent: Consent,
    *,
    policy: Policy,
    lists: Sequence[str] = (),
    of: UUID | None = None,
) -> Preview:
    """Who will read a report of the actor's organization that is filed with this label, these consents and lists.

    A further version `of` a report goes where that was filed, also after its sender has moved.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: the organization has filed no such report.
    """
    actor.must(Permission.REPORT_FILE)
    chosen = load_named(session, actor, lists)
    consent = replace(consent, named=consent.named | set(named_by(chosen)))
    sender = load_sender(session, actor.organization.id, _filed_in(session, actor, of) if of else None)
    told = preview_of(session, sender, label, consent, policy=policy)
    return replace(told, missing=tuple(_missing(session, chosen)), shown=shown_by(policy.version, chosen))


def _filed_in(session: Session, actor: Actor, report_id: UUID) -> tuple[str, str]:
    view = load_visible_report(session, actor, report_id)
    if not view.is_own:
        raise NotVisible("no such report")
    return view.sector, view.ceptoar


def preview_of(
    session: Session,
    sender: Sender,
    label: Label,
    consent: Consent,
    *,
    policy: Policy,
    viewer: OrganizationFacts | None = None,
) -> Preview:
    """The preview of a sender's report; to a `viewer` other than the sender, those whom it may not know as groups."""
    decided = decide_original(policy, sender, consent, label)
    original = {(answer.reader, answer.about): answer for answer in decided.answers}
    circle = decided.tokens(Form.NAMED)
    editions = decide_editions(policy, sender, consent, label)
    forms = forms_of(editions, circle, only_anonymised=False)
    names = GroupNames(session, [each.token for each in (*editions.answers, *original.values())])
    lines: list[PreviewLine] = []
    for answer in editions.answers:
        now = original[answer.reader, answer.about]
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
                named=told.named,
            )
        )
    found = Preview(label, policy.version, tuple(lines))
    return found if viewer is None else _as_known(session, viewer, found, names)


def _missing(session: Session, chosen: Sequence[ChosenList]) -> Iterator[Missing]:
    """What of the chosen lists does not count."""
    gone = [token for each in chosen for token in each.gone]
    names = GroupNames(session, gone) if gone else None
    for each in chosen:
        if each.is_closed:
            yield Missing(Lack.CLOSED, each.name)
            continue
        if not each.counting:
            yield Missing(Lack.EMPTY, each.name)
        for token in each.gone:
            if names is not None:
                yield Missing(Lack.LEFT, each.name, token, *names.of(token))


def _as_known(session: Session, viewer: OrganizationFacts, found: Preview, names: GroupNames) -> Preview:
    """Lines about organizations and persons whom the viewer may not know, as their groups with numbers.

    Whom a sender named is the sender's own matter: another sees that somebody of the group was named, not who.
    """
    shown = show_tokens(session, viewer, [line.token for line in found.lines], names=names)
    whole = {(line.token, line.access) for line in found.lines}
    merged: dict[tuple[str, Access], PreviewLine] = {}
    for line in found.lines:
        reader = shown[line.token]
        key = (reader.token, line.access)
        if reader.is_named:
            merged[key] = line
        elif key not in whole:
            earlier = merged.get(key)
            count = line.organizations + (earlier.organizations if earlier else 0)
            told = replace(line, token=reader.token, name_ja=reader.name_ja, name_en=reader.name_en)
            merged[key] = replace(told, organizations=count)
    return replace(found, lines=tuple(merged.values()))


def readers_of(
    session: Session, rules: Iterable[str], viewer: OrganizationFacts | None = None
) -> list[tuple[str, str, str, int]]:
    """Tokens with their names in both languages and the number of organizations, for a page.

    To a `viewer` other than the sender, those whom it may not know come as groups.
    """
    wanted = list(rules)
    names = GroupNames(session, wanted)
    if viewer is None:
        return [(token, *names.of(token), names.count(token)) for token in wanted]
    shown = show_tokens(session, viewer, wanted, names=names)
    counted: dict[str, tuple[str, str, str, int]] = {}
    for token in wanted:
        reader = shown[token]
        if reader.is_named:
            counted[token] = (token, reader.name_ja, reader.name_en, names.count(token))
        elif reader.token not in wanted:
            earlier = counted[reader.token][3] if reader.token in counted else 0
            counted[reader.token] = (reader.token, reader.name_ja, reader.name_en, earlier + 1)
    return list(counted.values())


def whys_of(answer: Answer) -> tuple[Why, ...]:
    """The reasons of a refusal as codes, from the rule's own words."""
    found = []
    if "not listed by the sender" in answer.reasons:
        found.append(Why.NOT_LISTED)
    if "the sender has not consented" in answer.reasons:
        found.append(Why.NO_CONSENT)
    if "not to be made public" in answer.reasons:
        found.append(Why.NOT_PUBLIC)
    return tuple(found) or (Why.LABEL,)


def _access(answer: Answer, forms: dict[Form, dict[str, str]]) -> Access:
    for form, access in ((Form.NAMED, Access.NAMED), (Form.ANONYMISED, Access.ANONYMISED)):
        if answer.token in forms.get(form, {}):
            return access
    return Access.NONE
