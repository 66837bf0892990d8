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
from hub.cli.language import in_language, spoken
from hub.keys.secrets import SecretsError, load_secrets
from hub.paper.press import PaperError, Press, try_press
from hub.security.silent_senders import NOT_CUT, PROXY, can_cut
from hub.settings import Settings
from hub.wiring import Hub, NotReady, open_hub
from models.bilingual import Both, said_by
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


_KEYS, _SLOW, _DATABASE = (
    Both("keys", "鍵"),
    Both("slow clients", "遅い相手"),
    Both("database", "データベース"),
)
_LOG, _MAIL = Both("log", "ログ"), Both("mail", "メール")
_SIGN_IT: Final = Both(
    "start the hub, which signs every second, or run `ceptoar-hub log checkpoint`",
    "ハブを起動すると毎秒署名します。または「ceptoar-hub log checkpoint」を実行してください",
)


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
            mark = in_language("MEND", "要修正") if check.todo else in_language("ok  ", "正常  ")
            todo = f"\n      -> {spoken(check.todo)}" if check.todo else ""
            say(f"{mark}  {spoken(check.name)}: {spoken(check.found)}{todo}")
    return FOUND if any(check.todo for check in checks) else OK


def _folder(settings: Settings) -> Iterator[Check]:
    yield Check(
        Both("settings", "設定"),
        Both(
            f"{settings.database_kind}, {settings.base_url}, log {settings.origin}",
            f"{settings.database_kind}、{settings.base_url}、ログ{settings.origin}",
        ),
    )
    mode = stat.S_IMODE(settings.data.stat().st_mode)
    others = f"chmod 700 {settings.data}" if mode & 0o077 else ""
    yield Check(Both("data folder", "データフォルダー"), Both(f"mode {mode:04o}", f"権限{mode:04o}"), others)
    try:
        load_secrets(settings.secrets)
        yield Check(_KEYS, Both("all there, mode 0600", "すべてあり、権限0600"))
    except SecretsError as error:
        yield Check(_KEYS, Both("not as they should be", "あるべき状態ではありません"), said_by(error))
    free = shutil.disk_usage(settings.data).free
    full = Both(
        "make room: a full disk stops recording", "空きを作ってください。ディスクがいっぱいになると記録できません"
    )
    room = Both(f"{free // 1024**2} MiB free", f"空き{free // 1024**2} MiB")
    yield Check(Both("disk", "ディスク"), room, "" if free >= LEAST_FREE else full)
    yield _papers(Press(settings.pdf_font))
    yield _slow_clients(settings)
    if not settings.production and not settings.demo and settings.https:
        yield Check(
            Both("production", "本番"),
            Both("https, but production = false", "httpsですが、production = falseです"),
            Both(
                "set production = true, so that trial settings are refused",
                "production = trueにしてください。試用の設定が断られるようになります",
            ),
        )


def _papers(press: Press) -> Check:
    try:
        try_press(press)
    except PaperError as error:
        if press.font is None:  # a hub without paper works; its pages say that there is none
            return Check("PDFs", Both(f"cannot be made: {error}", f"作れません：{error}"))
        return Check("PDFs", Both("cannot be made", "作れません"), str(error))
    font = press.font.regular if press.font else "-"
    return Check("PDFs", Both(f"can be made, in {font}", f"作れます（フォント：{font}）"))


def _slow_clients(settings: Settings) -> Check:
    if can_cut():
        seconds = settings.silent_seconds
        return Check(_SLOW, Both(f"cut after {seconds} s without progress", f"{seconds}秒進まなければ切断"))
    return Check(_SLOW, NOT_CUT, PROXY if settings.production else "")


def _database(settings: Settings) -> Iterator[Check]:
    try:
        hub = open_hub(settings)
    except NotReady as error:
        not_ready = Both("not ready", "使える状態ではありません")
        yield from (Check(_DATABASE, not_ready, problem) for problem in error.problems)
        return
    try:
        fits = Both("answers, its tables are those of this program", "応答あり。表はこのプログラムのもの")
        yield Check(_DATABASE, fits)
        for look in (_clock, _log, _waiting, _lease, _due, _mail, _files):
            try:
                yield look(hub)
            except (SQLAlchemyError, NotVisible) as error:
                unread = Both("cannot be read", "読めません")
                yield Check(look.__name__.strip("_"), unread, "; ".join(map(spoken, problems_of(error))))
    finally:
        hub.close()


def _clock(hub: Hub) -> Check:
    with hub.reading() as session:
        database_us = hub.units.now_us(session)
        seen_us = max(load_log_head(session).clock_seen, load_log_head(session).last_position)
    apart = abs(hub.clock() - moment_at(database_us))
    seen = moment_at(seen_us)
    seconds = apart.total_seconds()
    found = Both(
        f"{seconds:.1f} s from the database's, last seen {seen:%Y-%m-%d %H:%M} UTC",
        f"データベースとの差{seconds:.1f}秒、最後に見た時刻 {seen:%Y-%m-%d %H:%M} UTC",
    )
    todo = ""
    if apart > CLOCK_APART:
        todo = Both("correct the clocks of both machines (NTP)", "両方のマシンの時計を合わせてください（NTP）")
    elif database_us > seen_us + LEAP_US and _is_running(hub):
        todo = Both(
            "the clock leapt while the hub ran: correct it, or restart the hub to accept it",
            "ハブの動作中に時計が飛びました。時計を直すか、ハブを再起動して受け入れてください",
        )
    elif database_us < seen_us - LEAP_US:
        todo = Both(
            "the clock is far behind what the hub has seen: correct it (NTP)",
            "時計がハブの見た時刻より大きく遅れています。合わせてください（NTP）",
        )
    return Check(Both("clock", "時計"), found, todo)


