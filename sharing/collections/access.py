"""Operation: collections: who may read and write them at all, and adding one."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from models.api_root import ApiRootCollection
from models.audience import Token
from models.collection import Collection, CollectionRight
from models.session import Statement
from models.vocabulary import CollectionKind, Label, Role, Tier
from sharing.actor import Actor, Context
from sharing.audiences import intern_tokens
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Fault, Invalid, NotVisible
from sharing.permissions import Permission
from sharing.readers import Reader
from sharing.reading.driver import as_moment, as_uuid, fetch, uuid_parameter
from sharing.rules.tokens import is_token

NAMESPACE: Final = UUID("7f3c1d5e-2a84-4a63-9d0b-5f1a6c8e4b92")
"""Ids of what every hub has (its sector collections, say) are derived from this, the same everywhere."""


@dataclass(frozen=True)
class OpenCollection:
    """A collection as one reader meets it."""

    collection: Collection
    can_read: bool
    can_write: bool
    readers: frozenset[str]
    """The collection's own readers; empty where only the grants decide."""
    max_content_length: int | None = None
    """Bytes that a post may hold, where the API root by which it was reached says so."""

    @property
    def feed(self) -> int:
        """The feed's number."""
        return self.collection.feed


def list_collections(session: Session, reader: Reader) -> list[OpenCollection]:
    """The collections that this reader may read or write, by id; others do not exist for it."""
    rights = _rights(session)
    collections = session.execute(select(Collection).order_by(Collection.id)).scalars()
    opened = (_open(collection, rights.get(collection.feed, []), reader=reader) for collection in collections)
    return [each for each in opened if each.can_read or each.can_write]


def list_all_collections(session: Session, actor: Actor) -> list[tuple[Collection, list[str], list[str]]]:
    """Every collection with its readers and writers, in the order they were added.

    Raises:
        NotPermitted: only an administrator sees them all.
    """
    actor.must(Permission.HUB_ADMINISTER)
    rights = _rights(session)
    collections = session.execute(select(Collection).order_by(Collection.feed)).scalars()
    return [
        (
            each,
            sorted(name for name, writes in rights.get(each.feed, []) if not writes),
            sorted(name for name, writes in rights.get(each.feed, []) if writes),
        )
        for each in collections
    ]


_NAMES: Final = (
    "feed",
    "id",
    "alias",
    "kind",
    "title",
    "title_ja",
    "description",
    "sector",
    "default_label",
    "highest_label",
    "lenient",
    "types",
    "ceptoar_only",
    "needs_signature",
    "outside_hub",
    "created_at",
)
_ONE: Final = f"""
    SELECT {", ".join(f"c.{name}" for name in _NAMES)}, t.name, r.writes
    FROM collections c
    LEFT JOIN collection_rights r ON r.feed = c.feed
    LEFT JOIN tokens t ON t.id = r.token_id
    WHERE c.{{which}} = :value
"""


@lru_cache(maxsize=256)
def _read(rows: tuple[tuple[Any, ...], ...]) -> tuple[Collection, tuple[tuple[str, bool], ...]]:
    """A collection with its rights from what was fetched; belongs to no session, so that it can be kept."""
    values = dict(zip(_NAMES, rows[0], strict=False))
    values["id"] = as_uuid(values["id"])
    values["kind"] = CollectionKind(values["kind"])
    values["default_label"] = Label(values["default_label"]) if values["default_label"] else None
    values["highest_label"] = Label(values["highest_label"])
    values["lenient"] = bool(values["lenient"])
    values["ceptoar_only"] = bool(values["ceptoar_only"])
    values["needs_signature"] = bool(values["needs_signature"])
    values["outside_hub"] = True if values["outside_hub"] else None
    values["created_at"] = as_moment(values["created_at"])
    return Collection(**values), tuple((row[-2], bool(row[-1])) for row in rows if row[-2] is not None)


def load_collection(session: Session, reader: Reader, ident: str) -> OpenCollection:
    """A collection by id or alias.

    Raises:
        NotVisible: there is none, or it is closed to this reader.
    """
    try:
        which, value = "id", uuid_parameter(session, UUID(ident))
    except ValueError:
        which, value = "alias", ident
    rows = [] if "\x00" in ident else fetch(session, _ONE.format(which=which), {"value": value}, kept=True)
    if not rows:
        raise NotVisible("no such collection")
    opened = _open(*_read(tuple(rows)), reader=reader)
    if not (opened.can_read or opened.can_write):
        raise NotVisible("no such collection")
    return opened


