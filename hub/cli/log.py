"""A door: `log` verifies the trail and signs a checkpoint."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from crypto.verify import Finding, Report, verify_log
from hub.cli.common import FOUND, OK, Refusal, json_option, opened, print_json, say, settings_of
from hub.cli.language import in_language
from hub.cli.log_files import is_proof_file, read_vkeys, verify_files
from hub.cli.log_keys import keys
from hub.cli.log_witness import recover, witness
from hub.log import log_keys_of
from hub.logclient import CannotFetch, RemoteLog, signed_size
from hub.settings import DATA_VARIABLE
from hub.wiring import Hub
from models.session import Database, sqlite_url
from sharing.audit.checking import check_database
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.export import count_entries
from sharing.audit.state import load_log_head

SHOWN: Final = 20
"""Findings that are printed for a person; the rest is counted."""

Progress = Callable[[int], None]


@click.group(help=in_language("Verify the trail, sign a checkpoint.", "証跡の検証とチェックポイントへの署名。"))
def log() -> None:
    """Nothing happens before the command."""


def _data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Like the option of other commands, but not needed where the log is named otherwise."""
    return click.option(
        "--data",
        envvar=DATA_VARIABLE,
        type=click.Path(path_type=Path),
        help=in_language("The data folder.", "データフォルダー。"),
    )(command)


@log.command(
    help=in_language(
        "Check every entry, object, hash and signature. WHERE is a hub's address, a data folder or a database "
        "(a SQLite file or a postgresql:// URL); without it, the data folder's. It may also be a receipt, a promise or "
        "an archive of them, checked with --vkeys and nothing else. Exit codes: 0 whole, 1 something is wrong, "
        "2 cannot tell.",
        "全ての記録、オブジェクト、ハッシュ、署名を検証します。WHEREはハブのアドレス、データフォルダー又はデータベース。"
        "受領証、受付証、それらをまとめたファイルも、--vkeysだけで検証できます。"
        "終了コード: 0 異常なし、1 異常あり、2 検証できない。",
    )
)
@click.argument("where", required=False)
@_data_option
@click.option("--vkey", "vkeys", multiple=True, help=in_language("A key to believe.", "信頼する検証鍵。"))
@click.option(
    "--vkeys",
    "vkeys_file",
    type=click.Path(path_type=Path),
    help=in_language("A file of keys to believe, a line each.", "信頼する検証鍵のファイル（1行に1つ）。"),
)
@click.option(
    "--witnesses",
    "needed",
    type=click.IntRange(0, 100),
    default=0,
    help=in_language("How many witnesses a receipt needs.", "受領証に必要な証人の数。"),
)
@json_option
def verify(
    where: str | None, *, data: Path | None, vkeys: tuple[str, ...], vkeys_file: Path | None, needed: int, as_json: bool
) -> int:
    """Verify a log and name the first bad entry; or a receipt, offline."""
    keys = _parse_keys(vkeys) + (read_vkeys(vkeys_file) if vkeys_file else [])
    if where is not None and is_proof_file(where):
        return verify_files(where, keys, needed=needed, as_json=as_json)
    if where is not None and where.startswith(("http://", "https://")):
        return _verify_remote(where, keys, as_json=as_json)
    folder = Path(where) if where is not None and Path(where).is_dir() else None
    if where is None or folder is not None:
        chosen = folder or data
        if chosen is None:
            raise Refusal(
                f"expected a log to verify, found none. Name one, or a data folder with --data ({DATA_VARIABLE})"
            )
        settings = settings_of(chosen)
        hub = _hub_for_reading(settings)
        try:
            return _verify_database(hub.units.database, keys or log_keys_of(hub), as_json=as_json)
        finally:
            hub.close()
    return _verify_bare(where, keys, as_json=as_json)


@log.command(help=in_language("Sign a checkpoint of the log as it is.", "現在の証跡のチェックポイントに署名します。"))
@_data_option
@json_option
def checkpoint(data: Path | None, as_json: bool) -> int:
    """Sign what has grown; a hub that runs does so by itself."""
    if data is None:
        raise Refusal(f"expected a data folder, found none. Give --data or {DATA_VARIABLE}")
    with opened(data) as hub:
        with hub.units.database.writing() as session:
            made = publish_checkpoint(session, hub.secrets.log_signers, hub.clock(), at_once=True)
            head = load_log_head(session)
        if as_json:
            print_json({"signed": made, "origin": head.checkpoint.origin, "size": head.size, "root": head.root.hex()})
        else:
            say(f"{head.checkpoint.origin} {head.size} {head.root.hex()}" + ("" if made else " (already signed)"))
    return OK


