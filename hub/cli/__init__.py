"""A door: the command `ceptoar-hub`. Groups live in files of their own and are imported only when they are called."""

import sys
from importlib import import_module
from typing import Any, Final

import click

from hub.cli.language import in_language
from hub.process.loading import uncollected
from hub.version import program_version

COMMANDS: Final = {
    "init": ("hub.cli.make", "init"),
    "serve": ("hub.cli.serve", "serve"),
    "demo": ("hub.cli.demo", "demo"),
    "doctor": ("hub.cli.doctor", "doctor"),
    "db": ("hub.cli.db", "db"),
    "org": ("hub.cli.org", "org"),
    "account": ("hub.cli.account", "account"),
    "key": ("hub.cli.key", "key"),
    "collection": ("hub.cli.collection", "collection"),
    "apiroot": ("hub.cli.api_root", "api_root"),
    "codelist": ("hub.cli.codelist", "codelist"),
    "policy": ("hub.cli.policy", "policy"),
    "peer": ("hub.cli.peer", "peer"),
    "push": ("hub.cli.push", "push"),
    "import": ("hub.cli.exchange", "import_file"),
    "export": ("hub.cli.exchange", "export"),
    "report": ("hub.cli.report", "report"),
    "digest": ("hub.cli.digest", "digest"),
    "mail": ("hub.cli.mail", "mail"),
    "log": ("hub.cli.log", "log"),
    "erase": ("hub.cli.erase", "erase"),
    "backup": ("hub.cli.backup", "backup"),
    "restore": ("hub.cli.backup", "restore"),
    "witness": ("hub.cli.witness", "witness"),
    "conformance": ("hub.cli.conformance", "conformance"),
}
"""Name → module and command, in the order of the help."""

SUMMARIES: Final = {
    "init": ("Make a new hub in a data folder.", "新しいハブをデータフォルダーに作ります。"),
    "serve": ("Serve a hub until SIGTERM.", "SIGTERMを受けるまでハブを動かします。"),
    "demo": ("Start a hub with fictional data.", "架空のデータが入ったハブを動かします。"),
    "doctor": ("Look at everything, say what to mend.", "全体を点検し、直すべき点を示します。"),
    "db": ("Upgrade or check the database.", "データベースの更新と確認。"),
    "org": ("Add, list, move, merge or dismiss organizations.", "組織の追加、一覧、所属変更、統合、退会。"),
    "account": (
        "Invite first managers; list, suspend or resume accounts.",
        "最初の管理者の招待、利用者の一覧、停止、再開。",
    ),
    "key": ("Look after API keys and signing keys; sign posts.", "APIキーと署名鍵の管理、投稿への署名。"),
    "collection": ("Add, change or list collections.", "コレクションの追加、変更、一覧。"),
    "apiroot": ("Add, change, end or list API roots.", "APIルートの追加、変更、終了、一覧。"),
    "codelist": (
        "List, show or load code lists, sectors and CEPTOARs.",
        "コード表・分野・セプターの一覧、書き出し、読み込み。",
    ),
    "policy": ("Look after deciding the past again.", "過去分の再判定の確認と実施。"),
    "peer": ("Add, list, pull or end peers.", "他のサーバーの追加、一覧、取得、終了。"),
    "push": ("Send what an organization may read to its server.", "組織が閲覧できる情報をその組織のサーバーへ送信。"),
    "import": ("Take in bundles, MISP events, CSV or lists.", "バンドル、MISP、CSV、一覧の取り込み。"),
    "export": ("Write what you may see as a bundle.", "閲覧できるものをバンドルとして出力。"),
    "report": ("File, list or show reports with an API key.", "APIキーを使った報告の登録、一覧、表示。"),
    "digest": ("Make due digests, list those made.", "定期まとめの作成と一覧。"),
    "mail": ("Look after mail: list, retry, try it.", "メールの一覧、再送、試験送信。"),
    "log": ("Verify the trail, sign a checkpoint.", "証跡の検証とチェックポイントへの署名。"),
    "backup": ("Back up a hub while it runs.", "稼働中のハブのバックアップ。"),
    "restore": ("Restore a backup and prove it.", "バックアップの復元と検証。"),
    "erase": ("Erase an entry's content, by two persons.", "記録の内容を二人で消去します。"),
    "witness": ("Watch the log of a hub for somebody else.", "ハブの証跡を見守る第三者検証者。"),
    "conformance": ("Check any TAXII 2.1 server.", "任意のTAXII 2.1サーバーの検査。"),
}
"""What the help says of each group, in English and Japanese, without importing any."""


class LazyGroup(click.Group):
    """Imports a command's module only when it is called, so that `serve` does not pay for the rest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        with uncollected():
            command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands in the caller's language."""
        with formatter.section(in_language("Commands", "コマンド")):
            formatter.write_dl([(name, in_language(*SUMMARIES[name])) for name in COMMANDS])


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"ceptoar-hub {program_version()}")
        ctx.exit()


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=in_language(
        "The information-sharing hub between Japan's critical-infrastructure sectors (CEPTOAR).",
        "重要インフラ分野（セプター）間の情報共有ハブ。",
    ),
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def cli() -> None:
    """Nothing happens before the command."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command. What goes wrong is told in one line and an exit code, never as a traceback."""
    try:
        result: Any = cli.main(args=arguments, prog_name="ceptoar-hub", standalone_mode=False)
    except Exception as error:
        from hub.cli.common import exit_code_of  # noqa: PLC0415 - `--help` and `--version` need none of it

        return exit_code_of(error)
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
