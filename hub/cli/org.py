"""A door: `org` lets organizations join, move, merge and leave, and lists them."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from hub.cli.common import (
    OK,
    administering,
    administrator,
    by_option,
    data_option,
    json_option,
    opened,
    print_json,
    say,
    show,
    tell,
)
from hub.cli.language import in_language
from models.organization import Organization
from models.vocabulary import Tier
from sharing.errors import NotVisible
from sharing.people.accounts import load_administrator
from sharing.people.merging import (
    MergerView,
    confirm_merger,
    list_mergers,
    propose_merger,
    withdraw_merger,
)
from sharing.people.moving import MoveView, Place, confirm_move, list_moves, propose_move, withdraw_move
from sharing.people.organizations import (
    NewOrganization,
    add_organization,
    dismiss_organization,
    list_organizations,
)

MOVE_COLUMNS = ("id", "name_ja", "before", "after", "losing", "gaining")
MERGER_COLUMNS = ("id", "name_ja", "into_ja", "people", "reports_agreed")
COLUMNS = ("id", "tier", "name_ja", "name_en", "sector", "ceptoar", "ministry")


@click.group(
    help=in_language("Add, list, move, merge or dismiss organizations.", "組織の追加、一覧、所属変更、統合、退会。")
)
def org() -> None:
    """Nothing happens before the command."""


@org.command(help=in_language("Let an organization join.", "組織を追加します。"))
@data_option
@click.option("--tier", required=True, type=click.Choice([tier.value for tier in Tier if tier is not Tier.HUB]))
@click.option("--name-ja", required=True, help=in_language("Its name.", "組織の名称。"))
@click.option("--name-en", required=True, help=in_language("Its English name.", "英語の名称。"))
@click.option("--sector", help=in_language("Code of the sector.", "分野の符号。"))
@click.option("--ceptoar", help=in_language("Code of the CEPTOAR.", "セプターの符号。"))
@click.option("--ministry", help=in_language("Code of the ministry.", "省庁の符号。"))
@click.option("--id", "ident", type=click.UUID, help=in_language("A given id.", "指定するID。"))
@json_option
def add(data: Path, *, tier: str, as_json: bool, **given: Any) -> int:
    """Let an organization join."""
    with administering(data) as (hub, session):
        row = _row(add_organization(session, administrator(), NewOrganization(Tier(tier), **given), hub.context()))
    return tell(row, f"{row['id']}  {row['name_ja']}", as_json=as_json)


@org.command("list", help=in_language("List the organizations that take part.", "参加している組織の一覧。"))
@data_option
@json_option
def list_all(data: Path, as_json: bool) -> int:
    """List the organizations that take part."""
    with opened(data) as hub, hub.reading() as session:
        rows = [_row(each) for each in list_organizations(session, administrator())]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Organizations", "組織"))
    return OK


@org.command(help=in_language("Let an organization leave. ORGANIZATION: id or name.", "組織を退会させます。"))
@data_option
@click.argument("organization")
@json_option
def dismiss(data: Path, organization: str, as_json: bool) -> int:
    """Let an organization leave: reading ends, what it was given stays on record."""
    with administering(data) as (hub, session):
        ident = organization_id(list_organizations(session, administrator()), organization)
        row = _row(dismiss_organization(session, administrator(), ident, hub.context()))
    return tell(row, f"{row['name_ja']}: {in_language('has left', '退会しました')}", as_json=as_json)


@org.command(
    help=in_language(
        "Propose that ORGANIZATION (id or name) belongs elsewhere; shows what it would read and no more.",
        "組織の所属変更を提案し、閲覧範囲の変化を示します。",
    )
)
@data_option
@click.argument("organization")
@click.option("--sector", help=in_language("Code of the new sector.", "新しい分野の符号。"))
@click.option("--ceptoar", help=in_language("Code of the new CEPTOAR.", "新しいセプターの符号。"))
@by_option
@json_option
def move(data: Path, *, organization: str, sector: str | None, ceptoar: str | None, by: str, as_json: bool) -> int:
    """Look at a move and propose it; another administrator confirms it, since it gives and takes reading rights."""
    with administering(data) as (hub, session):
        ident = organization_id(list_organizations(session, administrator()), organization)
        actor = load_administrator(session, by)
        row = _move_row(propose_move(session, actor, ident, Place(ceptoar, sector), hub.context()))
    return _tell_move(row, as_json=as_json)


@org.command("confirm-move", help=in_language("Do a move that another proposed.", "提案された所属変更を実施します。"))
@data_option
@click.argument("move_id", type=click.UUID)
@by_option
@json_option
def confirm(data: Path, *, move_id: UUID, by: str, as_json: bool) -> int:
    """Confirm what another administrator proposed; in force with the next request."""
    with administering(data) as (hub, session):
        row = _move_row(confirm_move(session, load_administrator(session, by), move_id, hub.context()))
    return _tell_move(row, as_json=as_json)


@org.command("drop-move", help=in_language("Drop a proposed move.", "所属変更の提案を取り下げます。"))
@data_option
@click.argument("move_id", type=click.UUID)
@by_option
@json_option
def drop(data: Path, *, move_id: UUID, by: str, as_json: bool) -> int:
    """Drop a move that waits."""
    with administering(data) as (hub, session):
        withdraw_move(session, load_administrator(session, by), move_id, hub.context())
    return tell({"id": str(move_id), "state": "withdrawn"}, in_language("dropped", "取り下げました"), as_json=as_json)


@org.command("moves", help=in_language("List the moves that wait.", "確認待ちの所属変更の一覧。"))
@data_option
@json_option
def list_waiting(data: Path, as_json: bool) -> int:
    """What waits for a second person."""
    with opened(data) as hub, hub.reading() as session:
        rows = [_move_row(each) for each in list_moves(session, administrator())]
    show(rows, MOVE_COLUMNS, as_json=as_json, title=in_language("Moves", "所属変更"))
    return OK


@org.command(
    help=in_language(
        "Propose that ORGANIZATION goes up in another (ids or names).", "組織の統合を提案します（IDまたは名称）。"
    )
)
@data_option
@click.argument("organization")
@click.option("--into", required=True, help=in_language("The successor.", "承継組織。"))
@by_option
@json_option
def merge(data: Path, *, organization: str, into: str, by: str, as_json: bool) -> int:
    """Look at a merger and propose it; another administrator confirms it."""
    with administering(data) as (hub, session):
        known = list_organizations(session, administrator())
        pair = organization_id(known, organization), organization_id(known, into)
        row = _merger_row(propose_merger(session, load_administrator(session, by), *pair, hub.context()))
    return _tell_merger(row, as_json=as_json)


@org.command("confirm-merge", help=in_language("Do a merger that another proposed.", "提案された統合を実施します。"))
@data_option
@click.argument("merger_id", type=click.UUID)
@by_option
@json_option
def confirm_merge(data: Path, *, merger_id: UUID, by: str, as_json: bool) -> int:
    """The organization leaves; the manager of the other takes its people over, one by one."""
    with administering(data) as (hub, session):
        row = _merger_row(confirm_merger(session, load_administrator(session, by), merger_id, hub.context()))
    return _tell_merger(row, as_json=as_json)


@org.command("drop-merge", help=in_language("Drop a proposed merger.", "統合の提案を取り下げます。"))
@data_option
@click.argument("merger_id", type=click.UUID)
@by_option
@json_option
def drop_merge(data: Path, *, merger_id: UUID, by: str, as_json: bool) -> int:
    """Drop a merger that waits."""
    with administering(data) as (hub, session):
        withdraw_merger(session, load_administrator(session, by), merger_id, hub.context())
    return tell({"id": str(merger_id), "state": "withdrawn"}, in_language("dropped", "取り下げました"), as_json=as_json)


@org.command("mergers", help=in_language("List the mergers that wait.", "確認待ちの統合の一覧。"))
@data_option
@json_option
def list_waiting_mergers(data: Path, as_json: bool) -> int:
    """What waits for a second person."""
    with opened(data) as hub, hub.reading() as session:
        rows = [_merger_row(each) for each in list_mergers(session, administrator())]
    show(rows, MERGER_COLUMNS, as_json=as_json, title=in_language("Mergers", "統合"))
    return OK


def _tell_merger(row: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        print_json(row)
        return OK
    say(f"{row['id']}  {row['name_ja']} → {row['into_ja']} ({row['state']})")
    agreed = in_language("yes, as its approver said", "承認者が同意済み") if row["reports_agreed"] else "-"
    say(f"{in_language('people who wait to be taken over', '引継ぎの対象者数')}: {row['people']}")
    say(f"{in_language('the other reads its reports', '承継組織による情報連絡の閲覧')}: {agreed}")
    return OK


def _merger_row(each: MergerView) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "organization": str(each.organization_id),
        "name_ja": each.name_ja,
        "into": str(each.into_id),
        "into_ja": each.into_ja,
        "state": each.state.value,
        "people": each.people,
        "reports_agreed": each.reports_agreed,
    }


def _tell_move(row: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        print_json(row)
        return OK
    say(f"{row['id']}  {row['name_ja']}: {row['before']} → {row['after']} ({row['state']})")
    say(f"{in_language('reads no more as', '閲覧できなくなるグループ')}: {', '.join(row['losing']) or '-'}")
    say(f"{in_language('reads from then on as', '新たに閲覧するグループ')}: {', '.join(row['gaining']) or '-'}")
    return OK


def _move_row(each: MoveView) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "organization": str(each.organization_id),
        "name_ja": each.name_ja,
        "before": f"{each.before.sector}/{each.before.ceptoar or '-'}",
        "after": f"{each.after.sector}/{each.after.ceptoar or '-'}",
        "state": each.state.value,
        "losing": list(each.losing),
        "gaining": list(each.gaining),
    }


def organization_id(known: list[Organization], named: str) -> UUID:
    """The id of an organization that is named by id or exact name.

    Raises:
        NotVisible: none is called so.
    """
    for each in known:
        if named in {str(each.id), each.name_ja, each.name_en}:
            return each.id
    raise NotVisible(f"expected the id or exact name of an organization that takes part, found {named[:60]!r}")


def _row(each: Organization) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "tier": each.tier.value,
        "name_ja": each.name_ja,
        "name_en": each.name_en,
        "sector": each.sector,
        "ceptoar": each.ceptoar,
        "ministry": each.ministry,
    }
