"""A door: `backup` while the hub runs, and `restore`, which proves what it restored and erases again."""

import json
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from crypto.merkle import root
from hub.attachments.care import check_files
from hub.backup import FILES, SQLITE_COPY, BackupError, Made, make_backup, restore_files, restore_postgres
from hub.cli.common import FOUND, OK, Refusal, administrator, data_option, json_option, opened, print_json, say
from hub.cli.language import in_language
from hub.cli.secret_words import database_address, database_options
from hub.log.door import log_keys_of
from hub.process.lifetime import meet_clock, sign_off
from hub.settings import DATA_VARIABLE
from hub.settings_reading import load_settings
from hub.wiring import Hub, open_hub
from models.audit import AuditEntry
from sharing.audit.check.database import check_database
from sharing.trail.erasure import erase_again, list_erasures

GROUND = "erased before; a restored backup had brought it back"


@click.command(
    help=in_language(
        "Back up into a new folder OUT while the hub runs: database, files of reports, settings, keys. Guard it like "
        "the machine.",
        "稼働中のハブを新しいフォルダーOUTにバックアップします（データベース、添付ファイル、設定、鍵）。",
    )
)
@data_option
@click.argument("out", type=click.Path(path_type=Path))
@json_option
def backup(data: Path, out: Path, as_json: bool) -> int:
    """Back up while the hub runs; the folder says which tree it holds."""
    with opened(data) as hub:
        try:
            made = make_backup(hub, out.expanduser(), hub.clock())
        except BackupError as error:
            raise Refusal(str(error)) from error
    if as_json:
        print_json({"folder": str(out), **made.__dict__})
    else:
        say(f"{out}: {made.origin}/{made.shard} {made.size} {made.root}")
    return OK


@click.command(
    help=in_language(
        "Make a hub of a backup in a new data folder. --verify recomputes the tree and compares it with the backup's "
        "word. What was erased after the backup is erased again: name the hub as it is (--current), or the "
        "list that `erase list --json` wrote (--erasures). Exit codes: 0 whole, 1 something is wrong, 2 not restored.",
        "バックアップから新しいデータフォルダーにハブを復元します。--verifyで証跡の木を再計算して照合します。",
    )
)
@click.argument("source", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--data",
    envvar=DATA_VARIABLE,
    required=True,
    type=click.Path(path_type=Path),
    help=in_language("The new data folder.", "新しいデータフォルダー。"),
)
@database_options("An empty PostgreSQL database.", "空のPostgreSQLデータベース。")
@click.option("--verify", is_flag=True, help=in_language("Prove what was restored.", "復元内容を検証します。"))
@click.option(
    "--erasures",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=in_language("The list of `erase list --json`.", "`erase list --json`の一覧。"),
)
@click.option(
    "--current",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=in_language("The data folder of the hub as it is.", "現在のハブのデータフォルダー。"),
)
@json_option
def restore(
    source: Path,
    *,
    data: Path,
    database_url: str | None,
    database_url_file: Path | None,
    verify: bool,
    erasures: Path | None,
    current: Path | None,
    as_json: bool,
) -> int:
    """Restore into a new data folder, prove it, erase again; nothing that exists is touched."""
    address = database_address(database_url, database_url_file)
    gone = _read_list(erasures) if erasures else []
    if current is not None:
        gone += _list_of(current)
    folder = data.expanduser()
    try:
        made = restore_files(source, folder)
        settings = load_settings(folder, database_url=address)
        _check_place(made, folder, settings.database_url)
        _check_files_place(folder, settings.attachments)
        if made.database == "postgresql":
            restore_postgres(source, settings.database_url)
    except BackupError as error:
        raise Refusal(str(error)) from error
    hub = open_hub(settings)
    try:
        wrong = _prove(hub, made) if verify else []
        again = 0 if wrong else _erase(hub, gone)
        if verify and again:
            wrong = _prove(hub, made)
    finally:
        hub.close()
    return _tell(folder, made, wrong, again, asked=(verify, erasures is not None or current is not None), json=as_json)


def _check_place(made: Made, folder: Path, url: str) -> None:
    if made.database == "postgresql":
        if url.startswith("sqlite"):
            raise BackupError(
                "expected --database-url-file (or --database-url) with an empty PostgreSQL database, found none"
            )
        return
    expected = (folder / SQLITE_COPY).resolve()
    if not url.startswith("sqlite") or Path(str(make_url(url).database)).resolve() != expected:
        raise BackupError(f"the settings name another database than the restored {expected}: mend hub.toml there")


def _check_files_place(folder: Path, named: Path) -> None:
    expected = folder.resolve() / FILES
    if any(expected.glob("*/*")) and named != expected:
        raise BackupError(
            f"the settings name another folder of attachments than the restored {expected}: mend hub.toml"
        )


def _prove(hub: Hub, made: Made) -> list[str]:
    """What is wrong with the restored log: with itself, or with what the backup said of it."""
    keys = log_keys_of(hub)
    with hub.reading() as session:
        found = check_database(session, keys).findings
        faults = [f"{it.shard} entry {it.index}: {it.what}" for it in found]
        faults += _compare(session, made)
    return faults + list(check_files(hub, whole=True))


def _compare(session: Session, made: Made) -> list[str]:
    query = select(AuditEntry.leaf_hash).where(AuditEntry.shard == made.shard, AuditEntry.log_index < made.size)
    leaves = [bytes(each or b"") for each in session.execute(query.order_by(AuditEntry.log_index)).scalars()]
    if len(leaves) != made.size:
        return [f"expected {made.size} entries in {made.shard} as the backup says, found {len(leaves)}"]
    found = root(leaves).hex()
    return [] if found == made.root else [f"expected the root {made.root} as the backup says, found {found}"]


def _erase(hub: Hub, gone: list[tuple[str, int]]) -> int:
    if not gone:
        return 0
    meet_clock(hub)
    with hub.writing() as session:
        count = erase_again(session, administrator(), gone, GROUND, context=hub.context())
    sign_off(hub)
    return count


def _list_of(folder: Path) -> list[tuple[str, int]]:
    with opened(folder) as hub, hub.reading() as session:
        found = list_erasures(session, administrator())
    return [(each.shard, each.log_index) for each in found if each.approved_at is not None]


def _read_list(path: Path) -> list[tuple[str, int]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [(str(each["shard"]), int(each["index"])) for each in rows if each["approved_at"]]
    except (ValueError, KeyError, TypeError):
        raise Refusal(f"{path}: expected the list that `erase list --json` writes, found another file") from None


def _tell(folder: Path, made: Made, wrong: list[str], again: int, *, asked: tuple[bool, bool], json: bool) -> int:
    verified, knows = asked
    if json:
        told = {"data": str(folder), "verified": verified and not wrong, "wrong": wrong[:100], "erased_again": again}
        print_json({**told, **made.__dict__})
        return FOUND if wrong else OK
    say(f"{folder}: {made.origin}/{made.shard} {made.size} {made.root}")
    for each in wrong[:20]:
        say(f"WRONG {each}")
    if verified and not wrong:
        say(in_language("The restored log is the one that was backed up.", "証跡はバックアップ時と一致します。"))
    say(in_language(f"Erased again: {again}", f"再消去: {again}"))
    if not knows:
        say(
            in_language(
                "Nobody said what was erased since: use --current or --erasures, or the restored hub keeps it.",
                "バックアップ後の消去は反映されていません。--currentまたは--erasuresを指定してください。",
            )
        )
    return FOUND if wrong else OK
