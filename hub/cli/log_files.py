"""A door: `log verify` for files: receipts, promises and whole folders of them, without network, hub or database."""

import time
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from crypto.policy import Policy
from crypto.promise import Promise, check_kept, is_promise, verify_promise
from crypto.receipt import MAGIC, MAX_RECEIPT_BYTES, Proven, verify_receipt
from hub.cli.common import FOUND, OK, Refusal, print_json, say
from hub.cli.language import in_language
from hub.keys.keyfiles import SecretsError

MOST_FILES: Final = 50_000
"""Receipts of one archive."""

MOST_VKEYS_BYTES: Final = 1_000_000
"""Keys of a log and its witnesses: a few kilobytes each year."""

ZIP: Final = b"PK\x03\x04"


class Checked(Struct, frozen=True):
    """What became of one file."""

    name: str
    problem: str = ""
    proven: Proven | None = None
    promise: Promise | None = None
    late: bool = False


def is_proof_file(where: str) -> bool:
    """Whether a path is a receipt, a promise or an archive of them, by its first bytes or its name."""
    path = Path(where)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(64)
    return start.startswith((MAGIC[:16], b"ceptoar-hub prom", ZIP)) or path.suffix in {".tlog-proof", ".promise"}


def read_vkeys(path: Path) -> list[VerifyingKey]:
    """The keys of a file, a line each; empty lines and lines with # are passed over.

    Raises:
        Refusal: it cannot be read, or a line is no key.
    """
    try:
        raw = path.read_bytes()[:MOST_VKEYS_BYTES]
        lines = raw.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{path}: expected a file of keys, a line each, found {type(error).__name__}") from error
    keys: list[VerifyingKey] = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            try:
                keys.append(VerifyingKey.parse(line.strip()))
            except CryptoError as error:
                raise Refusal(f"{path}, line {number}: {error}") from error
    if not keys:
        raise Refusal(f"{path}: expected at least one key, found none. /log/vkeys of the hub lists them")
    return keys


def verify_files(where: str, keys: Sequence[VerifyingKey], *, needed: int, policy: Policy | None, as_json: bool) -> int:
    """Check a receipt, a promise or an archive; exit code 1 where something does not hold, or came too late."""
    if not keys:
        raise Refusal(
            "expected --vkeys FILE with the keys of the log and its witnesses, found none: whom to believe must be "
            "said. Keep a copy of /log/vkeys from a day on which you trusted it"
        )
    results = _with_promises(list(_check_all(Path(where), keys, needed, policy)))
    bad = [each for each in results if each.problem]
    if as_json:
        print_json({"ok": not bad, "files": [_as_document(each) for each in results]})
    else:
        _tell(results, len(bad))
    return FOUND if bad else OK


def _check_all(path: Path, keys: Sequence[VerifyingKey], needed: int, policy: Policy | None) -> Iterator[Checked]:
    for name, raw in _read(path):
        yield _check(name, raw, keys, needed, policy)


def _read(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if not zipfile.is_zipfile(path):
            yield path.name, path.read_bytes()[: MAX_RECEIPT_BYTES + 1]
            return
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if not each.is_dir() and each.filename != "README.txt"]
            if len(members) > MOST_FILES:
                raise Refusal(f"{path}: expected at most {MOST_FILES} receipts, found {len(members)}")
            for member in members:
                with archive.open(member) as file:
                    yield member.filename, file.read(MAX_RECEIPT_BYTES + 1)
    except (zipfile.BadZipFile, EOFError) as error:
        raise Refusal(f"{path}: expected a whole archive, found a damaged one: download it again") from error


