"""A door: `apiroot` adds, changes, ends and lists the API roots beside `hub`."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from hub.cli.common import OK, administering, administrator, data_option, json_option, opened, print_json, say, show
from hub.cli.language import in_language
from sharing.collections.api_roots import RootRules, add_api_root, change_api_root, end_api_root, list_all_roots

COLUMNS = ("name", "title", "max_content_length", "collections")


@click.group(help=in_language("Add, change, end or list API roots.", "APIルートの追加、変更、終了、一覧。"))
def api_root() -> None:
    """Nothing happens before the command."""


Command = Callable[..., Any]


def _most_option(command: Command) -> Command:
    words = in_language("Bytes that a post may hold.", "1回の登録の最大バイト数。")
    return click.option("--max-content-length", type=int, help=words)(command)


def _collection_option(name: str, help_text: str, **more: Any) -> Callable[[Command], Command]:
    return click.option(name, multiple=True, type=click.UUID, metavar="COLLECTION_ID", help=help_text, **more)


@api_root.command(
    help=in_language(
        "Add the API root /taxii2/NAME/. It leads to collections; their own rights decide who sees which.",
        "APIルート/taxii2/NAME/を追加します。だれに見えるかは各コレクションの権限で決まります。",
    )
)
@data_option
@click.argument("name")
@click.option("--title", required=True, help=in_language("Its title.", "名称。"))
@click.option("--title-ja", help=in_language("Its Japanese title.", "日本語の名称。"))
@click.option("--description", default="", help=in_language("What it is for.", "説明。"))
@_most_option
@_collection_option("--collection", in_language("A collection it leads to.", "含めるコレクション。"), required=True)
@json_option
def add(data: Path, *, name: str, title: str, title_ja: str | None, as_json: bool, **more: Any) -> int:
    """Add a root; it widens nothing."""
    collections = frozenset(more.pop("collection"))
    rules = RootRules(title=title, title_ja=title_ja or title, collections=collections, **more)
    with administering(data) as (hub, session):
        add_api_root(session, administrator(), name, rules, context=hub.context())
    _tell(name, rules, as_json=as_json)
    return OK


@api_root.command(help=in_language("Change an API root.", "APIルートを変更します。"))
@data_option
@click.argument("name")
@click.option("--title", help=in_language("Its title.", "名称。"))
@click.option("--title-ja", help=in_language("Its Japanese title.", "日本語の名称。"))
@click.option("--description", help=in_language("What it is for.", "説明。"))
@_most_option
@click.option("--no-max-content-length", is_flag=True, help=in_language("As the hub itself.", "ハブ全体の上限に従う。"))
@_collection_option("--add", in_language("Lead there too.", "コレクションを加える。"))
@_collection_option("--remove", in_language("Lead there no more.", "コレクションを外す。"))
@json_option
def change(data: Path, *, name: str, as_json: bool, **wished: Any) -> int:
    """Change what a root says of itself, or where it leads; what was not named stays."""
    with administering(data) as (hub, session):
        rules = change_api_root(
            session, administrator(), name, lambda before: _changed(before, **wished), context=hub.context()
        )
    _tell(name, rules, as_json=as_json)
    return OK


def _changed(
    rules: RootRules, *, add: tuple[UUID, ...], remove: tuple[UUID, ...], no_max_content_length: bool, **named: Any
) -> RootRules:
    changes = {field: value for field, value in named.items() if value is not None}
    if no_max_content_length:
        changes["max_content_length"] = None
    return replace(rules, **changes, collections=(rules.collections | set(add)) - set(remove))


@api_root.command(help=in_language("End an API root; its collections stay.", "APIルートを終了します。"))
@data_option
@click.argument("name")
@json_option
def end(data: Path, name: str, as_json: bool) -> int:
    """End a root."""
    with administering(data) as (hub, session):
        end_api_root(session, administrator(), name, context=hub.context())
    if as_json:
        print_json({"name": name})
    return OK


@api_root.command("list", help=in_language("List the API roots beside hub.", "hub以外のAPIルートの一覧。"))
@data_option
@json_option
def list_all(data: Path, as_json: bool) -> int:
    """List all added roots."""
    with opened(data) as hub, hub.reading() as session:
        rows = [_row(*each) for each in list_all_roots(session, administrator())]
    show(rows, COLUMNS, as_json=as_json, title=in_language("API roots", "APIルート"))
    return OK


def _tell(name: str, rules: RootRules, *, as_json: bool) -> None:
    if as_json:
        print_json(_row(name, rules))
    else:
        say(f"/taxii2/{name}/  {rules.title}")


def _row(name: str, rules: RootRules) -> dict[str, Any]:
    return {
        "name": name,
        "title": rules.title,
        "title_ja": rules.title_ja,
        "description": rules.description,
        "max_content_length": rules.max_content_length,
        "collections": sorted(str(each) for each in rules.collections),
    }
