"""Holds what every key file has in common: written once with mode 0600, refused when others may read it."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from models.bilingual import Both

FORBIDDEN: Final = stat.S_IRWXG | stat.S_IRWXO
"""A key file is its owner's alone."""

PASSPHRASE_VARIABLE: Final = "CEPTOAR_HUB_LOG_PASSPHRASE"  # noqa: S105 - the name of a variable
"""The passphrase itself, for services that are given secrets in their environment."""

PASSPHRASE_FILE_VARIABLE: Final = "CEPTOAR_HUB_LOG_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
"""A file that holds the passphrase."""

CREDENTIALS_VARIABLE: Final = "CREDENTIALS_DIRECTORY"
"""Where systemd puts the credentials of a service (LoadCredential=, LoadCredentialEncrypted=)."""

CREDENTIAL: Final = "ceptoar-hub-log-passphrase"
"""The name of the credential."""

LONGEST_PASSPHRASE: Final = 1024
"""Longer is a wrong file, not a passphrase."""


class SecretsError(Exception):
    """A key file is missing, damaged or readable by others; the message says which and what to do."""


def write_new(path: Path, content: bytes) -> bool:
    """Write a key file, unless there is one already. Whether it was written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return True


def read_key_file(path: Path, size: int | None = None) -> bytes:
    """The content of a key file.

    Raises:
        SecretsError: it is missing, of the wrong size, or others than the owner may read it.
    """
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except OSError as error:
        raise SecretsError(_unread(path, error)) from error
    if mode & FORBIDDEN:
        raise SecretsError(_exposed(path, stat.S_IMODE(mode)))
    if size is not None and len(content) != size:
        raise SecretsError(
            Both(
                f"the key file {path.name} has {len(content)} bytes, expected {size}: restore it from the backup",
                f"鍵ファイル{path.name}は{len(content)}バイトですが、{size}バイトのはずです。"
                "バックアップから復元してください。",
            )
        )
    return content


def _unread(path: Path, error: OSError) -> Both:
    return Both(
        f"cannot read the key file {path.name} ({error.strerror}): restore it from the backup; "
        "a new hub makes its keys with `ceptoar-hub init`",
        f"鍵ファイル{path.name}を読めません（{error.strerror}）。バックアップから復元してください。"
        "新しいハブの鍵は「ceptoar-hub init」で作ります。",
    )


def _exposed(path: Path, mode: int) -> Both:
    return Both(
        f"the key file {path.name} has mode {mode:04o}, expected 0600: others may have read it; "
        "run `chmod 600` on it, and replace the key if the machine has other users",
        f"鍵ファイル{path.name}の権限は{mode:04o}ですが、0600のはずです。他の利用者に読まれたおそれがあります。"
        "「chmod 600」を実行し、このマシンに他の利用者がいる場合は鍵を取り替えてください。",
    )


def read_password_file(path: Path) -> str:
    """The one line of a password file.

    Raises:
        SecretsError: it is missing, others than the owner may read it, or it holds something else than one line.
    """
    content = read_key_file(path).removesuffix(b"\n").removesuffix(b"\r")
    if not content or len(content) > LONGEST_PASSPHRASE or not content.isascii() or not content.decode().isprintable():
        raise SecretsError(
            Both(
                f"the password file {path.name}: expected one line of plain characters, found otherwise",
                f"パスワードファイル{path.name}には、英数字と記号だけの1行が必要です。中身を確かめてください。",
            )
        )
    return content.decode()


def find_passphrase(environ: Mapping[str, str] | None = None) -> bytes | None:
    """The passphrase of the log's keys, where one is given: variable, then file, then systemd credential.

    Raises:
        SecretsError: the file named cannot be read, is readable by others, or holds no passphrase.
    """
    given = os.environ if environ is None else environ
    if given.get(PASSPHRASE_VARIABLE):
        return given[PASSPHRASE_VARIABLE].encode()
    if given.get(PASSPHRASE_FILE_VARIABLE):
        return _passphrase_in(Path(given[PASSPHRASE_FILE_VARIABLE]))
    folder = given.get(CREDENTIALS_VARIABLE)
    path = Path(folder) / CREDENTIAL if folder else None
    # systemd keeps the file readable for the service alone, but its mode may show the group of the unit
    return None if path is None or not path.exists() else _passphrase_in(path, of_systemd=True)


def _passphrase_in(path: Path, *, of_systemd: bool = False) -> bytes:
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise SecretsError(
            Both(
                f"cannot read the passphrase file {path} ({error.strerror}): correct {PASSPHRASE_FILE_VARIABLE}",
                f"パスフレーズのファイル{path}を読めません（{error.strerror}）。"
                f"{PASSPHRASE_FILE_VARIABLE}を直してください。",
            )
        ) from error
    if mode & FORBIDDEN and not of_systemd:
        raise SecretsError(
            Both(
                f"the passphrase file {path} has mode {stat.S_IMODE(mode):04o}, expected 0600 or 0400: "
                "run `chmod 600` on it, and choose another passphrase if the machine has other users",
                f"パスフレーズのファイル{path}の権限は{stat.S_IMODE(mode):04o}ですが、0600か0400のはずです。"
                "「chmod 600」を実行し、このマシンに他の利用者がいる場合はパスフレーズを替えてください。",
            )
        )
    passphrase = content.removesuffix(b"\n").removesuffix(b"\r")
    if not passphrase or len(passphrase) > LONGEST_PASSPHRASE or b"\n" in passphrase:
        raise SecretsError(
            Both(
                f"the passphrase file {path}: expected one line with a passphrase, found something else",
                f"パスフレーズのファイル{path}には、パスフレーズだけの1行が必要です。中身を確かめてください。",
            )
        )
    return passphrase
