"""A door: `import` takes in a file, `export` writes what the holder of an API key may see. The key: see `report`."""

import json
import os
import sys
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Final
from uuid import UUID

import click

from feeds.files import indicators, misp
from feeds.files.bundles import FileError, split_objects
from feeds.files.exporting import HIGHEST, export_bundle
from feeds.files.importing import Imported, Into, import_objects
from feeds.files.indicators import Origin, Skipped
from feeds.files.misp import LARGEST_EVENT
from feeds.intake.judging import Judge
from hub.cli.common import FOUND, OK, Refusal, complain, data_option, json_option, print_json, say
from hub.cli.language import in_language
from hub.cli.reason_words import said
from hub.cli.report import KEY_VARIABLE, actor_of_key, opened_for_key
from hub.wiring import Hub
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.collections.access import load_collection
from sharing.disclosures import shown_of
from sharing.readers import load_reader
from sharing.reading.grants import Row
from sharing.reading.question import ALL, LAST, Question
from sharing.trail.exports import note_export

FORMATS: Final = ("stix", "misp", "csv", "list")
BY_SUFFIX: Final = {".json": "stix", ".csv": "csv", ".txt": "list", ".lst": "list"}
LABELS: Final = click.Choice([label.value for label in Label])
ORDER: Final = "definitions with what names them"
"""In which order a file is read: an import that was stopped in another one begins anew."""
MANIFEST: Final = "manifest.json"
"""A folder with this file is a MISP feed."""


@click.command(
    "import",
    help=in_language(
        f"Take in FILE: a STIX bundle, a MISP event or feed folder, a CSV or a list. The API key: {KEY_VARIABLE}.",
        f"FILE（STIXバンドル、MISPイベントまたはフィード、CSV、一覧）を取り込みます。APIキー：{KEY_VARIABLE}。",
    ),
)
@data_option
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--collection", required=True, help=in_language("Where it goes.", "掲載先のコレクション。"))
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), help=in_language("Else by its name.", "形式。省略時は名前から。")
)
@click.option("--label", type=LABELS, help=in_language("For what states none (not STIX).", "TLPのない行に付けるTLP。"))
@json_option
def import_file(data: Path, file: Path, *, collection: str, kind: str | None, label: str | None, as_json: bool) -> int:
    """Take in a file; run again after a stop it goes on, run again at the end it changes nothing."""
    if not file.exists():
        raise Refusal(f"{file}: expected a file or a MISP feed folder, found none")
    kind = kind or ("misp" if file.is_dir() else BY_SUFFIX.get(file.suffix.lower(), ""))
    if not kind:
        raise Refusal(f"{file}: expected a name that ends in {', '.join(BY_SUFFIX)}, found another. Say --format")
    with opened_for_key(data) as (hub, key):
        with hub.reading() as session:
            actor = actor_of_key(hub, session, key)
            opened = load_collection(session, load_reader(session, actor), collection)
            if not opened.can_write:
                raise Refusal(f"{collection}: expected a collection that you may write, found one to read")
            session.expunge_all()
        mark = _Mark(data, file, opened.collection.id, actor.organization.id, kind, label)
        at = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
        stated = Label(label) if label else None
        origin = Origin(actor.organization.id, at, stated, opened.collection.default_label)
        judge = Judge(hub.secrets.edition_key, hub.reading, hub.secrets.editions)
        into = Into(hub.units, actor, opened.collection, hub.policy, judge)
        with _bar(file, quiet=as_json) as told, _objects(file, kind, origin) as objects:

            def heard(so_far: Imported) -> None:
                mark.keep(so_far)
                told(so_far)

            try:
                done = import_objects(into, objects, heard, begin=mark.load())
            except FileError as error:
                raise Refusal(f"{file}: {error}") from error
        mark.clear()
    row = {name: value for name, value in vars(done).items() if name != "reasons"}
    if as_json:
        print_json({**row, "reasons": list(map(str, done.reasons))})
    else:
        say("  ".join(f"{name}: {value}" for name, value in row.items()))
        for each in done.reasons[:20]:
            complain(f"{each.stix_id}: {said(each.why)}" if each.stix_id else said(each.why))
    return FOUND if done.refused else OK


