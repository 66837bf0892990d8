"""Operation: the log as tiles (C2SP tlog-tiles): hashes 256 wide and bundles of entries, up to the signed size.

Tiles are computed from the leaf hashes, not stored: the roots of full tiles never change and are remembered.
"""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crypto.merkle import root
from models.audit import AuditEntry
from sharing.audit.checkpoints import load_checkpoint
from sharing.errors import NotVisible

WIDTH: Final = 256
"""Hashes in a full tile, entries in a full bundle."""

HIGHEST_LEVEL: Final = 7
"""256 to the eighth entries are more than positions can number."""

REMEMBERED: Final = 65_536
"""Roots of full tiles kept in memory, 32 bytes each: those of sixteen million entries."""

Roots = MutableMapping[tuple[str, int, int], bytes]
"""Roots by shard, level and number of the full tile."""


@dataclass(frozen=True)
class Place:
    """Which tile: `width` asks for the first so many of it, None for a full one."""

    level: int
    number: int
    width: int | None = None


def load_tile(session: Session, shard: str, place: Place, known: Roots) -> bytes:
    """A tile of hashes; `known` keeps the roots of full tiles from one call to the next.

    Raises:
        NotVisible: the signed log does not reach so far.
    """
    size = load_checkpoint(session, shard).size
    there = size >> (8 * place.level) if place.level <= HIGHEST_LEVEL else 0
    first, count = _wanted(place, there)
    return b"".join(Tiles(session, shard, known).hashes(place.level, first, count))


def load_bundle(session: Session, shard: str, number: int, width: int | None) -> bytes:
    """The entries under a tile of level 0, each behind its length.

    Raises:
        NotVisible: the signed log does not reach so far.
    """
    first, count = _wanted(Place(0, number, width), load_checkpoint(session, shard).size)
    rows = _read(session, shard, first, count, AuditEntry.leaf)
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in rows)


def list_places(size: int) -> Iterator[tuple[str, Place]]:
    """Every tile and bundle of a tree of this size, full or in part, by kind ("entries", "0", "1", …)."""
    for kind, level in (("entries", 0), *((str(level), level) for level in range(HIGHEST_LEVEL + 1))):
        full, rest = divmod(size >> (8 * level), WIDTH)
        for number in range(full):
            yield kind, Place(level, number)
        if rest:
            yield kind, Place(level, full, rest)


def _wanted(place: Place, there: int) -> tuple[int, int]:
    """First and count. A tile exists when all of the hashes asked for do; an empty one never does."""
    count = WIDTH if place.width is None else place.width
    if not 0 < count <= WIDTH or place.number * WIDTH + count > there:
        raise NotVisible("no such tile")
    return place.number * WIDTH, count


@dataclass(frozen=True)
class Tiles:
    """One shard's nodes, each level made of the one below; `known` keeps the roots of full tiles."""

    session: Session
    shard: str
    known: Roots

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """Nodes of one tile level: leaves, or roots of the full tiles below."""
        if level == 0:
            return _read(self.session, self.shard, first, count, AuditEntry.leaf_hash)
        return [self._root(level - 1, number) for number in range(first, first + count)]

    def _root(self, level: int, number: int) -> bytes:
        name = (self.shard, level, number)
        found = self.known.get(name)
        if found is None:
            found = root(self.hashes(level, number * WIDTH, WIDTH))
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.known[name] = found
        return found


def _read(
    session: Session, shard: str, first: int, count: int, column: InstrumentedAttribute[bytes | None]
) -> list[bytes]:
    rows = session.execute(
        select(column)
        .where(AuditEntry.shard == shard, AuditEntry.log_index >= first, AuditEntry.log_index < first + count)
        .order_by(AuditEntry.log_index)
    ).scalars()
    found = [bytes(value) for value in rows if value is not None]
    if len(found) != count:
        raise NotVisible("no such tile")
    return found
