"""The log's keys: locked or not, by which passphrase, and which files a hub refuses to use."""

from pathlib import Path

import pytest

from crypto.checkpoint import sign_checkpoint, verify_checkpoint
from crypto.tree_head import Checkpoint
from hub.keys.keyfiles import CREDENTIAL, find_passphrase
from hub.keys.secrets import SecretsError, load_secrets, make_secrets

ORIGIN = "hub.example/log/2026"
HEAD = Checkpoint(ORIGIN, 1, bytes(32))
VARIABLE, FILE = "CEPTOAR_HUB_LOG_PASSPHRASE", "CEPTOAR_HUB_LOG_PASSPHRASE_FILE"


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """No passphrase from whoever runs the tests."""
    for name in (VARIABLE, FILE, "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def test_both_keys_sign_every_checkpoint(tmp_path: Path) -> None:
    """Ed25519 first, ML-DSA-44 second, and a reader who has both keys demands both."""
    make_secrets(tmp_path / "secrets")
    secrets = load_secrets(tmp_path / "secrets")
    note = sign_checkpoint(HEAD, secrets.log_signers(ORIGIN))
    assert verify_checkpoint(note, secrets.log_verifying_keys(ORIGIN), required=2) == HEAD


def test_a_passphrase_locks_the_files_and_is_needed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment, from a file, or from a systemd credential; without it the hub says what to do."""
    folder = tmp_path / "secrets"
    monkeypatch.setenv(VARIABLE, "correct horse battery")
    make_secrets(folder)
    for name in ("log-ed25519.pem", "log-mldsa44.pem", "promise-ed25519.pem"):
        assert b"ENCRYPTED" in (folder / name).read_bytes()
    keys = load_secrets(folder).log_verifying_keys(ORIGIN)
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(SecretsError, match="passphrase in the file that CEPTOAR_HUB_LOG_PASSPHRASE_FILE names"):
        load_secrets(folder)
    monkeypatch.setenv(VARIABLE, "another")
    with pytest.raises(SecretsError, match=r"log-ed25519\.pem"):
        load_secrets(folder)
    monkeypatch.delenv(VARIABLE)
    written = tmp_path / "passphrase"
    written.write_text("correct horse battery\n")
    written.chmod(0o600)
    monkeypatch.setenv(FILE, str(written))
    assert load_secrets(folder).log_verifying_keys(ORIGIN) == keys
    monkeypatch.delenv(FILE)
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / CREDENTIAL).write_text("correct horse battery")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert load_secrets(folder).log_verifying_keys(ORIGIN) == keys


@pytest.mark.parametrize("name", ["log-ed25519.pem", "log-mldsa44.pem", "promise-ed25519.pem", "seal.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, name: str, mode: int) -> None:
    """Group and world alike; the message says which file and which command."""
    make_secrets(tmp_path / "secrets")
    (tmp_path / "secrets" / name).chmod(mode)
    with pytest.raises(SecretsError, match=f"{name} has mode {mode:04o}, expected 0600.*chmod 600"):
        load_secrets(tmp_path / "secrets")


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [("secret\n", 0o644, "has mode 0644"), ("", 0o600, "one line"), ("a\nb\n", 0o600, "one line"), (None, 0, "cannot")],
)
def test_a_bad_passphrase_file_is_named(tmp_path: Path, content: str | None, mode: int, words: str) -> None:
    """Readable by others, empty, of two lines, or not there."""
    path = tmp_path / "passphrase"
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    with pytest.raises(SecretsError, match=words):
        find_passphrase({FILE: str(path)})


def test_an_openssl_without_mldsa_is_told_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution's own build may lack it: the words say what to install."""
    from cryptography.exceptions import UnsupportedAlgorithm

    from crypto import keys

    class Lacking:
        @classmethod
        def from_seed_bytes(cls, _seed: bytes) -> None:
            raise UnsupportedAlgorithm("no ML-DSA")

    make_secrets(tmp_path / "secrets")
    monkeypatch.setattr(keys, "MLDSA44PrivateKey", Lacking)
    with pytest.raises(SecretsError, match="expected an OpenSSL with ML-DSA-44"):
        load_secrets(tmp_path / "secrets")


def test_no_key_shows_when_printed(tmp_path: Path) -> None:
    """Neither in a log line nor in a traceback."""
    make_secrets(tmp_path / "secrets")
    shown = repr(load_secrets(tmp_path / "secrets"))
    assert "Key object" not in shown
    assert "ed25519" not in shown.lower()
