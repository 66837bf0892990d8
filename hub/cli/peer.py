"""A door: `peer` adds, lists, pulls and ends peers. What waits is decided by people, on the page of the peer."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click

from hub.cli.common import (
    FOUND,
    OK,
    Refusal,
    administering,
    administrator,
    data_option,
    json_option,
    opened,
    show,
    tell,
)
from hub.cli.language import in_language
from hub.cli.reason_words import spoken
from hub.cli.remote import KEY_VARIABLE, all_rounds, key_given, server_options, tell_rounds
from hub.process.lifetime import meet_clock, sign_off
from models.vocabulary import Door, Label, PeerState
from sharing.exchange import peers
from sharing.exchange.peers import NewPeer, Standing
from sharing.readers import Reader

COLUMNS = ("name", "organization", "collection", "floor", "pulled_at", "due_at", "waiting", "refused", "failure")
LABELS = click.Choice([label.value for label in Label])


@click.group(help=in_language("Add, list, pull or end peers.", "他のサーバーの追加、一覧、取得、終了。"))
def peer() -> None:
    """Nothing happens before the command."""


@peer.command(
    help=in_language(
        f"Add a peer. NAME: short; URL: of the collection there. Its key is read from {KEY_VARIABLE}.",
        f"他のサーバーを追加します。NAMEは短い名前、URLは相手側コレクションのURL。鍵は{KEY_VARIABLE}から読みます。",
    )
)
@data_option
@server_options(every_minutes=15)
@click.option(
    "--organization",
    "organization_id",
    type=click.UUID,
    required=True,
    help=in_language("Whose objects they are.", "提供元の組織。"),
)
@click.option("--collection", required=True, help=in_language("Where they enter here.", "受入先のコレクション。"))
@click.option(
    "--floor",
    type=LABELS,
    default=Label.GREEN.value,
    help=in_language("Held at least as strictly as this.", "これより広く扱わない下限のTLP。"),
)
@click.option(
    "--let-on", type=LABELS, help=in_language("Up to this label without a person.", "人の確認なしで通す上限のTLP。")
)
@click.option("--type", "types", multiple=True, help=in_language("Only these types go on so.", "自動で通す種類。"))
@json_option
def add(data: Path, *, as_json: bool, **said: Any) -> int:
    """Add a peer; the first round is due at once."""
    from hub.peering import seal_key  # noqa: PLC0415

    said["floor"] = Label(said["floor"])
    said["let_on"] = Label(said["let_on"]) if said["let_on"] else None
    ident = uuid4()
    with administering(data) as (hub, session):
        sealed = seal_key(hub, ident, key_given())
        peers.add_peer(session, administrator(), NewPeer(**said), ident=ident, key_sealed=sealed, context=hub.context())
    row = {"id": str(ident), "name": said["name"]}
    return tell(row, f"{row['name']}: {in_language('added', '追加しました')}", as_json=as_json)


@peer.command("list", help=in_language("List the peers and how they stand.", "他のサーバーの一覧と状態。"))
@data_option
@json_option
def list_all(data: Path, as_json: bool) -> int:
    """List all peers; of what they sent only the numbers."""
    with opened(data) as hub, hub.reading() as session:
        standing = peers.list_peers(session, Reader(administrator(), ()))
        rows = [spoken(_row(each), None if as_json else each.peer.failure_codes) for each in standing]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Peers", "他のサーバー"))
    return OK


@peer.command(help=in_language("Read a peer now.", "今すぐ取得します。"))
@data_option
@click.argument("name")
@json_option
def pull(data: Path, name: str, as_json: bool) -> int:
    """Read a peer to its end; what failed is said, and tried again when it is due."""
    from hub.peering import pull_peer  # noqa: PLC0415

    with opened(data) as hub:
        meet_clock(hub)
        counted = ("pages", "objects", "published", "waiting", "refused")
        total = all_rounds(lambda: pull_peer(hub, name, Door.COMMAND), counted)
        sign_off(hub)
    return tell_rounds(name, total, as_json=as_json)


@peer.command(
    help=in_language(
        "Whether all that a peer lists has arrived; exit code 1 where something is missing.",
        "相手の一覧にあるものがすべて届いているか確認します。欠けていれば終了コード1。",
    )
)
@data_option
@click.argument("name")
@json_option
def check(data: Path, name: str, as_json: bool) -> int:
    """Hold a peer's manifest, and its own count where it has one, against what is here; nothing is written."""
    from feeds.peers.connection import PeerError  # noqa: PLC0415
    from hub.peering import check_peer  # noqa: PLC0415

    with opened(data) as hub:
        try:
            row = {"name": name, **vars(check_peer(hub, name))}
        except PeerError as error:
            raise Refusal(str(error)) from error
    tell(row, "  ".join(f"{key}: {value}" for key, value in row.items() if value not in {"", None}), as_json=as_json)
    return FOUND if row["missing"] or row["counted"] is False else OK


@peer.command(help=in_language("Ask a peer no more.", "取得を終了します。"))
@data_option
@click.argument("name")
@json_option
def end(data: Path, name: str, as_json: bool) -> int:
    """Ask a peer no more; what came stays."""
    with administering(data) as (hub, session):
        ended = peers.end_peer(session, administrator(), name, context=hub.context())
        row: dict[str, str | UUID] = {"id": str(ended.id), "name": ended.name}
    return tell(row, f"{name}: {in_language('ended', '終了しました')}", as_json=as_json)


def _row(each: Standing) -> dict[str, Any]:
    one = each.peer
    return {
        "id": str(one.id),
        "name": one.name,
        "url": one.url,
        "organization": each.organization.name_en,
        "collection": each.collection.alias or str(each.collection.id),
        "floor": one.floor.value,
        "let_on": one.let_on.value if one.let_on else None,
        "types": [kind for kind in one.types.split(",") if kind],
        "every_minutes": one.every_minutes,
        "pulled_at": one.pulled_at.isoformat() if one.pulled_at else None,
        "due_at": None if one.ended_at else one.due_at.isoformat(),
        "ended": one.ended_at is not None,
        "read_up_to": one.added_after or None,
        "waiting": each.counts.get(PeerState.WAITING, 0),
        "refused": each.counts.get(PeerState.REFUSED, 0),
        "failure": one.failure,
    }
