"""Holds the settings: one frozen object, read once from `<data>/hub.toml` and the environment, then passed in.

A setting named `port` is `port = 8080` in the file, `CEPTOAR_HUB_PORT=8080` in the environment; the latter wins.
"""

import dataclasses
import ipaddress
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.keys.keyfiles import SecretsError, read_password_file
from hub.settings_values import CONVERTERS
from sharing.errors import Invalid
from sharing.rules.mail_address import parse_address

ENVIRONMENT_PREFIX = "CEPTOAR_HUB_"
DATA_VARIABLE = "CEPTOAR_HUB_DATA"
SETTINGS_FILE = "hub.toml"
ATTACHMENTS = "attachments"
"""Where the files of reports lie in the data folder, if the settings name no other place."""
LOG_FILES = "log"
"""Where the log's tiles lie in the data folder, if the settings name no other place."""
LANGUAGES = ("ja", "en")

DEFAULT_PORT = 8080
DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024
"""A bundle of ten thousand objects of the usual size fits four times."""
DEFAULT_ATTACHMENT_BYTES = 50 * 1000 * 1000
DEFAULT_ATTACHMENTS_EACH = 20
DEFAULT_ATTACHMENT_TOTAL_BYTES = 2 * 1000**3
"""Forty of the largest files of one organization."""
DEFAULT_SESSION_MINUTES = 60
"""A person who walks away is signed out after an hour without a page."""
MAX_PROXIES = 5
"""More hops than this are a mistake in the settings, not a network."""


class SettingsError(Exception):
    """A setting is missing or wrong; the message says what was expected, what was found and what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that may differ between two installations."""

    data: Path
    """The data folder: settings, embedded database, secrets."""
    database_url: str = field(repr=False)
    """Where the data lives; may hold a password, so it is never printed."""
    base_url: str
    """The address that people and machines use, without a slash at the end."""
    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = DEFAULT_PORT
    """The port to listen on; 0 takes any free one."""
    workers: int = 1
    """How many processes serve."""
    tls_cert: str = ""
    """The file of the certificate (with its chain, PEM) where the hub speaks TLS itself; else a proxy does."""
    tls_key: str = ""
    """The file of its private key, readable by nobody else."""
    origin: str
    """The name of the log in its checkpoints: a host, perhaps with a path; never changes once the log has begun."""
    demo: bool = False
    """Fictional data; every page says so."""
    production: bool = False
    """Refuse whatever is good enough only for a trial."""
    locale: str = "ja"
    """The language of pages for visitors who ask for none of ours."""
    timezone: str = "Asia/Tokyo"
    """The clock on the screen; data is always in UTC."""
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    """The largest request that any door reads."""
    silent_seconds: int = 30
    """So long whoever sends a body may fall silent before the connection is cut."""
    session_minutes: int = DEFAULT_SESSION_MINUTES
    """After how many minutes without a page a person must sign in again."""
    trusted_proxies: int = 0
    """How many reverse proxies of our own stand in front; only they may say who the client is."""
    trusted_hosts: tuple[str, ...] = ()
    """Names beside that of `base_url` under which the hub may be asked."""
    metrics_from: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that may read /metrics and the details of /readyz; anybody else gets nothing from them."""
    peer_networks: tuple[str, ...] = ()
    """Networks in which peers may be beside public addresses; to any other the hub does not connect for a peer."""
    inquiry_reminder_days: int = 3
    """After how many days a question about a report that has no answer is told of again."""
    agreement_version: str = "1"
    """The version of the sharing agreement that people accept; a new one asks everybody again."""
    witnesses_needed: int = 0
    """How many witnesses must cosign a checkpoint for it to count as witnessed; 0: the larger half of them."""
    log_files: Path | None = None
    """The folder in which full tiles of the log are kept as files; None keeps none."""
    pdf_font: Path | None = None
    """The font file that papers are set in; None takes a free Japanese one that the system has."""
    attachments: Path
    """The folder in which files of reports are kept, encrypted; processes on several machines need one that all see."""
    attachment_bytes: int = DEFAULT_ATTACHMENT_BYTES
    """The largest file of a report."""
    attachments_each_report: int = DEFAULT_ATTACHMENTS_EACH
    """How many files one version of a report takes."""
    attachment_total_bytes: int = DEFAULT_ATTACHMENT_TOTAL_BYTES
    """How much the files of one organization may take in all."""
    scan_command: str = ""
    """The program that looks for malware in a file on its standard input: exit code 0 clean, 1 found; none scans
    nothing."""
    scan_seconds: int = 60
    """So long the scan of one file may take."""
    smtp_host: str = ""
    """The mail server that takes the hub's mails; none: the hub sends no mail, and its pages say so."""
    smtp_port: int = 0
    """Its port; 0 takes the usual one: 587 for `starttls`, 465 for `tls`, 25 for `none`."""
    smtp_security: str = "starttls"
    """How the way to it is protected: `starttls`, `tls`, or `none` for a server on the same machine or network."""
    smtp_user: str = ""
    """The name under which the hub signs in there; none: it does not."""
    smtp_password_file: Path | None = None
    """The file with the password for that, readable by nobody else."""
    smtp_seconds: int = 60
    """So long the mail server may take for one mail, in all."""
    mail_from: str = ""
    """The address that mails come from."""
    mails_an_hour: int = 10
    """So many mails one person gets in an hour; what comes beyond is told of in one."""
    access_log: bool = True
    """Write one line for each request."""

    @property
    def secrets(self) -> Path:
        """The folder of keys, mode 0700."""
        return self.data / "secrets"

    @property
    def scheme(self) -> str:
        """What the hub itself speaks where it listens."""
        return "https" if self.tls_cert else "http"

    @property
    def https(self) -> bool:
        """Whether people reach the hub encrypted."""
        return self.base_url.startswith("https://")

    @property
    def sends_mail(self) -> bool:
        """Whether the hub has a mail server to send by."""
        return bool(self.smtp_host)

    @property
    def session_lifetime(self) -> timedelta:
        """How long a session lives without a page."""
        return timedelta(minutes=self.session_minutes)

    @property
    def inquiry_reminder(self) -> timedelta:
        """How long a question may be without an answer before it is told of again."""
        return timedelta(days=self.inquiry_reminder_days)

    @property
    def zone(self) -> ZoneInfo:
        """The clock on the screen."""
        return ZoneInfo(self.timezone)

    @property
    def database_kind(self) -> str:
        """What may be said of the database in public: `sqlite` or `postgresql`."""
        return urlsplit(self.database_url).scheme.partition("+")[0]


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
    _check(settings)
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
            f"{path}: expected a readable UTF-8 file, found {type(error).__name__}. Check owner and mode."
        ) from error
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: expected TOML, found: {error}. Correct the file.") from error
    _refuse_unknown(path, given)
    _refuse_readable_password(path, str(given.get("database_url", "")))
    return dict(given)


