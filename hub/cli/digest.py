"""A door: `digest` makes the digests that are due, and lists what waits."""

from pathlib import Path

import click

from hub.cli.common import FOUND, OK, administrator, data_option, json_option, opened, print_json, say, show
from hub.cli.language import in_language
from hub.process.lifetime import meet_clock, sign_off
from hub.scheduler.handlers import handlers_of
from sharing.digests import DUE_KIND
from sharing.jobs.due import list_open, retry_failed, run_due

COLUMNS = ("due_at", "state", "attempts", "failure", "key")


@click.group(help=in_language("Make due digests, list those that wait.", "定期まとめの作成と予定の一覧。"))
def digest() -> None:
    """Nothing happens before the command."""


@digest.command(
    help=in_language("Make the digests that are due now; a running hub does so.", "期限の来た定期まとめを作成します。")
)
@data_option
@click.option("--retry", is_flag=True, help=in_language("Also those that failed.", "失敗したものも再試行。"))
@json_option
def run(data: Path, retry: bool, as_json: bool) -> int:
    """Make the digests that are due; running it beside a hub, or twice, makes none twice."""
    with opened(data) as hub:
        meet_clock(hub)
        if retry:
            with hub.writing() as session:
                retry_failed(session, administrator(), context=hub.context())
        handlers = {kind: handler for kind, handler in handlers_of(hub).items() if kind == DUE_KIND}
        ran = run_due(hub.units, handlers, hub.clock())
        sign_off(hub)
    if as_json:
        print_json({"done": ran.done, "failed": ran.failed})
    else:
        say(f"{in_language('done', '完了')} {ran.done}, {in_language('failed', '失敗')} {ran.failed}")
    return FOUND if ran.failed else OK


@digest.command("list", help=in_language("List what is due and what failed.", "予定と失敗の一覧。"))
@data_option
@json_option
def list_all(data: Path, as_json: bool) -> int:
    """When the next digests are due; what is in them is for their recipients only."""
    with opened(data) as hub, hub.reading() as session:
        rows = [
            {
                "key": row.key,
                "due_at": row.due_at.isoformat(),
                "state": row.state.value,
                "attempts": row.attempts,
                "failure": row.failure,
            }
            for row in list_open(session)
            if row.kind == DUE_KIND
        ]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Due digests", "定期まとめの予定"))
    return OK
