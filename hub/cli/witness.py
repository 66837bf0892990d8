"""A door: `witness` watches a log for somebody else; a program of its own that needs no hub and no database server."""

import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from crypto.cosignature import WitnessKey
from crypto.errors import CryptoError
from crypto.keys import generate_ed25519, generate_mldsa44
from crypto.tree_head import check_name
from hub.cli.common import FOUND, OK, Refusal, json_option, print_json, say
from hub.cli.language import in_language
from hub.cli.log_files import read_vkeys
from hub.keys.keyfiles import find_passphrase, read_key_file, write_new
from hub.witness.judging import Witness, parse_logs
from hub.witness.server import WitnessServer
from hub.witness.state import State

KEY: Final = "witness.pem"
NAME: Final = "witness.name"
STATE: Final = "witness.state"

_folder = click.option(
    "--data",
    "folder",
    required=True,
    envvar="CEPTOAR_WITNESS_DATA",
    type=click.Path(path_type=Path),
    help=in_language("The folder of the witness.", "第三者検証者のフォルダー。"),
)


@click.group(
    help=in_language(
        "Watch the log of a hub and cosign what only grew: make, serve, status.",
        "ハブの証跡を見守り、追記だけされたものに副署します: make、serve、status。",
    )
)
def witness() -> None:
    """Nothing happens before the command."""


@witness.command(
    help=in_language("Make a witness: its key and an empty memory.", "第三者検証者の鍵と空の記録を作ります。")
)
@_folder
@click.option(
    "--name", required=True, help=in_language("Its name, such as witness.water.example.", "第三者検証者の名称。")
)
@click.option(
    "--algorithm",
    type=click.Choice(["ed25519", "ml-dsa-44"]),
    default="ed25519",
    show_default=True,
    help=in_language("What it signs with.", "署名方式。"),
)
@json_option
def make(folder: Path, *, name: str, algorithm: str, as_json: bool) -> int:
    """Make the key once; an existing one is never touched."""
    try:
        check_name(name)
    except CryptoError as error:
        raise Refusal(f"--name: {error}") from error
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    generate = generate_ed25519 if algorithm == "ed25519" else generate_mldsa44
    if not write_new(folder / KEY, generate(find_passphrase())):
        raise Refusal(f"{folder}: expected a folder without a witness, found one already. Nothing was changed")
    write_new(folder / NAME, name.encode() + b"\n")
    State(folder / STATE)
    vkey = _key(folder).verifying_key.vkey
    if as_json:
        print_json({"name": name, "vkey": vkey})
    else:
        say(vkey)
        say(in_language("Give this key to whoever runs the hub.", "この検証鍵をハブの運営者に渡してください。"))
    return OK


@witness.command(help=in_language("Watch until SIGTERM.", "SIGTERMを受けるまで見守ります。"))
@_folder
@click.option(
    "--log-vkeys",
    required=True,
    type=click.Path(path_type=Path),
    help=in_language("A file with the log's keys, as /log/vkeys shows them.", "証跡の検証鍵のファイル。"),
)
@click.option("--host", default="127.0.0.1", show_default=True, help=in_language("Where to listen.", "待受アドレス。"))
@click.option("--port", default=8090, type=click.IntRange(0, 65_535), show_default=True)
@json_option
def serve(folder: Path, *, log_vkeys: Path, host: str, port: int, as_json: bool) -> int:
    """Answer `add-checkpoint`; every refusal is a line on standard error, and is remembered."""
    key = _key(folder)
    try:
        logs = parse_logs(read_vkeys(log_vkeys))
    except CryptoError as error:
        raise Refusal(f"{log_vkeys}: {error}") from error
    if not (folder / STATE).exists():
        raise Refusal(
            f"{folder / STATE}: expected the witness's memory, found none. A witness without memory can be lied to: "
            "make a new witness under a new name, and tell whoever runs the hub"
        )
    try:
        server = WitnessServer((host, port), Witness(key, State(folder / STATE), logs, lambda: int(time.time())))
    except OSError as error:
        raise Refusal(f"{host}:{port}: expected a free address, found: {error.strerror}") from error
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    facts = {"url": server.url, "vkey": key.verifying_key.vkey, "logs": sorted({it.name for it in logs})}
    if as_json:
        print_json(facts)
    else:
        say(f"{key.name}: {server.url}")
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    return OK


@witness.command(help=in_language("What it cosigned and what it refused.", "副署したものと拒否したもの。"))
@_folder
@click.option(
    "--evidence",
    type=click.Path(path_type=Path),
    help=in_language("Write the notes of forks into this folder.", "分岐の証拠をこのフォルダーに書き出します。"),
)
@json_option
def status(folder: Path, *, evidence: Path | None, as_json: bool) -> int:
    """Exit code 1 where a log forked."""
    state = State(folder / STATE)
    logs, refusals = state.list_logs(), state.list_refusals()
    forks = [each for each in refusals if each.fork]
    if evidence is not None:
        evidence.mkdir(parents=True, exist_ok=True)
        for number, fork in enumerate(forks):
            (evidence / f"fork-{number}-refused.note").write_bytes(fork.note)
            remembered = state.find(fork.origin)
            if remembered is not None:
                (evidence / f"fork-{number}-cosigned.note").write_bytes(remembered.note)
    if as_json:
        print_json(
            {
                "ok": not forks,
                "logs": {origin: {"size": it.size, "cosigned_at": _time(it.seconds)} for origin, it in logs},
                "refusals": [
                    {"at": _time(it.at), "origin": it.origin, "status": it.status, "reason": it.reason, "fork": it.fork}
                    for it in refusals
                ],
            }
        )
        return FOUND if forks else OK
    for origin, remembered in logs:
        say(f"{origin}: {remembered.size} entries, cosigned at {_time(remembered.seconds)}")
    for refusal in refusals[:20]:
        say(f"refused {_time(refusal.at)} {refusal.origin}: {refusal.reason}")
    say(
        in_language(
            "A LOG FORKED: tell the other witnesses.", "証跡が分岐しています。他の第三者検証者に知らせてください。"
        )
        if forks
        else in_language("No fork was seen.", "分岐は見つかっていません。")
    )
    return FOUND if forks else OK


def _key(folder: Path) -> WitnessKey:
    pem = read_key_file(folder / KEY)
    passphrase = find_passphrase() if b"ENCRYPTED PRIVATE KEY" in pem else None
    try:
        name = (folder / NAME).read_text(encoding="utf-8").strip()
        return WitnessKey.from_pem(pem, name, passphrase)
    except (OSError, CryptoError) as error:
        raise Refusal(f"{folder}: expected the key and name of a witness, found: {error}") from error


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
