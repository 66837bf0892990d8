"""Rule: what the law asks of a member's report next, as far as the report itself says.

What its sender noted of telling authorities is the sender's own and counts for nothing here; where the report says that
an authority was told, its first deadline counts as kept, and where a final report says so, all of them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from models.deadlines import DeadlineRule
from models.vocabulary import ReportKind
from sharing.reports.authorities import STAGES
from sharing.reports.deadlines import LATE_FOR, Deadline, Standing, find_deadlines, list_due_times
from sharing.reports.fields import ReportFields

_FIRST: Final = frozenset({"first"})
_ALL: Final = frozenset(STAGES)


def next_duty(rules: Iterable[DeadlineRule], sector: str, fields: ReportFields, now: datetime) -> Deadline | None:
    """The deadline that comes next, or has passed without the report saying that it was kept; None where there is none.

    What passed long ago is nothing that a desk still waits for.
    """
    told = _told(fields)
    return next(
        (
            each
            for each in find_deadlines(rules, sector, fields, told=told, now=now)
            if each.standing is not Standing.DONE and each.due_at > now - LATE_FOR
        ),
        None,
    )


def next_due_at(rules: Iterable[DeadlineRule], sector: str, fields: ReportFields, now: datetime) -> datetime | None:
    """When `next_duty` is due."""
    since = now - LATE_FOR
    return min((at for at in list_due_times(rules, sector, fields, told=_told(fields)) if at > since), default=None)


def _told(fields: ReportFields) -> dict[str, frozenset[str]]:
    stages = _ALL if fields.kind is ReportKind.FINAL else _FIRST
    return dict.fromkeys(map(str, fields.further.get("told", ())), stages)