@click.command(
    help=in_language(
        f"Write what you may see as a STIX bundle, without TLP:RED. The API key: {KEY_VARIABLE}.",
        f"閲覧できるものをSTIXバンドルとして出力します（TLP:REDを除く）。APIキー：{KEY_VARIABLE}。",
    )
)
@data_option
@click.option("--collection", default="inbox", help=in_language("Of which collection.", "対象のコレクション。"))
@click.option("--type", "types", multiple=True, help=in_language("Only these types.", "対象の種類。"))
@click.option("--all-versions", is_flag=True, help=in_language("Not only the newest.", "旧版も含める。"))
@click.option("--out", type=click.Path(path_type=Path), help=in_language("Else standard output.", "出力先。"))
def export(data: Path, *, collection: str, types: Sequence[str], all_versions: bool, out: Path | None) -> int:
    """Write a bundle; nothing of it leaves before it is logged, and the trail notes the export."""
    with opened_for_key(data) as (hub, key):
        with hub.writing() as session:
            actor = actor_of_key(hub, session, key)
            opened = load_collection(session, load_reader(session, actor), collection)
            if not opened.can_read:
                raise Refusal(f"{collection}: expected a collection that you may read, found one to write")
            told = {"collection": str(opened.collection.id), "types": list(types), "all_versions": all_versions}
            context = hub.context()
            note_export(session, actor, "bundle", told, context=context)
            ident = context.new_id()
        unmarked: Counter[Label] = Counter()
        question = Question(types=tuple(types), versions=(ALL,) if all_versions else (LAST,), highest=HIGHEST.rank)
        with hub.reading() as session, _sink(out) as sink:
            pieces = export_bundle(
                session,
                load_reader(session, actor),
                opened.feed,
                question,
                ident=ident,
                sealer=hub.secrets.cursor,
                log=_logging(hub, actor, opened.feed),
                unmarked=unmarked,
            )
            for piece in pieces:
                sink.write(piece)
    for label, count in sorted(unmarked.items(), key=lambda each: each[0].rank):
        complain(
            in_language(
                f"{count} objects state no label; here they are {label}: say so to whoever takes the file",
                f"TLPのないオブジェクトが{count}件あります。ここでは{label}です。渡す相手に伝えてください",
            )
        )
    return OK


def _logging(hub: Hub, actor: Actor, feed: int) -> Callable[[Sequence[Row], Question], None]:
    def log(rows: Sequence[Row], question: Question) -> None:
        hub.disclosures.log(shown_of(actor, feed, rows, question, what="export", at=hub.clock()))

    return log


@contextmanager
def _sink(out: Path | None) -> Iterator[IO[bytes]]:
    """The file, whole or not at all; or standard output."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = out.with_name(f".{out.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _objects(file: Path, kind: str, origin: Origin) -> Iterator[Iterator[bytes | Skipped]]:
    if kind == "misp":
        yield (each for path in _events(file) for each in misp.of_misp(_small(path), origin))
    elif kind == "stix":
        with file.open("rb") as stream:
            if stream.peek(len(BOM_UTF8)).startswith(BOM_UTF8):
                stream.read(len(BOM_UTF8))  # some editors write it before everything
            yield iter(split_objects(stream))
    else:
        make = indicators.of_table if kind == "csv" else indicators.of_list
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield make(_read(lines), origin)


def _read(lines: Iterable[str]) -> Iterator[str]:
    """The lines, as long as they are UTF-8: names in Shift-JIS would go out to everybody as signs that nobody can read.

    Raises:
        FileError: they are not.
    """
    try:
        yield from lines
    except UnicodeDecodeError:
        raise FileError("text in UTF-8 (in Excel: CSV UTF-8)", "another encoding") from None


def _events(file: Path) -> list[Path]:
    """One event, or those that a feed's manifest names, the oldest first."""
    if not file.is_dir():
        return [file]
    try:
        manifest = json.loads(_small(file / MANIFEST))
    except (OSError, ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict):
        raise Refusal(f"{file}: expected a MISP feed with {MANIFEST}, found none that can be read")
    wanted = sorted(name for name in manifest if _is_uuid(name))
    return [path for name in wanted if (path := file / f"{name}.json").is_file()]


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _small(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(LARGEST_EVENT + 1)
    if len(raw) > LARGEST_EVENT:
        raise FileError(f"at most {LARGEST_EVENT} bytes", "more")
    return raw


class _Mark:
    """How far an import came, so that the next run need not begin again; the objects themselves tell repetitions.

    Another organization, label or format makes other objects of the same file: such a run begins at the beginning.
    """

    def __init__(self, data: Path, file: Path, *how: object) -> None:
        about = file.stat()
        key = "\0".join(map(str, (file.resolve(), about.st_size, about.st_mtime_ns, ORDER, *how)))
        self._path = (
            data.expanduser() / "imports" / f"{sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()}.json"
        )

    def load(self) -> int:
        try:
            found = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return 0
        return found if isinstance(found, int) and found >= 0 else 0

    def keep(self, so_far: Imported) -> None:
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        self._path.write_text(str(so_far.read), encoding="ascii")

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)


@contextmanager
def _bar(file: Path, *, quiet: bool) -> Iterator[Callable[[Imported], None]]:
    """A line that grows on a terminal, and nothing anywhere else."""
    if quiet or not sys.stderr.isatty():
        yield lambda _so_far: None
        return
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(file.name)

        def told(so_far: Imported) -> None:
            text = f"{file.name}: {so_far.read} read, {so_far.published} new, {so_far.refused} refused"
            progress.update(task, description=text)

        yield told
