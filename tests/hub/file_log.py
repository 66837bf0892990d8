"""A log as files without any hub: for tests that bend it, for other programs that read it, and for measuring."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crypto import keys
from crypto.checkpoint import sign_checkpoint
from crypto.cosignature import WitnessKey
from crypto.entry import LeafKind, build_leaf
from crypto.hashing import sha256
from crypto.keys import LogSigner, MlDsaLogSigner, VerifyingKey
from crypto.merkle import leaf_hash, root
from crypto.tree_head import Checkpoint
from sharing.audit.tiles import list_places, tile_path

LOG = "hub.example/log"
START_MS = 1_795_000_000_000


class FileLog:
    """Entries of one or more shards, signed with both keys of one log, and by witnesses where there are any."""

    def __init__(self, *, witnesses: Sequence[str] = ()) -> None:
        self.pems = keys.generate_ed25519(), keys.generate_mldsa44()
        self.witnesses = [WitnessKey.from_pem(keys.generate_ed25519(), name) for name in witnesses]
        self.shards: dict[str, list[bytes]] = {}

    def copy(self) -> "FileLog":
        """The same log on another machine, with the same keys."""
        made = FileLog()
        made.pems, made.witnesses = self.pems, self.witnesses
        made.shards = {shard: list(leaves) for shard, leaves in self.shards.items()}
        return made

    def signers(self, shard: str) -> list[Any]:
        """Both of the log's keys, under a shard's name."""
        origin = f"{LOG}/{shard}"
        return [LogSigner.from_pem(self.pems[0], origin), MlDsaLogSigner.from_pem(self.pems[1], origin)]

    def keys(self, *shards: str) -> list[VerifyingKey]:
        """What an auditor keeps of the log: its keys for these shards, by default for all."""
        return [signer.verifying_key for shard in shards or self.shards for signer in self.signers(shard)]

    def open(self, shard: str, bridge: Checkpoint | None = None) -> None:
        """Begin a shard, behind the last tree of the shard before."""
        self.shards[shard] = []
        if bridge is not None:
            said = build_leaf(self._time(shard, 0), LeafKind.SHARD, sha256(shard.encode()), None, bridge.text.decode())
            self.shards[shard].append(said)

    def grow(self, count: int, what: str = "entry", shard: str = "2026") -> None:
        """More entries."""
        leaves = self.shards.setdefault(shard, [])
        for index in range(len(leaves), len(leaves) + count):
            leaves.append(
                build_leaf(self._time(shard, index), LeafKind.EVENT, sha256(f"{what} {index}".encode()), None)
            )

    def _time(self, shard: str, index: int) -> int:
        """Milliseconds that never fall along the log."""
        return START_MS + list(self.shards).index(shard) * 10**8 + index

    def head(self, shard: str = "2026", size: int | None = None) -> Checkpoint:
        """The tree over the first entries."""
        hashes = [leaf_hash(leaf) for leaf in self.shards[shard][:size]]
        return Checkpoint(f"{LOG}/{shard}", len(hashes), root(hashes))

    def note(self, shard: str = "2026", size: int | None = None, *, cosigned: int | None = None) -> bytes:
        """Signed by the log, and cosigned by the first so many witnesses, by default by all."""
        head = self.head(shard, size)
        lines = [witness.cosign(head.text, START_MS // 1000) for witness in self.witnesses[:cosigned]]
        return sign_checkpoint(head, self.signers(shard)) + b"".join(lines)

    def write(self, folder: Path) -> Path:
        """All of it as files, in a fresh folder."""
        shutil.rmtree(folder, ignore_errors=True)
        for shard in self.shards:
            self._write_tiles(folder, shard)
            (folder / shard / "checkpoint").write_bytes(self.note(shard))
        vkeys = [*self.keys(), *(witness.verifying_key for witness in self.witnesses)]
        (folder / "vkeys").write_text("".join(f"{key.vkey}\n" for key in vkeys))
        return folder

    def _write_tiles(self, folder: Path, shard: str) -> None:
        leaves = self.shards[shard]
        levels = [[leaf_hash(leaf) for leaf in leaves]]
        while len(levels[-1]) >= 256:
            below = levels[-1]
            levels.append([root(below[at : at + 256]) for at in range(0, len(below) // 256 * 256, 256)])
        (folder / shard).mkdir(parents=True)
        for kind, place in list_places(len(leaves)):
            width = "" if place.width is None else f".p/{place.width}"
            file = folder / shard / "tile" / kind / f"{tile_path(place.number)}{width}"
            file.parent.mkdir(parents=True, exist_ok=True)
            first, count = place.number * 256, place.width or 256
            if kind == "entries":
                file.write_bytes(b"".join(len(it).to_bytes(2, "big") + it for it in leaves[first : first + count]))
            else:
                file.write_bytes(b"".join(levels[place.level][first : first + count]))
