"""Operation: who is behind a session, read afresh on every request; the choice of hat; the end of sessions."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from json import loads
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import SignIn
from models.vocabulary import AccountState, Door, Role, Tier
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import NotVisible
from sharing.people.sign_in import end_sessions, session_digest
from sharing.reading.driver import as_moment, as_uuid, fetch
from sharing.rules.second_factor import demands_second_factor
from sharing.rules.tokens import OrganizationFacts
from sharing.setup import hub_facts


class Need(StrEnum):
    """What a signed-in person must do before anything else."""

    SECOND_FACTOR = "second factor"
    LETTER = "letter"
    """The printed code of a reset, before a new second factor is enrolled."""
    ENROLMENT = "enrolment"
    AGREEMENT = "agreement"
    HAT = "hat"


class Person(Struct, frozen=True):
    """The account behind a session."""

    id: UUID
    username: str
    display_name: str
    locale: str
    has_second_factor: bool
    agreement_version: str | None
    agreement_at: datetime | None


class Hat(Struct, frozen=True):
    """One open hat of the person."""

    membership_id: UUID
    organization: OrganizationFacts
    name_ja: str
    name_en: str
    roles: frozenset[Role]

    def name(self, locale: str) -> str:
        """The organization's name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


class SessionLine(Struct, frozen=True):
    """An open session, as its owner sees it."""

    digest: bytes
    started_at: datetime
    expires_at: datetime
    second_factor_at: datetime | None

    @property
    def id(self) -> str:
        """A name for the session that opens nothing."""
        return self.digest.hex()


class SignedIn(Struct, frozen=True):
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


# Plain SQL on the driver, as for API keys: this runs before every page. Whether a letter is lacking is `find_letter`.
_BEHIND: Final = """
SELECT s.digest, s.started_at, s.expires_at, s.second_factor_at, s.membership_id,
       a.id, a.username, a.display_name, a.locale, a.totp_sealed IS NOT NULL, a.agreement_version, a.agreement_at,
       s.letter_at IS NOT NULL, CASE WHEN a.totp_sealed IS NULL THEN (
           SELECT r.what FROM reset_requests r WHERE r.account_id = a.id AND r.approved AND r.what <> 'password'
           ORDER BY r.decided_at DESC, r.id DESC LIMIT 1) END = 'second_factor',
       h.id, CAST(h.roles AS TEXT), h.organization_id, h.tier, h.sector, h.ceptoar, h.ministry, h.name_ja, h.name_en
FROM sign_ins s
JOIN accounts a ON a.id = s.account_id
LEFT JOIN (
    SELECT m.id, m.account_id, m.began_at, m.roles, m.organization_id,
           o.tier, o.sector, o.ceptoar, o.ministry, o.name_ja, o.name_en
    FROM memberships m
    JOIN organizations o ON o.id = m.organization_id
    WHERE m.ended_at IS NULL AND o.left_at IS NULL
) h ON h.account_id = a.id
WHERE s.digest = :digest AND s.ended_at IS NULL AND a.state = :active
ORDER BY h.began_at, h.id
"""
_ACTIVE: Final = AccountState.ACTIVE.value


def load_actor(session: Session, token: str, *, agreement_version: str, now: datetime) -> SignedIn | None:
    """Who is behind a session's token, or None. Account, hats, roles and organizations are read on each request, so
    that a change of them is in force with the next one."""
    rows = fetch(session, _BEHIND, {"digest": session_digest(token), "active": _ACTIVE}, kept=True)
    if not rows:
        return None
    line, worn = _line(rows[0][:4]), as_uuid(rows[0][4])
    person = _person(rows[0][5:12])
    if line.expires_at <= now:
        return None
    hats = tuple(_hat(row[14:]) for row in rows if row[14] is not None)
    hat = next((each for each in hats if each.membership_id == worn), None)
    showed, wants = map(bool, rows[0][12:14])
    first = _needed_first(person, line, hats, showed_letter=showed, wants_letter=wants)
    needs = first or _needed_then(person, hat, agreement_version)
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


def _needed_first(
    person: Person, line: SessionLine, hats: tuple[Hat, ...], *, showed_letter: bool, wants_letter: bool
) -> Need | None:
    """What completes the sign-in itself."""
    demanded = person.has_second_factor or wants_letter or any(demands_second_factor(each.roles) for each in hats)
    if not demanded or line.second_factor_at is not None:
        return None
    if person.has_second_factor:
        return Need.SECOND_FACTOR
    return Need.LETTER if wants_letter and not showed_letter else Need.ENROLMENT


def _needed_then(person: Person, hat: Hat | None, agreement_version: str) -> Need | None:
    if person.agreement_version != agreement_version:
        return Need.AGREEMENT
    return Need.HAT if hat is None else None


def _actor(person: Person, hat: Hat) -> Actor:
    return Actor(person.id, hat.membership_id, hat.organization, hat.roles, Door.WEB, display_name=person.display_name)


def _bare(person: Person, hat: Hat | None) -> Actor:
    organization = hat.organization if hat else hub_facts()
    return Actor(person.id, None, organization, frozenset(), Door.WEB, display_name=person.display_name)


def _line(columns: Sequence[Any]) -> SessionLine:
    digest, started, expires, confirmed = columns
    return SessionLine(bytes(digest), as_moment(started), as_moment(expires), _moment_or_none(confirmed))


def _person(columns: Sequence[Any]) -> Person:
    ident, username, name, locale, has_second_factor, version, agreed = columns
    return Person(UUID(str(ident)), username, name, locale, bool(has_second_factor), version, _moment_or_none(agreed))


def _hat(columns: Sequence[Any]) -> Hat:
    ident, roles, organization, tier, sector, ceptoar, ministry, name_ja, name_en = columns
    facts = OrganizationFacts(UUID(str(organization)), Tier(tier), sector, ceptoar, ministry)
    return Hat(UUID(str(ident)), facts, name_ja, name_en, frozenset(map(Role, loads(roles))))


def _moment_or_none(stored: Any) -> datetime | None:
    return None if stored is None else as_moment(stored)


def _subjects(signed_in: SignedIn) -> list[tuple[str, str]]:
    return [("account", str(signed_in.person.id))]
