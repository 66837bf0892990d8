"""Rule: the sharing policy as data. Every reader has a cell at every label; a file with a hole in it is refused."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources
from itertools import pairwise
from typing import Any, Final

from models.vocabulary import Label


class ReaderKind(StrEnum):
    """The rows of the table: who a reader is to the sender of this report."""

    SENDER = "sender"
    NAMED = "named"
    NAMED_ORGANIZATION = "named_organization"
    OWN_SECRETARIAT = "own_secretariat"
    SAME_SECTOR = "same_sector"
    MINISTRY = "ministry"
    NCO = "nco"
    LISTED_SECRETARIAT = "listed_secretariat"
    LISTED_MEMBERS = "listed_members"
    OTHER_SECRETARIATS = "other_secretariats"
    OTHER_MEMBERS = "other_members"
    COUNCIL = "council"
    FOREIGN = "foreign"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    PUBLIC = "public"


class OtherRule(StrEnum):
    """By what else than a cell of the table an object is given; written before a label as a reader is."""

    NEWCOMER = "newcomer"
    """Of the past, what policy lets who joined later see."""
    SUCCESSOR = "successor"
    """What the sender sent before it went up in the reader's organization."""
    ADDRESSED = "addressed"
    """Its publisher's own program said to whom it goes."""
    ENDED = "ended"
    """It says that a form without the stricter parts ends, to those who hold that form."""


NEVER: Final = frozenset({ReaderKind.AUDITOR, ReaderKind.ADMINISTRATOR})
"""Readers who see no content whatever a policy file says."""

WORDS: Final = frozenset({"yes", "no", "named", "desk", "listed", "consent", "anonymised"})
"""What a cell may say, joined by `+` where several must hold."""

_NAMEABLE: Final = frozenset(
    {
        ReaderKind.NAMED,
        ReaderKind.NAMED_ORGANIZATION,
        ReaderKind.OWN_SECRETARIAT,
        ReaderKind.SAME_SECTOR,
        ReaderKind.MINISTRY,
        ReaderKind.NCO,
        ReaderKind.LISTED_SECRETARIAT,
        ReaderKind.LISTED_MEMBERS,
        ReaderKind.COUNCIL,
        ReaderKind.FOREIGN,
    }
)
_REACHABLE: Final[Mapping[str, frozenset[ReaderKind]]] = {
    "named": _NAMEABLE,
    "listed": _NAMEABLE,
    "desk": frozenset({ReaderKind.NAMED_ORGANIZATION, ReaderKind.LISTED_SECRETARIAT}),
    "consent": frozenset({ReaderKind.MINISTRY, ReaderKind.NCO, ReaderKind.FOREIGN}),
    "anonymised": frozenset(
        {
            ReaderKind.SAME_SECTOR,
            ReaderKind.MINISTRY,
            ReaderKind.NCO,
            ReaderKind.LISTED_SECRETARIAT,
            ReaderKind.LISTED_MEMBERS,
            ReaderKind.OTHER_SECRETARIATS,
            ReaderKind.OTHER_MEMBERS,
            ReaderKind.COUNCIL,
            ReaderKind.FOREIGN,
            ReaderKind.PUBLIC,
        }
    ),
}
"""For whom a condition can hold at all: a cell that nobody can reach is a mistake, not a rule."""

NEWCOMERS: Final[Mapping[Label, int]] = {Label.GREEN: 90, Label.CLEAR: 90}
"""Days of the past that a newcomer is given where the file says nothing, and the labels for which it may say any."""
LONGEST_PAST: Final = 3_660
"""Ten years of days: whatever is older no newcomer needs."""

_OPENNESS: Final = {"no": 0, "anonymised": 1, "yes": 2}


class BadPolicy(ValueError):
    """The policy file cannot be used; the message names the cell."""


@dataclass(frozen=True)
class Cell:
    """What one reader may see at one label: every condition must hold."""

    reader: ReaderKind
    label: Label
    words: frozenset[str]

    @cached_property
    def rule(self) -> str:
        """The name under which decisions remember this cell."""
        return f"{self.reader.value}/{self.label.value}"

    @cached_property
    def text(self) -> str:
        """The cell as the file wrote it, in a stable order."""
        return "+".join(sorted(self.words))


@dataclass(frozen=True)
class Policy:
    """One version of the sharing rules."""

    version: str
    cells: Mapping[tuple[ReaderKind, Label], Cell]
    newcomers: Mapping[Label, int] = field(default_factory=lambda: dict(NEWCOMERS))
    """How many days of the past a newcomer is given, by label; a label that is not here is never given."""

    def cell(self, reader: ReaderKind, label: Label) -> Cell:
        """The cell of a reader at a label; parsing made sure that there is one."""
        return self.cells[reader, label]