def _log(hub: Hub) -> Check:
    with hub.reading() as session:
        head = load_log_head(session)
        try:
            signed, at = (it := load_checkpoint(session, head.shard)).size, it.signed_at
        except NotVisible:
            found = Both(f"{head.size} entries, no checkpoint", f"{head.size}件、チェックポイントなし")
            return Check(_LOG, found, _SIGN_IT)
    found = Both(
        f"{head.size} entries, signed up to {signed} at {at:%Y-%m-%d %H:%M:%S} UTC",
        f"{head.size}件、{signed}件目まで署名済み（{at:%Y-%m-%d %H:%M:%S} UTC）",
    )
    if signed > head.size:
        older = Both(
            "the log is shorter than what was signed: an older database was restored. Stop, and restore the newest",
            "ログが署名済みの長さより短くなっています。古いデータベースが復元されています。"
            "止めて、最新のものを復元してください",
        )
        return Check(_LOG, found, older)
    late = signed < head.size and hub.clock() - at > LATE
    return Check(_LOG, found, _SIGN_IT if late else "")


def _waiting(hub: Hub) -> Check:
    with hub.reading() as session:
        waiting = count_waiting(session)
    todo = Both(
        "entries wait for integration: see the clock above, then start the hub",
        "取り込みを待つ記録があります。上の時計を確かめ、ハブを起動してください",
    )
    return Check(Both("waiting entries", "取り込み待ちの記録"), str(waiting), todo if waiting else "")


def _lease(hub: Hub) -> Check:
    holder = _holder(hub)
    held = Both(f"held by {holder}", f"担当：{holder}")
    return Check(
        Both("scheduler", "定期処理"),
        held if holder else Both("no hub runs now", "動いているハブはありません"),
    )


def _due(hub: Hub) -> Check:
    with hub.reading() as session:
        rows = list_open(session)
    failed = sum(row.failure != "" for row in rows)
    late = sum(row.due_at < hub.clock() - LATE for row in rows)
    found = Both(
        f"{len(rows)} wait, {late} late, {failed} failed before", f"待ち{len(rows)}、遅れ{late}、失敗済み{failed}"
    )
    todo = ""
    if failed:
        todo = Both(
            "look at `ceptoar-hub digest list`, then `ceptoar-hub digest run --retry`",
            "「ceptoar-hub digest list」で確かめ、「ceptoar-hub digest run --retry」を実行してください",
        )
    elif late and _is_running(hub):
        todo = Both(
            "jobs are late although a hub runs: look at its log",
            "ハブは動いていますが、処理が遅れています。動作ログを確かめてください",
        )
    return Check(Both("due", "予定の処理"), found, todo)


def _mail(hub: Hub) -> Check:
    """Whether there is a mail server, and what could not be sent; no mail server is asked."""
    if not hub.settings.sends_mail:
        return Check(_MAIL, Both("none is sent: there is no smtp_host", "送りません（smtp_hostの設定なし）"))
    with hub.reading() as session:
        given_up = count_given_up(session)
    server = f"{hub.settings.smtp_host} ({hub.settings.smtp_security})"
    found = Both(f"by {server}, {given_up} given up", f"{server}経由、送信を諦めたもの{given_up}")
    todo = Both(
        "look at `ceptoar-hub mail list`, try `ceptoar-hub mail test ADDRESS`, then `ceptoar-hub mail retry`",
        "「ceptoar-hub mail list」で確かめ、「ceptoar-hub mail test 宛先」で試し、"
        "「ceptoar-hub mail retry」で送り直してください",
    )
    return Check(_MAIL, found, todo if given_up else "")


def _files(hub: Hub) -> Check:
    """Every file by a quick look, and whether the scanner is there."""
    wrong = list(check_files(hub, whole=False))
    count, scanner = count_files(hub), hub.settings.scan_command
    found = Both(
        f"{count} of reports, " + (f"scanned by {scanner}" if hub.scans else "not scanned for malware"),
        f"報告の添付{count}件、" + (f"検査：{scanner}" if hub.scans else "マルウェアの検査なし"),
    )
    todo = ""
    if wrong:
        more, others = len(wrong) - 1, hub.settings.attachments
        todo = Both(
            f"{wrong[0]}{f', and {more} more' if more else ''}: restore {others} and its key from the backup",
            f"{wrong[0]}{f'、ほか{more}件' if more else ''}。{others}とその鍵をバックアップから復元してください",
        )
    elif hub.scans and shutil.which(shlex.split(scanner)[0]) is None:
        todo = Both(
            "the program of scan_command is not there: install it, or correct the setting",
            "scan_commandのプログラムがありません。入れるか、設定を直してください",
        )
    return Check(Both("files", "ファイル"), found, todo)


def _is_running(hub: Hub) -> bool:
    return _holder(hub) is not None


def _holder(hub: Hub) -> str | None:
    with hub.reading() as session:
        now = moment_at(hub.units.now_us(session))
        return find_holder(session, "scheduler", now)
