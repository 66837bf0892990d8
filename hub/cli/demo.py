"""A door: `demo` starts a hub with fictional data, in a folder of its own."""

import logging
import os
import tempfile
from pathlib import Path
from shutil import rmtree
from typing import Any

import click
import orjson

from hub.cli.common import Refusal, json_option
from hub.cli.language import in_language
from hub.demo.folder import NotADemo, describe, load_people, make_tokens, mark_loaded, open_folder
from hub.process.lifetime import begin, end, jobs
from hub.process.serving import PortTaken, announce, placed, run_server, take_place
from hub.settings import DEFAULT_PORT
from hub.wiring import open_hub


@click.command(help=in_language("Start a hub with fictional data.", "架空のデータが入ったハブを動かします。"))
@click.option("--data", type=click.Path(path_type=Path), help=in_language("Keep the data here.", "データの保存先。"))
@click.option("--port", type=click.IntRange(0, 65_535), default=DEFAULT_PORT, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), help=in_language("How many processes.", "プロセス数。"))
@click.option("--empty", is_flag=True, help=in_language("People, but no reports.", "利用者のみで報告なし。"))
@json_option
def demo(data: Path | None, port: int, workers: int | None, empty: bool, as_json: bool) -> int:
    """Start the demo; without a folder its data is removed when it stops."""
    folder = data or Path(tempfile.mkdtemp(prefix="ceptoar-hub-demo-"))
    try:
        return _run(folder, port, workers, empty=empty, as_json=as_json)
    finally:
        if data is None:
            rmtree(folder, ignore_errors=True)


def _run(folder: Path, port: int, workers: int | None, *, empty: bool, as_json: bool) -> int:
    try:
        place = take_place("127.0.0.1", port)
        found = open_folder(folder, workers=workers, access_log=None if as_json else _says_requests())
    except (PortTaken, NotADemo) as error:
        raise Refusal(str(error)) from error
    hub = open_hub(placed(found.settings, place, fixed_url=False))
    begin(hub)
    if not found.people:
        load_people(hub, hub.context())
    if not (found.year or empty):
        from hub.demo.load import load_year  # noqa: PLC0415

        if not as_json:
            making = in_language(
                "Making a year of fictional reports (some 15 seconds)", "架空の1年分のデータを作成中（15秒ほど）"
            )
            click.echo(making, err=True)
        load_year(hub)
    mark_loaded(hub.settings.data, year=found.year or not empty)
    line = describe(hub, place.url, make_tokens(hub))
    text = orjson.dumps(line).decode() if as_json else _for_people(line)
    return run_server(
        hub,
        place,
        before=lambda: announce(place, text),
        after=lambda: end(hub),
        start_jobs=jobs,
        log_level=logging.INFO if as_json else logging.WARNING,
    )


def _says_requests() -> bool | None:
    """Not on a person's terminal, where a line for each request would push away what it signs in with; or as wished."""
    return None if "CEPTOAR_HUB_ACCESS_LOG" in os.environ else False


def _for_people(line: dict[str, Any]) -> str:
    names, passwords = (max(len(each[part]) for each in line["accounts"]) for part in ("username", "password"))
    rows = [
        f"  {each['username']:<{names}}  {each['password']:<{passwords}}  {each['totp_secret']}"
        f"  {each['role']}, {each['organization']}"
        for each in line["accounts"]
    ]
    head = in_language("user name, password, TOTP secret, role", "ユーザー名、パスワード、TOTPシークレット、役割")
    last = in_language("Stop with Ctrl+C.", "Ctrl+Cで停止します。")
    return "\n".join([f"【デモ】 {line['url']}", f"  {head}", *rows, last])
