"""A small town of organizations for stories about what readers see, and a short way to publish editions of reports."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from crypto.sealing import CursorSealer
from models.collection import INBOX_FEED
from models.vocabulary import Door, Form, Label, Role, Tier
from sharing.actor import Actor
from sharing.analytics import Span, TrendTable, read_trends
from sharing.collections.access import load_collection
from sharing.publications import publish
from sharing.publishing.nouns import EditionOf, NewObject, Publication
from sharing.reading.editions import Edition, list_editions, visible_position
from sharing.reading.grants import Row
from sharing.reading.newest import Look, newest
from sharing.rules.policy import default_policy
from tests.factory import World

POLICY = default_policy()


class Town(World):
    """Two sectors with operators and secretariats, the Council, NCO, an auditor."""

    def __init__(self, database_url: str, folder: Path, **more: Any) -> None:
        super().__init__(database_url, folder, **more)
        self.power = self.person(self.operator("Power"), Role.REPORTER, door=Door.WEB)
        self.rival = self.person(self.operator("Rival"), Role.READER)
        self.grid = self.person(self.secretariat("Grid secretariat"), Role.COORDINATOR)
        self.water = self.person(self.secretariat("Water secretariat", "water"), Role.COORDINATOR)
        self.council = self.person(self.organization(Tier.COUNCIL, "Council"), Role.COUNCIL)
        self.nco = self.person(self.organization(Tier.NCO, "NCO"), Role.ANALYST)
        self.auditor = self.person(self.organization(Tier.AUDITOR, "Auditors"), Role.AUDITOR)

    @property
    def sealer(self) -> CursorSealer:
        """Seals the cursors of pages."""
        return self.hub.secrets.cursor

    def publish(
        self,
        *forms: tuple[Form, Label],
        report: UUID | None = None,
        number: int = 1,
        event_type: str = "E30",
        noticed_on: date = date(2026, 11, 20),
        exercise: bool = False,
        audience: tuple[str, ...] | None = None,
        sector: str = "electricity",
    ) -> UUID:
        """Publish forms of a report, each by its label's audience or to the tokens named."""
        report = report or uuid4()
        objects = [
            self._edition(report, form, label, number, event_type, noticed_on, audience, sector)
            for form, label in forms
        ]
        with self.writing() as session:
            collection = load_collection(session, self.reader(session, self.grid), "electricity").collection
            publish(
                session,
                self.grid,
                Publication(collection, objects, exercise=exercise, subjects=[("report", str(report))]),
                policy=POLICY,
                context=self.context(),
            )
        return report

    def indicator(self, label: Label, count: int = 1, kind: str = "indicator") -> list[str]:
        """Publish indicators, or small objects of another type; their ids."""
        objects = [
            NewObject(f"{kind}--{uuid4()}", kind, "2.1", 1, "2026-11-20T00:00:00.000Z", None, label, b'{"a":1}')
            for _ in range(count)
        ]
        with self.writing() as session:
            collection = load_collection(session, self.reader(session, self.grid), "electricity").collection
            publish(session, self.grid, Publication(collection, objects), policy=POLICY, context=self.context())
        return [each.stix_id for each in objects]

    def editions(self, actor: Actor, **more: Any) -> list[Edition]:
        """The reports that somebody sees, newest first."""
        with self.reading() as session:
            reader = self.reader(session, actor)
            as_of = more.pop("as_of", None) or visible_position(session, reader)
            return list_editions(session, reader, as_of=as_of, **more)

    def position(self, actor: Actor) -> int:
        """The highest position that somebody sees."""
        with self.reading() as session:
            return visible_position(session, self.reader(session, actor))

    def trends(
        self, actor: Actor, fiscal_year: int = 2026, span: Span = Span.QUARTER, as_of: int | None = None
    ) -> TrendTable:
        """The table as somebody sees it."""
        with self.reading() as session:
            reader = self.reader(session, actor)
            return read_trends(
                session, reader, span=span, fiscal_year=fiscal_year, as_of=as_of, policy_version=POLICY.version
            )

    def feed(self, actor: Actor, look: Look | None = None, feed: int = INBOX_FEED, **more: Any) -> list[Row]:
        """Every row of a feed for people, page after page."""
        with self.reading() as session:
            reader = self.reader(session, actor)
            got = newest(session, reader, feed, look or Look(), sealer=self.sealer, **more)
            rows = list(got.rows)
            while got.next:
                got = newest(session, reader, feed, Look(), token=got.next, sealer=self.sealer, **more)
                rows += got.rows
        return rows

    def _edition(
        self,
        report: UUID,
        form: Form,
        label: Label,
        number: int,
        event_type: str,
        noticed_on: date,
        audience: tuple[str, ...] | None,
        sector: str,
    ) -> NewObject:
        stix_id = f"incident--{UUID(int=report.int ^ form.fullness)}"
        raw = {
            "type": "incident",
            "id": stix_id,
            "created_by_ref": f"identity--{self.grid.organization.id}",
            "name": f"{form.value} {number}",
        }
        return NewObject(
            stix_id=stix_id,
            type="incident",
            spec_version="2.1",
            version_us=number * 1_000_000,
            version=f"2026-11-20T00:00:{number:02d}.000Z",
            created_by_ref=raw["created_by_ref"],
            label=label,
            raw=json.dumps(raw).encode(),
            audience=None if audience is None else dict.fromkeys(audience, "named/test"),
            report_id=report,
            edition=EditionOf(
                report_id=report,
                form=form,
                number=number,
                kind="first" if number == 1 else "follow_up",
                sector=sector,
                event_type=event_type,
                service_impact="yes",
                noticed_on=noticed_on,
                title=f"{form.value} {number}",
            ),
        )