def _check(name: str, raw: bytes, keys: Sequence[VerifyingKey], needed: int, policy: Policy | None) -> Checked:
    now = int(time.time())
    try:
        if is_promise(raw):
            promise = verify_promise(raw, keys)
            return Checked(name, promise=promise, late=now * 1000 > promise.due_ms)
        proven = verify_receipt(raw, keys, now=now)
    except (CryptoError, SecretsError) as error:
        return Checked(name, problem=str(error))
    if proven.witnessed < needed:
        problem = f"expected {needed} witnesses, found {proven.witnessed} of {proven.witnesses} known"
        return Checked(name, problem=problem, proven=proven)
    if policy is not None and not policy.agreed(each.key for each in proven.cosignatures):
        names = ", ".join(sorted(each.key.name for each in proven.cosignatures)) or "nobody"
        return Checked(
            name, problem=f"expected the cosignatures that the policy asks for, found {names}", proven=proven
        )
    return Checked(name, proven=proven)


def _with_promises(results: list[Checked]) -> list[Checked]:
    """A promise whose time is over needs its receipt beside it; else it is evidence against the hub."""
    proofs = [each.proven for each in results if each.proven is not None and not each.problem]
    told: list[Checked] = []
    for each in results:
        if each.promise is None or not each.late or any(_keeps(each.promise, proven) for proven in proofs):
            told.append(each)
            continue
        due = _time(each.promise.due_ms)
        problem = (
            f"the promise holds, and its time was over at {due}: get the receipt from the hub and check both together "
            "(an archive of the two). If the hub cannot give it, the promise is evidence: show it to the auditor"
        )
        told.append(Checked(each.name, problem=problem, promise=each.promise, late=True))
    return told


def _keeps(promise: Promise, proven: Proven) -> bool:
    try:
        check_kept(promise, proven)
    except CryptoError:
        return False
    return True


def _tell(results: Sequence[Checked], bad: int) -> None:
    for each in results:
        if each.problem:
            say(f"WRONG {each.name}: {each.problem}")
        elif len(results) <= 3:
            _describe(each)
    if len(results) > 1:
        say(f"{len(results)} files, {bad} wrong")
    say(
        in_language("SOMETHING IS WRONG", "異常があります")
        if bad
        else in_language("All of it holds.", "全て正しいことを確認しました。")
    )


def _describe(each: Checked) -> None:
    if each.promise is not None:
        say(f"{each.name}: promise of {each.promise.log}, given {_time(each.promise.ts_ms)}")
        say(f"  must stand in the signed log by {_time(each.promise.due_ms)}")
        return
    proven = each.proven
    assert proven is not None
    say(f"{each.name}: entry {proven.index} of {proven.checkpoint.origin}, {_time(proven.leaf.ts_ms)}")
    say(f"  leaf {proven.leaf_hash.hex()}, in the signed tree of {proven.checkpoint.size}")
    say(f"  witnessed {proven.witnessed} of {proven.witnesses}")
    for cosignature in proven.cosignatures:
        say(f"    {cosignature.key.name} at {_time(cosignature.seconds * 1000)}")
    for name, part in proven.parts.items():
        say(f"  {name}: {part}")
    if proven.object_sha256 is not None:
        say(f"  object with SHA-256 {proven.object_sha256.hex()}")


def _as_document(each: Checked) -> dict[str, Any]:
    document: dict[str, Any] = {"file": each.name, "ok": not each.problem, "problem": each.problem or None}
    if each.promise is not None:
        promise = each.promise
        return document | {
            "promise": {"log": promise.log, promise.kind: promise.hashed.hex(), "due": _time(promise.due_ms)}
        }
    if each.proven is not None:
        proven = each.proven
        document |= {
            "origin": proven.checkpoint.origin,
            "index": proven.index,
            "at": _time(proven.leaf.ts_ms),
            "leaf": proven.leaf_hash.hex(),
            "size": proven.checkpoint.size,
            "witnessed": proven.witnessed,
            "witnesses": proven.witnesses,
            "cosigned": {it.key.name: _time(it.seconds * 1000) for it in proven.cosignatures},
            "parts": dict(proven.parts),
            "object_sha256": proven.object_sha256.hex() if proven.object_sha256 else None,
        }
    return document


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
