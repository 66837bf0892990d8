"""Holds how each setting is written, in the file or the environment, and what the program holds it as.

A converter says what it expected with a ValueError.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from models.bilingual import Both

OFF: Final = "off"
"""Keeps no such folder."""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(Both("a text", "文字列"))
    return value.strip()


def _number(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"\d{1,12}", value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(Both("a whole number", "整数"))


def _yes_or_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError(Both("true or false", "trueかfalse"))


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple):
        return tuple(_text(part) for part in value)
    raise ValueError(Both("a list of texts", "文字列の一覧"))


def _folder_or_off(value: object) -> Path | None:
    text = _text(value)
    if text == OFF:
        return None
    if not Path(text).is_absolute():
        raise ValueError(Both(f"a folder's whole path, or {OFF}", f"フォルダーの絶対パスか{OFF}"))
    return Path(text)


def _file(value: object) -> Path:
    if not (path := Path(_text(value))).is_file():
        raise ValueError(Both("the path of a file", "ファイルのパス"))
    return path.absolute()


def _folder(value: object) -> Path:
    text = _text(value)
    if not Path(text).is_absolute():
        raise ValueError(Both("a folder's whole path", "フォルダーの絶対パス"))
    return Path(text)


def _command(value: object) -> str:
    """One command as a shell would split it; an empty one is none."""
    if not isinstance(value, str):
        raise ValueError(Both("a command", "コマンド"))
    try:
        shlex.split(value)
    except ValueError:
        raise ValueError(Both("a command with closed quotes", "引用符を閉じたコマンド")) from None
    return value.strip()


def _choice(*words: str) -> Callable[[object], str]:
    """One of some words."""

    def convert(value: object) -> str:
        if value not in words:
            raise ValueError(Both(" or ".join(words), "か".join(words)))
        return str(value)

    return convert


def _address(value: object) -> str:
    return _text(value).rstrip("/")


CONVERTERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "database_url": _text,
    "base_url": _address,
    "host": _text,
    "port": _number,
    "workers": _number,
    "tls_cert": _text,
    "tls_key": _text,
    "origin": _text,
    "demo": _yes_or_no,
    "production": _yes_or_no,
    "locale": _text,
    "timezone": _text,
    "max_body_bytes": _number,
    "silent_seconds": _number,
    "session_minutes": _number,
    "trusted_proxies": _number,
    "trusted_hosts": _texts,
    "metrics_from": _texts,
    "peer_networks": _texts,
    "inquiry_reminder_days": _number,
    "agreement_version": _text,
    "witnesses_needed": _number,
    "log_files": _folder_or_off,
    "pdf_font": _file,
    "attachments": _folder,
    "attachment_bytes": _number,
    "attachments_each_report": _number,
    "attachment_total_bytes": _number,
    "scan_command": _command,
    "scan_seconds": _number,
    "smtp_host": _text,
    "smtp_port": _number,
    "smtp_security": _choice("starttls", "tls", "none"),
    "smtp_user": _text,
    "smtp_password_file": _file,
    "smtp_seconds": _number,
    "mail_from": _text,
    "mails_an_hour": _number,
    "access_log": _yes_or_no,
}
