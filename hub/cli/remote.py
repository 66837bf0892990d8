"""A door: what the commands `peer` and `push` both say of another server."""

import os
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import click

from hub.cli.common import FOUND, OK, print_json, say
from hub.cli.language import in_language
from hub.cli.reason_words import said
from sharing.exchange.told import Told

KEY_VARIABLE: Final = "CEPTOAR_HUB_PEER_KEY"
"""Where the other server's key stands: never among the words of a command, which others of the machine can read."""


class Round(Protocol):
    """What one round did: its numbers by name, whether it reached the end, and what failed."""

    done: bool
    why: Told


def server_options(every_minutes: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The name and address of a server, how often it is met, and the way to it."""
    options = (
        click.argument("name"),
        click.argument("url"),
        click.option(
            "--every",
            "every_minutes",
            type=int,
            default=every_minutes,
            help=in_language("Minutes between rounds.", "間隔（分）。"),
        ),
        click.option(
            "--user", "user_name", default="", help=in_language("User name, for Basic.", "Basic認証のユーザー名。")
        ),
        click.option("--proxy", default="", help=in_language("A proxy on the way.", "経由するプロキシ。")),
        click.option("--ca", "ca_file", default="", help=in_language("A file with its own CA.", "独自CAのファイル。")),
        click.option("--pin", default="", help=in_language("SHA-256 of its certificate.", "証明書のSHA-256。")),
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def key_given() -> str:
    """The other server's key, as the environment gives it; empty where it needs none."""
    return os.environ.get(KEY_VARIABLE, "")


def all_rounds(one_round: Callable[[], Round], counted: Sequence[str]) -> tuple[dict[str, int], Told]:
    """Go on round by round to the end or the first failure: the numbers of all rounds together, and what failed."""
    total: dict[str, int] = dict.fromkeys(counted, 0)
    while True:
        went = one_round()
        total = {key: count + getattr(went, key) for key, count in total.items()}
        if went.done or went.why.text:
            return total, went.why


def tell_rounds(name: str, went: tuple[dict[str, int], Told], *, as_json: bool) -> int:
    """Print what was done; the exit code says whether it failed."""
    total, failure = went
    if as_json:
        print_json({"name": name, **total, "failure": failure.text})
    else:
        row = {"name": name, **total, "failure": said(failure)}
        say("  ".join(f"{key}: {value}" for key, value in row.items() if value != ""))
    return FOUND if failure.text else OK
