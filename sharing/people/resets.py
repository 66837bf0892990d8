"""Operation: a lost password or second factor: one person asks, a second one grants, the person uses a printed code."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crypto.passwords import hash_password
from crypto.tokens import new_invitation_code
from models.account import Account, ApiKey, Invitation, ResetRequest
from models.vocabulary import AccountState, Door
from sharing.actor import Actor, Context
from sharing.audiences import facts_of, load_organization_facts
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.people.invitations import actor_roles, code_digest, password_faults
from sharing.people.keys import list_person_keys
from sharing.people.letters import find_by_code, find_letter
from sharing.people.lookup import HatRow, hats_of_account, hats_where, load_account_for_change, load_hat
from sharing.people.sign_in import end_sessions
from sharing.rules.resets import Hat, Helper, ResetKind, decide_grant, decide_request, stands_over

RESET_LIFE: Final = timedelta(days=7)
"""Who lost the way in needs it soon; an old request or code opens nothing."""
MAX_WHY: Final = 1000
"""Characters of the reason."""


class WaitingReset(Struct, frozen=True):
    """A request that this actor sees, and whether it may grant it."""

    request: ResetRequest
    display_name: str
    asked_by: str
    may_decide: bool
    keys: tuple[ApiKey, ...]
    """The person's API keys, as far as this actor may know of them: they end with the reset unless both keep them."""


def request_reset(
    session: Session,
    actor: Actor,
    membership_id: UUID,
    what: ResetKind,
    why: str,
    *,
    keep_keys: bool = False,
    context: Context,
) -> ResetRequest:
    """Ask that a person gets back in; `keep_keys` says that nobody else can have made or taken the person's API keys.

    Raises:
        NotVisible: there is no such person, or the actor may not know of it.
        NotPermitted: the actor sees the person but may not ask for it.
        Invalid: no reason was given, or too long a one.
        Conflict: a request for the person waits already.
    """
    hat, reason = _load_askable(session, actor, membership_id)
    if not why.strip() or len(why) > MAX_WHY:
        raise Invalid(Fault("why", "missing" if not why.strip() else "too_long", expected=f"1 to {MAX_WHY} characters"))
    load_account_for_change(session, hat.account.id)
    if session.execute(_waiting(context.now).where(ResetRequest.account_id == hat.account.id)).first() is not None:
        raise Conflict("expected no request for this person, found one that waits for a decision")
    request = ResetRequest(
        id=context.new_id(),
        account_id=hat.account.id,
        organization_id=hat.organization.id,
        what=what.value,
        why=why.strip(),
        keep_keys=keep_keys,
        requested_by=actor.account_id,
        requested_at=context.now,
    )
    session.add(request)
    session.flush()
    told = {"what": what.value, "rule": reason, "keep keys": keep_keys}
    record(session, Event(Tag.RESET_REQUEST, actor, _subjects(request), decision=told), context)
    return request


def find_askable(session: Session, actor: Actor, username: str) -> UUID:
    """The hat of an account by which this actor may ask that it gets back in.

    Raises:
        NotVisible: there is nobody of this name, or none of its hats is this actor's to ask for.
    """
    for hat in hats_where(session, Account.username == username):
        if decide_request(_helper(actor), hat.account.id, _hat(hat)).allowed:
            return hat.membership.id
    raise NotVisible("nobody of this name for whom you ask")


def list_keys_at_stake(session: Session, actor: Actor, membership_id: UUID, now: datetime) -> tuple[ApiKey, ...]:
    """The API keys that a reset of this person would end, as far as who asks for it may know of them.

    Raises:
        NotVisible: there is no such person, or the actor may not know of it.
        NotPermitted: the actor sees the person but may not ask for a reset.
    """
    hat, _reason = _load_askable(session, actor, membership_id)
    return _known_keys(session, actor, hat.account.id, now)


