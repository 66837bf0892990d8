"""Operation: whether a report still stands as its writer had it before the eyes when it began to write.

Who goes on with a report, or lets it go further, decides on what was on the page. Where a colleague has filed a
stricter version meanwhile, or the secretariat has withdrawn the report, the same form would take that back unseen.
"""

import re
from typing import Final

from msgspec import Struct
from sqlalchemy.orm import Session

from models.report import Report
from sharing.errors import Conflict, Fault, Invalid
from sharing.reports.range_changes.recalls import is_withdrawn
from sharing.reports.visible import ReportView

_TEXT: Final = re.compile(r"(?P<number>[1-9][0-9]{0,5})(?P<withdrawn>w?)")


class Seen(Struct, frozen=True):
    """How a report stood: the number of its last version, and whether it was withdrawn after that."""

    number: int
    withdrawn: bool = False

    def __str__(self) -> str:
        """As a form carries it."""
        return f"{self.number}{'w' if self.withdrawn else ''}"


NOTHING: Final = Seen(0)
"""What a form has seen that does not say it: no report stands so."""


class ChangedMeanwhile(Conflict):
    """The report stands otherwise than its writer has seen it."""

    def __init__(self, expected: Seen, found: Seen) -> None:
        self.expected, self.found = str(expected), str(found)
        super().__init__(
            f"the report has changed since you looked at it, expected {expected}, found {found}; look at it first"
        )


def read_seen(text: str) -> Seen:
    """What a form carries."""
    found = _TEXT.fullmatch(text)
    return Seen(int(found["number"]), bool(found["withdrawn"])) if found else NOTHING


def parse_seen(said: object) -> Seen:
    """What a program says that it has seen.

    Raises:
        Invalid: no report ever stands so.
    """
    seen = read_seen(said) if isinstance(said, str) else NOTHING
    if seen == NOTHING:
        raise Invalid(
            Fault("seen", "not-a-state", "the `seen` of the report, such as 2, or 2w once withdrawn", repr(said))
        )
    return seen


def seen_of(session: Session, view: ReportView) -> Seen:
    """How a report stands, for the page of its own people, who see every version."""
    return Seen(view.latest.number, is_withdrawn(session, view.id, view.latest.filed_at))


def must_stand(session: Session, report: Report, seen: Seen) -> None:
    """Let nobody go on with what it has not seen; whoever asks has locked the report.

    Raises:
        ChangedMeanwhile: it stands otherwise.
    """
    stands = Seen(report.versions, is_withdrawn(session, report.id, report.updated_at))
    if stands != seen:
        raise ChangedMeanwhile(seen, stands)
