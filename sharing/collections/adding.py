"""Operation: adding a collection, with who may read and write it at all."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from models.collection import Collection, CollectionRight
from models.vocabulary import CollectionKind, Label
from sharing.actor import Actor, Context
from sharing.audiences import intern_tokens
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Fault, Invalid
from sharing.permissions import Permission
from sharing.rules.tokens import is_token

NAMESPACE: Final = UUID("7f3c1d5e-2a84-4a63-9d0b-5f1a6c8e4b92")
"""Ids of what every hub has (its sector collections, say) are derived from this, the same everywhere."""


@dataclass(frozen=True, kw_only=True)
class NewCollection:
    """A collection that is to be added."""

    ident: UUID
    kind: CollectionKind
    title: str
    title_ja: str
    readers: Sequence[str] = ()
    """Tokens that narrow who may read; none: only the grants decide."""
    writers: Sequence[str] = ()
    """Tokens whose holders may write."""
    alias: str | None = None
    sector: str | None = None
    description: str = ""
    default_label: Label | None = None
    highest_label: Label = Label.RED
    lenient: bool = False
    needs_signature: bool = False


def add_collection(session: Session, actor: Actor, new: NewCollection, *, context: Context) -> Collection:
    """Add a collection with explicit readers and writers.

    Raises:
        NotPermitted: only an administrator adds collections.
        Invalid: the title is taken or has a dot in it (some clients split on it), or a reader or writer is no audience.
    """
    actor.must(Permission.HUB_ADMINISTER)
    collection = insert_collection(session, new, created_at=context.now)
    facts: dict[str, Any] = {
        "collection": str(new.ident),
        "title": new.title,
        "readers": sorted(set(new.readers)),
        "writers": sorted(set(new.writers)),
    }
    if new.needs_signature:
        facts["needs_signature"] = True
    record(session, Event(Tag.COLLECTION_ADD, actor, [("collection", str(new.ident))], decision=facts), context)
    return collection


def insert_collection(session: Session, new: NewCollection, *, created_at: datetime) -> Collection:
    """Insert a collection as part of an operation that records what it did.

    Raises:
        Invalid: as `add_collection` says.
    """
    _check(session, new)
    columns = asdict(new)
    names = {writes: sorted(set(columns.pop(which))) for which, writes in (("readers", False), ("writers", True))}
    feed = (session.execute(select(func.max(Collection.feed))).scalar_one() or 0) + 1
    collection = Collection(feed=feed, id=columns.pop("ident"), created_at=created_at, **columns)
    session.add(collection)
    session.flush()
    for writes, each in names.items():
        allow(session, feed, each, writes=writes)
    return collection


def allow(session: Session, feed: int, names: Sequence[str], *, writes: bool) -> None:
    """Let further audiences read or write a collection, as part of an operation that records it."""
    if names:
        numbers = intern_tokens(session, names)
        rows = [{"feed": feed, "token_id": numbers[name], "writes": writes} for name in names]
        session.execute(insert(CollectionRight), rows)


def collection_id(name: str) -> UUID:
    """A fixed id for a collection that every hub has; shaped as version 4, since some clients take no other."""
    derived = uuid5(NAMESPACE, f"collection/{name}")
    return UUID(int=(derived.int & ~(0xF << 76)) | (4 << 76))


def _check(session: Session, new: NewCollection) -> None:
    faults = [
        Fault("audience", "not-an-audience", "a token such as members", name)
        for name in (*sorted(set(new.readers)), *sorted(set(new.writers)))
        if not is_token(name)
    ]
    if not new.title.strip() or "." in new.title:
        faults.append(Fault("title", "bad-title", "a title without a dot", new.title))
    taken = select(Collection.feed).where(
        (Collection.title == new.title) | (Collection.id == new.ident) | (Collection.alias == (new.alias or "")),
    )
    if session.execute(taken).first() is not None:
        faults.append(Fault("title", "taken", "an id, alias and title that no other collection has", new.title))
    if faults:
        raise Invalid(*faults)
