"""Operation: the daily digest: who wants it, when it is due, making it exactly once, and reading it.

A digest is a window of positions, not a copy of content: it is shown with the reader's rights of the moment, and of
what is no longer visible it only says that something is gone. Three decisions:

- After a stop one digest covers everything that was missed. One for each missed day would be skimmed, not read.
- A window in which the reader sees nothing new makes no digest; it stays open. Whether one is made depends on what the
  reader may see and on nothing else, so it tells nothing about what is hidden.
- A window is judged as of its end: a version that came later does not empty a digest of the past.
- A window begins and ends at positions that its reader may know: the last ones that it sees. So neither the window nor
  what the trail notes of it depends on what is hidden, and what comes later stands behind it all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from models.account import Account, Membership
from models.collection import INBOX_FEED
from models.inserts import insert_into
from models.job import Delivery, Digest, DigestSubscription
from models.organization import Organization
from models.vocabulary import AccountState, Door, MailMatter
from sharing.actor import Actor, Context
from sharing.audiences import facts_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Fault, Invalid, NotVisible
from sharing.jobs.due import put_due
from sharing.jobs.mails import ask_for_mails
from sharing.permissions import Permission
from sharing.readers import Reader, load_reader
from sharing.reading.editions import HIGHEST_COUNTED
from sharing.reading.grants import Row, View, highest_position
from sharing.reading.newest import stands_alone
from sharing.reading.page import page
from sharing.reading.question import Question

DUE_KIND: Final = "digest"
"""The kind of the due rows."""

ZONE: Final = ZoneInfo("Asia/Tokyo")
"""The clock by which people choose the hour."""

WAY_WEB: Final = "web"
"""How a digest is handed over: on the web pages."""

MOST_ITEMS: Final = 2_000
"""Items that a digest counts and shows; nobody reads further, and the feed has the rest."""

LISTED: Final = 60
"""Digests on one page of the list: two months."""

_KEY_BYTES: Final = 64


class DigestLine(Struct, frozen=True):
    """A digest in the list of its recipient."""

    id: UUID
    made_at: datetime
    items: int
    read_at: datetime | None


@dataclass(frozen=True)
class DigestView:
    """A digest with what of it is visible now."""

    id: UUID
    made_at: datetime
    began_at: datetime
    """Since when it counts: when the digest before was made, or when the subscription began."""
    rows: tuple[Row, ...] = field(repr=False)
    some_gone: bool
    """Something that it held is no longer visible to this reader."""
    is_full: bool
    """It holds as many items as a digest can; the feed may have more."""
    read_at: datetime | None

    @property
    def highest_label(self) -> int:
        """The strictest label among the items."""
        return max((row.label for row in self.rows), default=0)


def find_subscription(session: Session, actor: Actor) -> DigestSubscription | None:
    """The running subscription of the current hat."""
    actor.must(Permission.DIGEST_READ)
    found = _of_hat(session, actor)
    return found if found is not None and found.ended_at is None else None


def subscribe(session: Session, actor: Actor, hour: int, *, context: Context) -> DigestSubscription:
    """Begin the daily digest of the current hat, or change its hour.

    Raises:
        NotPermitted: the hat reads no digests.
        Invalid: there is no such hour.
    """
    actor.must(Permission.DIGEST_READ)
    if actor.membership_id is None or actor.account_id is None:
        raise Invalid(Fault("hat", "no-hat", "a person under a hat", "none"))
    if not 0 <= hour <= 23:
        raise Invalid(Fault("hour", "bad-hour", "a full hour from 0 to 23", str(hour)))
    subscription = _of_hat(session, actor, lock=True)
    if subscription is None:
        subscription = DigestSubscription(
            id=context.new_id(),
            membership_id=actor.membership_id,
            hour=hour,
            began_at=context.now,
            began=_seen_upto(session, load_reader(session, actor)),
            ended_at=None,
        )
        session.add(subscription)
    elif subscription.ended_at is not None:
        subscription.began_at, subscription.began = context.now, _seen_upto(session, load_reader(session, actor))
        subscription.ended_at = None
    subscription.hour = hour
    session.flush()
    schedule_next(session, subscription, context.now)
    record(session, Event(Tag.DIGEST_SUBSCRIBE, actor, [_subject(subscription)], decision={"hour": hour}), context)
    return subscription


def unsubscribe(session: Session, actor: Actor, *, context: Context) -> None:
    """End the daily digest of the current hat; what was made stays readable.

    Raises:
        NotVisible: there is none.
    """
    actor.must(Permission.DIGEST_READ)
    subscription = _of_hat(session, actor, lock=True)
    if subscription is None or subscription.ended_at is not None:
        raise NotVisible("no such subscription")
    subscription.ended_at = context.now
    record(session, Event(Tag.DIGEST_UNSUBSCRIBE, actor, [_subject(subscription)]), context)


def next_due(subscription: DigestSubscription, after: datetime) -> datetime:
    """The next time, later than `after`, at which the clock in Japan shows the subscription's hour."""
    local = after.astimezone(ZONE)
    today = datetime.combine(local.date(), time(subscription.hour), tzinfo=ZONE)
    return today if today > local else today + timedelta(days=1)


