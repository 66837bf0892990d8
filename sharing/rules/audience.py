"""Rule: who may see a report, in which form, and why. The preview and the decision are this one function."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from msgspec import Struct

from models.vocabulary import Form, Label
from sharing.rules import tokens
from sharing.rules.policy import Cell, Policy, ReaderKind


class Sender(Struct, frozen=True):
    """Whose report it is."""

    organization_id: UUID
    sector: str | None = None
    ceptoar: str | None = None
    ministry: str | None = None
    """The ministry whose section looks after the sender's sector."""
    rivals: frozenset[str] = frozenset()
    """Tokens of the CEPTOARs of its own sector: their members are its rivals."""


@dataclass(frozen=True)
class Range:
    """The sharing range as the sender set it."""

    label: Label
    listed: frozenset[str] = frozenset()
    """Tokens of organizations, desks, persons, CEPTOARs and authorities that the sender listed."""
    consents: frozenset[str] = frozenset()
    """Of `nco`, `ministry`, `foreign`: whom the report may be passed on to."""
    names_sender: bool = False
    """The sender agrees to be named to its own sector and to the other CEPTOARs."""
    not_public: bool = False
    """公表しない: it keeps the public out whatever the label says."""


class Answer(Struct, frozen=True):
    """What the policy says of one kind of reader."""

    reader: ReaderKind
    token: str
    allowed: bool
    form: Form | None
    rule: str
    reasons: tuple[str, ...]
    about: str = ""
    """Of whom the policy was asked, where `token` is only a part of them (their desk)."""
    named: bool = False
    """The sender named this reader."""


class AudienceDecision(Struct, frozen=True):
    """Every answer, the refusals too: the page shows who will read and who will not."""

    policy_version: str
    label: Label
    answers: tuple[Answer, ...]

    def tokens(self, *forms: Form) -> dict[str, str]:
        """Token to rule, of those who may see one of these forms."""
        return {answer.token: answer.rule for answer in self.answers if answer.allowed and answer.form in forms}


@dataclass(frozen=True)
class _Candidate:
    reader: ReaderKind
    token: str
    listed: bool = False
    consented: bool | None = None
    """None where this reader needs no consent."""
    desk: str | None = field(default=None)


def decide_audience(policy: Policy, sender: Sender, sharing_range: Range) -> AudienceDecision:
    """Ask the policy about every kind of reader there is for this sender and range."""
    answers = tuple(
        _answer(policy.cell(candidate.reader, sharing_range.label), candidate, sharing_range)
        for candidate in _candidates(sender, sharing_range)
    )
    return AudienceDecision(policy.version, sharing_range.label, answers)


def _candidates(sender: Sender, sharing_range: Range) -> Iterator[_Candidate]:
    listed, consents = sharing_range.listed, sharing_range.consents
    own = sender.organization_id
    yield _Candidate(ReaderKind.SENDER, tokens.reporters(own))
    yield _Candidate(ReaderKind.NAMED_ORGANIZATION, tokens.organization(own), desk=tokens.desk(own))
    if sender.ceptoar:
        mine = tokens.secretariat(sender.ceptoar)
        yield _Candidate(ReaderKind.OWN_SECRETARIAT, mine, listed=mine in listed)
    if sender.sector:
        rivals = tokens.sector(sender.sector)
        yield _Candidate(ReaderKind.SAME_SECTOR, rivals, listed=rivals in listed)
    if sender.sector and sender.ministry:
        section = tokens.ministry(sender.ministry, sender.sector)
        yield _Candidate(ReaderKind.MINISTRY, section, section in listed, "ministry" in consents)
    yield _Candidate(ReaderKind.NCO, tokens.NCO, tokens.NCO in listed, "nco" in consents)
    yield from _listed_candidates(listed, sender, consented="ministry" in consents)
    yield _Candidate(ReaderKind.OTHER_SECRETARIATS, tokens.SECRETARIATS)
    yield _Candidate(ReaderKind.OTHER_MEMBERS, tokens.MEMBERS)
    yield _Candidate(ReaderKind.COUNCIL, tokens.COUNCIL, tokens.COUNCIL in listed)
    yield _Candidate(ReaderKind.FOREIGN, tokens.FOREIGN, tokens.FOREIGN in listed, "foreign" in consents)
    yield _Candidate(ReaderKind.PUBLIC, tokens.PUBLIC)


def _listed_candidates(listed: frozenset[str], sender: Sender, *, consented: bool) -> Iterator[_Candidate]:
    """Whom the sender named besides those of whom the policy is asked anyway; `consented` is for ministries."""
    known = {tokens.organization(sender.organization_id)}
    if sender.sector and sender.ministry:
        known.add(tokens.ministry(sender.ministry, sender.sector))
    for token in sorted(listed - known):
        kind, _, rest = token.partition(":")
        if kind in {"account", "desk"}:
            yield _Candidate(ReaderKind.NAMED, token, listed=True)
        elif kind == "organization":
            yield _Candidate(ReaderKind.NAMED_ORGANIZATION, token, listed=True, desk=f"desk:{rest}")
        elif kind == "secretariat" and rest != sender.ceptoar:
            yield _Candidate(ReaderKind.LISTED_SECRETARIAT, token, listed=True)
        elif kind == "ceptoar":
            rival = token in sender.rivals or rest == sender.ceptoar
            yield _Candidate(ReaderKind.SAME_SECTOR if rival else ReaderKind.LISTED_MEMBERS, token, listed=True)
        elif kind == "government" and token != tokens.NCO:
            yield _Candidate(ReaderKind.MINISTRY, token, listed=True, consented=consented)


def _answer(cell: Cell, candidate: _Candidate, sharing_range: Range) -> Answer:
    allowed, reasons, token = True, [f"{cell.rule}: {cell.text}"], candidate.token
    if "no" in cell.words:
        allowed = False
    if cell.words & {"listed", "named"} and not candidate.listed:
        allowed = False
        reasons.append("not listed by the sender")
    # No consent keeps out whoever needs one, even where the sender named them: of two statements the narrower wins.
    if candidate.consented is False and ("consent" in cell.words or (candidate.listed and "yes" not in cell.words)):
        allowed = False
        reasons.append("the sender has not consented")
    if candidate.reader is ReaderKind.PUBLIC and sharing_range.not_public:
        allowed = False
        reasons.append("not to be made public")
    if "desk" in cell.words:
        # A secretariat's desk is the secretariat itself; an organization's is its own token.
        token = candidate.desk or token
        reasons.append("the desk only")
    form = _form(cell, sharing_range) if allowed else None
    return Answer(
        candidate.reader, token, allowed, form, cell.rule, tuple(reasons), candidate.token, named=candidate.listed
    )


def _form(cell: Cell, sharing_range: Range) -> Form:
    if "anonymised" in cell.words and not sharing_range.names_sender:
        return Form.ANONYMISED
    return Form.NAMED
