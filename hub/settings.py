"""Holds the settings: one frozen object, which `hub.settings_reading` reads once; then it is passed in."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from models.bilingual import Both

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


def other_value(name: str, expected: str, found: str) -> SettingsError:
    """The refusal of a setting's value: what was expected, what was found, and where it is corrected."""
    variable = f"{ENVIRONMENT_PREFIX}{name.upper()}"
    wanted = expected.japanese if isinstance(expected, Both) else expected
    return SettingsError(
        Both(
            f"{name}: expected {expected}, found {found}. "
            f"Correct {name} in {SETTINGS_FILE} or the variable {variable}.",
            f"{name}には{wanted}が必要ですが、{found}になっています。"
            f"{SETTINGS_FILE}の{name}か環境変数{variable}を直してください。",
        )
    )
