"""A rule: promises (受付証): the log's signed word that an entry will stand in it within a time; a C2SP signed note.

ceptoar-hub promise v1
<the log: host/log>
leaf <base64 of the leaf hash>      or, before the entry has its place:  commitment <base64 of the entry's `c`>
time <milliseconds since 1970>
within <seconds>
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from crypto.checkpoint import parse_note
from crypto.encoding import decode_base64, encode_base64
from crypto.entry import parse_leaf
from crypto.errors import BadNote, BadProof, BadReceipt, BadSignature
from crypto.keys import Algorithm, LogSigner, VerifyingKey
from crypto.merkle import HASH_BYTES, leaf_hash, root
from crypto.receipt import Proven
from crypto.tree_head import Checkpoint, check_name

MAGIC = b"ceptoar-hub promise v1\n"
"""The first line of every promise."""

SUFFIX = "/promise"
"""A promise is signed under a name that no shard has."""

MAX_PROMISE_BYTES = 4_000
"""A promise has a few hundred bytes."""

LEAF, COMMITMENT = "leaf", "commitment"


class Promise(Struct, frozen=True):
    """What the log promised: this entry, given at this time, stands in the log `within` so many seconds."""

    log: str
    kind: str
    """`leaf`: the hash of the entry; `commitment`: its `c`, where the entry had no place yet."""
    hashed: bytes
    ts_ms: int
    within: int

    @property
    def due_ms(self) -> int:
        """When the entry must stand in a signed tree."""
        return self.ts_ms + self.within * 1000

    @property
    def text(self) -> bytes:
        """What is signed."""
        lines = (f"{self.kind} {encode_base64(self.hashed)}", f"time {self.ts_ms}", f"within {self.within}")
        return MAGIC + "\n".join((self.log, *lines, "")).encode()


def sign_promise(promise: Promise, signer: LogSigner) -> bytes:
    """The promise as a signed note."""
    return promise.text + b"\n" + signer.sign_note_line(promise.text)


def is_promise(raw: bytes) -> bool:
    """Whether a file says that it is one."""
    return raw.startswith(MAGIC)


def verify_promise(raw: bytes, keys: Sequence[VerifyingKey]) -> Promise:
    """Check a promise against the log's key for promises.

    Raises:
        BadReceipt: it is not a promise in its exact form.
        BadSignature: no known key for promises of this log signed it.
    """
    if len(raw) > MAX_PROMISE_BYTES or b"\r" in raw or not is_promise(raw):
        raise BadReceipt("expected a promise (its first line is ceptoar-hub promise v1), found something else")
    try:
        note = parse_note(raw)
        promise = _parse_text(note.text)
    except BadNote as error:
        raise BadReceipt(f"the promise is not in its exact form, perhaps cut: {error}") from None
    name = promise.log + SUFFIX
    known = {key.key_id: key for key in keys if key.name == name and key.algorithm is Algorithm.ED25519}
    for line in note.signatures:
        key = known.get(line.key_id) if line.name == name else None
        if key is not None:
            key.verify(line.signature, note.text)
            return promise
    raise BadSignature(f"expected a promise of a log whose key {name} is known, found one of {promise.log}")


def check_kept(promise: Promise, proven: Proven) -> None:
    """Whether a verified receipt keeps a promise: the same entry, of the same log.

    Raises:
        BadProof: the receipt is for something else.
    """
    found = proven.leaf_hash if promise.kind == LEAF else proven.leaf.parts_root
    if proven.checkpoint.origin.rpartition("/")[0] != promise.log or found != promise.hashed:
        raise BadProof("the receipt is for another entry than the promise")


def check_withheld(
    promise: Promise, checkpoint: Checkpoint, entries: Sequence[bytes], leaf_times_ms: Sequence[int]
) -> None:
    """Whether a whole signed tree proves that a promise was broken: it reaches past the due time without the entry.

    The caller has verified both signatures; `entries` are all entries under the checkpoint.

    Raises:
        BadProof: the entries are not that tree, the tree does not reach past the due time, or the entry is there.
        BadEntry: what stands under the checkpoint is no entry.
    """
    hashes = [leaf_hash(entry) for entry in entries]
    if len(hashes) != checkpoint.size or root(hashes) != checkpoint.root:
        raise BadProof("the entries are not those that the checkpoint signs")
    if checkpoint.origin.rpartition("/")[0] != promise.log:
        raise BadProof("the promise is of another log")
    if max(leaf_times_ms, default=0) <= promise.due_ms:
        raise BadProof("the signed tree does not reach past the time that was promised")
    kept = hashes if promise.kind == LEAF else [parse_leaf(entry).parts_root for entry in entries]
    if promise.hashed in kept:
        raise BadProof(f"the promise was kept: entry {kept.index(promise.hashed)}")


def _parse_text(text: bytes) -> Promise:
    lines = text.decode("utf-8").split("\n")
    if len(lines) != 6 or lines[5]:
        raise BadNote("expected five lines")
    kind, _, spelled = lines[2].partition(" ")
    hashed = decode_base64(spelled)
    if kind not in {LEAF, COMMITMENT} or hashed is None or len(hashed) != HASH_BYTES:
        raise BadNote("expected `leaf` or `commitment` and 32 bytes in base64")
    check_name(lines[1])
    promise = Promise(lines[1], kind, hashed, _number(lines[3], "time "), _number(lines[4], "within "))
    if promise.text != text:
        raise BadNote("expected the one spelling of a promise")
    return promise


def _number(line: str, behind: str) -> int:
    digits = line.removeprefix(behind)
    if not line.startswith(behind) or not (digits.isascii() and digits.isdigit() and len(digits) <= 16):
        raise BadNote(f"expected `{behind.strip()}` and a number")
    return int(digits)
