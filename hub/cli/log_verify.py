"""A door: `log verify`: a log at an address, in a folder or in a database, or receipts, against keys and a policy."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

import click
from msgspec import Struct

from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from crypto.memory import MAX_MEMORY_BYTES, Memory, believed, parse_memory, remember
from crypto.policy import MAX_POLICY_BYTES, Policy, parse_policy
from crypto.rotation import Learned, Rotation, learn_keys
from crypto.verify import MAX_FINDINGS, Finding, in_log_order, verify_runs
from crypto.verify_run import Run
from hub.cli.common import Refusal, json_option, settings_of
from hub.cli.language import in_language
from hub.cli.log_files import is_proof_file, read_vkeys, verify_files
from hub.cli.log_telling import Outcome, show_progress, tell
from hub.log.client import CannotFetch, FolderLog, LogSource, Reading, RemoteLog, shard_of, signed_size
from hub.log.door import log_keys_of
from hub.log.tilefiles import TileFiles
from hub.settings import DATA_VARIABLE
from models.session import Database, sqlite_url
from sharing.audit.check.database import check_database
from sharing.audit.check.kept import count_entries
from sharing.audit.cosignatures import load_settled_notes
from sharing.audit.receipts import MERGE_DELAY
from sharing.audit.rotation import list_rotations

PATIENCE_SECONDS: Final = 10
"""How long the newest checkpoint of a hub that runs may wait for its witnesses before that is called a fault."""


class Trust(Struct, frozen=True):
    """Whom to believe, and what was seen before."""

    given: tuple[VerifyingKey, ...]
    """Keys that the caller named; empty where none were."""
    policy: Policy | None
    memory: Memory
    state: Path | None
    """Where the memory is written to."""

    def learn(self, listed: Sequence[VerifyingKey], rotations: Iterable[Rotation]) -> Learned:
        """The keys to believe: those given, else those remembered, else what the log says of itself.

        Of known keys the log's own entries lead to those that followed them.
        """
        known = self.given or self.memory.keys
        if not known:
            return Learned(list(listed))
        learned = learn_keys(known, rotations)
        learned.keys = believed(learned.keys, listed)
        return learned

    @property
    def independent(self) -> bool:
        """Whether the keys come from elsewhere than the log."""
        return bool(self.given or self.memory.keys)

    def remember(self, keys: Sequence[VerifyingKey], notes: Sequence[bytes], *, whole: bool) -> None:
        """Write down what was shown; the file is replaced as a whole or not at all."""
        if self.state is None:
            return
        fresh = self.state.with_name(f"{self.state.name}.{os.getpid()}.new")
        fresh.write_bytes(remember(self.memory, keys, notes, whole=whole).to_bytes())
        fresh.replace(self.state)


@click.command(
    help=in_language(
        "Check every entry, object, hash and signature. WHERE is a hub's address, a folder that `log export` wrote, a "
        "data folder or a database (a SQLite file or a postgresql:// URL); without it, the data folder's. It may also "
        "be a receipt, a promise or an archive of them, checked with --vkeys and nothing else. Exit codes: 0 whole, "
        "1 something is wrong, 2 cannot tell.",
        "全ての記録、オブジェクト、ハッシュ、署名を検証します。WHEREはハブのアドレス、log exportで書き出した"
        "フォルダー、データフォルダーまたはデータベース。受領証、受付証、それらをまとめたファイルも、--vkeysだけで検証できます。"
        "終了コード: 0 異常なし、1 異常あり、2 検証できない。",
    )
)
@click.argument("where", required=False)
@click.option(
    "--data",
    envvar=DATA_VARIABLE,
    type=click.Path(path_type=Path),
    help=in_language("The data folder.", "データフォルダー。"),
)
@click.option("--vkey", "vkeys", multiple=True, help=in_language("A key to believe.", "信頼する検証鍵。"))
@click.option(
    "--vkeys",
    "vkeys_file",
    type=click.Path(path_type=Path),
    help=in_language("A file of keys to believe, a line each.", "信頼する検証鍵のファイル（1行に1つ）。"),
)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    help=in_language(
        "A file (C2SP tlog-policy) that says whose cosignatures are enough.",
        "必要な第三者検証者の署名を定めるファイル（C2SP tlog-policy）。",
    ),
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help=in_language(
        "A file that remembers what the log showed; the next run tells a fork or rollback by it.",
        "証跡の以前の状態を記憶するファイル。次回、分岐や巻き戻しを検出します。",
    ),
)
@click.option(
    "--witnesses",
    "needed",
    type=click.IntRange(0, 100),
    default=0,
    help=in_language("How many witnesses a receipt needs.", "受領証に必要な第三者検証者の数。"),
)
@json_option
def verify(
    *,
    where: str | None,
    data: Path | None,
    vkeys: tuple[str, ...],
    vkeys_file: Path | None,
    policy_file: Path | None,
    state: Path | None,
    needed: int,
    as_json: bool,
) -> int:
    """Verify a log and name the first bad entry; or a receipt, offline."""
    policy = _read_policy(policy_file)
    keys = _parse_keys(vkeys) + (read_vkeys(vkeys_file) if vkeys_file else []) + list(policy.keys if policy else ())
    if where is not None and is_proof_file(where):
        return verify_files(where, keys, needed=needed, policy=policy, as_json=as_json)
    trust = Trust(tuple(dict.fromkeys(keys)), policy, _read_memory(state), state)
    try:
        return tell(_verify_log(where, data, trust, quiet=as_json), as_json=as_json)
    except CannotFetch as error:
        raise Refusal(str(error)) from error


def _verify_log(where: str | None, data: Path | None, trust: Trust, *, quiet: bool) -> Outcome:
    if where is not None and where.startswith(("http://", "https://")):
        return _verify_source(RemoteLog.at(where), trust, patience=PATIENCE_SECONDS, quiet=quiet)
    folder = Path(where) if where is not None and Path(where).is_dir() else None
    exported = FolderLog.find(folder) if folder is not None else None
    if exported is not None:
        return _verify_source(exported, trust, patience=0, quiet=quiet)
    if where is not None and folder is None:
        return _verify_bare(where, trust, quiet=quiet)
    chosen = folder or data
    if chosen is None:
        raise Refusal(f"expected a log to verify, found none. Name one, or a data folder with --data ({DATA_VARIABLE})")
    from hub.wiring import open_hub  # noqa: PLC0415 - only where a whole hub is opened

    hub = open_hub(settings_of(chosen))
    try:
        return _verify_database(hub.units.database.url, trust, log_keys_of(hub), quiet=quiet, files=hub.tile_files)
    finally:
        hub.close()


def _verify_bare(where: str, trust: Trust, *, quiet: bool) -> Outcome:
    """A database without its data folder: whom to believe must be said."""
    if not trust.independent:
        raise Refusal("expected --vkey with the log's key for a database alone, found none. /log/vkeys lists them")
    url = where
    if "://" not in where:
        if not Path(where).is_file():
            raise Refusal(f"{where}: expected an address, a folder or a database, found nothing there")
        url = sqlite_url(Path(where).absolute())
    return _verify_database(url, trust, [], quiet=quiet)


def _verify_database(
    url: str, trust: Trust, own: Sequence[VerifyingKey], *, quiet: bool, files: TileFiles | None = None
) -> Outcome:
    """From inside: all that is kept beside the entries, too. A data folder's own keys are as good as given ones."""
    with closing(Database(url)) as database, database.reading() as session:
        learned = trust.learn(own, list_rotations(session))
        with show_progress(count_entries(session), quiet=quiet) as progress:
            checked = check_database(
                session,
                learned.keys,
                progress,
                url=database.url,
                remembered=trust.memory.notes,
                watch=learned.watch,
            )
        copied = list(islice(files.check(session), MAX_FINDINGS)) if files is not None else []
        settled = load_settled_notes(session, MERGE_DELAY) if trust.policy or trust.state else {}
    lost = {each.shard for each in checked.report.losses}
    cosigned, missing = _judge({name: note for name, note in settled.items() if name not in lost}, trust.policy)
    findings = [*checked.findings, *copied, *learned.findings, *missing]
    trust.remember(learned.keys, list(settled.values()), whole=not findings)
    return Outcome(checked.report, findings, True, checked.waiting, cosigned)


