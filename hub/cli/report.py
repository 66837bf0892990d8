"""A door: `report` files, lists and shows reports for whoever's API key stands in CEPTOAR_HUB_KEY."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import click
import orjson
from sqlalchemy.orm import Session

from crypto.canonical import parse_strict
from crypto.errors import CryptoError
from hub.cli.common import FOUND, OK, Refusal, data_option, json_option, opened, print_json, say, show
from hub.cli.language import in_language
from hub.cli.log_telling import show_progress
from hub.process.lifetime import meet_clock, sign_off
from hub.reports.originals import log_originals
from hub.wiring import Hub
from models.vocabulary import Door, Tier
from sharing.actor import Actor
from sharing.people.keys import authenticate_key
from sharing.reports.codes import load_codes
from sharing.reports.fields import parse_fields, to_shown
from sharing.reports.filing import file_report
from sharing.reports.reading import list_inbox, list_reports_of_sender, load_report
from sharing.reports.seen import parse_seen, seen_of
from sharing.reports.submissions import Submission
from sharing.reports.visible import ReportView, load_visible_report

if TYPE_CHECKING:
    from hub.reports.batches import RowResult

KEY_VARIABLE: Final = "CEPTOAR_HUB_KEY"
"""Where the API key stands: never among the words of a command, which other users of the machine can read."""

COLUMNS = ("reference", "status", "label", "kind", "number", "filed_at", "organization", "summary")
ROW_COLUMNS = ("row", "outcome", "reference", "wrong")
LARGEST_FILE: Final = 1_000_000
"""Bytes of a report in a file; the longest form has a tenth of it."""


@click.group(help=in_language("File, list or show reports with an API key.", "APIキーを使った報告の登録、一覧、表示。"))
def report() -> None:
    """Nothing happens before the command."""


@report.command(
    "file",
    help=in_language(
        "File a report from a JSON FILE (- for standard input), or with --report the next version of one.",
        "JSONファイル（-は標準入力）から報告を登録します。--reportで続報になります。",
    ),
)
@data_option
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--report", "reference", help=in_language("The reference of an earlier report.", "既存の整理番号。"))
@click.option(
    "--seen",
    help=in_language(
        "With --report: its `seen` as `report show` told it; refused where it stands otherwise by now.",
        "--reportと併用。`report show`の`seen`の値。その後に更新されていれば登録しません。",
    ),
)
@click.option(
    "--submission", type=click.UUID, help=in_language("Sent twice, it is filed once.", "二重登録を防ぐためのID。")
)
@click.option(
    "--keep-mentions",
    is_flag=True,
    help=in_language("What a text names may stay, though fewer may read it.", "より厳しい情報への言及を残します。"),
)
@json_option
def file_one(
    data: Path,
    file: Path,
    *,
    reference: str | None,
    seen: str | None,
    submission: UUID | None,
    keep_mentions: bool,
    as_json: bool,
) -> int:
    """File a report through the same operation as the web page."""
    if seen is not None and reference is None:
        raise Refusal("expected --seen together with --report, found it alone. Name the report that it is of.")
    given, stands = _read(file), parse_seen(seen) if seen is not None else None
    with opened_for_key(data) as (hub, key), hub.writing() as session:
        actor = actor_of_key(hub, session, key)
        earlier = load_visible_report(session, actor, reference).id if reference else None
        context = hub.context()
        filed = file_report(
            session,
            actor,
            parse_fields(given, load_codes(session), context.now),
            Submission(submission or uuid4(), report_id=earlier, keep_mentions=keep_mentions, seen=stands),
            means=hub.means(session, context),
        )
    row = {
        "reference": filed.reference,
        "number": filed.number,
        "filed_at": filed.filed_at.isoformat(),
        "repeated": filed.repeated,
    }
    if as_json:
        print_json(row)
    else:
        say(f"{filed.reference}  {in_language('version', '第')} {filed.number}")
    return OK


@report.command(
    "import",
    help=in_language(
        "File many reports from an XLSX FILE, a row each; --check only looks. The sheet is on the page “Many reports”.",
        "XLSXファイルから複数の報告を登録します（1行に1件）。--checkは確認だけです。様式は「一括登録」の画面にあります。",
    ),
)
@data_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--check", "only_look", is_flag=True, help=in_language("Look only; file nothing.", "確認だけ行います。"))
@json_option
def import_many(data: Path, file: Path, *, only_look: bool, as_json: bool) -> int:
    """File each row through the same operation as the web page; a wrong one takes no other with it."""
    from feeds.forms.batch import read_batch  # noqa: PLC0415 - only who imports needs spreadsheets and forms
    from feeds.forms.given import LARGEST_FILE, WorkbookError  # noqa: PLC0415
    from hub.reports.batches import NAMES, Outcome, file_rows  # noqa: PLC0415

    with file.open("rb") as stream:
        raw = stream.read(LARGEST_FILE + 1)
    try:
        rows = read_batch(raw, NAMES)
    except WorkbookError as error:
        raise Refusal(f"{file}: {error}") from error
    found: list[dict[str, Any]] = []
    try:
        with (
            opened_for_key(data) as (hub, key),
            show_progress(len(rows), quiet=as_json, what=in_language("Filing", "登録")) as passed,
        ):
            for each in file_rows(hub, lambda session: actor_of_key(hub, session, key), rows, only_look=only_look):
                found.append(_told(each))
                passed(1)
    finally:
        # What was filed before something ended the rest (a key, a database) stays filed, so it is told.
        if found or sys.exc_info()[0] is None:
            show(found, ROW_COLUMNS, as_json=as_json, title=in_language("Rows", "各行の結果"))
    return FOUND if any(each["outcome"] == Outcome.WRONG for each in found) else OK


def _told(each: "RowResult") -> dict[str, Any]:
    wrong = "; ".join(f"{fault.field}: {fault.code} {fault.expected}".strip() for fault in each.faults)
    return {"row": each.row, "outcome": each.outcome.value, "reference": each.reference, "wrong": wrong}


@report.command("list", help=in_language("List your reports, the newest first.", "報告の一覧（新しい順）。"))
@data_option
@json_option
def list_some(data: Path, as_json: bool) -> int:
    """The reports of the key's organization; for a secretariat, those of its members."""
    with opened_for_key(data) as (hub, key), hub.reading() as session:
        actor = actor_of_key(hub, session, key)
        listed = list_inbox if actor.organization.tier is Tier.CEPTOAR else list_reports_of_sender
        lines = listed(session, actor).lines
        log_originals(hub, actor, lines if listed is list_inbox else (), what="command")
    rows = [
        {
            "reference": line.reference,
            "status": line.status.value,
            "label": line.label.value,
            "kind": line.kind.value,
            "number": line.number,
            "filed_at": line.filed_at.isoformat(),
            "organization": line.organization_ja,
            "summary": line.summary,
            "exercise": line.exercise,
        }
        for line in lines
    ]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Reports", "報告"))
    return OK


