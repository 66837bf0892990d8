"""A door: `log` verifies the trail, writes it as files and signs a checkpoint."""

from pathlib import Path

import click

from hub.cli.common import OK, data_option, json_option, opened, print_json, say
from hub.cli.language import in_language
from hub.cli.log_export import export
from hub.cli.log_keys import keys
from hub.cli.log_verify import verify
from hub.cli.log_witness import recover, witness
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.state import load_log_head


@click.group(help=in_language("Verify or export the trail, sign a checkpoint.", "証跡の検証、書き出し、署名。"))
def log() -> None:
    """Nothing happens before the command."""


@log.command(help=in_language("Sign a checkpoint of the log as it is.", "現在の証跡のチェックポイントに署名します。"))
@data_option
@json_option
def checkpoint(data: Path, as_json: bool) -> int:
    """Sign what has grown; a hub that runs does so by itself."""
    with opened(data) as hub:
        with hub.units.database.writing() as session:
            made = publish_checkpoint(session, hub.secrets.log_signers, hub.clock(), at_once=True)
            head = load_log_head(session)
        if as_json:
            print_json({"signed": made, "origin": head.checkpoint.origin, "size": head.size, "root": head.root.hex()})
        else:
            say(f"{head.checkpoint.origin} {head.size} {head.root.hex()}" + ("" if made else " (already signed)"))
    return OK


log.add_command(verify)
log.add_command(export)
log.add_command(keys)
log.add_command(witness)
log.add_command(recover)