def parse_policy(document: Mapping[str, Any]) -> Policy:
    """Read a policy file.

    Raises:
        BadPolicy: a cell is missing, unknown or contradicts another; the message names it.
    """
    version = document.get("version")
    if not isinstance(version, str) or not 0 < len(version) <= 40:
        raise BadPolicy("version: expected a text of 1 to 40 characters")
    try:
        columns = [Label(column) for column in document["columns"]]
        rows = document["rows"]
    except (KeyError, TypeError, ValueError) as error:
        raise BadPolicy("columns, rows: expected the five TLP labels and one row a reader") from error
    if sorted(columns) != sorted(Label):
        raise BadPolicy(f"columns: expected each of {', '.join(Label)} once")
    cells = {(cell.reader, cell.label): cell for reader in ReaderKind for cell in _parse_row(reader, columns, rows)}
    if unknown := set(rows) - {reader.value for reader in ReaderKind}:
        raise BadPolicy(f"rows: unknown reader {sorted(unknown)[0]!r}")
    policy = Policy(version=version, cells=cells, newcomers=_parse_newcomers(document.get("newcomers")))
    _check_consistent(policy)
    return policy


def _parse_newcomers(given: object) -> Mapping[Label, int]:
    """How much of the past a newcomer is given; a file that says nothing means the default."""
    if given is None:
        return dict(NEWCOMERS)
    if not isinstance(given, dict):
        raise BadPolicy('newcomers: expected days by label, such as {"TLP:GREEN": 90}')
    days: dict[Label, int] = {}
    for name, value in given.items():
        if name not in set(NEWCOMERS):
            raise BadPolicy(f"newcomers/{name}: expected {' or '.join(NEWCOMERS)}; a newcomer gets nothing stricter")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LONGEST_PAST:
            raise BadPolicy(f"newcomers/{name}: expected 0 to {LONGEST_PAST} days, found {value!r}")
        days[Label(name)] = value
    return days


def _parse_row(reader: ReaderKind, columns: list[Label], rows: Mapping[str, Any]) -> list[Cell]:
    row = rows.get(reader.value)
    if not isinstance(row, list) or len(row) != len(columns):
        raise BadPolicy(f"{reader.value}: expected {len(columns)} cells, one a label")
    return [_parse_cell(reader, label, text) for label, text in zip(columns, row, strict=True)]


def _parse_cell(reader: ReaderKind, label: Label, text: object) -> Cell:
    words = frozenset(text.split("+")) if isinstance(text, str) else frozenset()
    if not words or not words <= WORDS:
        raise BadPolicy(f"{reader.value}/{label.value}: expected words of {', '.join(sorted(WORDS))}, found {text!r}")
    if len(words) > 1 and words & {"yes", "no"}:
        raise BadPolicy(f"{reader.value}/{label.value}: yes and no stand alone, found {text!r}")
    for word, readers in _REACHABLE.items():
        if word in words and reader not in readers:
            raise BadPolicy(f"{reader.value}/{label.value}: {word!r} can never hold for this reader, found {text!r}")
    if reader is ReaderKind.SENDER and words != {"yes"}:
        raise BadPolicy(f"{reader.value}/{label.value}: a sender reads its own, so the cell must be yes")
    if reader in NEVER and words != {"no"}:
        raise BadPolicy(f"{reader.value}/{label.value}: never reads content, so the cell must be no")
    return Cell(reader, label, words)


def _check_consistent(policy: Policy) -> None:
    """The members of all CEPTOARs include the sender's rivals: the many may not get what the rivals are denied.

    And nobody reads at a stricter label what they do not read at a wider one.
    """
    for reader in ReaderKind:
        for wide, strict in pairwise(sorted(Label, key=lambda label: label.rank)):
            if policy.cell(reader, wide).text == "no" and policy.cell(reader, strict).text != "no":
                cell = policy.cell(reader, strict)
                raise BadPolicy(f"{cell.rule}: unreachable at {wide.value}, so expected no, found {cell.text!r}")
    for label in Label:
        rivals = policy.cell(ReaderKind.SAME_SECTOR, label)
        many = policy.cell(ReaderKind.OTHER_MEMBERS, label)
        if _OPENNESS.get(many.text, 0) > _OPENNESS.get(rivals.text, 0):
            raise BadPolicy(
                f"{many.rule}: reaches the sender's own sector too, expected no more than {rivals.rule} ({rivals.text})"
            )


@cache
def default_policy() -> Policy:
    """The policy that the program ships."""
    return parse_policy(default_policy_document())


def default_policy_document() -> dict[str, Any]:
    """The shipped policy file as it is."""
    text = resources.files("sharing.rules").joinpath("default_policy.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
