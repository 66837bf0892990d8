"""Holds the hub's keys: files in a folder of their own, made by `init`, refused when others may read them."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from crypto.keys import LogSigner, generate_ed25519
from crypto.sealing import CursorSealer, SecretSealer

_SIZES: Final = {"cursor.key": 64, "session.key": 32, "apikey.key": 32, "seal.key": 32, "edition.key": 32}
_LOG_KEY: Final = "log-ed25519.pem"
_FORBIDDEN: Final = stat.S_IRWXG | stat.S_IRWXO


class SecretsError(Exception):
    """A key file is missing, damaged or readable by others; the message says which and what to do."""


@dataclass(frozen=True)
class Secrets:
    """The keys, each for one purpose. None of them is ever printed."""

    cursor: CursorSealer = field(repr=False)
    session_key: bytes = field(repr=False)
    api_key_key: bytes = field(repr=False)
    seeds: SecretSealer = field(repr=False)
    edition_key: bytes = field(repr=False)
    log_pem: bytes = field(repr=False)

    def log_signer(self, shard_origin: str) -> LogSigner:
        """The signer of one shard's checkpoints; a log key's name is its shard's origin."""
        return LogSigner.from_pem(self.log_pem, shard_origin)


def make_secrets(folder: Path, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
    """Make every key that is not there yet: folder 0700, files 0600."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, size in _SIZES.items():
        _write_new(folder / name, random_bytes(size))
    _write_new(folder / _LOG_KEY, generate_ed25519())


def load_secrets(folder: Path) -> Secrets:
    """Read the keys.

    Raises:
        SecretsError: a file is missing, of the wrong size, or others than the owner may read it.
    """
    keys = {name: _read(folder / name, size) for name, size in _SIZES.items()}
    return Secrets(
        cursor=CursorSealer(keys["cursor.key"]),
        session_key=keys["session.key"],
        api_key_key=keys["apikey.key"],
        seeds=SecretSealer(keys["seal.key"]),
        edition_key=keys["edition.key"],
        log_pem=_read(folder / _LOG_KEY, None),
    )


def _write_new(path: Path, content: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, size: int | None) -> bytes:
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except OSError as error:
        raise SecretsError(
            f"cannot read the key file {path.name} ({error.strerror}): restore it from the backup; "
            "a new hub makes its keys with `ceptoar-hub init`"
        ) from error
    if mode & _FORBIDDEN:
        raise SecretsError(
            f"the key file {path.name} has mode {stat.S_IMODE(mode):04o}, expected 0600: others may have read it; "
            f"run `chmod 600` on it, and replace the key if the machine has other users"
        )
    if size is not None and len(content) != size:
        raise SecretsError(
            f"the key file {path.name} has {len(content)} bytes, expected {size}: restore it from the backup"
        )
    return content
