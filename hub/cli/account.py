"""A door: `account` invites first managers, lists accounts, and stops them or lets them in again."""

from pathlib import Path

import click

from hub.cli.common import OK, administering, administrator, data_option, json_option, opened, print_json, say, show
from hub.cli.language import in_language
from hub.cli.org import organization_id
from models.vocabulary import Role
from sharing.people.accounts import list_accounts, set_suspended
from sharing.people.invitations import invite
from sharing.people.organizations import list_organizations

COLUMNS = ("username", "display_name", "state", "hats")


@click.group(help=in_language("Invite first managers; list, suspend or resume accounts.", "利用者の招待と管理。"))
def account() -> None:
    """Nothing happens before the command."""


@account.command(
    "invite-first-manager",
    help=in_language(
        "Invite the first manager of ORGANIZATION (id or name); prints the code once.",
        "組織の最初の管理者を招待します。コードは一度だけ表示します。",
    ),
)
@data_option
@click.argument("organization")
@click.option("--name", required=True, help=in_language("The person's name.", "氏名。"))
@json_option
def invite_first_manager(data: Path, organization: str, name: str, as_json: bool) -> int:
    """Invite the first manager; the only role that an administrator can give, and only where nobody manages yet."""
    with administering(data) as (hub, session):
        ident = organization_id(list_organizations(session, administrator()), organization)
        invitation, code = invite(
            session,
            administrator(),
            ident,
            name,
            [Role.MANAGER],
            hmac_key=hub.secrets.api_key_key,
            context=hub.context(),
        )
        expires, base_url = invitation.expires_at, hub.settings.base_url
    if as_json:
        print_json({"code": code, "expires_at": expires.isoformat(), "organization": str(ident)})
    else:
        say(f"{code}  ({in_language('until', '有効期限')} {expires:%Y-%m-%d %H:%M} UTC, {base_url})")
        say(in_language("Hand it over in a letter; it is not shown again.", "書面で渡してください。再表示できません。"))
    return OK


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
