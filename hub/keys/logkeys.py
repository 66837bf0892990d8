"""Holds the keys of the log: two that sign checkpoints (Ed25519, ML-DSA-44), one that signs promises.

While the keys are changed there are two generations: the new one in `log-*.pem`, the old one in `old/`; both sign.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from crypto.errors import BadKey
from crypto.keys import (
    Algorithm,
    LogSigner,
    MlDsaLogSigner,
    NoteSigner,
    VerifyingKey,
    generate_ed25519,
    generate_mldsa44,
    load_ed25519,
    load_mldsa44,
    require_mldsa,
)
from crypto.publisher import PublisherKey, PublisherSigner
from hub.keys.keyfiles import PASSPHRASE_FILE_VARIABLE, SecretsError, read_key_file, write_new
from models.bilingual import Both

ED25519_FILE: Final = "log-ed25519.pem"
MLDSA44_FILE: Final = "log-mldsa44.pem"
PROMISE_FILE: Final = "promise-ed25519.pem"
EDITIONS_FILE: Final = "editions-ed25519.pem"
OLD: Final = "old"
"""The folder of the keys that were in use before, while both generations sign."""

NEXT: Final = "next"
"""The folder of keys that are about to come into use."""

PROMISE_NAME: Final = "promise"
"""A promise key is named like a shard that is none: `hub.example/log/promise`."""


EDITIONS_NAME: Final = "editions"
"""The key that signs editions stands among the others under such a name: `hub.example/log/editions`."""


@dataclass(frozen=True)
class LogKeyPair:
    """One generation of the log's keys; from a passphrase to a signature once, not at each signature."""

    ed25519: Ed25519PrivateKey = field(repr=False)
    mldsa44: MLDSA44PrivateKey = field(repr=False)

    def signers(self, shard_origin: str) -> tuple[NoteSigner, ...]:
        """Both signers of one shard; a log key's name is its shard's origin."""
        return LogSigner(shard_origin, self.ed25519), MlDsaLogSigner(shard_origin, self.mldsa44)


@dataclass(frozen=True)
class LogKeys:
    """The generations in use, the newest first, and the key of promises."""

    pairs: tuple[LogKeyPair, ...] = field(repr=False)
    promise: Ed25519PrivateKey = field(repr=False)
    _promise_signers: dict[str, LogSigner] = field(default_factory=dict, init=False, repr=False, compare=False)
    """One for each log, of which there are one or two; to find out its public half takes as long as to sign."""

    def signers(self, shard_origin: str) -> tuple[NoteSigner, ...]:
        """All that sign a shard's checkpoints now."""
        return tuple(signer for pair in self.pairs for signer in pair.signers(shard_origin))

    def verifying_keys(self, shard_origin: str) -> tuple[VerifyingKey, ...]:
        """Their public halves."""
        return tuple(signer.verifying_key for signer in self.signers(shard_origin))

    def promise_signer(self, origin: str) -> LogSigner:
        """Who signs promises for a log."""
        if origin not in self._promise_signers:
            self._promise_signers[origin] = LogSigner(f"{origin}/{PROMISE_NAME}", self.promise)
        return self._promise_signers[origin]


def make_log_keys(folder: Path, passphrase: bytes | None) -> None:
    """Make the keys that are not there yet, locked where a passphrase is given."""
    write_new(folder / ED25519_FILE, generate_ed25519(passphrase))
    write_new(folder / MLDSA44_FILE, generate_mldsa44(passphrase))
    write_new(folder / PROMISE_FILE, generate_ed25519(passphrase))


def load_log_keys(folder: Path, passphrase: bytes | None) -> LogKeys:
    """Open the keys.

    Raises:
        SecretsError: a file is missing, readable by others or locked otherwise, or this machine has no ML-DSA.
    """
    try:
        require_mldsa()
    except BadKey as error:
        raise SecretsError(str(error)) from error
    old = folder / OLD
    pairs = [_pair(folder, passphrase)] + ([_pair(old, passphrase)] if (old / ED25519_FILE).exists() else [])
    return LogKeys(tuple(pairs), _ed25519(folder / PROMISE_FILE, passphrase))


