"""Operation: whether a witness cosigns a checkpoint: only what its log signed, and what only grew since then."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from crypto.checkpoint import parse_note, verify_checkpoint
from crypto.cosignature import Cosigner
from crypto.errors import BadNote, BadProof, BadSignature, CryptoError
from crypto.keys import Algorithm, VerifyingKey, note_line
from crypto.merkle import verify_consistency
from crypto.tree_head import Checkpoint, parse_checkpoint_text
from hub.witness.asking import SHARD, SIZE_TYPE, Asked, checkpoint_path, parse_request
from hub.witness.state import Remembered, State

TEXT: Final = "text/plain; charset=utf-8"


class Answer(Struct, frozen=True):
    """What the witness answers; `reason` says why it refused, in words, also where the body must be a number."""

    status: int
    body: bytes
    content_type: str = TEXT
    reason: str = ""


class Refused(Exception):
    """A checkpoint is not cosigned."""

    def __init__(self, status: int, reason: str, *, size: int | None = None, fork: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.size = size
        self.fork = fork


class Witness(Struct, frozen=True):
    """A witness with its key, its state, and the logs that it watches.

    `logs` are keys as the hub names them; a log that is cut by years goes on with the same keys, so each of its shards
    is watched as it appears, from nothing on.
    """

    key: Cosigner
    state: State
    logs: tuple[VerifyingKey, ...]
    clock: Callable[[], int]

    def add_checkpoint(self, body: bytes) -> Answer:
        """`add-checkpoint`: the cosignature, or why there is none."""
        origin, note = "", b""
        try:
            asked = parse_request(body)
            note = asked.note
            checkpoint = parse_checkpoint_text(parse_note(note).text)
            origin = checkpoint.origin
            keys = self._keys_of(origin)
            self._check_signed(note, keys)
            if asked.old > checkpoint.size:
                raise Refused(400, f"the old size {asked.old} is larger than the checkpoint's, {checkpoint.size}")
            return Answer(200, self._decide(asked, checkpoint, keys))
        except BadNote as error:
            return self._refuse(origin, Refused(400, str(error)), note)
        except Refused as refusal:
            return self._refuse(origin, refusal, note)

    def show(self, path: str) -> Answer:
        """What was last cosigned of a log, with the cosignature under it."""
        for origin, remembered in self.state.list_logs():
            if path == checkpoint_path(origin):
                return Answer(200, remembered.note)
        return Answer(404, b"this witness has cosigned no such log\n")

    def describe(self) -> Answer:
        """For people who look."""
        lines = [f"{self.key.verifying_key.name} is a witness. Its key:", self.key.verifying_key.vkey, ""]
        lines += [f"{origin}: {each.size} entries" for origin, each in self.state.list_logs()]
        return Answer(200, ("\n".join(lines) + "\n").encode())

    def _keys_of(self, origin: str) -> Sequence[VerifyingKey]:
        log, slash, shard = origin.rpartition("/")
        known = [key for key in self.logs if key.name.rpartition("/")[0] == log]
        if not (slash and SHARD.fullmatch(shard) and known):
            raise Refused(404, f"this witness does not watch {origin}")
        return [VerifyingKey(origin, key.algorithm, key.public) for key in known]

    def _check_signed(self, note: bytes, keys: Sequence[VerifyingKey]) -> None:
        try:
            verify_checkpoint(note, keys)
        except BadSignature as error:
            raise Refused(403, f"the checkpoint is not signed by its log: {error}") from error

    def _decide(self, asked: Asked, checkpoint: Checkpoint, keys: Sequence[VerifyingKey]) -> bytes:
        old = asked.old
        with self.state.deciding() as decision:
            last = decision.load(checkpoint.origin)
            if old != last.size:
                raise Refused(409, _other_size(old, last.size, checkpoint.size), size=last.size)
            if checkpoint.size == last.size and checkpoint.root != last.root and last.note:
                reason = f"two trees of {last.size} entries with different roots: a fork, the log shows others another"
                raise Refused(409, reason, size=last.size, fork=True)
            try:
                verify_consistency(old, checkpoint.size, last.root, checkpoint.root, asked.proof)
            except BadProof as error:
                reason = (
                    f"the tree of {checkpoint.size} does not begin with that of {old}: history was changed ({error})"
                )
                raise Refused(422, reason) from error
            seconds = max(self.clock(), last.seconds)  # a clock that jumps back does not take a word back
            line = self.key.cosign(checkpoint.text, seconds)
            note = _only_known(asked.note, keys) + line
            decision.remember(checkpoint.origin, Remembered(checkpoint.size, checkpoint.root, note, seconds))
        return line  # only now: what is answered is on the disk

    def _refuse(self, origin: str, refusal: Refused, note: bytes) -> Answer:
        if origin and refusal.status in {403, 409, 422}:
            self.state.note_refusal(origin, refusal.status, refusal.reason, note, fork=refusal.fork)
        if refusal.size is not None:
            return Answer(refusal.status, b"%d\n" % refusal.size, SIZE_TYPE, refusal.reason)
        return Answer(refusal.status, refusal.reason.encode() + b"\n", TEXT, refusal.reason)


def _only_known(raw: bytes, keys: Sequence[VerifyingKey]) -> bytes:
    """The note with the signatures of the log and no others: lines of unknown keys are anybody's."""
    note = parse_note(raw)
    known = {(key.name, key.key_id): key for key in keys}
    lines = [
        note_line(known[line.name, line.key_id], line.signature)
        for line in note.signatures
        if (line.name, line.key_id) in known
    ]
    return note.text + b"\n" + b"".join(lines)


def _other_size(old: int, last: int, new: int) -> str:
    if new < last:
        return f"a tree of {new} entries after one of {last}: a rollback, or an old backup was restored"
    return f"the proof begins at {old}, this witness last cosigned {last} entries"


def parse_logs(keys: Sequence[VerifyingKey]) -> tuple[VerifyingKey, ...]:
    """Of the keys of a hub those that sign checkpoints: named after a shard, each key once.

    Raises:
        CryptoError: there is none.
    """
    found: dict[tuple[str, bytes], VerifyingKey] = {}
    for key in keys:
        log, slash, shard = key.name.rpartition("/")
        if slash and SHARD.fullmatch(shard) and key.algorithm is not Algorithm.COSIGNATURE_ED25519:
            found.setdefault((log, key.public), key)
    if not found:
        raise CryptoError("expected a key of a log, named after its shard such as hub.example/log/2026, found none")
    return tuple(found.values())
