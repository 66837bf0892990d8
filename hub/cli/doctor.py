"""A door: `doctor` looks at everything that can keep a hub from working, and says what to do."""

import shlex
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
from sqlalchemy.exc import SQLAlchemyError

from hub.attachments.care import check_files, count_files
from hub.cli.common import FOUND, OK, data_option, json_option, print_json, problems_of, say, settings_of
from hub.cli.language import in_language
from hub.keys.secrets import SecretsError, load_secrets
from hub.paper.press import PaperError, Press, try_press
from hub.security.silent_senders import NOT_CUT, PROXY, can_cut
from hub.settings import Settings
from hub.wiring import Hub, NotReady, open_hub
from models.moments import moment_at
from sharing.audit.checkpoints import load_checkpoint
from sharing.audit.integrate import LEAP_US
from sharing.audit.state import count_waiting, load_log_head
from sharing.errors import NotVisible
from sharing.jobs.due import list_open
from sharing.jobs.leases import find_holder
from sharing.mails.outcomes import count_given_up

LEAST_FREE: Final = 1024**3
"""A day of heavy traffic with its journal fits into a gigabyte."""

CLOCK_APART: Final = timedelta(seconds=5)
"""Two machines with NTP are far closer."""

LATE: Final = timedelta(minutes=2)
"""What a running hub does within ten seconds has gone wrong after two minutes."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `todo` is empty where all is well."""

    name: str
    found: str
    todo: str = ""


@click.command(help=in_language("Look at everything, say what to mend.", "全体を点検し、直すべき点を示します。"))
@data_option
@json_option
def doctor(data: Path, as_json: bool) -> int:
    """Look at everything; exit code 1 where something is to be mended."""
    settings = settings_of(data)
    checks = [*_folder(settings), *_database(settings)]
    if as_json:
        print_json({"ok": not any(it.todo for it in checks), "checks": [vars(it) for it in checks]})
    else:
        for check in checks:
            mark = "MEND" if check.todo else "ok  "
            say(f"{mark}  {check.name}: {check.found}" + (f"\n      -> {check.todo}" if check.todo else ""))
    return FOUND if any(check.todo for check in checks) else OK


def _folder(settings: Settings) -> Iterator[Check]:
    yield Check("settings", f"{settings.database_kind}, {settings.base_url}, log {settings.origin}")
    mode = stat.S_IMODE(settings.data.stat().st_mode)
    others = f"chmod 700 {settings.data}" if mode & 0o077 else ""
    yield Check("data folder", f"mode {mode:04o}", others)
    try:
        load_secrets(settings.secrets)
        yield Check("keys", "all there, mode 0600")
    except SecretsError as error:
        yield Check("keys", "not as they should be", str(error))
    free = shutil.disk_usage(settings.data).free
    todo = "" if free >= LEAST_FREE else "make room: a full disk stops recording"
    yield Check("disk", f"{free // 1024**2} MiB free", todo)
    yield _papers(Press(settings.pdf_font))
    yield _slow_clients(settings)
    if not settings.production and not settings.demo and settings.https:
        yield Check(
            "production", "https, but production = false", "set production = true, so that trial settings are refused"
        )


def _papers(press: Press) -> Check:
    try:
        try_press(press)
    except PaperError as error:
        if press.font is None:  # a hub without paper works; its pages say that there is none
            return Check("PDFs", f"cannot be made: {error}")
        return Check("PDFs", "cannot be made", str(error))
    return Check("PDFs", f"can be made, in {press.font.regular if press.font else 'no font'}")


def _slow_clients(settings: Settings) -> Check:
    if can_cut():
        return Check("slow clients", f"cut after {settings.silent_seconds} s without progress")
    return Check("slow clients", NOT_CUT, PROXY if settings.production else "")


def _database(settings: Settings) -> Iterator[Check]:
    try:
        hub = open_hub(settings)
    except NotReady as error:
        yield from (Check("database", "not ready", problem) for problem in error.problems)
        return
    try:
        yield Check("database", "answers, its tables are those of this program")
        for look in (_clock, _log, _waiting, _lease, _due, _mail, _files):
            try:
                yield look(hub)
            except (SQLAlchemyError, NotVisible) as error:
                yield Check(look.__name__.strip("_"), "cannot be read", "; ".join(problems_of(error)))
    finally:
        hub.close()


