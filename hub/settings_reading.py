"""Reads the settings, once, from `<data>/hub.toml` and the environment.

A setting named `port` is `port = 8080` in the file, `CEPTOAR_HUB_PORT=8080` in the environment; the latter wins.
"""

import dataclasses
import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hub.settings import (
    ATTACHMENTS,
    DEFAULT_PORT,
    ENVIRONMENT_PREFIX,
    LOG_FILES,
    SETTINGS_FILE,
    Settings,
    SettingsError,
    other_value,
)
from hub.settings_checks import check_settings
from hub.settings_values import CONVERTERS
from models.bilingual import Both, said_by


def load_settings(data: Path | str, *, environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read, check and freeze the settings of a data folder; `overrides` (such as a command's options) win.

    Raises:
        SettingsError: something is unknown, of the wrong kind or does not fit together.
    """
    folder = Path(data).expanduser().resolve()
    environ = os.environ if environ is None else environ
    given = _from_file(folder / SETTINGS_FILE) | _from_environment(environ)
    given |= {name: value for name, value in overrides.items() if value is not None}
    given.pop("data", None)
    values = {name: _convert(name, value) for name, value in given.items()}
    settings = Settings(data=folder, **(_derived(folder, values) | values))
    check_settings(settings)
    return settings


def _derived(folder: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults that follow from other settings."""
    host, port = values.get("host", "127.0.0.1"), values.get("port", DEFAULT_PORT)
    scheme = "https" if values.get("tls_cert") else "http"
    base_url = values.get("base_url", f"{scheme}://{_bracketed(host)}:{port}")
    name = urlsplit(base_url).hostname or "localhost"
    return {
        "database_url": f"sqlite:///{folder / 'hub.sqlite3'}",
        "base_url": base_url,
        "origin": f"{name}/log",
        "attachments": folder / ATTACHMENTS,
        "log_files": folder / LOG_FILES,
    }


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _from_file(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            Both(
                f"{path}: expected a readable UTF-8 file, found {type(error).__name__}. Check owner and mode.",
                f"{path}：UTF-8のファイルとして読めません（{type(error).__name__}）。所有者と権限を確かめてください。",
            )
        ) from error
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            Both(
                f"{path}: expected TOML, found: {error}. Correct the file.",
                f"{path}：TOMLとして読めません（{error}）。ファイルを直してください。",
            )
        ) from error
    _refuse_unknown(path, given)
    _refuse_readable_password(path, str(given.get("database_url", "")))
    return dict(given)


def _refuse_unknown(path: Path, given: Mapping[str, object]) -> None:
    unknown = sorted(set(given) - set(CONVERTERS))
    if unknown:
        named, known = ", ".join(unknown), ", ".join(sorted(CONVERTERS))
        raise SettingsError(
            Both(
                f"{path}: expected only known settings, found {named}. Remove or correct it; known are: {known}.",
                f"{path}：知らない設定があります：{named}。消すか直してください。使える設定：{known}",
            )
        )


def _refuse_readable_password(path: Path, database_url: str) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if holds_password(database_url) and mode & 0o077:
        raise SettingsError(
            Both(
                f"{path} holds a database password: expected mode 0600, found {mode:04o}. Run: chmod 600 {path}",
                f"{path}にデータベースのパスワードがあります。権限は0600のはずですが、{mode:04o}です。"
                f"実行してください：chmod 600 {path}",
            )
        )


def holds_password(database_url: str) -> bool:
    """Whether a database's address holds a password, before the host or behind the question mark; if in doubt, yes."""
    try:
        parts = urlsplit(database_url)
        return parts.password is not None or "password" in parse_qs(parts.query)
    except ValueError:
        return True


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    """Variables with our prefix that name a setting; others with our prefix may belong to tools around us."""
    return {
        name: environ[variable] for name in CONVERTERS if (variable := ENVIRONMENT_PREFIX + name.upper()) in environ
    }


def _convert(name: str, value: object) -> object:
    if name not in CONVERTERS:
        raise SettingsError(f"expected a known setting, found {name}. Known are: {', '.join(sorted(CONVERTERS))}.")
    try:
        return CONVERTERS[name](value)
    except ValueError as error:
        shown = "something else" if name == "database_url" else repr(value)
        raise other_value(name, said_by(error), shown) from None


def settings_with(settings: Settings, **changes: Any) -> Settings:
    """The same settings with some changed and checked again, such as the port that was found free.

    Raises:
        SettingsError: the changed settings do not fit together.
    """
    changed = dataclasses.replace(settings, **changes)
    check_settings(changed)
    return changed