log.add_command(keys)
log.add_command(witness)
log.add_command(recover)


def _hub_for_reading(settings: Any) -> Hub:
    from hub.wiring import open_hub  # noqa: PLC0415

    return open_hub(settings)


def _parse_keys(vkeys: Sequence[str]) -> list[VerifyingKey]:
    try:
        return [VerifyingKey.parse(each) for each in vkeys]
    except CryptoError as error:
        raise Refusal(f"--vkey: {error}") from error


def _verify_bare(where: str, keys: list[VerifyingKey], *, as_json: bool) -> int:
    """A database without its data folder: whom to believe must be said."""
    if not keys:
        raise Refusal("expected --vkey with the log's key for a database alone, found none. /log/vkeys lists them")
    url = where
    if "://" not in where:
        if not Path(where).is_file():
            raise Refusal(f"{where}: expected an address, a data folder or a database, found nothing there")
        url = sqlite_url(Path(where).absolute())
    database = Database(url)
    try:
        return _verify_database(database, keys, as_json=as_json)
    finally:
        database.close()


def _verify_database(database: Database, keys: list[VerifyingKey], *, as_json: bool) -> int:
    with database.reading() as session, _progress(count_entries(session), quiet=as_json) as progress:
        checked = check_database(session, keys, progress, url=database.url)
    return _tell(checked.report, checked.findings, as_json=as_json, waiting=checked.waiting)


def _verify_remote(url: str, keys: list[VerifyingKey], *, as_json: bool) -> int:
    """From outside: entries, order, root and signatures; what the entries commit to stays with the hub."""
    try:
        remote = RemoteLog.at(url)
        believed = keys or _parse_keys(remote.vkeys())
        notes = remote.checkpoints(believed)
        sizes = {origin: signed_size(note) for origin, note in notes.items()}
        with _progress(sum(sizes.values()), quiet=as_json) as progress:

            def entries() -> Iterator[Any]:
                for origin, size in sizes.items():
                    for entry in remote.entries(origin, size):
                        progress(1)
                        yield entry

            report = verify_log(entries(), notes.values(), believed)
    except CannotFetch as error:
        raise Refusal(str(error)) from error
    return _tell(report, report.findings, as_json=as_json, trusted=bool(keys))


def _tell(report: Report, findings: Sequence[Finding], *, as_json: bool, waiting: int = 0, trusted: bool = True) -> int:
    if as_json:
        print_json(_as_document(report, findings, waiting, trusted=trusted))
        return FOUND if findings else OK
    for shard in report.shards:
        say(f"{shard.shard}: {shard.size} entries, root {shard.root.hex()}, signed up to {shard.signed_size}")
    say(f"objects {report.objects}, bodies {report.bodies}, checkpoints {report.checkpoints}, waiting {waiting}")
    if not trusted:
        say(
            in_language(
                "The keys came from the log itself: compare them (--vkey).",
                "検証鍵は相手から得たものです。--vkeyで照合してください。",
            )
        )
    for finding in findings[:SHOWN]:
        place = "" if finding.index is None else f" entry {finding.index}"
        say(f"WRONG {finding.shard}{place}: {finding.what}")
    more = len(findings) - SHOWN + report.more_findings
    if more > 0:
        say(f"… and {more} more")
    say(
        in_language("SOMETHING IS WRONG", "異常があります")
        if findings
        else in_language("The log is whole.", "証跡に異常はありません。")
    )
    return FOUND if findings else OK


def _as_document(report: Report, findings: Sequence[Finding], waiting: int, *, trusted: bool) -> dict[str, Any]:
    first = findings[0] if findings else None
    return {
        "ok": not findings,
        "entries": report.entries,
        "objects": report.objects,
        "bodies": report.bodies,
        "checkpoints": report.checkpoints,
        "erased": len(report.erased),
        "waiting": waiting,
        "keys_given": trusted,
        "shards": [
            {"shard": each.shard, "size": each.size, "root": each.root.hex(), "signed_size": each.signed_size}
            for each in report.shards
        ],
        "first_bad": None if first is None else {"shard": first.shard, "index": first.index, "what": first.what},
        "findings": [{"shard": it.shard, "index": it.index, "what": it.what} for it in findings[:1000]],
        "more_findings": report.more_findings + max(0, len(findings) - 1000),
    }


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task(in_language("Verifying", "検証中"), total=total)
        yield lambda read: bar.advance(task, read)
