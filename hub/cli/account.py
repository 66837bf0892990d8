"""A door: `account` invites first managers, lists accounts, stops them, and lets them in again."""

from pathlib import Path
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
    tell,
)
from hub.cli.language import in_language
from hub.cli.org import organization_id
from hub.cli.resets import RESETS
from models.vocabulary import Role
from sharing.people.accounts import list_accounts, load_administrator, set_suspended
from sharing.people.confirming import confirm_letter, list_waiting_letters
from sharing.people.invitations import invite, withdraw_invitation
from sharing.people.organizations import list_organizations

LETTER_COLUMNS = ("id", "organization", "name", "by", "expires_at")
COLUMNS = ("username", "display_name", "state", "hats")


@click.group(help=in_language("Invite first managers; list, suspend or resume accounts.", "利用者の招待と管理。"))
def account() -> None:
    """Nothing happens before the command."""


for _command in RESETS:
    account.add_command(_command)


@account.command(
    "invite-first-manager",
    help=in_language(
        "Invite the first manager of ORGANIZATION (id or name); prints the code once. It opens nothing until a second"
        " administrator confirms it; only a hub that holds nothing yet needs no --by and no second.",
        "組織の最初の管理者を招待します。コードは一度だけ表示し、2人目の管理者が確認するまで使えません。",
    ),
)
@data_option
@click.argument("organization")
@click.option("--name", required=True, help=in_language("The person's name.", "氏名。"))
@click.option("--by", metavar="USERNAME", help=in_language("The administrator who acts.", "操作する管理者。"))
@json_option
def invite_first_manager(data: Path, organization: str, name: str, by: str | None, as_json: bool) -> int:
    """Invite the first manager; the only role that an administrator can give, and only where nobody manages yet."""
    with administering(data) as (hub, session):
        actor = load_administrator(session, by) if by else administrator()
        ident = organization_id(list_organizations(session, actor), organization)
        invitation, code = invite(
            session, actor, ident, name, [Role.MANAGER], hmac_key=hub.secrets.api_key_key, context=hub.context()
        )
        row = {
            "id": str(invitation.id),
            "code": code,
            "expires_at": invitation.expires_at.isoformat(),
            "organization": str(ident),
            "waits_for_second": bool(invitation.waits_for_second),
        }
        expires, base_url = invitation.expires_at, hub.settings.base_url
    if as_json:
        print_json(row)
        return OK
    say(f"{code}  ({in_language('until', '有効期限')} {expires:%Y-%m-%d %H:%M} UTC, {base_url})")
    say(in_language("Hand it over in a letter; it is not shown again.", "書面で渡してください。再表示できません。"))
    if row["waits_for_second"]:
        say(
            in_language(
                f"It opens nothing until a second administrator confirms it: page “Letters to confirm”, or"
                f" ceptoar-hub account confirm-letter {row['id']} --by USERNAME",
                f"2人目の管理者が確認するまで使えません。「確認を待つ書面」のページか、次の命令で確認します:"
                f" ceptoar-hub account confirm-letter {row['id']} --by USERNAME",
            )
        )
    return OK


@account.command("letters", help=in_language("List letters that wait.", "確認待ちの書面の一覧。"))
@data_option
@json_option
def list_letters(data: Path, as_json: bool) -> int:
    """List the letters to first managers that wait for a second administrator."""
    with opened(data) as hub, hub.reading() as session:
        rows = [
            {
                "id": str(each.id),
                "organization": each.name_ja,
                "name": each.display_name,
                "by": each.asked_by,
                "expires_at": each.expires_at.isoformat(),
            }
            for each in list_waiting_letters(session, administrator(), hub.clock())
        ]
    show(rows, LETTER_COLUMNS, as_json=as_json, title=in_language("Letters that wait", "確認待ちの書面"))
    return OK


@account.command(
    "confirm-letter",
    help=in_language(
        "Confirm a letter that another wrote. Without --by only one to an administrator, where nobody else is left.",
        "ほかの人が作成した書面を確認します。--byを省けるのは、ほかに管理者がいないときの管理者宛ての書面だけです。",
    ),
)
@data_option
@click.argument("invitation_id", type=click.UUID)
@click.option("--by", metavar="USERNAME", help=in_language("The administrator who acts.", "操作する管理者。"))
@json_option
def confirm(data: Path, invitation_id: UUID, by: str | None, as_json: bool) -> int:
    """Confirm a letter as the second administrator."""
    with administering(data) as (hub, session):
        actor = load_administrator(session, by) if by else administrator()
        confirm_letter(session, actor, invitation_id, context=hub.context())
    return tell({"id": str(invitation_id)}, in_language("confirmed", "確認しました"), as_json=as_json)


@account.command(
    "drop-letter", help=in_language("Make a letter useless that nobody used.", "未使用の書面を取り下げます。")
)
@data_option
@click.argument("invitation_id", type=click.UUID)
@json_option
def drop(data: Path, invitation_id: UUID, as_json: bool) -> int:
    """Withdraw a letter to a first manager."""
    with administering(data) as (hub, session):
        withdraw_invitation(session, administrator(), invitation_id, context=hub.context())
    return tell({"id": str(invitation_id)}, in_language("dropped", "取り下げました"), as_json=as_json)


@account.command("list", help=in_language("List all accounts.", "利用者の一覧。"))
@data_option
@json_option
def list_all(data: Path, as_json: bool) -> int:
    """List all accounts with their hats."""
    with opened(data) as hub, hub.reading() as session:
        rows = [
            {
                "id": str(each.id),
                "username": each.username,
                "display_name": each.display_name,
                "state": each.state.value,
                "hats": [f"{name}: {', '.join(sorted(role.value for role in roles))}" for name, roles in each.hats],
            }
            for each in list_accounts(session, administrator())
        ]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Accounts", "利用者"))
    return OK


@account.command(help=in_language("Stop an account, its sessions and keys.", "利用者を停止します。"))
@data_option
@click.argument("username")
@json_option
def suspend(data: Path, username: str, as_json: bool) -> int:
    """Stop an account from the next request on."""
    return _set(data, username, suspended=True, as_json=as_json)


@account.command(help=in_language("Let a stopped account in again.", "利用者の停止を解除します。"))
@data_option
@click.argument("username")
@json_option
def resume(data: Path, username: str, as_json: bool) -> int:
    """Let a stopped account in again."""
    return _set(data, username, suspended=False, as_json=as_json)


def _set(data: Path, username: str, *, suspended: bool, as_json: bool) -> int:
    with administering(data) as (hub, session):
        changed = set_suspended(session, administrator(), username, suspended=suspended, context=hub.context())
        row = {"username": changed.username, "state": changed.state.value}
    if as_json:
        print_json(row)
    else:
        say(f"{row['username']}: {row['state']}")
    return OK
