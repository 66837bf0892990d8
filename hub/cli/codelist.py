"""A door: `codelist` lists, shows and loads code lists; sectors and CEPTOARs are such lists too."""

from pathlib import Path
from typing import BinaryIO

import click
import orjson

from hub.cli.common import (
    OK,
    Refusal,
    administering,
    administrator,
    data_option,
    json_option,
    opened,
    print_json,
    say,
    show,
)
from hub.cli.language import in_language
from models.codelists.file import BadCodeList, parse_codelist
from sharing.codelists.loading import list_codelists, load_codelist, load_codelist_document

COLUMNS = ("list", "version", "title", "items", "confirmed", "in_force")


@click.group(help=in_language("List, show or load code lists.", "コード表の一覧、書き出し、読み込み。"))
def codelist() -> None:
    """Nothing happens before the command."""


@codelist.command("list", help=in_language("List all versions of all lists.", "すべてのコード表と版の一覧。"))
@data_option
@json_option
def list_all(data: Path, as_json: bool) -> int:
    """List every version; `confirmed` says whether all of it was read at its source."""
    with opened(data) as hub, hub.reading() as session:
        rows = [
            {
                "list": line.list,
                "version": line.version,
                "title": in_language(line.title_en, line.title_ja),
                "items": line.items,
                "confirmed": line.confirmed,
                "in_force": line.in_force,
            }
            for line in list_codelists(session, administrator(), hub.clock().date())
        ]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Code lists", "コード表"))
    return OK


@codelist.command(
    "show",
    help=in_language(
        "Print the file of a list: redirect it into a file, edit that, and load it.",
        "コード表をファイルの形で出力します。保存して編集し、loadで読み込めます。",
    ),
)
@data_option
@click.argument("name")
@click.option("--version", help=in_language("Which version; else the one in force.", "版。省略時は現行の版。"))
def show_one(data: Path, name: str, version: str | None) -> int:
    """Print one version as the file that `load` takes."""
    with opened(data) as hub, hub.reading() as session:
        document = load_codelist_document(session, administrator(), name, version, hub.clock().date())
    say(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    return OK


@codelist.command(
    help=in_language(
        "Load a list from FILE: the same version with other words, or a new version.",
        "FILEからコード表を読み込みます。同じ版の語句の変更、または新しい版。",
    )
)
@data_option
@click.argument("file", type=click.File("rb"))
@json_option
def load(data: Path, file: BinaryIO, as_json: bool) -> int:
    """Load a file: everything is checked first, and either all of it holds or nothing."""
    try:
        given, document = parse_codelist(file.read())
    except BadCodeList as error:
        raise Refusal(str(error).replace("\n", "; ")) from error
    with administering(data) as (hub, session):
        loaded = load_codelist(session, administrator(), given, document, context=hub.context())
    if as_json:
        print_json(vars(loaded))
    else:
        say(f"{loaded.list}/{loaded.version}")
        for words, codes in (
            (in_language("added", "追加"), loaded.added),
            (in_language("changed", "変更"), loaded.changed),
            (in_language("retired", "廃止"), loaded.retired),
        ):
            say(f"  {words}: {', '.join(codes) or '-'}")
    return OK
