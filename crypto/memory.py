"""A rule: what a verifier remembers of a log from one day to the next: whom it believed, and what it was shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from crypto.canonical import canonical_json, parse_strict
from crypto.checkpoint import verify_checkpoint
from crypto.errors import BadKey, BadPolicy, CryptoError, NotCanonical
from crypto.keys import VerifyingKey
from crypto.tree_head import log_of

VERSION = 1
"""The format of the file, its member `v`."""

MAX_MEMORY_BYTES = 64_000_000
"""A checkpoint has some kilobytes; one a shard is kept of a log that is whole, all of one that is not."""

MOST_NOTES = 5_000
"""A log that shows another history each time need not be remembered for ever."""


class Memory(Struct, frozen=True):
    """Keys that were believed, and checkpoints that held when they were shown."""

    keys: tuple[VerifyingKey, ...] = ()
    notes: tuple[bytes, ...] = ()

    def to_bytes(self) -> bytes:
        """The file."""
        notes = [note.decode() for note in self.notes]
        return canonical_json({"v": VERSION, "vkeys": [key.vkey for key in self.keys], "checkpoints": notes}) + b"\n"


def parse_memory(raw: bytes) -> Memory:
    """Read what `to_bytes` wrote. Its checkpoints are not believed here; they are verified again with the others.

    Raises:
        BadPolicy: it is something else.
    """
    if len(raw) > MAX_MEMORY_BYTES:
        raise BadPolicy(f"expected a memory of at most {MAX_MEMORY_BYTES} bytes, found more")
    try:
        value = parse_strict(raw.strip(), max_depth=2)
    except NotCanonical as error:
        raise BadPolicy(f"expected a memory that `log verify --state` wrote: {error}") from None
    if not isinstance(value, dict) or set(value) != {"v", "vkeys", "checkpoints"} or value["v"] != VERSION:
        raise BadPolicy("expected a memory that `log verify --state` wrote, found another file")
    if not (_are_texts(value["vkeys"]) and _are_texts(value["checkpoints"])):
        raise BadPolicy("expected keys and checkpoints as text in the memory")
    try:
        keys = tuple(VerifyingKey.parse(each) for each in value["vkeys"])
    except BadKey as error:
        raise BadPolicy(f"a key in the memory is none: {error}") from None
    return Memory(keys, tuple(each.encode() for each in value["checkpoints"]))


def remember(memory: Memory, keys: Sequence[VerifyingKey], notes: Iterable[bytes], *, whole: bool) -> Memory:
    """The memory after these notes were shown; those that do not hold are not kept.

    Of a log that is whole the newest of each shard is enough, since that tree contains all the others. While something
    is wrong everything is kept: two notes that contradict each other are proof against the log.
    """
    newest: dict[str, tuple[int, bytes]] = {}
    every: dict[bytes, bytes] = {}
    for note in (*memory.notes, *notes):
        try:
            head = verify_checkpoint(note, keys)
        except CryptoError:
            continue
        every.setdefault(head.text, note)
        if head.size >= newest.get(head.origin, (0, b""))[0]:
            newest[head.origin] = head.size, note
    kept = [note for _, note in newest.values()] if whole else list(every.values())[:MOST_NOTES]
    return Memory(tuple(keys) if whole else memory.keys or tuple(keys), tuple(kept))


def believed(known: Sequence[VerifyingKey], listed: Sequence[VerifyingKey]) -> list[VerifyingKey]:
    """The known keys, and those that the log lists for other shards of itself with the same public key.

    A shard is a name of its own, so each year brings new names for the same keys; anything else that a log lists is
    only its own word.
    """
    same = {(log_of(key.name), key.algorithm, key.public) for key in known}
    more = [key for key in listed if (log_of(key.name), key.algorithm, key.public) in same]
    return list(dict.fromkeys([*known, *more]))


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
