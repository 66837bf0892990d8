"""A door: `org` lets organizations join and leave, and lists them."""

from pathlib import Path
from typing import Any
from uuid import UUID

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
)
from hub.cli.language import in_language
from models.organization import Organization
from models.vocabulary import Tier
from sharing.errors import NotVisible
from sharing.people.organizations import (
    NewOrganization,
    add_organization,
    dismiss_organization,
    list_organizations,
)

COLUMNS = ("id", "tier", "name_ja", "name_en", "sector", "ceptoar", "ministry")


@click.group(help=in_language("Add, list or dismiss organizations.", "組織の追加、一覧、退会。"))
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
    if as_json:
        print_json(row)
    else:
        say(f"{row['id']}  {row['name_ja']}")
    return OK


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
    if as_json:
        print_json(row)
    else:
        say(f"{row['name_ja']}: {in_language('has left', '退会しました')}")
    return OK


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