def schedule_next(session: Session, subscription: DigestSubscription, after: datetime) -> None:
    """Put the next digest of a subscription on the list of what is due; asking twice does nothing."""
    due_at = next_due(subscription, after)
    payload = {"subscription": str(subscription.id), "hour": subscription.hour}
    put_due(session, DUE_KIND, f"{subscription.id}/{due_at.isoformat()}", due_at, payload)


def handle_due(session: Session, payload: Mapping[str, Any], context: Context) -> None:
    """Make the digest that is due and ask for the next. A row left from an hour chosen before does nothing."""
    subscription = session.get(DigestSubscription, UUID(str(payload["subscription"])), with_for_update=True)
    if subscription is None or subscription.ended_at is not None or subscription.hour != payload["hour"]:
        return
    if not _still_worn(session, subscription):
        return
    # Who is suspended, or reads nothing for a while, gets none now; the row of the next day asks again.
    make_digest(session, subscription, context)
    schedule_next(session, subscription, context.now)


def make_digest(session: Session, subscription: DigestSubscription, context: Context) -> Digest | None:
    """Make the digest of everything since the last one; None where the reader saw nothing new.

    The window is half-open; unique keys and the lock on the subscription let only one of several runners make it.
    """
    session.refresh(subscription, with_for_update=True)
    recipient = _recipient(session, subscription)
    if recipient is None or recipient.account_id is None:
        return None
    reader = load_reader(session, recipient)
    window_from = _window_from(session, subscription)
    window_to = _seen_upto(session, reader) + 1
    if window_to <= window_from:
        return None
    items = len(_rows(session, reader, window_from, window_to, CursorSealer(context.random_bytes(_KEY_BYTES))))
    if not items:
        return None
    digest_id = context.new_id()
    made = {
        "id": digest_id,
        "subscription_id": subscription.id,
        "window_from": window_from,
        "window_to": window_to,
        "items": items,
        "made_at": context.now,
    }
    if not _insert_once(session, made):
        return None
    session.add(Delivery(digest_id=digest_id, account_id=recipient.account_id, way=WAY_WEB, delivered_at=context.now))
    subjects = [_subject(subscription), ("digest", str(digest_id)), ("account", str(recipient.account_id))]
    window = {"window_from": str(window_from), "window_to": str(window_to), "items": items}
    record(session, Event(Tag.DIGEST_MAKE, None, subjects, decision=window), context)
    ask_for_mails(session, MailMatter.DIGEST, digest_id, context.now)
    return session.get_one(Digest, digest_id)


def list_digests(session: Session, actor: Actor, *, page: int = 1) -> list[DigestLine]:
    """The digests that the current hat received, newest first, a page of them."""
    actor.must(Permission.DIGEST_READ)
    newest = _received(actor).order_by(Digest.window_to.desc())
    rows = session.execute(newest.offset((page - 1) * LISTED).limit(LISTED))
    return [DigestLine(digest.id, digest.made_at, digest.items, delivery.read_at) for digest, delivery, _ in rows]


def count_digests(session: Session, actor: Actor, *, unread: bool = False) -> int:
    """How many digests the current hat received, or how many of them nobody has opened."""
    actor.must(Permission.DIGEST_READ)
    of = _received(actor).with_only_columns(func.count())
    return int(session.execute(of.where(Delivery.read_at.is_(None)) if unread else of).scalar_one())


