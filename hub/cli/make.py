"""A door: `init` makes a new hub: folder, settings, keys, tables and the first rows."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from hub.cli.common import OK, Refusal, complain, data_option, json_option, print_json, say
from hub.cli.language import in_language
from hub.cli.secret_words import database_address, database_options
from hub.making import Names, make_hub
from hub.settings import SETTINGS_FILE
from hub.settings_reading import load_settings
from sharing.errors import Conflict
from sharing.setup import HUB_ID


@click.command(help=in_language("Make a new hub in a data folder.", "新しいハブをデータフォルダーに作ります。"))
@data_option
@click.option("--base-url", help=in_language("The address that people and machines use.", "利用者が使うアドレス。"))
@database_options("PostgreSQL instead of SQLite.", "SQLiteの代わりのPostgreSQL。")
@click.option("--origin", help=in_language("The name of the log, for ever.", "証跡の名称（変更できません）。"))
@click.option("--name-ja", default="情報共有ハブ運営者", help=in_language("Who runs the hub.", "運営組織の名称。"))
@click.option("--name-en", default="Operator of the hub", help=in_language("The same in English.", "同じく英語名。"))
@json_option
def init(
    data: Path,
    *,
    database_url: str | None,
    database_url_file: Path | None,
    name_ja: str,
    name_en: str,
    as_json: bool,
    **more: str | None,
) -> int:
    """Make a new hub in a data folder; an existing one is never touched."""
    given = {**more, "database_url": database_address(database_url, database_url_file)}
    os.umask(0o077)
    folder = data.expanduser().absolute()
    _check_folder(folder)
    overrides: dict[str, Any] = dict(given)
    settings = load_settings(folder, **overrides)
    try:
        make_hub(
            settings,
            Names(name_ja, name_en),
            given={name: value for name, value in given.items() if value},
            now=datetime.now(UTC),
        )
    except Conflict:
        return complain(f"{folder}: expected a database without a hub, found one already. Nothing was changed.")
    if as_json:
        print_json({"data": str(folder), "origin": settings.origin, "database": settings.database_kind})
    else:
        _say_next(folder, settings.base_url)
    return OK


def _check_folder(folder: Path) -> None:
    """A new hub goes into a new or empty folder, or completes one that was interrupted; hidden files do not count."""
    if folder.exists() and not folder.is_dir():
        raise Refusal(f"{folder}: expected a folder, found a file. Name another one.")
    found = {item.name for item in folder.iterdir()} if folder.exists() else set()
    visible = {name for name in found if not name.startswith(".") and name != "lost+found"}
    if visible and not visible & {SETTINGS_FILE, "secrets", "hub.sqlite3"}:
        shown = ", ".join(sorted(visible)[:3])
        raise Refusal(f"{folder}: expected an empty or new folder, found other files ({shown}). Name another folder.")


def _say_next(folder: Path, base_url: str) -> None:
    local = urlsplit(base_url).hostname in {"127.0.0.1", "localhost", "::1"}
    say(in_language(f"A new hub is in {folder}.", f"新しいハブを {folder} に作成しました。"))
    say(in_language("Next:", "次の手順:"))
    steps = [
        (f"edit {folder / SETTINGS_FILE} (base_url)", f"{folder / SETTINGS_FILE} の base_url を設定する")
        if local
        else None,
        ("keep a copy of secrets/ in a safe place", "secrets/ の写しを安全な場所に保管する"),
        (f"ceptoar-hub doctor --data {folder}", f"ceptoar-hub doctor --data {folder}"),
        (f"ceptoar-hub serve --data {folder}", f"ceptoar-hub serve --data {folder}"),
        ("ceptoar-hub org add …, then ceptoar-hub account invite-first-manager …",) * 2,
        (
            f"let two persons administer: ceptoar-hub account invite-first-manager {HUB_ID} --name …",
            f"管理者を2人にする: ceptoar-hub account invite-first-manager {HUB_ID} --name …",
        ),
    ]
    for step in filter(None, steps):
        say(f"  - {in_language(*step)}")