def _verify_source(source: LogSource, trust: Trust, *, patience: int, quiet: bool) -> Outcome:
    """From outside: entries, tiles, order, roots and signatures; what the entries commit to stays with the hub."""
    learned = trust.learn(_parse_keys(source.vkeys()), source.rotations())
    keys = learned.keys
    notes = source.checkpoints(keys)
    if not notes and not trust.memory.notes:
        raise CannotFetch("expected a checkpoint of a log whose key is believed, found none: compare the keys")
    reading = Reading(source, {origin: signed_size(note) for origin, note in notes.items()})
    with show_progress(sum(reading.sizes.values()), quiet=quiet) as progress:

        def runs() -> Iterator[Run]:
            for run in reading.runs():
                progress(run.count)
                yield run

        report = verify_runs(learned.watch(runs()), notes.values(), keys, remembered=trust.memory.notes)
    lost = {each.shard for each in report.losses}
    newest = {shard_of(origin): note for origin, note in notes.items() if shard_of(origin) not in lost}
    cosigned, missing = _judge(newest, trust.policy)
    waited = 0
    while missing and waited < patience and trust.policy is not None:
        time.sleep(1)  # witnesses are asked once a second, and the checkpoint may be younger than that
        waited += 1
        notes |= source.checkpoints(keys)
        cosigned, missing = _judge({name: notes[_origin(notes, name)] for name in newest}, trust.policy)
    findings = in_log_order([*report.findings, *reading.findings, *learned.findings, *missing], report.shards)
    trust.remember(keys, list(notes.values()), whole=not findings)
    return Outcome(report, findings, trust.independent, 0, cosigned)


