"""A rule: how a verifier learns a log's new keys from the log itself: an entry that the old keys and the new signed.

The entry's part `decision` holds the statement; it is shown with its salt and the commitments of the other parts, so
that anybody can tell that this is what stands in the log at its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from crypto.canonical import canonical_json, parse_strict
from crypto.encoding import decode_base64, encode_base64
from crypto.entry import PART_NAMES, LeafKind, commit_part, parse_leaf, parts_root
from crypto.errors import BadEntry, BadSignature, CryptoError, NotCanonical
from crypto.keys import Algorithm, VerifyingKey
from crypto.merkle import HASH_BYTES, leaf_hash
from crypto.tree_head import log_of
from crypto.verify import Finding
from crypto.verify_run import Run

STATEMENT = b"hub/log-keys/v1\x00"
"""In front of what old and new keys sign, so that it can be nothing else."""

PART = "decision"
"""The part that holds the statement."""

MOST_ROTATIONS = 500
"""Keys change once in some years; a list of more is none."""

_MEMBERS = ("origin", "old", "new")
_OTHERS = tuple(name for name in PART_NAMES if name != PART)
_LINE = frozenset({"shard", "index", "leaf", "salt", PART, *_OTHERS})


def rotation_message(statement: Mapping[str, object]) -> bytes:
    """What every key of both generations signs: log, old and new keys, as canonical JSON behind a prefix."""
    return STATEMENT + canonical_json({name: statement[name] for name in _MEMBERS})


@dataclass(frozen=True)
class Rotation:
    """The entry of a change of keys, with all that shows it to be that entry."""

    shard: str
    index: int
    leaf: bytes
    salt: bytes
    decision: bytes
    others: tuple[bytes, ...] = field(repr=False)
    """The commitments of the other parts, in their order."""

    def to_line(self) -> bytes:
        """As it stands in a list of rotations, with its newline."""
        value = {
            "shard": self.shard,
            "index": self.index,
            "leaf": encode_base64(self.leaf),
            "salt": encode_base64(self.salt),
            PART: self.decision.decode("utf-8"),
            **{name: encode_base64(each) for name, each in zip(_OTHERS, self.others, strict=True)},
        }
        return canonical_json(value) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Rotation:
        """Read what `to_line` wrote.

        Raises:
            BadEntry: it is something else.
        """
        try:
            value = parse_strict(line)
        except NotCanonical as error:
            raise BadEntry(f"expected a change of keys as JSON: {error}") from None
        if not isinstance(value, dict) or value.keys() != _LINE or type(value["index"]) is not int:
            raise BadEntry("expected a change of keys with its place, leaf, salt and parts, found something else")
        if not isinstance(value["shard"], str) or not isinstance(value[PART], str):
            raise BadEntry("expected the shard and the statement of a change of keys as text")
        others = tuple(_bytes(value[name]) for name in _OTHERS)
        return cls(
            value["shard"], value["index"], _bytes(value["leaf"]), _bytes(value["salt"]), value[PART].encode(), others
        )

    def verify(self, known: Sequence[VerifyingKey]) -> tuple[VerifyingKey, ...]:
        """The new keys, where the entry commits to the statement and every old and every new key signed it.

        Raises:
            CryptoError: an old key is not among those known for this log, or something does not hold.
        """
        self._check_leaf()
        told = parse_strict(self.decision)
        if not isinstance(told, dict) or not {*_MEMBERS, "signatures"} <= told.keys():
            raise BadEntry("expected a statement that names the log, its old and its new keys, found another")
        old, new = _keys(told["old"]), _keys(told["new"])
        names = {key.name for key in (*old, *new)}
        if names != {told["origin"]} or not str(told["origin"]).endswith(f"/{self.shard}"):
            raise BadEntry("expected keys of the log in which the statement stands, found those of another")
        believed = {(log_of(key.name), key.algorithm, key.public) for key in known}
        if not all((log_of(key.name), key.algorithm, key.public) in believed for key in old):
            raise BadSignature("expected a change of keys that are known, found one of others")
        signatures = told["signatures"]
        if not isinstance(signatures, list) or len(signatures) != len(old) + len(new):
            raise BadSignature("expected a signature by each key, old and new")
        message = rotation_message(told)
        for key, signature in zip((*old, *new), signatures, strict=True):
            _check_signature(key, _bytes(signature), message)
        return new

    def _check_leaf(self) -> None:
        leaf = parse_leaf(self.leaf)
        committed = dict(zip(_OTHERS, self.others, strict=True)) | {PART: commit_part(PART, self.salt, self.decision)}
        if leaf.kind is not LeafKind.KEY or parts_root([committed[name] for name in PART_NAMES]) != leaf.parts_root:
            raise BadEntry("expected an entry of kind key that commits to the statement, found another")


@dataclass
class Learned:
    """Keys that are believed, given ones and those that the log's own entries led to; these must stand in the log."""

    keys: list[VerifyingKey]
    rotations: list[Rotation] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def watch(self, runs: Iterable[Run]) -> Iterator[Run]:
        """Pass a log on, and look whether the entries by which keys were learned stand there; else `findings` says."""
        waiting = list(self.rotations)
        for run in runs:
            for each in [it for it in waiting if it.shard == run.shard and run.first <= it.index < run.end]:
                waiting.remove(each)
                at = (each.index - run.first) * HASH_BYTES
                if leaf_hash(each.leaf) != run.hashes[at : at + HASH_BYTES]:
                    self._find(each)
            yield run
        for each in waiting:
            self._find(each)

    def _find(self, rotation: Rotation) -> None:
        what = "the change of keys that was shown as this entry is not what stands in the log"
        self.findings.append(Finding(rotation.shard, rotation.index, what))


def learn_keys(known: Sequence[VerifyingKey], rotations: Iterable[Rotation]) -> Learned:
    """Follow the changes of keys in the order of the log, as far as known keys signed them; others teach nothing."""
    learned = Learned(list(known))
    for each in rotations:
        try:
            new = each.verify(learned.keys)
        except CryptoError:
            continue
        learned.keys = list(dict.fromkeys([*learned.keys, *new]))
        learned.rotations.append(each)
    return learned


def parse_rotations(raw: bytes) -> list[Rotation]:
    """Read a list of rotations, a line each, oldest first.

    Raises:
        BadEntry: it is something else.
    """
    lines = raw.splitlines()
    if len(lines) > MOST_ROTATIONS:
        raise BadEntry(f"expected at most {MOST_ROTATIONS} changes of keys, found {len(lines)}")
    return [Rotation.from_line(line) for line in lines]


def _keys(spelled: object) -> tuple[VerifyingKey, ...]:
    if not isinstance(spelled, list) or not all(isinstance(each, str) for each in spelled):
        raise BadEntry("expected keys as text in the statement")
    keys = tuple(VerifyingKey.parse(each) for each in spelled)
    if {key.algorithm for key in keys} != {Algorithm.ED25519, Algorithm.ML_DSA_44}:
        raise BadEntry("expected keys of both kinds in the statement: one kind alone must not change the keys")
    return keys


def _check_signature(key: VerifyingKey, signature: bytes, message: bytes) -> None:
    kind = Ed25519PublicKey if key.algorithm is Algorithm.ED25519 else MLDSA44PublicKey
    try:
        kind.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise BadSignature(f"expected a signature of {key.name} over the change of keys, found another") from None


def _bytes(spelled: object) -> bytes:
    raw = decode_base64(spelled) if isinstance(spelled, str) else None
    if raw is None:
        raise BadEntry("expected bytes in standard base64")
    return raw
