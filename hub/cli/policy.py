"""A door: `policy` says which policy is in force and what of the past is decided again; does what of that is due."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from hub.cli.common import FOUND, OK, administrator, data_option, json_option, opened, print_json, say, show
from hub.cli.language import in_language
from hub.cli.log_telling import show_progress
from hub.process.lifetime import meet_clock, sign_off
from hub.scheduler.handlers import handlers_of
from hub.wiring import Hub
from models.policy import Redecision
from models.vocabulary import RedecisionState
from sharing.jobs.due import Ran, run_due
from sharing.past.runs import list_past
from sharing.past.work import APPLY, PREVIEW

COLUMNS: Final = (
    *("id", "policy", "state", "examined", "applied", "total", "gaining", "losing", "made_at", "decided_at", "done_at"),
)


@click.group(help=in_language("Look after deciding the past again.", "過去分の再判定の確認と実施。"))
def policy() -> None:
    """Nothing happens before the command."""


@policy.command("past", help=in_language("List what was decided again, and how far it is.", "過去分の再判定の一覧。"))
@data_option
@json_option
def past(data: Path, as_json: bool) -> int:
    """How far each deciding again is; it is proposed and confirmed by persons, on the page “Sharing policy”."""
    with opened(data) as hub, hub.reading() as session:
        rows = [_row(each) for each in list_past(session, administrator())]
    show(rows, COLUMNS, as_json=as_json, title=in_language("The past decided again", "過去分の再判定"))
    return OK


@policy.command(
    "work",
    help=in_language(
        "Carry out now what persons have proposed or confirmed; a running hub does so.",
        "提案・承認された再判定の確認と実施を今すぐ行います。",
    ),
)
@data_option
@json_option
def work(data: Path, as_json: bool) -> int:
    """Do the parts that are due, with progress; running it beside a hub, or twice, does none twice."""
    with opened(data) as hub:
        meet_clock(hub)
        with show_progress(_left(hub), quiet=as_json, what=in_language("Deciding", "再判定中")) as progress:
            ran = _run(hub, progress)
        sign_off(hub)
    if as_json:
        print_json({"done": ran.done, "failed": ran.failed})
    else:
        say(f"{in_language('done', '完了')} {ran.done}, {in_language('failed', '失敗')} {ran.failed}")
    return FOUND if ran.failed else OK


def _run(hub: Hub, progress: Callable[[int], None]) -> Ran:
    """Part by part; after each the bar goes on by what became less."""
    handlers = {kind: handler for kind, handler in handlers_of(hub).items() if kind in {APPLY, PREVIEW}}
    done = failed = 0
    left = _left(hub)
    while True:
        ran = run_due(hub.units, handlers, hub.clock(), limit=1)
        if not ran.done + ran.failed:
            return Ran(done, failed)
        done, failed = done + ran.done, failed + ran.failed
        now = _left(hub)
        progress(max(0, left - now))
        left = now


def _left(hub: Hub) -> int:
    """Reports and posted objects that are still to be looked at or decided again."""
    with hub.reading() as session:
        runs = list_past(session, administrator())
    waiting = [each.total - each.examined for each in runs if each.previewed_at is None and _opened(each)]
    running = [each.total - each.applied for each in runs if each.state is RedecisionState.RUNNING]
    return max(0, sum([*waiting, *running]))


def _opened(run: Redecision) -> bool:
    return run.state is RedecisionState.WAITING


def _row(run: Redecision) -> dict[str, Any]:
    return {name: _plain(getattr(run, name)) for name in COLUMNS}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(getattr(value, "value", value)) if value else value
