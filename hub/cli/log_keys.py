"""A door: `log keys`: change the log's keys without a break."""

from pathlib import Path

import click

from crypto.encoding import encode_base64
from crypto.rotation import rotation_message
from hub.cli.common import Refusal, administering, administrator, data_option, json_option, tell
from hub.cli.language import in_language
from hub.keys.keyfiles import find_passphrase
from hub.keys.logkeys import LogKeyPair, is_changing, load_next_pair, make_next_pair, put_next_pair, remove_old_pair
from sharing.audit.rotation import begin_rotation, finish_rotation
from sharing.audit.state import load_log_head


@click.group(help=in_language("Change the log's keys without a break.", "証跡の署名鍵を途切れなく交換します。"))
def keys() -> None:
    """Nothing happens before the command."""


@keys.command(help=in_language("Make new keys; old and new sign.", "新しい鍵を作り、新旧の鍵で署名します。"))
@data_option
@json_option
def rotate(data: Path, as_json: bool) -> int:
    """Record the new keys, signed by old and new, then put the files in place; a run that was cut goes on."""
    with administering(data) as (hub, session):
        folder = hub.settings.secrets
        if is_changing(folder):
            raise Refusal("expected one change at a time, found old keys that still sign: run `log keys finish` first")
        origin = load_log_head(session).checkpoint.origin
        make_next_pair(folder, find_passphrase())
        old, new = hub.secrets.log_keys.pairs[0], load_next_pair(folder, find_passphrase())
        told = {
            "origin": origin,
            "old": [it.vkey for it in old.signers(origin)],
            "new": [it.vkey for it in new.signers(origin)],
        }
        signed = [encode_base64(each) for pair in (old, new) for each in _sign(pair, rotation_message(told))]
        both = (
            [it.verifying_key for it in old.signers(origin)],
            [it.verifying_key for it in new.signers(origin)],
        )
        begin_rotation(session, administrator(), both, {**told, "signatures": signed}, context=hub.context())
    put_next_pair(folder)
    return tell(
        {"old": told["old"], "new": told["new"]},
        in_language(
            "Old and new keys sign from the next start on: restart the hub. /log/vkeys shows both. When witnesses and "
            "readers know the new ones, run `ceptoar-hub log keys finish`.",
            "次の起動から新旧の鍵で署名します。ハブを再起動してください。第三者検証者と利用者が新しい鍵を登録したら、"
            "`ceptoar-hub log keys finish` を実行してください。",
        ),
        as_json=as_json,
    )


@keys.command(help=in_language("Let the old keys sign no more.", "古い鍵での署名を終えます。"))
@data_option
@json_option
def finish(data: Path, as_json: bool) -> int:
    """End the overlap; the public halves stay, since old checkpoints need them."""
    with administering(data) as (hub, session):
        folder = hub.settings.secrets
        if not is_changing(folder):
            raise Refusal("expected old keys that still sign, found none: run `log keys rotate` first")
        origin = load_log_head(session).checkpoint.origin
        retired = hub.secrets.log_keys.pairs[-1].signers(origin)
        finish_rotation(session, administrator(), [it.verifying_key for it in retired], context=hub.context())
    remove_old_pair(folder)
    return tell(
        {"retired": [each.vkey for each in retired]},
        in_language(
            "The old keys are gone, and what they signed stays good. Restart the hub.",
            "古い鍵を削除しました。過去の署名は有効です。ハブを再起動してください。",
        ),
        as_json=as_json,
    )


def _sign(pair: LogKeyPair, message: bytes) -> tuple[bytes, bytes]:
    return pair.ed25519.sign(message), pair.mldsa44.sign(message)
