"""Operation: the collections that a reader may read or write at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audience import Token
from models.collection import Collection, CollectionRight
from models.vocabulary import CollectionKind, Label, Role, Tier
from models.ways import Statement
from sharing.actor import Actor
from sharing.errors import NotVisible
from sharing.permissions import Permission
from sharing.readers import Reader
from sharing.reading.driver import as_moment, as_uuid, fetch, uuid_parameter


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


def list_readable(session: Session, reader: Reader) -> list[OpenCollection]:
    """Those that this reader may read, as people look for them: the inbox, the sectors, what was added later."""
    readable = (each for each in list_collections(session, reader) if each.can_read)
    return sorted(readable, key=lambda each: each.feed)


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


def may_write(session: Session, reader: Reader, feed: int) -> bool:
    """Whether a reader may put something into a collection, for those who do so by another way than a post."""
    return _open(load_feed(session, feed), _rights(session, feed).get(feed, []), reader=reader).can_write


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
