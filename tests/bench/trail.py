"""Measures the trail: integration, proofs, the check of a long log from both sides, receipts, signing, its share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psutil
import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from crypto.canonical import canonical_json
from crypto.entry import ABSENT_PART, PART_NAMES, build_leaf, commit_part, parts_root
from crypto.merkle import Frontier, leaf_hash
from crypto.receipt import Receipt, build_receipt
from hub.cli import main
from hub.log.door import list_vkeys
from models.audit import LogState
from models.bulk import insert_rows
from models.session import upgrade
from models.vocabulary import Label, Role
from sharing import publications
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.integrate import integrate
from sharing.audit.proofs import Prover
from sharing.audit.record import Event, record
from sharing.audit.state import load_log_head
from sharing.audit.tags import Tag
from sharing.audit.tiles import Roots
from sharing.collections.access import load_collection
from sharing.publishing.nouns import NewObject, Publication
from sharing.readers import load_reader
from tests.factory import START, World
from tests.hub.file_log import FileLog
from tests.hub.witness.watching import closing_nothing

AT_ONCE = 20_000
"""Rows written with one statement."""

ACTOR = {"account": str(UUID(int=1)), "organization": str(UUID(int=2)), "roles": ["reporter"], "key": None}
"""Who acted, as long as in a real entry."""

CHECK = """
import json, resource, sys, time
from hub.cli import main
started = time.monotonic()
code = main(sys.argv[1:])
own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
cpu = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
print(json.dumps({"code": code, "seconds": time.monotonic() - started, "cpu": cpu}))
"""
"""`log verify` that also says what it took, with all processes that it started."""

LOOK_SECONDS = 0.1
"""How often the memory of those processes is looked at."""

INTEGRATE = (20_000, 5_000)
PROOFS = (10_000, 2_000)
TRAIL_SHARE = (15, 15)
SIGNING_MS = (1, 1)
RECEIPT_BYTES = (10_000, 10_000)
VERIFY_ROOTS = (5, 30)
VERIFY_ALL = (30, 90)
VERIFY_MB = (300, 300)
VERIFY_GROWTH_MB = (20, 40)
"""Target, and what must not be passed."""

CORES = 2
"""Times of checks are told as two cores would take them: CPU over two, since a shared machine's clock says little."""


def fill(world: World, count: int) -> None:
    """Entries with all their parts, written straight; the end of the log moves on as integration would move it."""
    with world.hub.units.database.writing() as session:
        state = session.execute(text("SELECT size, frontier, last_ts_ms FROM log_state")).one()
        size, frontier, ts_ms = state.size, Frontier.from_bytes(bytes(state.frontier)), state.last_ts_ms
        first_id = session.execute(text("SELECT max(id) + 1 FROM audit_entries")).scalar_one()
        for done in range(0, count, AT_ONCE):
            hashes = _write(session, range(done, min(done + AT_ONCE, count)), first_id, (size, ts_ms))
            frontier = frontier.extend(hashes)
        moved = {"size": frontier.size, "frontier": frontier.to_bytes(), "last_ts_ms": ts_ms + count - 1}
        session.execute(update(LogState).values(moved))
    with world.hub.units.database.writing() as session:
        publish_checkpoint(session, world.hub.secrets.log_signers, world.now, at_once=True)


_ENTRY = (
    *(("id", "int8"), ("kind", "text"), ("tag", "text"), ("recorded_at", "timestamptz"), ("parts_root", "bytea")),
    *(("object_count", "int4"), ("tree_size", "int4"), ("regrants", "int4"), ("shard", "text"), ("log_index", "int8")),
    *(("ts_ms", "int8"), ("leaf", "bytea"), ("leaf_hash", "bytea")),
)
_PART = (("entry_id", "int8"), ("name", "text"), ("salt", "bytea"), ("body", "bytea"))


