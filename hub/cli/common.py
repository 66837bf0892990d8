"""A door: what all commands share: the data folder, opening the hub, JSON or tables, and telling what went wrong."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
import orjson
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feeds.reasons.reason import plain
from hub.cli.language import in_language, spoken
from hub.keys.secrets import SecretsError
from hub.logs import describe_failure
from hub.process.lifetime import meet_clock, sign_off
from hub.settings import DATA_VARIABLE, Settings, SettingsError
from hub.settings_reading import load_settings
from hub.wiring import Hub, NotReady, open_hub
from models.bilingual import Both, said_by
from models.session import DatabaseError
from models.vocabulary import Door
from sharing.actor import Actor
from sharing.errors import Invalid, SharingError
from sharing.setup import hub_actor

OK: Final = 0
FOUND: Final = 1
"""The command worked, and found something wrong."""
CANNOT: Final = 2
"""The command could not do its work."""


class Refusal(Exception):
    """A command cannot go on; the message says what was expected, what was found and what to do."""


by_option = click.option(
    "--by", metavar="USERNAME", required=True, help=in_language("The administrator who acts.", "操作する管理者。")
)
"""Who acts, where two administrators are asked."""


def data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that names the data folder."""
    return click.option(
        "--data",
        envvar=DATA_VARIABLE,
        required=True,
        type=click.Path(path_type=Path),
        help=in_language(
            f"The data folder; {DATA_VARIABLE} does as well.", f"データフォルダー。{DATA_VARIABLE}でも指定できます。"
        ),
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that asks for machine output."""
    return click.option(
        "--json", "as_json", is_flag=True, help=in_language("Print JSON for programs.", "プログラム向けにJSONで出力。")
    )(command)


def settings_of(data: Path, **overrides: Any) -> Settings:
    """The settings of a data folder that holds a hub.

    Raises:
        Refusal: the folder is not there, or empty.
    """
    folder = data.expanduser()
    if not folder.is_dir() or not any(folder.iterdir()):
        found, is_there = ("an empty folder", "空です") if folder.is_dir() else ("none", "ありません")
        raise Refusal(
            Both(
                f"{folder}: expected the data folder of a hub, found {found}. Run: ceptoar-hub init --data {data}",
                f"{folder}：ハブのデータフォルダーが{is_there}。実行してください：ceptoar-hub init --data {data}",
            )
        )
    return load_settings(folder, **overrides)


@contextmanager
def opened(data: Path) -> Iterator[Hub]:
    """A hub that is ready, closed afterwards."""
    hub = open_hub(settings_of(data))
    try:
        yield hub
    finally:
        hub.close()


def say(text: str) -> None:
    """Print words for a person."""
    click.echo(text)


def print_json(value: object) -> None:
    """Print one JSON line for a program."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
    sys.stdout.flush()


def tell(value: object, words: str, *, as_json: bool) -> int:
    """Print what was done: one JSON line for a program, or words for a person."""
    if as_json:
        print_json(value)
    else:
        say(words)
    return OK


def show(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, as_json: bool, title: str) -> None:
    """Print rows: a JSON line each time for programs, a table for people."""
    if as_json:
        print_json([dict(row) for row in rows])
        return
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=f"{title} ({len(rows)})")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))  # a text as such is read as markup
    console = Console()
    if console.is_terminal:
        console.print(table)
    else:
        for row in rows:
            say("\t".join(_cell(row.get(column)) for column in columns))


def _cell(value: object) -> str:
    """A value in one line; addresses and names are written by others, and must not steer a terminal."""
    if value is None:
        return "-"
    return plain(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


def exit_code_of(error: Exception) -> int:
    """The exit code for what ended a command; what went wrong is told in lines on standard error."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            return complain(in_language("interrupted", "中断しました"))
        case click.ClickException():
            error.show()
        case _:
            complain(*problems_of(error))
    return CANNOT


def problems_of(error: Exception) -> list[str]:
    """What went wrong, in words that say what to do."""
    match error:
        case NotReady():
            return error.problems
        case Invalid():
            return [f"{it.field}: expected {it.expected or it.code}, found {it.found!r}" for it in error.faults]
        case Refusal() | SettingsError() | SecretsError() | DatabaseError() | SharingError():
            return [said_by(error)]
        case SQLAlchemyError():
            return [describe_database_error(error)]
        case OSError():
            what = error.strerror or type(error).__name__
            return [
                Both(
                    f"{error.filename or 'the system'}: {what}. Check that it exists, its owner and its mode.",
                    f"{error.filename or 'システム'}：{what}。存在すること、所有者、権限を確かめてください。",
                )
            ]
    failure = describe_failure(error)
    return [f"an unexpected failure, please report it: {failure['failure'][0]} at {failure['frames'][-1]}"]


def describe_database_error(error: SQLAlchemyError) -> str:
    """What the database said, without statements, values or passwords."""
    text = str(getattr(error, "orig", "") or "")
    if "locked" in text or "busy" in text:
        return Both(
            "the database is locked by another program: expected it within 10 seconds. Stop the other one, or wait",
            "データベースを別のプログラムが使っていて、10秒待っても空きませんでした。そのプログラムを止めるか、待ってください。",
        )
    if "not a database" in text or "malformed" in text:
        return Both(
            "the database file is damaged: expected a SQLite database. Restore it from the backup",
            "データベースのファイルが壊れているか、SQLiteのものではありません。バックアップから復元してください。",
        )
    if "readonly" in text or "unable to open" in text:
        return Both(
            "the database file cannot be opened for writing. Check the owner and mode of the data folder",
            "データベースのファイルに書き込めません。データフォルダーの所有者と権限を確かめてください。",
        )
    if "disk is full" in text or "No space" in text:
        return Both(
            "the disk is full: nothing was written. Make room and run this again",
            "ディスクがいっぱいで、何も書き込まれていません。空きを作ってもう一度実行してください。",
        )
    kind = type(error).__name__
    return Both(
        f"the database does not answer ({kind}): check that it runs and that database_url is right",
        f"データベースが応答しません（{kind}）。動いていること、database_urlが正しいことを確かめてください。",
    )


def complain(*problems: str) -> int:
    """Say on standard error what is wrong, a line each; what it repeats of a file or a server steers no terminal."""
    for problem in problems:
        click.echo("ceptoar-hub: " + "\n".join(map(plain, spoken(problem).split("\n"))), err=True)
    return CANNOT


@contextmanager
def administering(data: Path) -> Iterator[tuple[Hub, Session]]:
    """One writing unit of work of the administrator at the command line; what it recorded is signed at the end."""
    with opened(data) as hub:
        meet_clock(hub)
        with hub.writing() as session:
            yield hub, session
        sign_off(hub)


def administrator() -> Actor:
    """Who acts at the command line: the hub's administrator, who reads nothing."""
    return hub_actor(Door.COMMAND)
