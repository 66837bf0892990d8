"""A door: `log export`: the public log as files that any static host can serve."""

from pathlib import Path

import click

from hub.cli.common import OK, Refusal, data_option, json_option, opened, print_json, say
from hub.cli.language import in_language
from hub.log.door import list_vkeys, spell_rotations
from hub.wiring import Hub
from sharing.audit.checkpoints import list_shards
from sharing.audit.cosignatures import load_newest_note
from sharing.audit.state import load_log_head
from sharing.audit.tiles import Named, Roots, list_places
from sharing.errors import NotVisible


@click.command(
    help=in_language(
        "Write the public log (checkpoints, tiles, entries, keys) into FOLDER, as files that any web server can serve "
        "and `log verify FOLDER` checks. Run it again to add what is new: full tiles never change. Entries are "
        "commitments; nothing of a report is in them.",
        "公開用の証跡（チェックポイント、タイル、記録、検証鍵）をFOLDERに書き出します。静的なウェブサーバーで公開でき、"
        "log verify FOLDERで検証できます。再実行すると新しい分だけを追加します。報告の内容は含まれません。",
    )
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@data_option
@json_option
def export(folder: Path, *, data: Path, as_json: bool) -> int:
    """Write the log as files; the checkpoints come last, so that a copy that broke off still holds."""
    with opened(data) as hub:
        _refuse_another(folder, hub)
        written = Writer(folder)
        _write_log(hub, written)
    if as_json:
        print_json({"folder": str(folder), "written": written.files, "bytes": written.bytes})
    else:
        say(
            in_language(
                f"{folder}: {written.files} files written.", f"{folder}に{written.files}個のファイルを書き出しました。"
            )
        )
    return OK


class Writer:
    """Writes files whole or not at all, and counts them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = self.bytes = 0

    def has(self, path: str) -> bool:
        """Whether a file is there already; what never changes is not written twice."""
        return (self.folder / path).is_file()

    def write(self, path: str, content: bytes) -> None:
        """Put a file in its place in one step: a full disk leaves what was there before."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(file.name + ".new")
        try:
            fresh.write_bytes(content)
            fresh.replace(file)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        self.files += 1
        self.bytes += len(content)


def _refuse_another(folder: Path, hub: Hub) -> None:
    """One folder, one log: files of two logs would mix into none.

    Raises:
        Refusal: the folder holds something else.
    """
    if not folder.exists() or not any(folder.iterdir()):
        return
    checkpoint = folder / "checkpoint"
    with hub.reading() as session:
        origin = load_log_head(session).origin
    start = checkpoint.read_bytes()[: len(origin) + 1] if checkpoint.is_file() else b""
    if start != f"{origin}/".encode():
        raise Refusal(f"{folder}: expected an empty folder or an earlier export of {origin}, found something else")


def _write_log(hub: Hub, to: Writer) -> None:
    known = Roots()
    changes = spell_rotations(hub)  # before the checkpoints are chosen: each must stand under one of them
    with hub.reading() as session:
        notes = {}
        for shard in list_shards(session):
            try:
                notes[shard] = load_newest_note(session, shard)
            except NotVisible:
                continue  # nothing of it is signed yet
        if not notes:
            raise Refusal("expected a signed checkpoint, found none: run `ceptoar-hub log checkpoint` first")
        for shard, note in notes.items():
            for kind, place in list_places(note.size):
                named = Named(shard, kind, place.number, place.width)
                if not to.has(named.path):
                    to.write(named.path, named.load(session, known))
    to.write("vkeys", list_vkeys(hub))
    to.write("rotations", changes)
    for shard, note in notes.items():
        to.write(f"{shard}/checkpoint", note.note)
    to.write("checkpoint", note.note)
