"""A door: two administrators let somebody in again whom no secretariat stands over, and who manages alone."""

from pathlib import Path
from uuid import UUID

import click

from hub.cli.common import OK, administering, by_option, data_option, json_option, opened, print_json, say, show, tell
from hub.cli.language import in_language
from sharing.people.accounts import load_administrator
from sharing.people.resets import find_askable, grant_reset, list_resets, refuse_reset, request_reset
from sharing.rules.resets import ResetKind

COLUMNS = ("id", "name", "lost", "why", "by", "yours")
LOST = {kind.value.replace("_", "-"): kind for kind in ResetKind}

keep_option = click.option(
    "--keep-keys",
    is_flag=True,
    help=in_language(
        "Keep the person's API keys: nobody else can have made or taken them. Both persons must say so.",
        "本人のAPIキーを残します（ほかの人が作成したり入手したりしたおそれがない場合）。2人とも指定が必要です。",
    ),
)


@click.command(
    "ask-reset",
    help=in_language(
        "Ask that the manager USERNAME of an organization outside the CEPTOARs gets back in; another administrator"
        " grants it.",
        "セプターに属さない組織の利用管理者の再設定を依頼します。ほかの管理者が承認します。",
    ),
)
@data_option
@click.argument("username")
@click.option(
    "--lost", type=click.Choice(sorted(LOST)), required=True, help=in_language("What was lost.", "失くしたもの。")
)
@click.option(
    "--why",
    required=True,
    help=in_language("What happened, and how you made sure who asks.", "経緯と、本人確認の方法。"),
)
@keep_option
@by_option
@json_option
def ask_reset(data: Path, username: str, *, lost: str, why: str, keep_keys: bool, by: str, as_json: bool) -> int:
    """Ask as the first of two administrators."""
    with administering(data) as (hub, session):
        actor = load_administrator(session, by)
        hat = find_askable(session, actor, username)
        asked = request_reset(session, actor, hat, LOST[lost], why, keep_keys=keep_keys, context=hub.context())
        ident = str(asked.id)
    waits = in_language(
        f"asked; another administrator grants it: ceptoar-hub account grant-reset {ident} --by USERNAME",
        f"依頼しました。ほかの管理者が次の命令で承認します: ceptoar-hub account grant-reset {ident} --by USERNAME",
    )
    return tell({"id": ident}, waits, as_json=as_json)


@click.command(
    "resets", help=in_language("List resets that you asked for or may grant.", "依頼・承認できる再設定の一覧。")
)
@data_option
@by_option
@json_option
def list_waiting_resets(data: Path, by: str, as_json: bool) -> int:
    """List the resets that wait, as this administrator sees them."""
    with opened(data) as hub, hub.reading() as session:
        rows = [
            {
                "id": str(each.request.id),
                "name": each.display_name,
                "lost": each.request.what.replace("_", "-"),
                "why": each.request.why,
                "by": each.asked_by,
                "yours": each.may_decide,
            }
            for each in list_resets(session, load_administrator(session, by), hub.clock())
        ]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Resets that wait", "承認待ちの再設定"))
    return OK


@click.command(
    "grant-reset",
    help=in_language(
        "Grant a reset that another asked for; prints the code once. What was lost opens nothing from now on.",
        "ほかの人が依頼した再設定を承認します。コードは一度だけ表示し、失くしたものはこの時点で使えなくなります。",
    ),
)
@data_option
@click.argument("request_id", type=click.UUID)
@keep_option
@by_option
@json_option
def grant(data: Path, request_id: UUID, keep_keys: bool, by: str, as_json: bool) -> int:
    """Grant a reset as the second of two administrators."""
    with administering(data) as (hub, session):
        actor = load_administrator(session, by)
        hmac_key = hub.secrets.api_key_key
        code = grant_reset(session, actor, request_id, keep_keys=keep_keys, hmac_key=hmac_key, context=hub.context())
        address = f"{hub.settings.base_url}/reset"
    if as_json:
        print_json({"id": str(request_id), "code": code, "address": address})
        return OK
    say(f"{code}  ({address})")
    say(in_language("Hand it over in a letter; it is not shown again.", "書面で渡してください。再表示できません。"))
    return OK


@click.command("refuse-reset", help=in_language("Refuse a reset that another asked for.", "再設定の依頼を認めません。"))
@data_option
@click.argument("request_id", type=click.UUID)
@by_option
@json_option
def refuse(data: Path, request_id: UUID, by: str, as_json: bool) -> int:
    """Refuse a reset as the second of two administrators."""
    with administering(data) as (hub, session):
        refuse_reset(session, load_administrator(session, by), request_id, context=hub.context())
    return tell({"id": str(request_id)}, in_language("refused", "認めませんでした"), as_json=as_json)


RESETS = (ask_reset, list_waiting_resets, grant, refuse)
