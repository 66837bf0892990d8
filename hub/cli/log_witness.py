"""A door: `log witness` and `log recover`: who watches the log, and the way on after a loss."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from crypto.checkpoint import verify_checkpoint
from crypto.errors import CryptoError
from crypto.tree_head import Checkpoint
from hub.cli.common import (
    OK,
    Refusal,
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
from hub.log.witness_client import list_held
from hub.process.lifetime import meet_clock, sign_off
from hub.wiring import Hub
from sharing.audit.cosignatures import list_witnesses
from sharing.audit.state import load_log_head
from sharing.audit.witnesses import add_witness, remove_witness
from sharing.trail.losses import (
    approve_loss,
    declare_loss,
    find_waiting,
    prove_administrator,
    withdraw_declaration,
)


@click.group(help=in_language("Add, list or remove witnesses.", "第三者検証者の追加、一覧、削除。"))
def witness() -> None:
    """Nothing happens before the command."""


@witness.command(help=in_language("Ask a witness from now on.", "第三者検証者を追加します。"))
@click.argument("vkey")
@click.argument("url")
@data_option
@json_option
def add(vkey: str, url: str, *, data: Path, as_json: bool) -> int:
    """Add a witness by the key that `ceptoar-hub witness make` printed, and its address."""
    with administering(data) as (hub, session):
        name = add_witness(session, administrator(), vkey, url, context=hub.context())
    if as_json:
        print_json({"name": name})
    else:
        say(in_language(f"{name} is asked from now on.", f"今後は{name}に署名を依頼します。"))
    return OK


@witness.command(help=in_language("Ask a witness no more.", "第三者検証者を外します。"))
@click.argument("name")
@data_option
@json_option
def remove(name: str, *, data: Path, as_json: bool) -> int:
    """Remove a witness; what it signed stays."""
    with administering(data) as (hub, session):
        remove_witness(session, administrator(), name, context=hub.context())
    return tell(
        {"removed": name}, in_language(f"{name} is asked no more.", f"今後は{name}に依頼しません。"), as_json=as_json
    )


@witness.command(
    "list", help=in_language("The witnesses, and what each said last.", "第三者検証者の一覧と最後の応答。")
)
@data_option
@json_option
def list_them(data: Path, as_json: bool) -> int:
    """List the witnesses."""
    with opened(data) as hub, hub.reading() as session:
        rows: list[dict[str, Any]] = [
            {
                "name": each.name,
                "url": each.url,
                "shard": each.shard,
                "size": each.size,
                "cosigned_at": each.cosigned_at,
                "problem": each.problem or None,
                "vkey": each.vkey,
            }
            for each in list_witnesses(session)
        ]
    show(rows, ("name", "url", "shard", "size", "cosigned_at", "problem"), as_json=as_json, title="witnesses")
    return OK


@click.command(
    help=in_language(
        "Declare entries lost for good, by two administrators, and go on in the next shard. The first declares with "
        "--reason, the second agrees with --approve. Both prove themselves with password and code.",
        "失われた記録の消失を2人のシステム管理者が宣言し、次の証跡に続けます。1人目は--reason、2人目は--approveを使います。",
    )
)
@data_option
@click.option("--reason", help=in_language("What happened.", "起きたこと。"))
@click.option("--approve", is_flag=True, help=in_language("Agree, as the second.", "2人目として承認します。"))
@click.option("--withdraw", is_flag=True, help=in_language("Take the declaration back.", "宣言を取り下げます。"))
@click.option(
    "--checkpoint",
    "file",
    type=click.Path(path_type=Path),
    help=in_language(
        "The last witnessed checkpoint, where no witness answers.", "第三者検証者が応答しないときの証拠。"
    ),
)
@click.option("--username", help=in_language("Who declares or approves.", "操作する管理者。"))
@json_option
def recover(
    *,
    data: Path,
    reason: str | None,
    approve: bool,
    withdraw: bool,
    file: Path | None,
    username: str | None,
    as_json: bool,
) -> int:
    """The way on after a loss; nothing is written to the old shard."""
    if sum((reason is not None, approve, withdraw)) != 1:
        raise Refusal("expected one of --reason WORDS, --approve and --withdraw")
    with opened(data) as hub:
        lost = None if approve or withdraw else _largest(hub, file)
        if lost is not None and not as_json:
            say(f"last witnessed: {lost.origin}, {lost.size} entries, root {b64encode(lost.root).decode()}")
        credentials = _ask_credentials(username)
        with hub.units.database.writing() as session:
            context = hub.context()
            who = prove_administrator(session, *credentials, seeds=hub.secrets.seeds, context=context)
            if withdraw:
                withdraw_declaration(session)
                told: dict[str, Any] = {"state": "withdrawn"}
            elif lost is not None:
                made = declare_loss(session, who, lost, reason or "", context=context)
                told = {"state": "declared", "stored": made.stored_size, "witnessed": lost.size}
            else:
                now_us = hub.units.now_us(session)
                done = approve_loss(session, who, administrator(), now_us=now_us, context=context)
                told = {"state": "recovered", "shard": done.shard}
                told |= {"lost_from": done.lost_from, "lost_before": done.lost_before}
        if approve:
            meet_clock(hub)
            sign_off(hub)
    _tell(told, as_json=as_json)
    return OK


def _largest(hub: Hub, file: Path | None) -> Checkpoint:
    """The largest tree of the current shard that the log signed and a witness holds."""
    with hub.reading() as session:
        head = load_log_head(session)
        if find_waiting(session) is not None:
            raise Refusal("a declaration waits already: approve it with --approve, or --withdraw it")
    origin = head.checkpoint.origin
    keys = hub.secrets.log_verifying_keys(origin)
    held = [checkpoint for _, checkpoint in list_held(hub) if checkpoint.origin == origin]
    if file is not None:
        try:
            held.append(verify_checkpoint(file.read_bytes(), keys))
        except (OSError, CryptoError) as error:
            raise Refusal(f"{file}: expected a checkpoint that this log signed, found: {error}") from error
    largest = max(held, key=lambda each: each.size, default=None)
    if largest is None:
        raise Refusal(
            "expected a witness that answers, or --checkpoint FILE with what one cosigned last; found neither"
        )
    return largest


def _ask_credentials(username: str | None) -> tuple[str, str, str]:
    name = username or click.prompt(in_language("User name", "ユーザー名"), err=True)
    password = click.prompt(in_language("Password", "パスワード"), hide_input=True, err=True)
    code = click.prompt(in_language("Code of the second factor", "確認コード"), err=True)
    return name, password, code


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    match told["state"]:
        case "withdrawn":
            say(in_language("The declaration is withdrawn.", "宣言を取り下げました。"))
        case "declared":
            stored, witnessed = told["stored"], told["witnessed"]
            say(
                in_language(
                    f"Declared: entries {stored} to {witnessed - 1} are lost. A second administrator agrees with "
                    "`ceptoar-hub log recover --approve`; until then nothing changes.",
                    f"記録{stored}から{witnessed - 1}の消失を宣言しました。"
                    "別の管理者が--approveで承認するまで何も変わりません。",
                )
            )
        case _:
            say(
                in_language(
                    f"The log goes on in {told['shard']}. Its first entry names the last witnessed checkpoint and the "
                    f"lost entries {told['lost_from']} to {told['lost_before'] - 1}. Start the hub; tell your "
                    "witnesses and readers that the log goes on under the new name.",
                    f"証跡は{told['shard']}に続きます。最初の記録に、"
                    "第三者検証者が最後に署名したチェックポイントと失われた範囲を記しました。"
                    "ハブを起動し、第三者検証者と利用者に新しい証跡の名称を知らせてください。",
                )
            )
