"""A door: `conformance` checks any TAXII 2.1 server, ours or another's, and prints what it saw."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from feeds.conformance.asking import CannotAsk, Login
from feeds.conformance.check import Outcome, Result
from feeds.conformance.report import as_junit, as_rows, counts
from feeds.conformance.run import Wish, run
from feeds.reasons.reason import plain
from hub.cli.common import FOUND, OK, Refusal, json_option, print_json, say
from hub.cli.language import in_language
from hub.cli.report import KEY_VARIABLE
from hub.cli.secret_words import secret_given
from models.vocabulary import Label

SIGNS: Final = {Outcome.PASSED: "ok", Outcome.FAULT: "FAULT", Outcome.WEAK: "weak", Outcome.SKIPPED: "-"}


@click.command(
    help=in_language(
        "Check the TAXII 2.1 server at URL: its address, discovery or API root. Exit code 1 where faults were found.",
        "URLにあるTAXII 2.1サーバーを検査します。不適合があれば終了コードは1。",
    )
)
@click.argument("url")
@click.option(
    "--key",
    envvar=KEY_VARIABLE,
    help=in_language(
        "The API key; rather in CEPTOAR_HUB_KEY or --key-file.", "APIキー。CEPTOAR_HUB_KEYか--key-fileを勧めます。"
    ),
)
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help=in_language("A file of mode 0600 with the API key.", "APIキーを記したファイル（モード0600）。"),
)
@click.option(
    "--user",
    help=in_language(
        "The user name: the key is Basic's password.", "ユーザー名。キーはBasic認証のパスワードになります。"
    ),
)
@click.option(
    "--collection",
    help=in_language("Its id, alias or title; else one is chosen.", "コレクションのID、別名、名称。省略時は自動選択。"),
)
@click.option("--write", is_flag=True, help=in_language("Post and delete too.", "登録と削除も検査します。"))
@click.option(
    "--label",
    type=click.Choice([label.value for label in Label]),
    default=Label.AMBER_STRICT.value,
    help=in_language("The label of what is posted.", "登録するもののTLP。"),
)
@click.option(
    "--ca", type=click.Path(exists=True, dir_okay=False), help=in_language("Certificates to trust.", "信頼する証明書。")
)
@click.option(
    "--junit", type=click.Path(path_type=Path), help=in_language("Write JUnit there too.", "JUnit形式でも出力。")
)
@json_option
def conformance(url: str, *, junit: Path | None, key_file: Path | None, as_json: bool, **more: Any) -> int:
    """Check a server; nothing stays there."""
    wish = Wish(
        url,
        Login.of(secret_given("key", key_file, KEY_VARIABLE), more["user"]),
        more["ca"],
        write=more["write"],
        collection=more["collection"],
        label=Label(more["label"]),
    )
    results: list[Result] = []
    try:
        for result in run(wish):
            results.append(result)
            if not as_json:
                _tell(result)
    except CannotAsk as error:
        raise Refusal(str(error)) from error
    if junit is not None:
        junit.write_text(as_junit(results, url), encoding="utf-8")
    counted = counts(results)
    if as_json:
        print_json({"url": url, "counts": counted, "checks": as_rows(results)})
    else:
        _sum_up(counted)
    return FOUND if counted[Outcome.FAULT] else OK


def _tell(result: Result) -> None:
    """One line a check; where something is wrong, how to see it again."""
    each = result.check
    say(f"{SIGNS[result.outcome]:5}  {each.number:6} {each.clause:28} {each.title}")
    if result.outcome is not Outcome.PASSED:
        say(f"       {plain(result.seen)}")
    if result.outcome in {Outcome.FAULT, Outcome.WEAK} and result.curl:
        say(f"       {plain(result.curl)}")


def _sum_up(counted: dict[str, int]) -> None:
    words: Sequence[str] = [f"{number} {name}" for name, number in counted.items()]
    say(", ".join(words))
    if os.environ.get(KEY_VARIABLE) is None and counted[Outcome.FAULT]:
        say(
            in_language(
                "Set KEY in your shell before you repeat a line of curl.",
                "curlの行を試す前に、シェルでKEYを設定してください。",
            )
        )
