"""Operation: who reads: an actor with the tokens that are open to it right now, and since which position."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models.audience import TokenWindow
from models.audit import LogState
from models.vocabulary import Role
from models.ways import Statement
from sharing.actor import Actor
from sharing.audiences import intern_tokens
from sharing.reading.driver import fetch, uuid_parameter
from sharing.rules import tokens
from sharing.rules.tokens import CONTENT_ROLES, OrganizationFacts, tokens_of_organization, tokens_of_roles


class Window(Struct, frozen=True):
    """A token that the reader holds: it reads grants after `opened`."""

    token_id: int
    token: str
    opened: int


@dataclass(frozen=True)
class Reader:
    """Somebody who reads, with every token that is open to it, in a stable order."""

    actor: Actor
    windows: tuple[Window, ...]

    @cached_property
    def key(self) -> bytes:
        """What a cursor is bound to: the account under this hat, not the moment's windows."""
        return sha256(f"{self.actor.account_id}/{self.actor.membership_id}".encode()).digest()[:16]

    def holds(self, token: str) -> bool:
        """Whether a token is open to this reader."""
        return any(window.token == token for window in self.windows)


_OPEN_WINDOWS: Final = """
    SELECT w.token_id, t.name, w.opened FROM token_windows w JOIN tokens t ON t.id = w.token_id
    WHERE w.closed IS NULL
      AND (w.organization_id = :organization OR (w.account_id = :account AND w.organization_id IS NULL))
    ORDER BY w.token_id
"""


@lru_cache(maxsize=4_096)
def _usable(organization: OrganizationFacts, roles: frozenset[Role]) -> frozenset[str]:
    """The same roles of the same organization use the same tokens; which are open is asked each time."""
    return tokens_of_roles(organization, roles)


def load_reader(session: Session, actor: Actor) -> Reader:
    """The windows that are open to this actor. A closed one yields nothing here, only to the ledger."""
    usable = _usable(actor.organization, actor.roles)
    if not usable or actor.account_id is None:
        return Reader(actor, ())
    asked = ask_windows(session, actor)
    rows = fetch(session, asked.sql, asked.parameters, kept=True)
    mine = tokens.account(actor.account_id)
    return Reader(actor, tuple(Window(*row) for row in rows if row[1] in usable or row[1] == mine))


def ask_windows(session: Session, actor: Actor) -> Statement:
    """The question of `load_reader`, to be asked ahead together with others."""
    account = None if actor.account_id is None else uuid_parameter(session, actor.account_id)
    parameters = {"organization": uuid_parameter(session, actor.organization.id), "account": account}
    return Statement(_OPEN_WINDOWS, parameters, kept=True)


_OPEN_OF_ORGANIZATION: Final = """
    SELECT w.token_id, t.name, w.opened FROM token_windows w JOIN tokens t ON t.id = w.token_id
    WHERE w.closed IS NULL AND w.organization_id = :organization
    ORDER BY w.token_id
"""


def load_machine_reader(session: Session, actor: Actor) -> Reader:
    """An organization's own machine as a reader: the organization's tokens, as far as its roles use them; nobody's."""
    usable = _usable(actor.organization, actor.roles)
    if not usable:
        return Reader(actor, ())
    parameters = {"organization": uuid_parameter(session, actor.organization.id)}
    rows = fetch(session, _OPEN_OF_ORGANIZATION, parameters)
    return Reader(actor, tuple(Window(*row) for row in rows if row[1] in usable))


def open_organization_windows(session: Session, facts: OrganizationFacts) -> None:
    """Open every token of an organization that joins, from the current position on."""
    _open(session, tokens_of_organization(facts), organization_id=facts.id)


def open_account_window(session: Session, account_id: UUID) -> None:
    """Open a person's own token."""
    _open(session, {tokens.account(account_id)}, account_id=account_id)


def ensure_account_window(session: Session, account_id: UUID) -> None:
    """Open a person's own token unless it is open."""
    mine = select(TokenWindow.id).where(TokenWindow.account_id == account_id, TokenWindow.closed.is_(None))
    if session.execute(mine).first() is None:
        open_account_window(session, account_id)


def close_account_window(session: Session, account_id: UUID) -> None:
    """Close a person's own token: without a hat there is nobody left whom a sender named."""
    session.execute(
        update(TokenWindow)
        .where(TokenWindow.account_id == account_id, TokenWindow.closed.is_(None))
        .values(closed=current_position(session))
    )


def close_organization_windows(session: Session, organization_id: UUID) -> None:
    """Close every window of an organization that leaves; the ledger keeps what it could read."""
    session.execute(
        update(TokenWindow)
        .where(TokenWindow.organization_id == organization_id, TokenWindow.closed.is_(None))
        .values(closed=current_position(session))
    )


def close_tokens_of(session: Session, organization_id: UUID, names: Iterable[str]) -> None:
    """Close an organization's windows on these tokens; the ledger keeps what it could read."""
    session.execute(
        update(TokenWindow)
        .where(
            TokenWindow.organization_id == organization_id,
            TokenWindow.closed.is_(None),
            TokenWindow.token_id.in_(intern_tokens(session, names).values()),
        )
        .values(closed=current_position(session))
    )


def open_tokens_of(session: Session, organization_id: UUID, names: Iterable[str]) -> None:
    """Open these tokens to an organization, from the current position on."""
    _open(session, names, organization_id=organization_id)


def current_position(session: Session) -> int:
    """The last position given: what comes later is new."""
    return session.execute(select(LogState.last_position).where(LogState.id == 1)).scalar_one()


def _open(
    session: Session, names: Iterable[str], *, organization_id: UUID | None = None, account_id: UUID | None = None
) -> None:
    numbers = intern_tokens(session, names)
    opened = current_position(session)
    rows = [
        {"organization_id": organization_id, "account_id": account_id, "token_id": number, "opened": opened}
        for number in numbers.values()
    ]
    if rows:
        session.execute(insert(TokenWindow), rows)


def reads_content(actor: Actor) -> bool:
    """Whether the current hat reads reports at all."""
    return bool(actor.roles & CONTENT_ROLES)
