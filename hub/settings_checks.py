"""Holds which settings cannot work, alone or together, and what to do about each."""

import ipaddress
import re
import stat
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.keys.keyfiles import SecretsError, read_password_file
from hub.settings import LANGUAGES, Settings, SettingsError, places_of
from sharing.errors import Invalid
from sharing.rules.mail_address import parse_address

MAX_PROXIES = 5
"""More hops than this are a mistake in the settings, not a network."""


def check_settings(settings: Settings) -> None:
    """Refuse values that cannot work, each with what to do."""
    for name, fine, expected in (
        *_ranges(settings),
        ("locale", settings.locale in LANGUAGES, f"one of {', '.join(LANGUAGES)}"),
        ("timezone", _is_zone(settings.timezone), "a time zone such as Asia/Tokyo"),
        ("base_url", _is_web_address(settings.base_url), "http:// or https://, a host and no query"),
        (
            "origin",
            re.fullmatch(r"[!-~]{1,200}", settings.origin) is not None,
            "a name without spaces, such as log.example.jp",
        ),
        ("metrics_from", all(map(_is_network, settings.metrics_from)), "networks such as 10.0.0.0/8"),
        ("peer_networks", all(map(_is_network, settings.peer_networks)), "networks such as 10.0.0.0/8"),
    ):
        if not fine:
            raise SettingsError(
                f"{name}: expected {expected}, found {getattr(settings, name)!r}. Correct {places_of(name)}."
            )
    if settings.database_kind not in {"sqlite", "postgresql"}:
        raise SettingsError(
            "database_url: expected sqlite:///… or postgresql+psycopg://…, "
            f"found the kind {settings.database_kind!r}. Correct {places_of('database_url')}."
        )
    _check_tls(settings)
    _check_mail(settings)
    if settings.production:
        _check_production(settings)


def _check_tls(settings: Settings) -> None:
    """A certificate needs its key, both as files, the key as a secret."""
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise SettingsError("expected tls_cert and tls_key together, found one of them. Name both files, or none.")
    for name in ("tls_cert", "tls_key"):
        path = getattr(settings, name)
        if path and not Path(path).is_file():
            raise SettingsError(f"{name}: expected a file, found none at {path}. Correct {places_of(name)}.")
    if settings.tls_key and stat.S_IMODE(Path(settings.tls_key).stat().st_mode) & 0o007:
        raise SettingsError(
            f"tls_key: expected a file that others cannot read, found mode "
            f"{stat.S_IMODE(Path(settings.tls_key).stat().st_mode):04o}. Run: chmod o= {settings.tls_key}"
        )


def _check_mail(settings: Settings) -> None:
    """A mail server needs a sender; a password needs a name, a file that nobody else reads, and a protected way."""
    if not settings.smtp_host:
        return
    try:
        parse_address(settings.mail_from)
    except Invalid:
        raise SettingsError(
            f"mail_from: expected the plain address that mails come from, such as hub@example.jp, "
            f"found {settings.mail_from!r}. Correct {places_of('mail_from')}."
        ) from None
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,253}", settings.smtp_host):
        raise SettingsError(
            f"smtp_host: expected the name or address of a mail server, found {settings.smtp_host!r}. "
            f"Correct {places_of('smtp_host')}."
        )
    if bool(settings.smtp_user) != (settings.smtp_password_file is not None):
        raise SettingsError(
            "expected smtp_user and smtp_password_file together, found one of them. Name both, or none."
        )
    if settings.smtp_password_file is not None:
        try:
            read_password_file(settings.smtp_password_file)
        except SecretsError as error:
            raise SettingsError(f"smtp_password_file: {error}") from error
        if settings.smtp_security == "none":
            raise SettingsError(
                "smtp_security: expected starttls or tls where a password is sent, found none. "
                f"Correct {places_of('smtp_security')}."
            )


def _ranges(settings: Settings) -> list[tuple[str, bool, str]]:
    return [
        (name, low <= getattr(settings, name) <= high, f"a number from {low} to {high}")
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
        raise SettingsError("production: expected no demo data, found demo = true. Set one of the two to false.")
    if not settings.https:
        raise SettingsError(
            "base_url: expected https:// in production, found http://. "
            "Put a TLS proxy in front and give its address as base_url."
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
