"""Operation: the log as tiles (C2SP tlog-tiles): hashes 256 wide and bundles of entries, up to the signed size.

Tiles are computed from the leaf hashes, not stored: the roots of full tiles never change and are remembered.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.hashing import HASH_BYTES
from crypto.merkle import node_hash, root
from sharing.audit.checkpoints import load_checkpoint
from sharing.errors import NotVisible
from sharing.reading.driver import fetch

WIDTH: Final = 256
"""Hashes in a full tile, entries in a full bundle."""

LARGEST: Final = WIDTH * (2 + 65_535)
"""Bytes of a bundle at the most: each entry stands behind the two that say how long it is. No tile is larger."""

HIGHEST_LEVEL: Final = 7
"""256 to the eighth entries are more than positions can number."""

REMEMBERED: Final = 65_536
"""Roots of full tiles kept in memory, 32 bytes each: those of sixteen million entries."""

TILES_REMEMBERED: Final = 8_192
"""Full tiles of leaves whose upper nodes are kept in memory, 2 KB each: those of two million entries."""

LOW: Final = 3
"""Nodes over less than 2^3 leaves are made anew from those leaves; the others of a full tile are remembered."""

SHARD: Final = re.compile(r"[0-9]{4,10}(?:-[1-9][0-9]?)?")
"""A shard is named by its year; after a declared loss the next of the same year is 2026-2."""

Levels = list[list[bytes]]
"""The nodes of a tile, level by level from its leaves up; only those under which all leaves are there."""


class Roots:
    """What of the tree is remembered from one call to the next: roots of full tiles, and the full tiles used last."""

    def __init__(self) -> None:
        self.roots: dict[tuple[str, int, int], bytes] = {}
        self.ranges: dict[tuple[str, int, int], bytes] = {}
        self._tiles: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def keep_root(self, name: tuple[str, int, int], found: bytes) -> None:
        """Remember the root of a full tile: it never changes."""
        if len(self.roots) >= REMEMBERED:
            self.roots.clear()
        self.roots[name] = found

    def keep_range(self, name: tuple[str, int, int], found: bytes) -> None:
        """Remember the root over whole tiles, by the first entry and how many: it never changes either."""
        if len(self.ranges) >= REMEMBERED:
            self.ranges.clear()
        self.ranges[name] = found

    def find_tile(self, name: tuple[str, int]) -> bytes | None:
        """The upper nodes of a full tile of leaves, if it was used lately."""
        found = self._tiles.get(name)
        if found is not None:
            self._tiles.move_to_end(name)
        return found

    def keep_tile(self, name: tuple[str, int], upper: bytes) -> None:
        """Remember the upper nodes of a full tile in the place of those not used for longest."""
        self._tiles[name] = upper
        while len(self._tiles) > TILES_REMEMBERED:
            self._tiles.popitem(last=False)


class Place(Struct, frozen=True):
    """Which tile: `width` asks for the first so many of it, None for a full one."""

    level: int
    number: int
    width: int | None = None


class Named(Struct, frozen=True):
    """A tile or bundle as it is asked for; the kind is `entries`, or the level in digits."""

    shard: str
    kind: str
    number: int
    width: int | None = None

    @property
    def path(self) -> str:
        """Its path below `/log/`."""
        part = "" if self.width is None else f".p/{self.width}"
        return f"{self.shard}/tile/{self.kind}/{tile_path(self.number)}{part}"

    def load(self, session: Session, known: "Roots") -> bytes:
        """What it holds, from the database.

        Raises:
            NotVisible: the signed log does not reach so far.
        """
        if self.kind == "entries":
            return load_bundle(session, self.shard, self.number, self.width)
        return load_tile(session, self.shard, Place(int(self.kind), self.number, self.width), known)


def tile_path(number: int) -> str:
    """The number of a tile as it stands in a path: 1234067 is x001/x234/067."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


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
    rows = _read(session, shard, first, count, "leaf")
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in rows)