def make_editions_key(folder: Path, passphrase: bytes | None) -> None:
    """Make the key that signs editions where there is none yet, as in a hub that an older program made.

    Raises:
        SecretsError: it cannot be written.
    """
    try:
        if not (folder / EDITIONS_FILE).exists():
            write_new(folder / EDITIONS_FILE, generate_ed25519(passphrase))
    except OSError as error:
        raise SecretsError(
            Both(
                f"cannot make the key file {EDITIONS_FILE} ({error.strerror}): let this user write into the folder of "
                "keys once, or make the file with `ceptoar-hub key make`",
                f"鍵ファイル{EDITIONS_FILE}を作れません（{error.strerror}）。鍵のフォルダーへの書き込みを一度許すか、"
                "「ceptoar-hub key make」で作ってください。",
            )
        ) from error


def load_editions_key(folder: Path, passphrase: bytes | None) -> PublisherSigner:
    """The key that signs editions.

    Raises:
        SecretsError: the file is readable by others or locked otherwise.
    """
    return PublisherSigner(_ed25519(folder / EDITIONS_FILE, passphrase))


def vkey_of_editions(origin: str, key: PublisherKey) -> str:
    """A public key of editions as it is listed with the log's keys."""
    return VerifyingKey(f"{origin}/{EDITIONS_NAME}", Algorithm.ED25519, key.public).vkey


def is_changing(folder: Path) -> bool:
    """Whether two generations sign."""
    return (folder / OLD / ED25519_FILE).exists()


def make_next_pair(folder: Path, passphrase: bytes | None) -> None:
    """Make the next generation beside the present one; one that a cut run has made is kept."""
    following = folder / NEXT
    following.mkdir(mode=0o700, exist_ok=True)
    write_new(following / ED25519_FILE, generate_ed25519(passphrase))
    write_new(following / MLDSA44_FILE, generate_mldsa44(passphrase))


def load_next_pair(folder: Path, passphrase: bytes | None) -> LogKeyPair:
    """The next generation.

    Raises:
        SecretsError: it is not there, or locked otherwise.
    """
    return _pair(folder / NEXT, passphrase)


def put_next_pair(folder: Path) -> None:
    """Let the present generation become the old one, and the next the present one."""
    (folder / OLD).mkdir(mode=0o700, exist_ok=True)
    for name in (MLDSA44_FILE, ED25519_FILE):  # the last of the four moves is what `is_changing` looks at
        (folder / name).rename(folder / OLD / name)
        (folder / NEXT / name).rename(folder / name)
    (folder / NEXT).rmdir()


def remove_old_pair(folder: Path) -> None:
    """Let the old generation sign no more."""
    for name in (ED25519_FILE, MLDSA44_FILE):
        (folder / OLD / name).unlink(missing_ok=True)
    (folder / OLD).rmdir()


def _pair(folder: Path, passphrase: bytes | None) -> LogKeyPair:
    return LogKeyPair(_ed25519(folder / ED25519_FILE, passphrase), _mldsa44(folder / MLDSA44_FILE, passphrase))


def _ed25519(path: Path, passphrase: bytes | None) -> Ed25519PrivateKey:
    pem = read_key_file(path)
    try:
        return load_ed25519(pem, _needed(pem, passphrase))
    except BadKey as error:
        raise _locked(path, error) from error


def _mldsa44(path: Path, passphrase: bytes | None) -> MLDSA44PrivateKey:
    pem = read_key_file(path)
    try:
        return load_mldsa44(pem, _needed(pem, passphrase))
    except BadKey as error:
        raise _locked(path, error) from error


def _needed(pem: bytes, passphrase: bytes | None) -> bytes | None:
    """An unlocked key stays usable when a passphrase is set up for the next one."""
    return passphrase if b"ENCRYPTED PRIVATE KEY" in pem else None


def _locked(path: Path, error: BadKey) -> SecretsError:
    return SecretsError(
        f"the key file {path.name}: {error}. Give the passphrase in the file that {PASSPHRASE_FILE_VARIABLE} names, "
        "or restore the key from the backup"
    )