@report.command("show", help=in_language("Show a report by its reference.", "整理番号の報告を表示します。"))
@data_option
@click.argument("reference")
@json_option
def show_one(data: Path, reference: str, as_json: bool) -> int:
    """A report with the versions that the key's holder may see."""
    with opened_for_key(data) as (hub, key), hub.reading() as session:
        actor = actor_of_key(hub, session, key)
        view = load_report(session, actor, reference)
        seen = str(seen_of(session, view)) if view.is_own else None
        log_originals(hub, actor, [view], what="command")
    document = {**_document(view), "seen": seen}
    if as_json:
        print_json(document)
    else:
        say(orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode())
    return OK


@contextmanager
def opened_for_key(data: Path) -> Iterator[tuple[Hub, str]]:
    """A hub, and the API key of the environment.

    Raises:
        Refusal: there is no key.
    """
    key = os.environ.get(KEY_VARIABLE)
    if not key:
        raise Refusal(f"expected an API key in {KEY_VARIABLE}, found none. Make one on your page of keys and set it")
    with opened(data) as hub:
        meet_clock(hub)
        yield hub, key
        sign_off(hub)


def actor_of_key(hub: Hub, session: Session, key: str) -> Actor:
    """Who holds a key.

    Raises:
        Refusal: it opens nothing.
    """
    actor = authenticate_key(session, key, hmac_key=hub.secrets.api_key_key, now=hub.clock(), door=Door.COMMAND)
    if actor is None:
        raise Refusal(f"expected an API key that opens something in {KEY_VARIABLE}, found none such")
    return actor


def _read(file: Path) -> dict[str, Any]:
    stream = sys.stdin.buffer if str(file) == "-" else None
    if stream is None and not file.is_file():
        raise Refusal(f"{file}: expected a JSON file, found none")
    raw = stream.read(LARGEST_FILE + 1) if stream else file.read_bytes()
    if len(raw) > LARGEST_FILE:
        raise Refusal(f"{file}: expected at most {LARGEST_FILE} bytes, found more")
    try:
        given = parse_strict(raw)
    except CryptoError as error:
        raise Refusal(f"{file}: expected JSON: {error}") from error
    if not isinstance(given, dict):
        raise Refusal(f"{file}: expected a JSON object, found another value")
    return given


def _document(view: ReportView) -> dict[str, Any]:
    return {
        "reference": view.reference,
        "sector": view.sector,
        "ceptoar": view.ceptoar,
        "organization": str(view.organization_id),
        "exercise": view.exercise,
        "state": view.state.value,
        "versions": [
            {
                "number": version.number,
                "kind": version.kind.value,
                "label": version.label.value,
                "filed_at": version.filed_at.isoformat(),
                "content": to_shown(version.fields, is_own=view.is_own),
            }
            for version in view.versions
        ],
    }