def _write(session: Session, numbers: range, first_id: int, after: tuple[int, int]) -> list[bytes]:
    size, ts_ms = after
    entries, parts, hashes = [], [], []
    for number in numbers:
        actor = canonical_json({"action": "bench:entry", "at": START.isoformat(), "door": "web", **ACTOR})
        bodies = (actor, ABSENT_PART, ABSENT_PART, canonical_json({"policy": "1", "number": number}))
        salts = [os.urandom(32) for _ in PART_NAMES]
        made = list(zip(PART_NAMES, salts, bodies, strict=True))
        root = parts_root([commit_part(*each) for each in made])
        leaf = build_leaf(ts_ms + number, "event", root, None)
        hashes.append(leaf_hash(leaf))
        at = (first_id + number, "event", "bench:entry", START, root, 0, 0, 0, "2026")
        entries.append((*at, size + number, ts_ms + number, leaf, hashes[-1]))
        parts += [(first_id + number, *each) for each in made]
    insert_rows(session, "audit_entries", _ENTRY, entries)
    insert_rows(session, "audit_parts", _PART, parts)
    return hashes


@contextmanager
def counted(module: Any, *names: str) -> Iterator[list[float]]:
    """Count the CPU time that is spent inside these functions of a module."""
    spent, kept = [0.0], {name: getattr(module, name) for name in names}

    def counting(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return function(*given, **named)
            finally:
                spent[0] += time.process_time() - started

        return call

    for name, function in kept.items():
        setattr(module, name, counting(function))
    try:
        yield spent
    finally:
        for name, function in kept.items():
            setattr(module, name, function)


def integrated(world: World, count: int) -> float:
    """Entries integrated in a second of CPU, in batches as they come."""
    with world.hub.units.database.writing() as session:
        for _ in range(count):
            record(session, Event(Tag.HUB_START, world.command()), world.context())
    with world.hub.units.database.writing() as session:
        started = time.process_time()
        while (done := integrate(session, world.hub.units.now_us, os.urandom)) and done.entries:
            pass
        return count / (time.process_time() - started)


def proofs(world: World, count: int) -> tuple[float, float]:
    """Inclusion proofs of entries anywhere in the log, in a second of CPU: from a hub that has made none, and later."""
    known = Roots()
    chance = Random(1)

    def rate(most: int) -> float:
        started = time.process_time()
        for _ in range(most):
            prover.inclusion(chance.randrange(size), size)
        return most / (time.process_time() - started)

    with world.reading() as session:
        size = load_log_head(session).size
        prover = Prover(session, "2026", known)
        prover.inclusion(0, size)
        first = rate(count)
        rate(4 * count)
        return first, rate(count)


def trail_share(world: World, posts: int) -> tuple[float, float, float]:
    """Milliseconds of CPU of a post of 1000 objects as it is, without the trail's part, and of what is signed."""
    actor = world.person(world.secretariat("Bench"), Role.COORDINATOR)
    names = ("object_leaf", "build_object_tree", "describe_objects", "_objects_part", "record")
    signing = 0.0
    with counted(publications, *names) as spent:
        started = time.process_time()
        for number in range(posts):
            objects = [_indicator(number * 1000 + at) for at in range(1000)]
            before = time.process_time()
            with world.writing() as session:
                opened = load_collection(session, load_reader(session, actor), "electricity")
                policy, context = world.hub.policy(session), world.context()
                publications.publish(
                    session, actor, Publication(opened.collection, objects), policy=policy, context=context
                )
            signed = time.process_time()
            world.hub.promise(session)
            signing += time.process_time() - signed
            started += before - started if number == 0 else 0
        whole = time.process_time() - started
    return whole / posts * 1000, (whole - spent[0]) / posts * 1000, signing / posts * 1000


def _indicator(number: int) -> NewObject:
    ident = f"indicator--{number:08d}-0000-4000-8000-000000000000"
    raw = b'{"id":"%s","pattern":"[ipv4-addr:value = \'192.0.2.%d\']"}' % (ident.encode(), number % 256)
    return NewObject(ident, "indicator", "2.1", 1, "1", None, Label.GREEN, raw)


def receipt_bytes() -> int:
    """One leaf's receipt file with three Ed25519 cosignatures, in a log of a million."""
    log = FileLog(witnesses=["one.example", "two.example", "three.example"])
    log.grow(1)
    return len(build_receipt(Receipt(0, tuple(bytes(32) for _ in range(20)), log.note(), log.shards["2026"][0], {})))


def check(*words: object) -> dict[str, Any]:
    """`log verify` in a process of its own: what it told, its time, and the most memory it had with its helpers."""
    command = [sys.executable, "-c", CHECK, "log", "verify", *map(str, words), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        most, looked = _watch_memory(running)
        output, errors = running.communicate()
    if len(output.strip().splitlines()) < 2:
        raise RuntimeError(f"log verify said nothing: {errors[-2000:]}")
    told, used = output.strip().splitlines()[-2:]
    return {**json.loads(used), "told": json.loads(told), "mb": most, "looked": looked}


def _watch_memory(running: subprocess.Popen[str]) -> tuple[float, int]:
    """The largest sum over all its processes, in MB, and how often it was looked at.

    PSS: what processes share, such as the program itself, counts once.
    """
    most, looked = 0.0, 0
    while running.poll() is None:
        found = 0.0
        with suppress(psutil.Error):
            first = psutil.Process(running.pid)
            for each in (first, *first.children(recursive=True)):
                with suppress(psutil.Error):
                    found += each.memory_full_info().pss / 2**20
        most, looked = max(most, found), looked + 1
        time.sleep(LOOK_SECONDS)
    return most, looked


def measure(entries: int) -> Iterator[tuple[str, float, float, float, bool]]:
    """Each row of the table: what, the value, target and limit, and whether it is one that must not be exceeded."""
    with tempfile.TemporaryDirectory(prefix="ceptoar-trail-") as work:
        folder = Path(work)
        url = f"sqlite:///{folder / 'hub.sqlite3'}"
        upgrade(url)
        world = World(url, folder)
        yield "integrate entries/s", integrated(world, 20_000), *INTEGRATE, False
        whole, without, signing = trail_share(world, 8)
        print(f"a post of 1000: {whole:.1f} ms of CPU with the trail, {without:.1f} ms without")
        yield "trail, share of ingest %", (whole - without) / without * 100, *TRAIL_SHARE, True
        yield "signing in a post of 1000, ms", signing, *SIGNING_MS, True
        fill(world, entries // 4)
        (folder / "vkeys").write_bytes(list_vkeys(world.hub))
        quarter = check(folder / "hub.sqlite3", "--vkeys", folder / "vkeys")["mb"]
        fill(world, entries - entries // 4)
        cold, warm = proofs(world, 5_000)
        yield "proofs/s, nothing remembered", cold, PROOFS[1], PROOFS[1], False
        yield "proofs/s, tiles remembered", warm, *PROOFS, False
        yield "receipt, bytes", receipt_bytes(), *RECEIPT_BYTES, True
        keys = folder / "vkeys"
        files = folder / "log"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("hub.cli.log_export.opened", lambda _data: closing_nothing(world.hub))
            main(["log", "export", str(files), "--data", str(folder)])
        world.close()
        millions = 1_000_000 / entries
        for name, where, budget in (
            ("tiles, roots, signatures", files, VERIFY_ROOTS),
            ("all parts of a database", folder / "hub.sqlite3", VERIFY_ALL),
        ):
            found = check(where, "--vkeys", keys)
            assert found["told"]["entries"] >= entries
            print(
                f"{name}: {found['seconds']:.1f} s, {found['cpu']:.1f} s of CPU for {entries:,} entries; "
                f"at most {found['mb']:.0f} MB (PSS of all processes, {found['looked']} looks)"
            )
            yield f"verify 1M, {name}, s", found["cpu"] / CORES * millions, *budget, True
            yield f"verify, {name}, MB", found["mb"], *VERIFY_MB, True
        print(f"all parts of a quarter of it: at most {quarter:.0f} MB")
        yield "verify, MB more for four times", found["mb"] - quarter, *VERIFY_GROWTH_MB, True