def list_resets(session: Session, actor: Actor, now: datetime) -> list[WaitingReset]:
    """The requests that wait, as far as this actor asked for them or may decide them."""
    found = []
    for request in session.execute(_waiting(now).order_by(ResetRequest.requested_at)).scalars():
        may_decide = _may_decide(session, actor, request)[0]
        if may_decide or request.requested_by == actor.account_id:
            person = session.get_one(Account, request.account_id)
            asker = session.get_one(Account, request.requested_by)
            keys = _known_keys(session, actor, person.id, now)
            found.append(WaitingReset(request, person.display_name, asker.display_name, may_decide, keys))
    return found


def grant_reset(
    session: Session, actor: Actor, request_id: UUID, *, keep_keys: bool = False, hmac_key: bytes, context: Context
) -> str:
    """Grant a request as the second person; the printed code is given once, here. What is reset opens nothing any more,
    nor do the person's API keys, wherever it has them, unless both persons keep them.

    Raises:
        NotVisible: there is no such request that waits, or it is not this actor's to decide.
        NotPermitted: the actor asked for it.
    """
    request = _load_decidable(session, actor, request_id, context)
    code = new_invitation_code(context.random_bytes)
    _decide(request, actor, context, approved=True)
    ended = _take_away(session, request, context.now)
    keys = [] if request.keep_keys and keep_keys else _revoke_keys(session, request.account_id, context.now)
    session.add(
        Invitation(
            id=request.id,  # the request's own id: a code of a reset is found back to what it resets
            code_digest=code_digest(hmac_key, code),
            organization_id=request.organization_id,
            account_id=request.account_id,
            display_name="",
            roles=[],
            invited_by=actor.account_id,
            created_at=context.now,
            expires_at=context.now + RESET_LIFE,
        )
    )
    session.flush()
    told = {
        "what": request.what,
        "granted": True,
        "sessions ended": ended,
        "keys revoked": [str(key.id) for key, _ in keys],
    }
    named = [("key", str(key.id)) for key, organization in keys if organization == request.organization_id]
    record(session, Event(Tag.RESET_DECIDE, actor, [*_subjects(request), *named], decision=told), context)
    return code


def refuse_reset(session: Session, actor: Actor, request_id: UUID, *, context: Context) -> None:
    """Refuse a request as the second person.

    Raises:
        NotVisible: there is no such request that waits, or it is not this actor's to decide.
    """
    request = _load_decidable(session, actor, request_id, context)
    _decide(request, actor, context, approved=False)
    session.flush()
    told = {"what": request.what, "granted": False}
    record(session, Event(Tag.RESET_DECIDE, actor, _subjects(request), decision=told), context)


def find_reset(session: Session, code: str, *, hmac_key: bytes, now: datetime) -> ResetRequest | None:
    """What a printed code resets; None when it is unknown, used or expired."""
    request = find_by_code(session, code, hmac_key=hmac_key, now=now)
    if request is None or _sets_password(request):
        return request
    waits = session.get_one(Account, request.account_id).totp_sealed is None
    return request if waits and find_letter(session, request.account_id) is request else None


def use_reset(session: Session, code: str, new_password: str, *, hmac_key: bytes, context: Context) -> ResetRequest:
    """Get back in with a new password; where the second factor went too, the next sign-in enrols one. All sessions end.

    Raises:
        NotVisible: the code is unknown, used or expired, sets no password, or the account is suspended: one answer.
        Invalid: the new password cannot be taken.
    """
    request = find_reset(session, code, hmac_key=hmac_key, now=context.now)
    account = load_account_for_change(session, request.account_id) if request else None
    if request is None or account is None or account.state is not AccountState.ACTIVE or not _sets_password(request):
        raise NotVisible("expected a good code of a reset of the password, found another, a used or an expired one")
    faults = password_faults(new_password, account.username)
    if faults:
        raise Invalid(*faults)
    account.password_hash = hash_password(new_password)
    what = ResetKind(request.what)
    if what is ResetKind.BOTH:
        account.totp_sealed, account.totp_last_step = None, None
    account.failures, account.locked_until = 0, None
    session.get_one(Invitation, request.id).used_at = context.now
    session.flush()
    ended = end_sessions(session, account.id, context.now)
    facts = load_organization_facts(session, request.organization_id)
    actor = Actor(account.id, None, facts, frozenset(), Door.WEB)
    told = {"what": what.value, "sessions ended": ended}
    record(session, Event(Tag.CREDENTIALS_SET, actor, _subjects(request), decision=told), context)
    return request


