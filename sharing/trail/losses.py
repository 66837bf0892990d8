"""Operation: the way on after a real loss: two administrators declare it, and the log goes on in a new shard.

Where entries are lost for good (a backup is older than what witnesses cosigned), the old shard can never be signed
again: whoever cosigned the longer tree would be right to call it a fork. So the next shard of the same year begins,
its first entry names the last witnessed checkpoint and the lost range, and everything before stays checkable.
"""

from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.sealing import SecretSealer
from crypto.tree_head import Checkpoint, parse_checkpoint_text
from models.account import Account
from models.vocabulary import AccountState, EntryKind
from models.witnessing import LogRecovery
from sharing.actor import Actor, Context
from sharing.audit.integrate import next_shard, open_next_shard
from sharing.audit.record import Event
from sharing.audit.state import load_log_head
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.people.lookup import hats_of_account
from sharing.people.second_factor import fitting_step
from sharing.people.sign_in import find_candidate
from sharing.permissions import Permission, permissions_of

MOST_WORDS: Final = 1000
"""Characters of the reason."""


class Recovered(Struct, frozen=True):
    """A new shard, and what was lost before it."""

    shard: str
    lost_from: int
    lost_before: int


def prove_administrator(
    session: Session, username: str, password: str, code: str, *, seeds: SecretSealer, context: Context
) -> UUID:
    """Who stands at the machine, by password and second factor; writes nothing to a log that must not go on.

    Raises:
        NotPermitted: it is nobody who administers this hub, or password or code are wrong.
    """
    candidate = find_candidate(session, username)
    fits = candidate.fits(password)
    account = session.get(Account, candidate.account_id) if fits and candidate.account_id else None
    if account is None or account.state is not AccountState.ACTIVE:
        raise NotPermitted("user name, password or code is wrong")
    step = fitting_step(account, code, seeds=seeds, context=context)
    if step is None:
        raise NotPermitted("user name, password or code is wrong")
    account.totp_last_step = step
    roles = [role for hat in hats_of_account(session, account.id) for role in hat.roles]
    if Permission.HUB_ADMINISTER not in permissions_of(roles):
        raise NotPermitted("a loss is declared by administrators of the hub")
    return account.id


def find_waiting(session: Session) -> LogRecovery | None:
    """The declaration that waits for its second person."""
    query = select(LogRecovery).where(LogRecovery.approved_at.is_(None)).order_by(LogRecovery.requested_at.desc())
    return session.execute(query.limit(1)).scalar_one_or_none()


def list_declared(session: Session) -> dict[str, Checkpoint]:
    """Shards whose loss was declared, with the last witnessed checkpoint of each."""
    rows = session.execute(select(LogRecovery).where(LogRecovery.approved_at.is_not(None))).scalars()
    return {row.shard: parse_checkpoint_text(row.witnessed.encode()) for row in rows}


def declare_loss(session: Session, by: UUID, witnessed: Checkpoint, reason: str, *, context: Context) -> LogRecovery:
    """The first of two: say what was lost. Nothing goes on before a second person agrees.

    Raises:
        Invalid: no reason was given.
        Conflict: nothing is lost, or another declaration waits.
    """
    if not reason.strip() or len(reason) > MOST_WORDS:
        raise Invalid(Fault("reason", "missing", f"1 to {MOST_WORDS} characters"))
    head = load_log_head(session)
    if witnessed.origin != f"{head.origin}/{head.shard}" or witnessed.size <= head.size:
        raise Conflict(
            f"expected a witnessed checkpoint of {head.origin}/{head.shard} with more than {head.size} entries, "
            f"found {witnessed.origin} with {witnessed.size}: nothing is lost"
        )
    if find_waiting(session) is not None:
        raise Conflict("a declaration waits already: a second administrator approves it, or it is withdrawn")
    made = LogRecovery(
        id=context.new_id(),
        shard=head.shard,
        stored_size=head.size,
        witnessed=witnessed.text.decode(),
        reason=reason.strip(),
        requested_by=str(by),
        requested_at=context.now,
    )
    session.add(made)
    session.flush()
    return made


def withdraw_declaration(session: Session) -> None:
    """Take back what waits.

    Raises:
        NotVisible: nothing waits.
    """
    waiting = find_waiting(session)
    if waiting is None:
        raise NotVisible("no declaration waits")
    session.delete(waiting)


def approve_loss(session: Session, by: UUID, actor: Actor, *, now_us: int, context: Context) -> Recovered:
    """The second of two: open the next shard. Its first entry names the witnessed checkpoint and what is lost.

    Raises:
        NotVisible: nothing waits.
        NotPermitted: it is the same person.
        Conflict: the log went on since.
    """
    waiting = find_waiting(session)
    if waiting is None:
        raise NotVisible("no declaration waits")
    if waiting.requested_by == str(by):
        raise NotPermitted("a loss is declared by two: expected another administrator than the first")
    head = load_log_head(session)
    if (head.shard, head.size) != (waiting.shard, waiting.stored_size):
        raise Conflict("the log went on since the declaration: withdraw it and look again")
    witnessed = parse_checkpoint_text(waiting.witnessed.encode())
    opened = next_shard(head.shard)
    told = {
        "lost_shard": head.shard,
        "lost_from": head.size,
        "lost_before": witnessed.size,
        "reason": waiting.reason,
        "declared_by": waiting.requested_by,
        "approved_by": str(by),
    }
    event = Event(Tag.LOG_RECOVER, actor, decision=told, kind=EntryKind.SHARD, bridge=waiting.witnessed)
    open_next_shard(session, opened, event, now_us=now_us, context=context)
    waiting.approved_by, waiting.approved_at, waiting.opened = str(by), context.now, opened
    return Recovered(opened, head.size, witnessed.size)