_KINDS: Final = (("entries", 0), *((str(level), level) for level in range(HIGHEST_LEVEL + 1)))


def count_full(size: int) -> Iterator[tuple[str, int]]:
    """How many full tiles and bundles of each kind a tree of this size has."""
    for kind, level in _KINDS:
        yield kind, (size >> (8 * level)) // WIDTH


def list_places(size: int) -> Iterator[tuple[str, Place]]:
    """Every tile and bundle of a tree of this size, full or in part, by kind ("entries", "0", "1", …)."""
    for kind, level in _KINDS:
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
    growing: dict[int, Levels] = field(default_factory=dict)
    """The tile at the end of the log, as this look at it found it."""
    group: dict[int, list[bytes]] = field(default_factory=dict)
    """The leaves read last, by the first of them: the nodes over less than 2^LOW of a path lie among the same."""

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """Nodes of one tile level: leaves, or roots of the full tiles below."""
        if level == 0:
            return _read(self.session, self.shard, first, count, "leaf_hash")
        return [self._root(level - 1, number) for number in range(first, first + count)]

    def leaf_node(self, start: int, height: int) -> bytes:
        """The node over 2^height leaves from `start`, all inside one tile.

        Raises:
            NotVisible: the log does not reach so far.
        """
        number, offset = divmod(start, WIDTH)
        place = offset >> height
        upper = self.known.find_tile((self.shard, number)) or self._look_at(number)
        if upper is None:
            row = self.growing[number][height]
            if place >= len(row):
                raise NotVisible("no such tile")
            return row[place]
        if height < LOW:
            first = start - start % (1 << LOW)
            if first not in self.group:
                self.group.clear()
                self.group[first] = _read(self.session, self.shard, first, 1 << LOW, "leaf_hash")
            return root(self.group[first][start - first : start - first + (1 << height)])
        at = (_UPPER_PLACES[height] + place) * HASH_BYTES
        return upper[at : at + HASH_BYTES]

    def _look_at(self, number: int) -> bytes | None:
        """The upper nodes of a full tile, which are remembered; of the last one all nodes are kept for this look."""
        if number in self.growing:
            return None
        levels = _levels_over(_rows(self.session, self.shard, number * WIDTH, WIDTH, "leaf_hash"))
        if len(levels[0]) < WIDTH:
            self.growing[number] = levels
            return None
        upper = b"".join(node for row in levels[LOW:] for node in row)
        self.known.keep_tile((self.shard, number), upper)
        return upper

    def _root(self, level: int, number: int) -> bytes:
        name = (self.shard, level, number)
        found = self.known.roots.get(name)
        if found is None:
            found = root(self.hashes(level, number * WIDTH, WIDTH))
            self.known.keep_root(name, found)
        return found


_HEIGHT: Final = 8
"""Levels above the leaves of a tile."""

_UPPER_PLACES: Final = {
    height: sum(WIDTH >> below for below in range(LOW, height)) for height in range(LOW, _HEIGHT + 1)
}
"""Where the nodes of each height begin among the upper ones of a full tile."""


def _levels_over(leaves: list[bytes]) -> Levels:
    levels = [leaves]
    while len(levels) <= _HEIGHT:
        below = iter(levels[-1])
        levels.append([node_hash(left, right) for left, right in zip(below, below, strict=False)])
    return levels


_ROWS: Final = """
    SELECT {column} FROM audit_entries
    WHERE shard = :shard AND log_index >= :first AND log_index < :end ORDER BY log_index
"""


def _rows(session: Session, shard: str, first: int, count: int, column: str) -> list[bytes]:
    told = {"shard": shard, "first": first, "end": first + count}
    return [bytes(value) for (value,) in fetch(session, _ROWS.format(column=column), told) if value is not None]


def _read(session: Session, shard: str, first: int, count: int, column: str) -> list[bytes]:
    found = _rows(session, shard, first, count, column)
    if len(found) != count:
        raise NotVisible("no such tile")
    return found
