"""A door: `erase` takes the content of an entry away: one administrator asks, another approves."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from hub.cli.common import OK, administering, administrator, by_option, data_option, json_option, opened, show, tell
from hub.cli.language import in_language
from models.erasure import Erasure
from sharing.people.accounts import load_administrator
from sharing.trail.erasure import approve_erasure, list_erasures, request_erasure

COLUMNS = ("id", "entry", "ground", "asked_at", "approved_at")


@click.group(help=in_language("Erase an entry's content, by two persons.", "記録の内容を二人で消去します。"))
def erase() -> None:
    """Nothing happens before the command."""


@erase.command(
    help=in_language(
        "Ask for the erasure of the entry INDEX of SHARD. The ground stays for ever: it must not repeat the content.",
        "SHARDのINDEX番の記録の消去を申請します。理由は残るため、内容を書かないでください。",
    )
)
@data_option
@click.argument("shard")
@click.argument("index", type=click.IntRange(min=0))
@click.option("--ground", required=True, help=in_language("Why, in law.", "法的な理由。"))
@by_option
@json_option
def request(data: Path, *, shard: str, index: int, ground: str, by: str, as_json: bool) -> int:
    """Ask; nothing is erased yet."""
    with administering(data) as (hub, session):
        actor = load_administrator(session, by)
        row = _row(request_erasure(session, actor, shard, index, ground, context=hub.context()))
    return _tell(row, as_json=as_json)


@erase.command(help=in_language("Approve; the content is gone for good.", "承認します。内容は完全に消去されます。"))
@data_option
@click.argument("erasure_id", type=click.UUID)
@by_option
@json_option
def approve(data: Path, *, erasure_id: UUID, by: str, as_json: bool) -> int:
    """Approve what another administrator asked for."""
    with administering(data) as (hub, session):
        actor = load_administrator(session, by)
        row = _row(approve_erasure(session, actor, erasure_id, context=hub.context()))
    return _tell(row, as_json=as_json)


@erase.command("list", help=in_language("List what was asked for and erased.", "申請と消去の一覧。"))
@data_option
@json_option
def list_all(data: Path, as_json: bool) -> int:
    """List every erasure; keep it apart from backups: `restore --erasures` erases what a backup brings back."""
    with opened(data) as hub, hub.reading() as session:
        rows = [_row(each) for each in list_erasures(session, administrator())]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Erasures", "消去"))
    return OK


def _tell(row: dict[str, Any], *, as_json: bool) -> int:
    return tell(row, f"{row['id']}  {row['entry']}", as_json=as_json)


def _row(each: Erasure) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "entry": f"{each.shard}/{each.log_index}",
        "shard": each.shard,
        "index": each.log_index,
        "ground": each.ground,
        "asked_at": each.asked_at.isoformat(),
        "approved_at": each.approved_at.isoformat() if each.approved_at else None,
    }
