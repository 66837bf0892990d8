"""Holds the shape of one report of the demo: its versions, how it is shared, and what waits for whom."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from models.vocabulary import Label, ProposalState


class Waiting(StrEnum):
    """For whom an open report waits."""

    REPORTER = "reporter"
    APPROVER = "approver"
    SECRETARIAT = "secretariat"


@dataclass(frozen=True)
class Version:
    """One version of a report as filed; `fields` is the content of the form."""

    filed_at: datetime
    fields: dict[str, Any]


class DemoProposal(Struct, frozen=True):
    """The secretariat's proposal to share one version (by its index) wider, and the sender's answer."""

    version: int
    label: Label
    state: ProposalState
    proposed_at: datetime
    answered_at: datetime | None
    answer_ja: str | None

    @property
    def shared(self) -> bool:
        """Whether the sender agreed."""
        return self.state is ProposalState.APPROVED


@dataclass(frozen=True)
class Story:
    """A report with all its versions.

    `reporter` is a user name; without one, the secretariat registered the report on the telephone.
    `listed` are the audiences that the sender named.
    """

    key: str
    id: UUID
    scenario: str
    event_type: str
    sector: str
    ceptoar: str
    sender: str
    reporter: str | None
    versions: tuple[Version, ...]
    label: Label
    listed: tuple[str, ...]
    proposal: DemoProposal | None
    campaign: str | None
    exercise: bool
    is_open: bool
    waits_for: Waiting | None
    summary_en: str
