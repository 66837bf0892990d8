"""Holds the hub's keys: files in a folder of their own, made by `init`, refused when others may read them."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from crypto.file_seal import FileSealer
from crypto.keys import LogSigner, NoteSigner, VerifyingKey
from crypto.publisher import PublisherSigner
from crypto.sealing import CursorSealer, SecretSealer
from hub.keys.keyfiles import SecretsError, find_passphrase, read_key_file, write_new
from hub.keys.logkeys import (
    LogKeys,
    load_editions_key,
    load_log_keys,
    make_editions_key,
    make_log_keys,
)

__all__ = ["Secrets", "SecretsError", "load_secrets", "make_secrets"]

_SIZES: Final = {"cursor.key": 64, "session.key": 32, "apikey.key": 32, "seal.key": 32, "edition.key": 32}
_ATTACHMENTS: Final = "attachment.key"
"""Younger than the others: a hub that has none yet makes it when it starts."""
_ATTACHMENTS_SIZE: Final = 32


@dataclass(frozen=True)
class Secrets:
    """The keys, each for one purpose. None of them is ever printed."""

    cursor: CursorSealer = field(repr=False)
    session_key: bytes = field(repr=False)
    api_key_key: bytes = field(repr=False)
    seeds: SecretSealer = field(repr=False)
    edition_key: bytes = field(repr=False)
    log_keys: LogKeys = field(repr=False)
    editions: PublisherSigner = field(repr=False)
    attachments: FileSealer = field(repr=False)

    def log_signers(self, shard_origin: str) -> tuple[NoteSigner, ...]:
        """The signers of one shard's checkpoints, Ed25519 and ML-DSA-44; a log key's name is its shard's origin."""
        return self.log_keys.signers(shard_origin)

    def log_verifying_keys(self, shard_origin: str) -> tuple[VerifyingKey, ...]:
        """The public halves of those."""
        return self.log_keys.verifying_keys(shard_origin)

    def promise_signer(self, origin: str) -> LogSigner:
        """The signer of promises."""
        return self.log_keys.promise_signer(origin)


def make_secrets(folder: Path, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
    """Make every key that is not there yet: folder 0700, files 0600; the log's are locked where a passphrase is given.

    Raises:
        SecretsError: a passphrase is announced, but cannot be read.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, size in _SIZES.items():
        write_new(folder / name, random_bytes(size))
    write_new(folder / _ATTACHMENTS, random_bytes(_ATTACHMENTS_SIZE))
    make_log_keys(folder, find_passphrase())
    make_editions_key(folder, find_passphrase())


def load_secrets(folder: Path) -> Secrets:
    """Read the keys.

    Raises:
        SecretsError: a file is missing, of the wrong size, locked otherwise, or others than the owner may read it.
    """
    keys = {name: read_key_file(folder / name, size) for name, size in _SIZES.items()}
    log_keys = load_log_keys(folder, find_passphrase())
    make_editions_key(folder, find_passphrase())
    write_new(folder / _ATTACHMENTS, os.urandom(_ATTACHMENTS_SIZE))
    return Secrets(
        cursor=CursorSealer(keys["cursor.key"]),
        session_key=keys["session.key"],
        api_key_key=keys["apikey.key"],
        seeds=SecretSealer(keys["seal.key"]),
        edition_key=keys["edition.key"],
        log_keys=log_keys,
        editions=load_editions_key(folder, find_passphrase()),
        attachments=FileSealer(read_key_file(folder / _ATTACHMENTS, _ATTACHMENTS_SIZE)),
    )
