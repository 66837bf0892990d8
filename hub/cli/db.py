"""A door: `db` brings the database to this program's schema, or says whether it fits."""

from pathlib import Path

import click

from hub.cli.common import FOUND, OK, Refusal, data_option, json_option, opened, print_json, say, settings_of
from hub.cli.language import in_language
from hub.wiring import Hub
from models.session import Database, schema_problem
from models.session import upgrade as upgrade_schema
from sharing.reading.search_index import Behind, catch_up, count_documents, empty_index, find_behind


@click.group(help=in_language("Upgrade or check the database.", "データベースの更新と確認。"))
def db() -> None:
    """Nothing happens before the command."""


@db.command(help=in_language("Bring the database to this program's schema.", "データベースを最新の形式に更新します。"))
@data_option
@json_option
def upgrade(data: Path, as_json: bool) -> int:
    """Upgrade; a database that is newer than the program is left alone."""
    settings = settings_of(data)
    before = _problem(settings.database_url)
    if before and "newer" in before:
        raise Refusal(before)
    if before:
        upgrade_schema(settings.database_url)
    if as_json:
        print_json({"upgraded": bool(before)})
    else:
        say("upgraded" if before else "nothing to do: the database fits this program")
    return OK


@db.command(help=in_language("Say whether the database fits this program.", "データベースの形式を確認します。"))
@data_option
@json_option
def check(data: Path, as_json: bool) -> int:
    """Check the schema; exit code 1 where it does not fit."""
    problem = _problem(settings_of(data).database_url)
    if as_json:
        print_json({"ok": problem is None, "problem": problem})
    else:
        say(problem or "the database fits this program")
    return FOUND if problem else OK


@db.command(
    help=in_language(
        "Make the index of the search again; readers search on meanwhile.",
        "検索用の索引を作り直します。作成中も閲覧は続けられます。",
    )
)
@data_option
@json_option
def reindex(data: Path, as_json: bool) -> int:
    """Empty the index and fill it in the order of the log; what a hub that runs does beside it counts as well."""
    with opened(data) as hub:
        database = hub.units.database
        with database.writing() as session:
            empty_index(session)
        behind = _find_behind(hub)
        while behind is not None:
            with database.writing() as session:
                catch_up(session, behind)
            behind = _find_behind(hub)
        with hub.reading() as session:
            indexed = count_documents(session)
    if as_json:
        print_json({"indexed": indexed})
    else:
        say(f"{in_language('indexed', '索引に登録')} {indexed}")
    return OK


def _find_behind(hub: Hub) -> Behind | None:
    with hub.reading() as session:
        return find_behind(session)


def _problem(url: str) -> str | None:
    database = Database(url)
    try:
        return schema_problem(database)
    finally:
        database.close()