def _refuse_unknown(path: Path, given: Mapping[str, object]) -> None:
    unknown = sorted(set(given) - set(CONVERTERS))
    if unknown:
        raise SettingsError(
            f"{path}: expected only known settings, found {', '.join(unknown)}. "
            f"Remove or correct it; known are: {', '.join(sorted(CONVERTERS))}."
        )


def _refuse_readable_password(path: Path, database_url: str) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    try:
        has_password = urlsplit(database_url).password is not None
    except ValueError:
        has_password = True
    if has_password and mode & 0o077:
        raise SettingsError(
            f"{path} holds a database password: expected mode 0600, found {mode:04o}. Run: chmod 600 {path}"
        )


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
        raise SettingsError(f"{name}: expected {error}, found {shown}. Correct {_places(name)}.") from None


def _places(name: str) -> str:
    return f"{name} in {SETTINGS_FILE} or the variable {ENVIRONMENT_PREFIX}{name.upper()}"


def _check(settings: Settings) -> None:
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
                f"{name}: expected {expected}, found {getattr(settings, name)!r}. Correct {_places(name)}."
            )
    if settings.database_kind not in {"sqlite", "postgresql"}:
        raise SettingsError(
            "database_url: expected sqlite:///… or postgresql+psycopg://…, "
            f"found the kind {settings.database_kind!r}. Correct {_places('database_url')}."
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
            raise SettingsError(f"{name}: expected a file, found none at {path}. Correct {_places(name)}.")
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
            f"found {settings.mail_from!r}. Correct {_places('mail_from')}."
        ) from None
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,253}", settings.smtp_host):
        raise SettingsError(
            f"smtp_host: expected the name or address of a mail server, found {settings.smtp_host!r}. "
            f"Correct {_places('smtp_host')}."
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
                f"Correct {_places('smtp_security')}."
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


def settings_with(settings: Settings, **changes: Any) -> Settings:
    """The same settings with some changed and checked again, such as the port that was found free.

    Raises:
        SettingsError: the changed settings do not fit together.
    """
    changed = dataclasses.replace(settings, **changes)
    _check(changed)
    return changed