def load_sector_collection(session: Session, sector: str) -> Collection:
    """The collection of a sector, for the publisher inside; it belongs to no session."""
    rows = fetch(session, _OF_SECTOR, {"value": sector}, kept=True)
    if not rows:
        raise NotVisible("no such collection")
    return _read(tuple(rows))[0]


def ask_sector_collection(sector: str) -> Statement:
    """The question of `load_sector_collection`, to be asked ahead together with others."""
    return Statement(_OF_SECTOR, {"value": sector}, kept=True)


_OF_SECTOR: Final = _ONE.format(which=f"kind = '{CollectionKind.SECTOR}' AND c.sector")


def load_feed(session: Session, feed: int) -> Collection:
    """A collection by its feed number, for the publisher inside."""
    found = session.get(Collection, feed)
    if found is None:
        raise NotVisible("no such collection")
    return found


def collection_writers(session: Session, feed: int) -> frozenset[str]:
    """The tokens whose holders may write to a collection."""
    return frozenset(name for name, writes in _rights(session, feed).get(feed, []) if writes)


def add_collection(
    session: Session,
    actor: Actor,
    *,
    ident: UUID,
    title: str,
    readers: Iterable[str],
    writers: Iterable[str],
    context: Context,
    **more: Any,
) -> Collection:
    """Add a collection with explicit readers and writers; `more` as `insert_collection` takes it.

    Raises:
        NotPermitted: only an administrator adds collections.
        Invalid: the title is taken or has a dot in it (some clients split on it), or a reader or writer is no audience.
    """
    actor.must(Permission.HUB_ADMINISTER)
    readers, writers = sorted(set(readers)), sorted(set(writers))
    collection = insert_collection(
        session, ident=ident, title=title, readers=readers, writers=writers, created_at=context.now, **more
    )
    facts: dict[str, Any] = {"collection": str(ident), "title": title, "readers": readers, "writers": writers}
    if collection.needs_signature:
        facts["needs_signature"] = True
    record(session, Event(Tag.COLLECTION_ADD, actor, [("collection", str(ident))], decision=facts), context)
    return collection


def insert_collection(
    session: Session,
    *,
    ident: UUID,
    title: str,
    title_ja: str,
    kind: CollectionKind,
    readers: Sequence[str],
    writers: Sequence[str],
    created_at: datetime,
    alias: str | None = None,
    sector: str | None = None,
    description: str = "",
    default_label: Label | None = None,
    highest_label: Label = Label.RED,
    lenient: bool = False,
    needs_signature: bool = False,
) -> Collection:
    """Insert a collection as part of an operation that records what it did.

    Raises:
        Invalid: as `add_collection` says.
    """
    _check(session, title, ident, alias, [*readers, *writers])
    feed = (session.execute(select(func.max(Collection.feed))).scalar_one() or 0) + 1
    collection = Collection(
        feed=feed,
        id=ident,
        alias=alias,
        kind=kind,
        title=title,
        title_ja=title_ja,
        description=description,
        sector=sector,
        default_label=default_label,
        highest_label=highest_label,
        lenient=lenient,
        needs_signature=needs_signature,
        created_at=created_at,
    )
    session.add(collection)
    session.flush()
    allow(session, feed, readers, writes=False)
    allow(session, feed, writers, writes=True)
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


@dataclass(frozen=True)
class Rules:
    """What a collection takes, and how strictly."""

    default_label: Label | None
    highest_label: Label
    lenient: bool
    types: frozenset[str]
    """Empty takes all."""
    ceptoar_only: bool
    in_hub: bool = True
    """Whether the root `hub` leads to it; else only added API roots do."""


def change_collection(
    session: Session, actor: Actor, ident: UUID, change: Callable[[Rules], Rules], *, context: Context
) -> Rules:
    """Change what a collection takes from now on; what it holds stays as it is.

    Raises:
        NotPermitted: only an administrator does so.
        NotVisible: there is no such collection.
        Invalid: the default label is stricter than the highest, a type is none, or no API root would be left.
    """
    actor.must(Permission.HUB_ADMINISTER)
    found = session.execute(select(Collection).where(Collection.id == ident)).scalar_one_or_none()
    if found is None:
        raise NotVisible("no such collection")
    before = rules_of(found)
    rules = change(before)
    _check_rules(rules)
    if not rules.in_hub:
        _check_apart(session, found)
    found.outside_hub = None if rules.in_hub else True
    found.default_label, found.highest_label = rules.default_label, rules.highest_label
    found.lenient, found.ceptoar_only = rules.lenient, rules.ceptoar_only
    found.types = ",".join(sorted(rules.types))
    session.flush()
    facts = {"collection": str(ident), "before": _told(before), "after": _told(rules)}
    record(session, Event(Tag.COLLECTION_CHANGE, actor, [("collection", str(ident))], decision=facts), context)
    return rules


