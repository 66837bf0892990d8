"""A door: `push` adds, lists, runs and ends sending to other servers. Their organizations agree on their own pages."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from hub.cli.common import (
    OK,
    administering,
    administrator,
    data_option,
    json_option,
    opened,
    print_json,
    say,
    show,
    tell,
)
from hub.cli.language import in_language
from hub.cli.reason_words import spoken
from hub.cli.remote import KEY_VARIABLE, all_rounds, key_given, server_options, tell_rounds
from hub.process.lifetime import meet_clock, sign_off
from models.vocabulary import Label
from sharing.exchange import pushes
from sharing.exchange.pushes import NewPush, PushStanding
from sharing.exchange.sending import HIGHEST

COLUMNS = ("name", "organization", "state", "sent_at", "waiting_since", "sent", "refused", "pending", "failure")
LABELS = click.Choice([label.value for label in Label if label.rank <= HIGHEST.rank])


@click.group(
    help=in_language(
        "Send what an organization may read to its own server.", "組織が閲覧できる情報をその組織のサーバーへ送信。"
    )
)
def push() -> None:
    """Nothing happens before the command."""


@push.command(
    help=in_language(
        f"Add a server to send to. NAME: short; URL: of the collection there. Its key is read from {KEY_VARIABLE}. "
        "Nothing is sent before the organization agrees on its page.",
        f"送信先を追加します。NAMEは短い名前、URLは相手側コレクションのURL。鍵は{KEY_VARIABLE}から読みます。"
        "組織が自分の画面で同意するまで何も送りません。",
    )
)
@data_option
@server_options(every_minutes=1)
@click.option(
    "--organization",
    "organization_id",
    type=click.UUID,
    required=True,
    help=in_language("Whose server it is.", "送信先サーバーの組織。"),
)
@click.option(
    "--collection", default="inbox", help=in_language("What is sent; inbox: all it may see.", "送るコレクション。")
)
@click.option(
    "--highest",
    type=LABELS,
    default=HIGHEST.value,
    help=in_language("Nothing stricter is sent.", "これより厳しいものは送りません。"),
)
@click.option("--type", "types", multiple=True, help=in_language("Only these types.", "送る種類。"))
@click.option("--from-now", is_flag=True, help=in_language("Leave out what is there.", "既存のものは送りません。"))
@json_option
def add(data: Path, *, as_json: bool, **said: Any) -> int:
    """Add a server to send to; it waits for its organization."""
    from hub.peering import seal_key  # noqa: PLC0415

    said["highest"] = Label(said["highest"])
    ident = uuid4()
    with administering(data) as (hub, session):
        sealed = seal_key(hub, ident, key_given())
        pushes.add_push(
            session, administrator(), NewPush(**said), ident=ident, key_sealed=sealed, context=hub.context()
        )
    row = {"id": str(ident), "name": said["name"]}
    if as_json:
        print_json(row)
    else:
        waits = in_language("added; its organization must agree on its page", "追加しました。組織の同意を待っています")
        say(f"{row['name']}: {waits}")
    return OK


@push.command("list", help=in_language("List the servers sent to.", "送信先の一覧と状態。"))
@data_option
@json_option
def list_all(data: Path, as_json: bool) -> int:
    """List all; of what was sent only the numbers."""
    with opened(data) as hub, hub.reading() as session:
        standing = pushes.list_pushes(session, administrator(), hub.secrets.cursor)
        rows = [spoken(_row(each), None if as_json else each.push.failure_codes) for each in standing]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Servers sent to", "送信先"))
    return OK


@push.command(help=in_language("Send now.", "今すぐ送信します。"))
@data_option
@click.argument("name")
@json_option
def run(data: Path, name: str, as_json: bool) -> int:
    """Send all that lies before a server; what failed is said, and tried again when it is due."""
    from hub.peering import send_push  # noqa: PLC0415

    with opened(data) as hub:
        meet_clock(hub)
        total = all_rounds(lambda: send_push(hub, name), ("batches", "sent", "accepted", "refused", "pending"))
        sign_off(hub)
    return tell_rounds(name, total, as_json=as_json)


@push.command(help=in_language("Send no more.", "送信を終了します。"))
@data_option
@click.argument("name")
@json_option
def end(data: Path, name: str, as_json: bool) -> int:
    """Send no more; what was sent stays on record."""
    with administering(data) as (hub, session):
        ended = pushes.end_push(session, administrator(), name, context=hub.context())
        row = {"id": str(ended.id), "name": ended.name}
    return tell(row, f"{name}: {in_language('ended', '終了しました')}", as_json=as_json)


def _row(each: PushStanding) -> dict[str, Any]:
    one = each.push
    state = "ended" if one.ended_at else "sends" if one.agreed_at else "waits for its organization"
    return {
        "id": str(one.id),
        "name": one.name,
        "url": one.url,
        "organization": each.organization.name_en,
        "collection": each.collection.alias or str(each.collection.id),
        "highest": one.highest.value,
        "types": [kind for kind in one.types.split(",") if kind],
        "every_minutes": one.every_minutes,
        "state": state,
        "sent_at": one.sent_at.isoformat() if one.sent_at else None,
        "waiting_since": each.waiting_since.isoformat() if each.waiting_since else None,
        "due_at": one.due_at.isoformat() if state == "sends" else None,
        "sent": each.sent,
        "refused": each.refused,
        "pending": each.pending,
        "failure": one.failure,
    }