def _origin(notes: Mapping[str, bytes], shard: str) -> str:
    return next(origin for origin in notes if shard_of(origin) == shard)


def _judge(newest: Mapping[str, bytes], policy: Policy | None) -> tuple[dict[str, str] | None, list[Finding]]:
    """Whether the newest checkpoint of each shard is cosigned as the policy asks, and by whom."""
    if policy is None:
        return None, []
    words: dict[str, str] = {}
    missing: list[Finding] = []
    for shard, note in newest.items():
        try:
            agreed, words[shard] = policy.judge(note)
        except CryptoError as error:
            agreed, words[shard] = False, str(error)
        if not agreed:
            what = f"the newest checkpoint lacks the cosignatures that the policy asks for: {words[shard]}"
            missing.append(Finding(shard, None, what))
    return words, missing


def _parse_keys(vkeys: Sequence[str]) -> list[VerifyingKey]:
    try:
        return [VerifyingKey.parse(each) for each in vkeys]
    except CryptoError as error:
        raise Refusal(f"--vkey: {error}") from error


def _read_policy(path: Path | None) -> Policy | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return parse_policy(file.read(MAX_POLICY_BYTES + 1))
    except CryptoError as error:
        raise Refusal(f"{path}: {error}") from error


def _read_memory(path: Path | None) -> Memory:
    if path is None or not path.exists():
        return Memory()
    try:
        with path.open("rb") as file:
            return parse_memory(file.read(MAX_MEMORY_BYTES + 1))
    except CryptoError as error:
        raise Refusal(f"{path}: {error}. Keep it as it is, it may be evidence; name another file") from error