def _clock(hub: Hub) -> Check:
    with hub.reading() as session:
        database_us = hub.units.now_us(session)
        seen_us = max(load_log_head(session).clock_seen, load_log_head(session).last_position)
    apart = abs(hub.clock() - moment_at(database_us))
    seen = moment_at(seen_us)
    found = f"{apart.total_seconds():.1f} s from the database's, last seen {seen:%Y-%m-%d %H:%M} UTC"
    if apart > CLOCK_APART:
        return Check("clock", found, "correct the clocks of both machines (NTP)")
    if database_us > seen_us + LEAP_US and _is_running(hub):
        return Check("clock", found, "the clock leapt while the hub ran: correct it, or restart the hub to accept it")
    if database_us < seen_us - LEAP_US:
        return Check("clock", found, "the clock is far behind what the hub has seen: correct it (NTP)")
    return Check("clock", found)


def _log(hub: Hub) -> Check:
    with hub.reading() as session:
        head = load_log_head(session)
        try:
            signed, at = (it := load_checkpoint(session, head.shard)).size, it.signed_at
        except NotVisible:
            return Check("log", f"{head.size} entries, no checkpoint", _sign_it())
    found = f"{head.size} entries, signed up to {signed} at {at:%Y-%m-%d %H:%M:%S} UTC"
    if signed > head.size:
        todo = "the log is shorter than what was signed: an older database was restored. Stop, and restore the newest"
        return Check("log", found, todo)
    late = signed < head.size and hub.clock() - at > LATE
    return Check("log", found, _sign_it() if late else "")


def _sign_it() -> str:
    return "start the hub, which signs every second, or run `ceptoar-hub log checkpoint`"


def _waiting(hub: Hub) -> Check:
    with hub.reading() as session:
        waiting = count_waiting(session)
    todo = "entries wait for integration: see the clock above, then start the hub" if waiting else ""
    return Check("waiting entries", str(waiting), todo)


def _lease(hub: Hub) -> Check:
    holder = _holder(hub)
    return Check("scheduler", f"held by {holder}" if holder else "no hub runs now")


def _due(hub: Hub) -> Check:
    with hub.reading() as session:
        rows = list_open(session)
    failed = sum(row.failure != "" for row in rows)
    late = sum(row.due_at < hub.clock() - LATE for row in rows)
    found = f"{len(rows)} wait, {late} late, {failed} failed before"
    if failed:
        return Check("due", found, "look at `ceptoar-hub digest list`, then `ceptoar-hub digest run --retry`")
    return Check(
        "due", found, "jobs are late although a hub runs: look at its log" if late and _is_running(hub) else ""
    )


def _mail(hub: Hub) -> Check:
    """Whether there is a mail server, and what could not be sent; no mail server is asked."""
    if not hub.settings.sends_mail:
        return Check("mail", "none is sent: there is no smtp_host")
    with hub.reading() as session:
        given_up = count_given_up(session)
    found = f"by {hub.settings.smtp_host} ({hub.settings.smtp_security}), {given_up} given up"
    todo = "look at `ceptoar-hub mail list`, try `ceptoar-hub mail test ADDRESS`, then `ceptoar-hub mail retry`"
    return Check("mail", found, todo if given_up else "")


def _files(hub: Hub) -> Check:
    """Every file by a quick look, and whether the scanner is there."""
    wrong = list(check_files(hub, whole=False))
    scans = "scanned by " + hub.settings.scan_command if hub.scans else "not scanned for malware"
    found = f"{count_files(hub)} of reports, {scans}"
    if wrong:
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return Check(
            "files", found, f"{wrong[0]}{more}: restore {hub.settings.attachments} and its key from the backup"
        )
    if hub.scans and shutil.which(shlex.split(hub.settings.scan_command)[0]) is None:
        return Check("files", found, "the program of scan_command is not there: install it, or correct the setting")
    return Check("files", found)


def _is_running(hub: Hub) -> bool:
    return _holder(hub) is not None


def _holder(hub: Hub) -> str | None:
    with hub.reading() as session:
        now = moment_at(hub.units.now_us(session))
        return find_holder(session, "scheduler", now)
