"""Holds how doors log that somebody else than the sender was shown a report as it was filed."""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from hub.wiring import Hub
from models.collection import EXERCISE_FEED, INBOX_FEED
from models.vocabulary import Form
from sharing.actor import Actor
from sharing.disclosures import Shown, shown_of
from sharing.readers import load_reader
from sharing.reading.page import page
from sharing.reading.question import ALL, Question
from sharing.reports.visible import ReportView


class OfReport(Protocol):
    """A line of a list, a proposal, or whatever else is shown of a report."""

    @property
    def report_id(self) -> UUID:
        """Of which."""

    @property
    def exercise(self) -> bool:
        """訓練."""


def log_originals(hub: Hub, actor: Actor, shown: Iterable[ReportView | OfReport], *, what: str = "page") -> None:
    """Log that somebody else than the sender was shown originals: reports, lines of a list, or proposals.

    Raises:
        Busy: it could not be logged, so the answer must not be given.
    """
    others = [each for each in shown if not _is_own(actor, each)]
    given: list[Shown] = []
    for feed, exercise in ((INBOX_FEED, False), (EXERCISE_FEED, True)):
        reports = [_id_of(each) for each in others if each.exercise is exercise]
        if not reports:
            continue
        ids = tuple(hub.editions.main_id(report, Form.ORIGINAL) for report in reports)
        question = Question(ids=ids, versions=(ALL,))
        with hub.reading() as session:
            rows = page(session, load_reader(session, actor), feed, question, sealer=hub.secrets.cursor).rows
        given += shown_of(actor, feed, rows, question, what=what, at=hub.clock())
    hub.disclosures.log(given)  # one answer, one entry: live reports and exercises together


def _is_own(actor: Actor, shown: ReportView | OfReport) -> bool:
    return getattr(shown, "is_own", False) or getattr(shown, "organization_id", None) == actor.organization.id


def _id_of(shown: ReportView | OfReport) -> UUID:
    return shown.id if isinstance(shown, ReportView) else shown.report_id
