"""Operation: what a secretariat says of the state of its services, and who is told.

Who reads a statement follows from the sharing policy, as with anything that a secretariat shares at that label.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from models.audience import AudienceToken
from models.board import ServiceStatement
from models.moments import moment_at
from models.organization import Organization
from models.vocabulary import Form, Label, ServiceState
from sharing.actor import Actor, Context
from sharing.audiences import intern_audience, load_sender
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Fault, Invalid, NotPermitted
from sharing.permissions import Permission
from sharing.readers import Reader
from sharing.reports.visible import must_keep_inbox
from sharing.rules.audience import Range, decide_audience
from sharing.rules.policy import Policy

LABELS: Final = (Label.GREEN, Label.CLEAR)
"""What stands on a board is for many; what is not goes out as a report or a provision."""

LONGEST_SERVICE: Final = 120
LONGEST_TEXT: Final = 300
MOST_SHOWN: Final = 500
"""Services of the whole board."""
LASTS: Final = timedelta(days=30)
"""A statement that nobody has renewed for so long says nothing any more."""


class Said(Struct, frozen=True):
    """What is to be said."""

    service: str
    state: str
    forecast: str
    source: str
    word_at: datetime | None
    label: str


@dataclass(frozen=True)
class StatementView:
    """The last word on one service."""

    sector: str
    ceptoar: str
    service: str
    state: ServiceState
    forecast: str
    source: str
    word_at: datetime
    said_at: datetime
    label: Label


def say_state(session: Session, actor: Actor, said: Said, *, context: Context, policy: Policy) -> UUID:
    """Say how a service stands; it takes the place of the last word on the same service.

    Raises:
        NotPermitted: the actor is no secretariat, or works by a key that may not propose.
        Invalid: an unknown state or label, a text that is too long, or a time that has not come.
    """
    must_keep_inbox(actor)
    actor.must(Permission.PROPOSAL_MAKE)
    if actor.account_id is None or not actor.organization.sector:
        raise NotPermitted("a state is said by a person of a sector's secretariat")
    word_at = _check(said, context.now)
    label = Label(said.label)
    sender = load_sender(session, actor.organization.id)
    consents = frozenset({"nco", "ministry"})
    decision = decide_audience(policy, sender, Range(label, consents=consents, names_sender=True))
    statement = ServiceStatement(
        id=context.new_id(),
        organization_id=actor.organization.id,
        sector=actor.organization.sector,
        ceptoar=actor.organization.ceptoar or "",
        service=" ".join(said.service.split()),
        state=ServiceState(said.state),
        forecast=" ".join(said.forecast.split()),
        source=" ".join(said.source.split()),
        word_at=word_at,
        label=label,
        audience_id=intern_audience(session, decision.tokens(Form.NAMED)),
        said_by=actor.account_id,
        said_at=context.now,
    )
    session.add(statement)
    session.flush()
    told = {"statement": str(statement.id), "state": statement.state.value, "label": label.value}
    subjects = [("organization", str(actor.organization.id))]
    record(session, Event(Tag.BOARD_SAY, actor, subjects, decision=told | {"policy": policy.version}), context)
    return statement.id


def list_statements(session: Session, reader: Reader, now: datetime) -> list[StatementView]:
    """The last word on each service that this reader is told, by sector and CEPTOAR.

    Raises:
        NotPermitted: the actor reads no feeds.
    """
    reader.actor.must(Permission.FEED_READ)
    # The last of those that this reader is told: a hidden one does not take the place of an open one.
    place = func.row_number().over(
        partition_by=(ServiceStatement.organization_id, ServiceStatement.service),
        order_by=(ServiceStatement.said_at.desc(), ServiceStatement.id),
    )
    chosen = (
        select(ServiceStatement.id, place.label("place"))
        .where(_is_told(reader), ServiceStatement.said_at >= now - LASTS)
        .subquery()
    )
    query = (
        select(ServiceStatement)
        .join(chosen, chosen.c.id == ServiceStatement.id)
        .where(chosen.c.place == 1)
        .order_by(ServiceStatement.sector, ServiceStatement.ceptoar, ServiceStatement.service)
        .limit(MOST_SHOWN)
    )
    return [
        StatementView(
            row.sector,
            row.ceptoar,
            row.service,
            row.state,
            row.forecast,
            row.source,
            row.word_at,
            row.said_at,
            row.label,
        )
        for row in session.execute(query).scalars()
    ]


def _is_told(reader: Reader) -> ColumnElement[bool]:
    """What its own organization said, and what a window of its own lets through."""
    # As in the feeds, what was said before a window opened, or before it joined, does not exist for who comes after.
    joined = select(Organization.joined_at).where(Organization.id == reader.actor.organization.id).scalar_subquery()
    told = ServiceStatement.said_at >= joined
    told &= or_(
        false(),
        *(
            and_(
                ServiceStatement.said_at > moment_at(window.opened),
                ServiceStatement.audience_id.in_(
                    select(AudienceToken.audience_id).where(AudienceToken.token_id == window.token_id)
                ),
            )
            for window in reader.windows
        ),
    )
    return told | (ServiceStatement.organization_id == reader.actor.organization.id)


def _check(said: Said, now: datetime) -> datetime:
    faults = []
    if said.state not in set(ServiceState):
        faults.append(Fault("state", "unknown-code", ", ".join(ServiceState), said.state[:40]))
    if said.label not in {label.value for label in LABELS}:
        faults.append(Fault("label", "unknown-code", ", ".join(LABELS), said.label[:40]))
    for name, text, most in (
        ("service", said.service, LONGEST_SERVICE),
        ("forecast", said.forecast, LONGEST_TEXT),
        ("source", said.source, LONGEST_TEXT),
    ):
        if len(text) > most or "\0" in text:
            faults.append(Fault(name, "too-long", f"up to {most} characters", str(len(text))))
    if said.word_at is not None and said.word_at > now:
        faults.append(Fault("word_at", "in-the-future", "a time that has come", "a later one"))
    if faults:
        raise Invalid(*faults)
    return said.word_at or now
