"""Holds which settings cannot work, alone or together, and what to do about each."""

import ipaddress
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.keys.keyfiles import SecretsError, read_password_file
from hub.settings import LANGUAGES, Settings, SettingsError, other_value
from models.bilingual import Both
from sharing.errors import Invalid
from sharing.rules.mail_address import parse_address

MAX_PROXIES = 5
"""More hops than this are a mistake in the settings, not a network."""


def check_settings(settings: Settings) -> None:
    """Refuse values that cannot work, each with what to do."""
    for name, fine, expected in (
        *_ranges(settings),
        ("locale", settings.locale in LANGUAGES, _one_of(LANGUAGES)),
        (
            "timezone",
            _is_zone(settings.timezone),
            Both("a time zone such as Asia/Tokyo", "Asia/Tokyoのような時間帯の名前"),
        ),
        (
            "base_url",
            _is_web_address(settings.base_url),
            Both("http:// or https://, a host and no query", "http://かhttps://とホスト名（クエリーなし）"),
        ),
        (
            "origin",
            re.fullmatch(r"[!-~]{1,200}", settings.origin) is not None,
            Both("a name without spaces, such as log.example.jp", "log.example.jpのような空白のない名前"),
        ),
        ("metrics_from", all(map(_is_network, settings.metrics_from)), _NETWORKS),
        ("peer_networks", all(map(_is_network, settings.peer_networks)), _NETWORKS),
    ):
        if not fine:
            raise other_value(name, expected, repr(getattr(settings, name)))
    if settings.database_kind not in {"sqlite", "postgresql"}:
        kinds = Both("sqlite:///… or postgresql+psycopg://…", "sqlite:///…かpostgresql+psycopg://…")
        raise other_value("database_url", kinds, f"{settings.database_kind}:…")
    _check_tls(settings)
    _check_mail(settings)
    if settings.production:
        _check_production(settings)


def _check_tls(settings: Settings) -> None:
    """A certificate needs its key, both as files, the key as a secret."""
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise SettingsError(_together("tls_cert", "tls_key"))
    for name in ("tls_cert", "tls_key"):
        path = getattr(settings, name)
        if path and not Path(path).is_file():
            raise other_value(name, Both("a file", "ファイル"), f"{path}")
    if settings.tls_key and stat.S_IMODE(Path(settings.tls_key).stat().st_mode) & 0o007:
        mode = stat.S_IMODE(Path(settings.tls_key).stat().st_mode)
        raise SettingsError(
            Both(
                f"tls_key: expected a file that others cannot read, found mode {mode:04o}. "
                f"Run: chmod o= {settings.tls_key}",
                f"tls_key：他の利用者が読めないファイルのはずですが、権限が{mode:04o}です。"
                f"実行してください：chmod o= {settings.tls_key}",
            )
        )


def _check_mail(settings: Settings) -> None:
    """A mail server needs a sender; a password needs a name, a file that nobody else reads, and a protected way."""
    if not settings.smtp_host:
        return
    try:
        parse_address(settings.mail_from)
    except Invalid:
        address = Both(
            "the plain address that mails come from, such as hub@example.jp", "hub@example.jpのような差出人のアドレス"
        )
        raise other_value("mail_from", address, repr(settings.mail_from)) from None
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,253}", settings.smtp_host):
        server = Both("the name or address of a mail server", "メールサーバーの名前かアドレス")
        raise other_value("smtp_host", server, repr(settings.smtp_host))
    if bool(settings.smtp_user) != (settings.smtp_password_file is not None):
        raise SettingsError(_together("smtp_user", "smtp_password_file"))
    if settings.smtp_password_file is not None:
        try:
            read_password_file(settings.smtp_password_file)
        except SecretsError as error:
            said = error.args[0]
            raise SettingsError(Both(f"smtp_password_file: {said}", f"smtp_password_file：{said.japanese}")) from error
        if settings.smtp_security == "none":
            ways = Both("starttls or tls where a password is sent", "パスワードを送るときはstarttlsかtls")
            raise other_value("smtp_security", ways, "none")


def _together(one: str, other: str) -> Both:
    return Both(
        f"expected {one} and {other} together, found one of them. Name both, or none.",
        f"{one}と{other}は一緒に指定してください。片方だけになっています。",
    )


def _between(low: int, high: int) -> Both:
    return Both(f"a number from {low} to {high}", f"{low}から{high}までの数")


def _one_of(words: Iterable[str]) -> Both:
    return Both(f"one of {', '.join(words)}", f"{'、'.join(words)}のどれか")


_ZONE: Final = Both("a time zone such as Asia/Tokyo", "Asia/Tokyoのような時間帯の名前")
_NETWORKS: Final = Both("networks such as 10.0.0.0/8", "10.0.0.0/8のようなネットワーク")


def _ranges(settings: Settings) -> list[tuple[str, bool, Both]]:
    return [
        (
            name,
            low <= getattr(settings, name) <= high,
            Both(f"a number from {low} to {high}", f"{low}から{high}までの数"),
        )
        for name, low, high in (
            ("port", 0, 65_535),
            ("workers", 1, 64),
            ("max_body_bytes", 1024, 1024**3),
            ("silent_seconds", 1, 3600),
            ("session_minutes", 5, 24 * 60),
            ("inquiry_reminder_days", 1, 90),
            ("trusted_proxies", 0, MAX_PROXIES),
            ("witnesses_needed", 0, 50),
            ("attachment_bytes", 1024, 1024**3),
            ("attachments_each_report", 1, 100),
            ("attachment_total_bytes", 1024, 1024**4),
            ("scan_seconds", 1, 3600),
            ("smtp_port", 0, 65_535),
            ("smtp_seconds", 5, 600),
            ("mails_an_hour", 1, 1000),
        )
    ]


def _check_production(settings: Settings) -> None:
    if settings.demo:
        raise SettingsError(
            Both(
                "production: expected no demo data, found demo = true. Set one of the two to false.",
                "production：本番ではデモのデータを使えません。productionとdemoのどちらかをfalseにしてください。",
            )
        )
    if not settings.https:
        raise SettingsError(
            Both(
                "base_url: expected https:// in production, found http://. "
                "Put a TLS proxy in front and give its address as base_url.",
                "base_url：本番ではhttps://が必要ですが、http://です。"
                "TLSのプロキシを前に置き、そのアドレスをbase_urlに指定してください。",
            )
        )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.path)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain and port != -1


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        return False
    return True