def load_digest(session: Session, actor: Actor, digest_id: UUID, *, sealer: CursorSealer) -> DigestView:
    """One digest of the current hat, with what of it the reader may see now.

    Raises:
        NotVisible: there is none, or it was made for another hat.
    """
    actor.must(Permission.DIGEST_READ)
    found = session.execute(_received(actor).where(Digest.id == digest_id)).one_or_none()
    if found is None:
        raise NotVisible("no such digest")
    digest, delivery, subscription = found
    rows = _rows(session, load_reader(session, actor), digest.window_from, digest.window_to, sealer)
    before = session.execute(
        select(Digest.made_at).where(
            Digest.subscription_id == digest.subscription_id, Digest.window_to == digest.window_from
        )
    ).scalar_one_or_none()
    return DigestView(
        id=digest.id,
        made_at=digest.made_at,
        began_at=before or subscription.began_at,
        rows=tuple(rows),
        some_gone=len(rows) < digest.items,
        is_full=len(rows) >= MOST_ITEMS,
        read_at=delivery.read_at,
    )


def mark_read(session: Session, actor: Actor, digest_id: UUID, *, context: Context) -> None:
    """Note when the recipient first opened a digest; opening it again changes nothing."""
    marked: Any = session.execute(
        update(Delivery)
        .where(
            Delivery.digest_id == digest_id,
            Delivery.account_id == actor.account_id,
            Delivery.way == WAY_WEB,
            Delivery.read_at.is_(None),
        )
        .values(read_at=context.now)
    )
    if marked.rowcount:
        record(session, Event(Tag.DIGEST_READ, actor, [("digest", str(digest_id))]), context)


def _seen_upto(session: Session, reader: Reader) -> int:
    """The last position that a reader sees: positions only rise, so whatever it is shown later stands behind it."""
    return highest_position(View(session, reader.windows, INBOX_FEED))


def _received(actor: Actor) -> Select[Digest, Delivery, DigestSubscription]:
    """The digests that were handed to this person under this hat."""
    return (
        select(Digest, Delivery, DigestSubscription)
        .join(Delivery, Delivery.digest_id == Digest.id)
        .join(DigestSubscription, DigestSubscription.id == Digest.subscription_id)
        .where(
            Delivery.account_id == actor.account_id,
            Delivery.way == WAY_WEB,
            DigestSubscription.membership_id == actor.membership_id,
        )
    )


def _rows(session: Session, reader: Reader, window_from: int, window_to: int, sealer: CursorSealer) -> Sequence[Row]:
    """What a window holds for a reader: fullest editions, newest versions as of its end, never RED, no exercise."""
    question = Question(after=window_from - 1, until=window_to, fullest=True, highest=HIGHEST_COUNTED)
    found: list[Row] = []
    token: str | None = None
    while len(found) < MOST_ITEMS:
        got = page(session, reader, INBOX_FEED, question, token=token, sealer=sealer)
        found += [row for row in got.rows if stands_alone(row)]
        if not got.more:
            break
        token = got.next
    return found[:MOST_ITEMS]


def _window_from(session: Session, subscription: DigestSubscription) -> int:
    last = session.execute(
        select(Digest.window_to)
        .where(Digest.subscription_id == subscription.id)
        .order_by(Digest.window_to.desc())
        .limit(1)
    ).scalar_one_or_none()
    return max(last or 0, subscription.began + 1)


def _insert_once(session: Session, made: Mapping[str, Any]) -> bool:
    """Insert the digest unless its window was made by somebody else meanwhile."""
    statement = insert_into(session, Digest).values(**made).on_conflict_do_nothing().returning(Digest.id)
    return session.execute(statement).scalar_one_or_none() is not None


def _recipient(session: Session, subscription: DigestSubscription) -> Actor | None:
    """The hat that subscribed, as a reader; None where it has ended or no longer reads digests."""
    found = session.execute(
        select(Membership, Account, Organization)
        .join(Account, Account.id == Membership.account_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(
            Membership.id == subscription.membership_id,
            Membership.ended_at.is_(None),
            Account.state == AccountState.ACTIVE,
            Organization.left_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        return None
    membership, account, organization = found
    actor = Actor(account.id, membership.id, facts_of(organization), membership.role_set, Door.JOB)
    return actor if actor.may(Permission.DIGEST_READ) else None


def _still_worn(session: Session, subscription: DigestSubscription) -> bool:
    """Whether the hat that subscribed has not ended; what ended does not come back."""
    query = (
        select(Membership.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(
            Membership.id == subscription.membership_id, Membership.ended_at.is_(None), Organization.left_at.is_(None)
        )
    )
    return session.execute(query).first() is not None


def _of_hat(session: Session, actor: Actor, *, lock: bool = False) -> DigestSubscription | None:
    query = select(DigestSubscription).where(DigestSubscription.membership_id == actor.membership_id)
    return session.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def _subject(subscription: DigestSubscription) -> tuple[str, str]:
    return "subscription", str(subscription.id)
