"""A rule: receipts (受領証): one entry proven to stand in the log, checked offline (C2SP tlog-proof).

What the format calls extra data holds the entry itself and, where its owner wants to show them, salted parts or one
object. Nothing of that is believed for standing there: all of it must lead to the signed root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from crypto.canonical import canonical_json, parse_strict
from crypto.checkpoint import parse_note, verify_checkpoint
from crypto.cosignature import Cosignature, verify_cosignatures
from crypto.encoding import decode_base64, encode_base64
from crypto.entry import PART_NAMES, Leaf, commit_part, object_leaf, parse_leaf, parts_root
from crypto.errors import BadEntry, BadProof, BadReceipt, BadSignature, CryptoError, NotCanonical
from crypto.keys import VerifyingKey
from crypto.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from crypto.tree_head import Checkpoint, parse_checkpoint_text

MAGIC = b"c2sp.org/tlog-proof@v1\n"
"""The first line of every such file."""

MAX_RECEIPT_BYTES = 4_000_000
"""A receipt has a few kilobytes; with ten ML-DSA witnesses and every part of a large post it stays below this."""

MAX_PATH = 63
"""No tree that we count is higher."""

TOLERATED_SECONDS = 300
"""Clocks differ; what claims to come from further ahead than this is refused."""

VERSION = 1
"""The format of the extra data, its member `v`."""


class PartShown(Struct, frozen=True):
    """A part of the entry that the receipt discloses: its salt and the exact bytes of its JSON."""

    salt: bytes
    body: bytes


class ObjectShown(Struct, frozen=True):
    """One object of the entry, proven alone: nothing of its siblings but hashes, nothing of who sent it."""

    salt: bytes
    sha256: bytes
    place: int
    tree_size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class Receipt:
    """What a receipt file says; nothing here is verified. A part that is not disclosed is its 32-byte commitment."""

    index: int
    path: tuple[bytes, ...]
    note: bytes
    leaf: bytes
    parts: Mapping[str, PartShown | bytes] = field(default_factory=dict)
    shown_object: ObjectShown | None = None


class Proven(Struct, frozen=True):
    """What a receipt proves, once it holds."""

    checkpoint: Checkpoint
    index: int
    leaf: Leaf
    leaf_hash: bytes
    cosignatures: tuple[Cosignature, ...]
    witnesses: int
    """How many witnesses were known to whoever checked."""
    parts: Mapping[str, Any]
    """The disclosed parts, read."""
    object_sha256: bytes | None

    @property
    def witnessed(self) -> int:
        """How many of the known witnesses cosigned."""
        return len({each.key.name for each in self.cosignatures})


def build_receipt(receipt: Receipt) -> bytes:
    """The file: magic, extra data, index, inclusion path, empty line, checkpoint with all signatures."""
    lines = [f"extra {encode_base64(canonical_json(_extra(receipt)))}", f"index {receipt.index}"]
    lines += [encode_base64(each) for each in receipt.path]
    return MAGIC + "\n".join(lines).encode() + b"\n\n" + receipt.note


def parse_receipt(raw: bytes) -> Receipt:
    """Take a receipt apart without believing it.

    Raises:
        BadReceipt: it is not in its exact form: cut, other line ends, another format, or without the entry.
    """
    if len(raw) > MAX_RECEIPT_BYTES:
        raise BadReceipt(f"expected at most {MAX_RECEIPT_BYTES} bytes, found {len(raw)}")
    if b"\r" in raw:
        raise BadReceipt("expected lines that end with a newline only, found carriage returns: the file was converted")
    if not raw.startswith(MAGIC):
        raise BadReceipt("expected a receipt (its first line is c2sp.org/tlog-proof@v1), found something else")
    head, blank, note = raw[len(MAGIC) :].partition(b"\n\n")
    if not blank:
        raise BadReceipt("expected a checkpoint behind an empty line, found none: the file was cut")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise BadReceipt("expected ASCII before the checkpoint, found other bytes") from None
    if not lines[0].startswith("extra "):
        raise BadReceipt("expected extra data with the entry, found none: this proof is not one of this hub's receipts")
    extra = decode_base64(lines[0].removeprefix("extra "))
    index = _parse_index(lines[1] if len(lines) > 1 else "")
    path = tuple(decode_base64(line) or b"" for line in lines[2:])
    if extra is None or len(path) > MAX_PATH or any(len(each) != HASH_BYTES for each in path):
        raise BadReceipt("expected extra data and hashes in standard base64, found others")
    try:
        parse_checkpoint_text(parse_note(note).text)
        return _with_extra(extra, index, path, note)
    except CryptoError as error:
        raise BadReceipt(f"the receipt is not in its exact form, perhaps cut: {error}") from None


def verify_receipt(raw: bytes, keys: Sequence[VerifyingKey], *, now: int) -> Proven:
    """Check a receipt against keys that came from elsewhere: those of the log, and those of the witnesses known.

    Every kind of key of the log must have signed; a cosignature of a known witness must hold, one of an unknown one is
    passed over. `now` is in seconds.

    Raises:
        BadReceipt: not a receipt, or from the future.
        BadSignature: of another log than the keys, or a signature does not hold.
        BadProof: the entry does not stand in the signed tree, or what is disclosed is not what it commits to.
        BadEntry: the entry is none.
    """
    receipt = parse_receipt(raw)
    checkpoint = _verify_origin(receipt, keys)
    leaf, hashed = parse_leaf(receipt.leaf), leaf_hash(receipt.leaf)
    verify_inclusion(hashed, receipt.index, checkpoint.size, receipt.path, checkpoint.root)
    witnesses = [key for key in keys if key.algorithm.timed and not _is_log(key, checkpoint)]
    cosignatures = verify_cosignatures(receipt.note, witnesses)
    latest = max([leaf.ts_ms // 1000, *(each.seconds for each in cosignatures)])
    if latest > now + TOLERATED_SECONDS:
        raise BadReceipt(
            f"the receipt claims a time {latest - now} seconds ahead of this machine's clock: "
            "correct the clock, or do not believe the receipt"
        )
    parts = _verify_parts(receipt, leaf)
    return Proven(
        checkpoint,
        receipt.index,
        leaf,
        hashed,
        cosignatures,
        len({key.name for key in witnesses}),
        parts,
        _verify_object(receipt, leaf),
    )


def _verify_origin(receipt: Receipt, keys: Sequence[VerifyingKey]) -> Checkpoint:
    claimed = parse_checkpoint_text(parse_note(receipt.note).text)
    if not any(_is_log(key, claimed) for key in keys):
        raise BadSignature(
            f"expected a receipt of a log whose keys are known, found one of {claimed.origin}: "
            "another log, or another year of it"
        )
    return verify_checkpoint(receipt.note, keys)


def _is_log(key: VerifyingKey, checkpoint: Checkpoint) -> bool:
    return key.name == checkpoint.origin


def _verify_parts(receipt: Receipt, leaf: Leaf) -> dict[str, Any]:
    if not receipt.parts:
        return {}
    commitments: list[bytes] = []
    shown: dict[str, Any] = {}
    for name in PART_NAMES:
        part = receipt.parts[name]
        if isinstance(part, PartShown):
            try:
                shown[name] = parse_strict(part.body)
            except NotCanonical as error:
                raise BadProof(f"the part {name} is not strict JSON: {error}") from None
            commitments.append(commit_part(name, part.salt, part.body))
        else:
            commitments.append(part)
    if parts_root(commitments) != leaf.parts_root:
        raise BadProof("the parts that the receipt discloses are not those that the entry commits to")
    return shown


def _verify_object(receipt: Receipt, leaf: Leaf) -> bytes | None:
    shown = receipt.shown_object
    if shown is None:
        return None
    if leaf.objects_root is None:
        raise BadProof("the receipt shows an object, but the entry commits to none")
    stands = object_leaf(shown.salt, shown.sha256)
    verify_inclusion(stands, shown.place, shown.tree_size, shown.path, leaf.objects_root)
    return shown.sha256


def _parse_index(line: str) -> int:
    digits = line.removeprefix("index ")
    fine = line.startswith("index ") and digits.isascii() and digits.isdigit() and len(digits) <= 19
    if not fine or str(int(digits)) != digits:
        raise BadReceipt("expected the index of the entry, found another line")
    return int(digits)


def _extra(receipt: Receipt) -> dict[str, Any]:
    extra: dict[str, Any] = {"v": VERSION, "leaf": encode_base64(receipt.leaf)}
    if receipt.parts:
        extra["parts"] = {name: _spell_part(receipt.parts[name]) for name in PART_NAMES}
    shown = receipt.shown_object
    if shown is not None:
        extra["object"] = {
            "salt": encode_base64(shown.salt),
            "sha256": encode_base64(shown.sha256),
            "place": shown.place,
            "size": shown.tree_size,
            "path": [encode_base64(each) for each in shown.path],
        }
    return extra


def _spell_part(part: PartShown | bytes) -> dict[str, str]:
    if isinstance(part, bytes):
        return {"commitment": encode_base64(part)}
    return {"salt": encode_base64(part.salt), "json": part.body.decode("utf-8")}


def _with_extra(extra: bytes, index: int, path: tuple[bytes, ...], note: bytes) -> Receipt:
    value = parse_strict(extra)
    if not isinstance(value, dict) or value.get("v") != VERSION or not value.keys() <= {"v", "leaf", "parts", "object"}:
        raise BadReceipt("expected extra data of version 1, found others")
    parts = value.get("parts", {})
    if not isinstance(parts, dict) or (parts and set(parts) != set(PART_NAMES)):
        raise BadReceipt(f"expected the parts {', '.join(PART_NAMES)}, found others")
    return Receipt(
        index,
        path,
        note,
        _bytes(value.get("leaf")),
        {name: _read_part(parts[name]) for name in parts},
        _read_object(value["object"]) if "object" in value else None,
    )


def _read_part(value: object) -> PartShown | bytes:
    if not isinstance(value, dict):
        raise BadReceipt("expected a part as salt and json, or as a commitment")
    if set(value) == {"commitment"}:
        return _bytes(value["commitment"])
    if set(value) != {"salt", "json"} or not isinstance(value["json"], str):
        raise BadReceipt("expected a part as salt and json, or as a commitment")
    return PartShown(_bytes(value["salt"]), value["json"].encode("utf-8"))


def _read_object(value: object) -> ObjectShown:
    if (
        not isinstance(value, dict)
        or set(value) != {"salt", "sha256", "place", "size", "path"}
        or not isinstance(value["path"], list)
    ):
        raise BadReceipt("expected an object as salt, sha256, place, size and path")
    if type(value["place"]) is not int or type(value["size"]) is not int or len(value["path"]) > MAX_PATH:
        raise BadReceipt("expected place and size of an object as numbers")
    path = tuple(_bytes(each) for each in value["path"])
    return ObjectShown(_bytes(value["salt"]), _bytes(value["sha256"]), value["place"], value["size"], path)


def _bytes(spelled: object) -> bytes:
    raw = decode_base64(spelled) if isinstance(spelled, str) else None
    if raw is None:
        raise BadEntry("expected bytes in standard base64")
    return raw