def rules_of(collection: Collection) -> Rules:
    """What a collection takes."""
    return Rules(
        collection.default_label,
        collection.highest_label,
        collection.lenient,
        collection.allowed_types,
        collection.ceptoar_only,
        not collection.outside_hub,
    )


def _check_apart(session: Session, collection: Collection) -> None:
    """Only a collection that somebody added, and that another root leads to, leaves the root `hub`."""
    leads = select(ApiRootCollection.root).where(ApiRootCollection.feed == collection.feed)
    if collection.kind is not CollectionKind.ADDED:
        raise Invalid(Fault("in_hub", "not-added", "a collection that was added", collection.kind.value))
    if session.execute(leads).first() is None:
        raise Invalid(Fault("in_hub", "no-root", "an added API root that leads to it", "none"))


def _check_rules(rules: Rules) -> None:
    faults = []
    if rules.default_label is not None and rules.default_label.rank > rules.highest_label.rank:
        faults.append(Fault("default_label", "too-strict", f"at most {rules.highest_label}", rules.default_label.value))
    faults += [
        Fault("types", "no-type", "a type such as indicator or x-company-thing", each)
        for each in sorted(rules.types)
        if not _TYPE.fullmatch(each)
    ]
    if len(rules.types) > MOST_TYPES:
        faults.append(Fault("types", "too-many", f"at most {MOST_TYPES} types", str(len(rules.types))))
    if faults:
        raise Invalid(*faults)


_TYPE: Final = re.compile(r"[a-z0-9-]{3,100}")
MOST_TYPES: Final = 100
"""Types that one collection names; STIX itself has half as many."""


def _told(rules: Rules) -> dict[str, Any]:
    return {
        "default_label": rules.default_label.value if rules.default_label else None,
        "highest_label": rules.highest_label.value,
        "lenient": rules.lenient,
        "types": sorted(rules.types),
        "ceptoar_only": rules.ceptoar_only,
        "in_hub": rules.in_hub,
    }


def _check(session: Session, title: str, ident: UUID, alias: str | None, names: Iterable[str]) -> None:
    faults = [
        Fault("audience", "not-an-audience", "a token such as members", name) for name in names if not is_token(name)
    ]
    if not title.strip() or "." in title:
        faults.append(Fault("title", "bad-title", "a title without a dot", title))
    taken = select(Collection.feed).where(
        (Collection.title == title) | (Collection.id == ident) | (Collection.alias == (alias or "")),
    )
    if session.execute(taken).first() is not None:
        faults.append(Fault("title", "taken", "an id, alias and title that no other collection has", title))
    if faults:
        raise Invalid(*faults)


def _rights(session: Session, feed: int | None = None) -> dict[int, list[tuple[str, bool]]]:
    query = select(CollectionRight.feed, Token.name, CollectionRight.writes).join(
        Token, Token.id == CollectionRight.token_id
    )
    if feed is not None:
        query = query.where(CollectionRight.feed == feed)
    rights: dict[int, list[tuple[str, bool]]] = {}
    for number, name, writes in session.execute(query):
        rights.setdefault(number, []).append((name, writes))
    return rights


def _coordinates(reader: Reader) -> bool:
    return reader.actor.organization.tier is Tier.CEPTOAR and Role.COORDINATOR in reader.actor.roles


def _open(collection: Collection, rights: Iterable[tuple[str, bool]], *, reader: Reader) -> OpenCollection:
    readers = frozenset(name for name, writes in rights if not writes)
    writers = frozenset(name for name, writes in rights if writes)
    may_read = reader.actor.may(Permission.FEED_READ) and bool(reader.windows)
    may_write = reader.actor.may(Permission.FEED_PUBLISH) and (not collection.ceptoar_only or _coordinates(reader))
    return OpenCollection(
        collection=collection,
        can_read=may_read and (not readers or any(reader.holds(name) for name in readers)),
        can_write=may_write and any(reader.holds(name) for name in writers),
        readers=readers,
    )
