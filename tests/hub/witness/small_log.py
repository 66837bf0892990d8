"""A log in memory with both of its keys, for tests that need no hub."""

from typing import Any

from crypto import keys
from crypto.checkpoint import sign_checkpoint
from crypto.keys import LogSigner, MlDsaLogSigner, VerifyingKey
from crypto.merkle import leaf_hash, root
from crypto.tree_head import Checkpoint
from hub.witness.asking import build_request
from tests.crypto.consistency import consistency_proof


class SmallLog:
    """Entries, and what the log signs of them."""

    def __init__(self, origin: str = "hub.example/log/2026") -> None:
        self.origin = origin
        self.signers: list[Any] = [
            LogSigner.from_pem(keys.generate_ed25519(), origin),
            MlDsaLogSigner.from_pem(keys.generate_mldsa44(), origin),
        ]
        self.leaves: list[bytes] = []

    @property
    def keys(self) -> list[VerifyingKey]:
        """What /log/vkeys shows."""
        return [signer.verifying_key for signer in self.signers]

    def grow(self, count: int, what: str = "entry") -> None:
        """More entries."""
        self.leaves += [leaf_hash(f"{what} {len(self.leaves) + number}".encode()) for number in range(count)]

    def head(self, size: int | None = None) -> Checkpoint:
        """The tree over the first entries."""
        size = len(self.leaves) if size is None else size
        return Checkpoint(self.origin, size, root(self.leaves[:size]))

    def note(self, size: int | None = None) -> bytes:
        """Signed with both keys."""
        return sign_checkpoint(self.head(size), self.signers)

    def asks(self, old: int, size: int | None = None) -> bytes:
        """The body of add-checkpoint, with the proof from the old size."""
        size = len(self.leaves) if size is None else size
        proof = consistency_proof(self.leaves[:size], old) if old <= size else ()
        return build_request(old, proof, self.note(size))
