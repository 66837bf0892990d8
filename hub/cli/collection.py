"""A door: `collection` adds, changes and lists collections."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click

from hub.cli.common import OK, administering, administrator, data_option, json_option, opened, show, tell
from hub.cli.language import in_language
from models.collection import Collection
from models.vocabulary import CollectionKind, Label
from sharing.collections.access import list_all_collections
from sharing.collections.adding import NewCollection, add_collection
from sharing.collections.changing import Rules, change_collection
from sharing.signing.submissions import collection_audience

COLUMNS = ("id", "alias", "title", "kind", "read", "write")
LABELS = click.Choice([label.value for label in Label])


@click.group(help=in_language("Add, change or list collections.", "コレクションの追加、変更、一覧。"))
def collection() -> None:
    """Nothing happens before the command."""


@collection.command(help=in_language("Add a collection.", "コレクションを追加します。"))
@data_option
@click.option("--id", "ident", type=click.UUID, help=in_language("Its id; else a random one.", "ID。省略時は乱数。"))
@click.option("--title", required=True, help=in_language("Its title, without dots.", "名称（ピリオド不可）。"))
@click.option("--title-ja", help=in_language("Its Japanese title.", "日本語の名称。"))
@click.option("--alias", help=in_language("A short name for addresses.", "短い別名。"))
@click.option("--description", default="", help=in_language("What it is for.", "説明。"))
@click.option("--read", "readers", multiple=True, metavar="AUDIENCE", help=in_language("Who may read.", "閲覧者。"))
@click.option("--write", "writers", multiple=True, metavar="AUDIENCE", help=in_language("Who may write.", "書込者。"))
@click.option("--default-label", type=LABELS, help=in_language("For objects without one.", "既定のTLP。"))
@click.option(
    "--highest-label", type=LABELS, default=Label.RED.value, help=in_language("The strictest.", "最高のTLP。")
)
@click.option(
    "--lenient", is_flag=True, help=in_language("Accept faults with a warning.", "誤りを警告付きで受け付ける。")
)
@click.option(
    "--needs-signature",
    is_flag=True,
    help=in_language("Take only what its publisher signed.", "発行者の署名があるものだけを受け付ける。"),
)
@click.option("--type", "types", multiple=True, help=in_language("Take only these types.", "受け付ける型。"))
@click.option(
    "--ceptoar-only",
    is_flag=True,
    help=in_language("Only coordinators of CEPTOARs post.", "セプター事務局だけが登録できる。"),
)
@json_option
def add(data: Path, *, ident: UUID | None, title: str, title_ja: str | None, as_json: bool, **more: Any) -> int:
    """Add a collection; its readers narrow what the sharing rules allow, never widen it."""
    default = more.pop("default_label")
    highest = Label(more.pop("highest_label"))
    further = {"types": frozenset(more.pop("types")), "ceptoar_only": more.pop("ceptoar_only")}
    with administering(data) as (hub, session):
        added = add_collection(
            session,
            administrator(),
            NewCollection(
                ident=ident or uuid4(),
                title=title,
                title_ja=title_ja or title,
                kind=CollectionKind.ADDED,
                default_label=Label(default) if default else None,
                highest_label=highest,
                **more,
            ),
            context=hub.context(),
        )
        if any(further.values()):
            change_collection(
                session, administrator(), added.id, lambda before: replace(before, **further), context=hub.context()
            )
        row = _row(added, more["readers"], more["writers"])
    return tell(row, f"{row['id']}  {row['title']}", as_json=as_json)


@collection.command(
    help=in_language(
        "Change what a collection takes from now on. COLLECTION_ID: see `collection list`.",
        "コレクションが今後受け付けるものを変更します。",
    )
)
@data_option
@click.argument("ident", metavar="COLLECTION_ID", type=click.UUID)
@click.option("--default-label", type=LABELS, help=in_language("For objects without one.", "既定のTLP。"))
@click.option("--no-default-label", is_flag=True, help=in_language("Quarantine them instead.", "既定なし（隔離）。"))
@click.option("--highest-label", type=LABELS, help=in_language("The strictest.", "最高のTLP。"))
@click.option("--lenient/--strict", default=None, help=in_language("Accept faults with a warning.", "誤りを警告扱い。"))
@click.option("--type", "types", multiple=True, help=in_language("Take only these types.", "受け付ける型。"))
@click.option("--any-type", is_flag=True, help=in_language("Take all types.", "すべての型を受け付ける。"))
@click.option(
    "--ceptoar-only/--any-writer",
    default=None,
    help=in_language("Only coordinators of CEPTOARs post.", "セプター事務局だけが登録できる。"),
)
@click.option(
    "--needs-signature/--signed-or-not",
    default=None,
    help=in_language("Take only what its publisher signed.", "発行者の署名があるものだけを受け付ける。"),
)
@click.option(
    "--in-hub/--outside-hub",
    default=None,
    help=in_language("Whether the API root hub leads to it.", "APIルートhubに含めるかどうか。"),
)
@json_option
def change(data: Path, *, ident: UUID, as_json: bool, **wished: Any) -> int:
    """Change what a collection takes; what it holds stays."""
    with administering(data) as (hub, session):
        rules = change_collection(
            session, administrator(), ident, lambda before: _changed(before, **wished), context=hub.context()
        )
    row = {
        "id": str(ident),
        "default_label": rules.default_label.value if rules.default_label else None,
        "highest_label": rules.highest_label.value,
        "lenient": rules.lenient,
        "types": sorted(rules.types),
        "ceptoar_only": rules.ceptoar_only,
        "in_hub": rules.in_hub,
        "needs_signature": rules.needs_signature,
    }
    return tell(row, ", ".join(f"{name}: {value}" for name, value in row.items()), as_json=as_json)


def _changed(rules: Rules, *, types: Sequence[str], any_type: bool, no_default_label: bool, **named: Any) -> Rules:
    """The rules with what was wished; what was not named stays."""
    changes = {name: value for name, value in named.items() if value is not None}
    for name in ("default_label", "highest_label"):
        if name in changes:
            changes[name] = Label(changes[name])
    if no_default_label:
        changes["default_label"] = None
    if types or any_type:
        changes["types"] = frozenset(types)
    return replace(rules, **changes)


@collection.command("list", help=in_language("List all collections.", "コレクションの一覧。"))
@data_option
@json_option
def list_all(data: Path, as_json: bool) -> int:
    """List all collections with their readers and writers."""
    with opened(data) as hub, hub.reading() as session:
        rows = [
            {**_row(*each), "audience": collection_audience(session, each[0].id)}
            for each in list_all_collections(session, administrator())
        ]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Collections", "コレクション"))
    return OK


def _row(each: Collection, readers: Sequence[str], writers: Sequence[str]) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "alias": each.alias,
        "title": each.title,
        "title_ja": each.title_ja,
        "kind": each.kind.value,
        "read": list(readers),
        "write": list(writers),
        "default_label": each.default_label.value if each.default_label else None,
        "highest_label": each.highest_label.value,
        "lenient": each.lenient,
        "types": sorted(each.allowed_types),
        "ceptoar_only": each.ceptoar_only,
        "in_hub": not each.outside_hub,
        "needs_signature": each.needs_signature,
    }
