"""Operation: who is behind a session, read afresh on every request; the choice of hat; the end of sessions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from models.account import Account, Membership, SignIn
from models.organization import Organization
from models.vocabulary import AccountState, Door, Role
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import NotVisible
from sharing.people.sign_in import end_sessions, session_digest
from sharing.rules.second_factor import demands_second_factor
from sharing.rules.tokens import OrganizationFacts
from sharing.setup import hub_facts


class Need(StrEnum):
    """What a signed-in person must do before anything else."""

    SECOND_FACTOR = "second factor"
    ENROLMENT = "enrolment"
    AGREEMENT = "agreement"
    HAT = "hat"


@dataclass(frozen=True)
class Person:
    """The account behind a session."""

    id: UUID
    username: str
    display_name: str
    locale: str
    has_second_factor: bool
    agreement_version: str | None
    agreement_at: datetime | None


@dataclass(frozen=True)
class Hat:
    """One open hat of the person."""

    membership_id: UUID
    organization: OrganizationFacts
    name_ja: str
    name_en: str
    roles: frozenset[Role]

    def name(self, locale: str) -> str:
        """The organization's name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


@dataclass(frozen=True)
class SessionLine:
    """An open session, as its owner sees it."""

    digest: bytes
    started_at: datetime
    expires_at: datetime
    second_factor_at: datetime | None

    @property
    def id(self) -> str:
        """A name for the session that opens nothing."""
        return self.digest.hex()


@dataclass(frozen=True)
class SignedIn:
    """Who asks, as the tables say at this moment."""

    person: Person
    hats: tuple[Hat, ...]
    hat: Hat | None
    session: SessionLine
    needs: Need | None
    actor: Actor | None
    """The person under the current hat; None while something else is needed first."""
    bare: Actor
    """The person without any role, for what concerns the own account only."""


_BEHIND: Final = (
    select(
        SignIn.digest,
        SignIn.started_at,
        SignIn.expires_at,
        SignIn.second_factor_at,
        SignIn.membership_id,
        Account.id,
        Account.username,
        Account.display_name,
        Account.locale,
        Account.totp_sealed.is_not(None),
        Account.agreement_version,
        Account.agreement_at,
        Membership.id.label("hat_id"),
        Membership.roles,
        Organization.id.label("organization_id"),
        Organization.tier,
        Organization.sector,
        Organization.ceptoar,
        Organization.ministry,
        Organization.name_ja,
        Organization.name_en,
    )
    .join(Account, Account.id == SignIn.account_id)
    .outerjoin(
        Organization.__table__.join(Membership, Membership.organization_id == Organization.id),
        and_(
            Membership.account_id == Account.id,
            Membership.ended_at.is_(None),
            Organization.left_at.is_(None),
        ),
    )
    .where(SignIn.digest == bindparam("token"), SignIn.ended_at.is_(None), Account.state == AccountState.ACTIVE)
    .order_by(Membership.began_at, Membership.id)
)


def load_actor(session: Session, token: str, *, agreement_version: str, now: datetime) -> SignedIn | None:
    """Who is behind a session's token, or None. Account, hats, roles and organizations are read on each request, so
    that a change of them is in force with the next one."""
    rows: list[Any] = list(session.execute(_BEHIND, {"token": session_digest(token)}))
    if not rows:
        return None
    line = SessionLine(*rows[0][:4])
    person = Person(*rows[0][5:12])
    if line.expires_at <= now:
        return None
    hats = tuple(_hat(row) for row in rows if row.hat_id is not None)
    hat = next((each for each in hats if each.membership_id == rows[0].membership_id), None)
    needs = _needs(person, line, hats, hat, agreement_version)
    actor = _actor(person, hat) if hat is not None and needs is None else None
    return SignedIn(person, hats, hat, line, needs, actor, _bare(person, hat or (hats[0] if hats else None)))


def choose_hat(session: Session, signed_in: SignedIn, membership_id: UUID, *, context: Context) -> None:
    """Put on another of the person's own hats.

    Raises:
        NotVisible: the person has no such hat.
    """
    chosen = next((each for each in signed_in.hats if each.membership_id == membership_id), None)
    row = session.get(SignIn, signed_in.session.digest)
    if chosen is None or row is None:
        raise NotVisible("no such membership")
    row.membership_id = chosen.membership_id
    session.flush()
    told = {"membership": str(chosen.membership_id), "roles": sorted(role.value for role in chosen.roles)}
    actor = _actor(signed_in.person, chosen)
    record(session, Event(Tag.HAT_CHANGE, actor, _subjects(signed_in), decision=told), context)


def sign_out(session: Session, signed_in: SignedIn, *, context: Context) -> None:
    """End this session."""
    _end_one(session, signed_in, signed_in.session.digest, context)


def end_session(session: Session, signed_in: SignedIn, ident: str, *, context: Context) -> None:
    """End one of the person's own sessions.

    Raises:
        NotVisible: the person has no such open session.
    """
    found = next((each for each in list_sessions(session, signed_in, context.now) if each.id == ident), None)
    if found is None:
        raise NotVisible("no such session")
    _end_one(session, signed_in, found.digest, context)


def sign_out_everywhere(session: Session, signed_in: SignedIn, *, context: Context) -> None:
    """End all sessions of the person, this one too."""
    ended = end_sessions(session, signed_in.person.id, context.now)
    told = {"everywhere": True, "sessions": ended}
    record(session, Event(Tag.SIGN_OUT, signed_in.bare, _subjects(signed_in), decision=told), context)


def list_sessions(session: Session, signed_in: SignedIn, now: datetime) -> list[SessionLine]:
    """The open sessions of the person, the newest first."""
    statement = (
        select(SignIn.digest, SignIn.started_at, SignIn.expires_at, SignIn.second_factor_at)
        .where(SignIn.account_id == signed_in.person.id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
        .order_by(SignIn.started_at.desc())
    )
    return [SessionLine(*row) for row in session.execute(statement)]


def _end_one(session: Session, signed_in: SignedIn, digest: bytes, context: Context) -> None:
    row = session.get(SignIn, digest)
    if row is None or row.ended_at is not None:
        raise NotVisible("no such session")
    row.ended_at = context.now
    session.flush()
    record(session, Event(Tag.SIGN_OUT, signed_in.bare, _subjects(signed_in)), context)


def _needs(
    person: Person, line: SessionLine, hats: tuple[Hat, ...], hat: Hat | None, agreement_version: str
) -> Need | None:
    demanded = person.has_second_factor or any(demands_second_factor(each.roles) for each in hats)
    if demanded and line.second_factor_at is None:
        return Need.SECOND_FACTOR if person.has_second_factor else Need.ENROLMENT
    if person.agreement_version != agreement_version:
        return Need.AGREEMENT
    return Need.HAT if hat is None else None


def _actor(person: Person, hat: Hat) -> Actor:
    return Actor(person.id, hat.membership_id, hat.organization, hat.roles, Door.WEB, display_name=person.display_name)


def _bare(person: Person, hat: Hat | None) -> Actor:
    organization = hat.organization if hat else hub_facts()
    return Actor(person.id, None, organization, frozenset(), Door.WEB, display_name=person.display_name)


def _hat(row: Any) -> Hat:
    facts = OrganizationFacts(row.organization_id, row.tier, row.sector, row.ceptoar, row.ministry)
    return Hat(row.hat_id, facts, row.name_ja, row.name_en, frozenset(map(Role, row.roles)))


def _subjects(signed_in: SignedIn) -> list[tuple[str, str]]:
    return [("account", str(signed_in.person.id))]
