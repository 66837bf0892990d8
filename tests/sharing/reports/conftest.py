"""A sector with two rivals, another sector, the authorities and the Council, ready to report and read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from feeds.editions.builder import StixEditions
from models.inbox import InboxItem
from sharing.actor import Actor
from sharing.collections.access import load_collection
from sharing.inbox.standing import status_of
from sharing.readers import load_reader
from sharing.reading.page import page
from sharing.reading.question import Question
from sharing.reports.approval.approvals import approve_proposal, load_proposal, refuse_proposal
from sharing.reports.approval.drafting import Wish
from sharing.reports.approval.proposals import Proposed, propose
from sharing.reports.codes import load_codes
from sharing.reports.fields import parse_fields
from sharing.reports.filing import file_report
from sharing.reports.means import Means
from sharing.reports.submissions import FiledReport, Submission
from sharing.rules.policy import default_policy
from tests.factory import World
from tests.people import people_of


class Scene:
    """Named organizations with one person each, and the verbs of a report's life in a few words."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.policy = default_policy()
        self.builder = StixEditions(world.hub.secrets.edition_key)
        people = people_of(world)
        self.aoba, self.rival, self.water = people.aoba, people.rival, people.water
        self.hanako, self.boss, self.colleague = people.hanako, people.boss, people.colleague
        self.rival_reader, self.water_reader = people.rival_reader, people.water_reader
        self.office, self.water_office = people.office, people.water_office
        self.council, self.nco, self.section, self.auditor = people.council, people.nco, people.section, people.auditor

    def means(self) -> Means:
        """What publishing goes by at this moment."""
        return Means(self.world.context(), self.policy, self.builder)

    def fields(self, **more: Any) -> Any:
        """The five necessary fields, and what a test says besides."""
        given = {
            "event_type": "E30",
            "noticed_at": "2026-11-20T11:00:00+09:00",
            "service_impact": "yes",
            "summary": "受付システムが停止している。",
            "label": "TLP:AMBER",
        }
        with self.world.reading() as session:
            return parse_fields({**given, **more}, load_codes(session), self.world.now)

    def files(
        self,
        actor: Actor,
        *,
        report: UUID | None = None,
        submission: UUID | None = None,
        keep_mentions: bool = False,
        **fields: Any,
    ) -> FiledReport:
        with self.world.writing() as session:
            return file_report(
                session,
                actor,
                self.fields(**fields),
                Submission(submission or uuid4(), report_id=report, keep_mentions=keep_mentions),
                means=self.means(),
            )

    def proposes(self, actor: Actor, report: FiledReport, label: Any, **more: Any) -> Proposed:
        wish = Wish(label, more.pop("number", report.number), **more)
        with self.world.writing() as session:
            return propose(
                session,
                actor,
                report.report_id,
                wish,
                means=self.means(),
            )

    def looks_at(self, actor: Actor, proposal_id: UUID) -> Any:
        with self.world.reading() as session:
            now, policy = self.world.now, self.policy
            return load_proposal(session, actor, proposal_id, now=now, policy=policy, builder=self.builder)

    def approves(self, actor: Actor, proposal: Proposed, digest: bytes | None = None) -> None:
        digest = digest or self.looks_at(self.boss, proposal.proposal_id).digest
        with self.world.writing() as session:
            approve_proposal(
                session,
                actor,
                proposal.proposal_id,
                digest,
                means=self.means(),
            )

    def refuses(self, actor: Actor, proposal: Proposed, reason: str) -> None:
        with self.world.writing() as session:
            refuse_proposal(session, actor, proposal.proposal_id, reason, context=self.world.context())

    def sees(self, actor: Actor, feed: str = "inbox", *, types: tuple[str, ...] = ("incident",), **more: Any) -> Any:
        """What an actor gets of a feed."""
        with self.world.reading() as session:
            reader = load_reader(session, actor)
            number = load_collection(session, reader, feed).feed
            question = Question(types=types, **more)
            return page(session, reader, number, question, sealer=self.world.hub.secrets.cursor).rows


@pytest.fixture
def scene(peopled_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A fresh hub with everybody in it."""
    world = World(peopled_url, tmp_path)
    yield Scene(world)
    with world.reading() as session:
        stands = select(InboxItem.report_id, InboxItem.status, status_of(InboxItem.version_id))
        wrong = [row for row in session.execute(stands) if row[1].value != row[2]]
    world.close()
    assert wrong == [], "what is kept beside a report follows its proposals, whatever was done with them"