def _sets_password(request: ResetRequest) -> bool:
    return request.what != ResetKind.SECOND_FACTOR.value


def _take_away(session: Session, request: ResetRequest, now: datetime) -> int:
    """Let what is reset open nothing from now on: a lost telephone may have been found. The sessions that ended."""
    account = load_account_for_change(session, request.account_id)
    if account is None:
        raise NotVisible("no such account")
    if _sets_password(request):
        account.password_hash = None
    if request.what != ResetKind.PASSWORD.value:
        account.totp_sealed, account.totp_last_step = None, None
    session.flush()
    return end_sessions(session, account.id, now)


def _revoke_keys(session: Session, account_id: UUID, now: datetime) -> list[tuple[ApiKey, UUID]]:
    """A stolen password with its second factor makes keys under every hat: none of them is worth more than it."""
    keys = list_person_keys(session, account_id, now)
    for key, _organization in keys:
        key.revoked_at = now
    return keys


def _known_keys(session: Session, actor: Actor, account_id: UUID, now: datetime) -> tuple[ApiKey, ...]:
    """Those of the organizations over whose people the actor stands: that a person is elsewhere too is not told."""
    helper = _helper(actor)
    stood_over = {
        hat.organization.id
        for hat in hats_of_account(session, account_id)
        if stands_over(helper, facts_of(hat.organization))
    }
    return tuple(key for key, place in list_person_keys(session, account_id, now) if place in stood_over)


def _load_askable(session: Session, actor: Actor, membership_id: UUID) -> tuple[HatRow, str]:
    hat = load_hat(session, membership_id)
    answer = decide_request(_helper(actor), hat.account.id, _hat(hat))
    if not answer.allowed:
        own = hat.organization.id == actor.organization.id
        raise NotPermitted(answer.reason) if own else NotVisible("no such membership")
    return hat, answer.reason


def _waiting(now: datetime) -> Select[ResetRequest]:
    return select(ResetRequest).where(ResetRequest.decided_at.is_(None), ResetRequest.requested_at > now - RESET_LIFE)


def _load_decidable(session: Session, actor: Actor, request_id: UUID, context: Context) -> ResetRequest:
    statement = _waiting(context.now).where(ResetRequest.id == request_id).with_for_update()
    request = session.execute(statement).scalar_one_or_none()
    if request is None:
        raise NotVisible("no such request")
    allowed, reason = _may_decide(session, actor, request)
    if not allowed:
        if request.requested_by == actor.account_id:
            raise NotPermitted(reason)
        raise NotVisible("no such request")
    return request


def _may_decide(session: Session, actor: Actor, request: ResetRequest) -> tuple[bool, str]:
    hats = [_hat(each) for each in hats_of_account(session, request.account_id)]
    answer = decide_grant(
        _helper(actor),
        request.account_id,
        hats,
        requested_by=request.requested_by,
        requested_for=request.organization_id,
    )
    return answer.allowed, answer.reason


def _decide(request: ResetRequest, actor: Actor, context: Context, *, approved: bool) -> None:
    request.decided_by = actor.account_id
    request.decided_at = context.now
    request.approved = approved


def _helper(actor: Actor) -> Helper:
    return Helper(actor.account_id, actor.organization, actor_roles(actor))


def _hat(row: HatRow) -> Hat:
    return Hat(facts_of(row.organization), row.roles)


def _subjects(request: ResetRequest) -> list[tuple[str, str]]:
    return [("organization", str(request.organization_id)), ("account", str(request.account_id))]
