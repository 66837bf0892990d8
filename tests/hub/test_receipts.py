"""Promises and receipts at the doors: who gets them, what they show, and the command that checks them offline."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from crypto.hashing import sha256
from crypto.keys import VerifyingKey
from crypto.promise import check_kept, verify_promise
from crypto.receipt import verify_receipt
from hub.app import create_app
from hub.cli import main
from hub.log.door import log_keys_of
from hub.web import home
from hub.web.people import (
    account,
    join,
    my_account,
)
from hub.web.people import (
    my_organization as people,
)
from hub.web.reading import feed
from hub.web.reporting import reports
from hub.web.trail import history as trail
from hub.web.trail import receipts
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.state import load_log_head
from tests.factory import World
from tests.hub.reading.tools import Reading
from tests.sharing.reports.conftest import Scene

Sit = Callable[..., Reading]


@pytest.fixture
def scene(peopled_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A fresh hub with everybody in it, on each database."""
    world = World(peopled_url, tmp_path)
    yield Scene(world)
    world.close()


@pytest.fixture
def app(scene: Scene) -> Flask:
    """The pages around receipts, and the log for anybody."""
    groups = (home, reports, feed, trail, receipts, account, join, people, my_account)
    made = create_app(scene.world.hub, page_groups=groups, machine_doors=("hub.log.door",))
    made.config["TESTING"] = True
    return made


@pytest.fixture
def sit(app: Flask, scene: Scene) -> Sit:
    """Put somebody in front of a browser."""

    def put(actor: Actor, language: str = "en") -> Reading:
        return Reading(app, scene.world, actor, language)

    return put


def sign(scene: Scene) -> None:
    """What the scheduler does every second."""
    with scene.world.hub.units.database.writing() as session:
        publish_checkpoint(session, scene.world.hub.secrets.log_signers, scene.world.now, at_once=True)


def keys(scene: Scene) -> list[VerifyingKey]:
    """What anybody reads at /log/vkeys."""
    hub = scene.world.hub
    with hub.reading() as session:
        promiser = hub.secrets.promise_signer(load_log_head(session).origin).verifying_key
    return [*log_keys_of(hub), promiser]


def now(scene: Scene) -> int:
    """The test's time in seconds."""
    return int(scene.world.now.timestamp())


def test_who_reports_has_a_promise_at_once_and_then_a_receipt(scene: Scene, sit: Sit) -> None:
    """受付証 before any checkpoint, 受領証 after it; the receipt keeps the promise; both hold without the hub."""
    filed = scene.files(scene.hanako)
    sender = sit(scene.hanako)
    page = sender.get(f"/reports/{filed.report_id}/receipt/1")
    assert f"/receipts/reports/{filed.report_id}/1/promise" in page.text
    raw = sender.get(f"/receipts/reports/{filed.report_id}/1/promise").data
    promise = verify_promise(raw, keys(scene))
    assert promise.within == 60
    waiting = sender.get(f"/receipts/reports/{filed.report_id}/1/")
    assert (waiting.status_code, "on its way" in waiting.text) == (200, True)
    sign(scene)
    shown = sender.get(f"/receipts/reports/{filed.report_id}/1/")
    assert "A report was filed" in shown.text
    assert "No witness watches this log yet" in shown.text
    place = shown.request.path
    receipt = sender.get(f"{place}file").data
    proven = verify_receipt(receipt, keys(scene), now=now(scene))
    check_kept(promise, proven)
    assert proven.parts == {}
    full = verify_receipt(sender.get(f"{place}file?part=actor&part=decision").data, keys(scene), now=now(scene))
    assert set(full.parts) == {"actor", "decision"}
    assert full.parts["actor"]["organization"] == str(scene.aoba.id)
    assert full.parts["decision"]["label"] == "TLP:AMBER"
    assert sender.get(f"{place}promise").data == raw


def test_a_receipt_is_for_who_acted(scene: Scene, sit: Sit) -> None:
    """A rival finds nothing; an auditor gets the proof, and no part of the entry."""
    filed = scene.files(scene.hanako)
    sign(scene)
    place = sit(scene.hanako).get(f"/receipts/reports/{filed.report_id}/1/").request.path
    rival, auditor = sit(scene.rival_reader), sit(scene.auditor)
    for path in (place, f"{place}file", f"{place}promise", f"/receipts/reports/{filed.report_id}/1/promise"):
        assert rival.get(path).status_code == 404
    assert rival.get("/receipts/2026/999999/").status_code == rival.get("/receipts/1999/0/").status_code == 404
    assert verify_receipt(auditor.get(f"{place}file?part=actor").data, keys(scene), now=now(scene)).parts == {}
    assert "Receipt with content" not in auditor.get(place).text


def test_an_object_is_proven_to_whoever_sees_it(scene: Scene, sit: Sit) -> None:
    """The rival proves the edition that it sees: its bytes stand in the log; the sender is not named."""
    filed = scene.files(scene.hanako)
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.GREEN))
    sign(scene)
    rival = sit(scene.rival_reader)
    shown = rival.get("/feed/", type="incident").text
    stix_id = shown.split("/feed/inbox/objects/")[1].split("/")[0]
    raw = rival.get(f"/receipts/objects/inbox/{stix_id}/file").data
    proven = verify_receipt(raw, keys(scene), now=now(scene))
    assert proven.object_sha256 == sha256(rival.get(f"/feed/inbox/objects/{stix_id}/raw").data)
    assert str(scene.aoba.id).encode() not in raw
    assert proven.parts == {}
    assert sit(scene.water_reader).get("/receipts/objects/inbox/incident--nothing/file").status_code == 404


def test_the_page_checks_a_file(scene: Scene, sit: Sit) -> None:
    """Right ones in words, wrong ones with what is wrong, none with a hint; both languages."""
    filed = scene.files(scene.hanako)
    sign(scene)
    sender = sit(scene.hanako)
    place = sender.get(f"/receipts/reports/{filed.report_id}/1/").request.path
    good, promise = sender.get(f"{place}file").data, sender.get(f"{place}promise").data
    for raw, words, status in (
        (good, "The receipt holds.", 200),
        (promise, "The promise holds.", 200),
        (good[:500], "This file proves nothing.", 422),
        (good.replace(b"\n", b"\r\n"), "carriage returns", 422),
        (b"\x00\xff" * 50, "This file proves nothing.", 422),
        (b"", "Choose a file first.", 422),
    ):
        page = sender.get("/receipts/")
        answer = sender.send(page, "/receipts/check", file=(io.BytesIO(raw), "r.tlog-proof"))
        assert answer.status_code == status
        assert words in answer.text
    japanese = sit(scene.boss, "ja")
    answer = japanese.send(japanese.get("/receipts/"), "/receipts/check", file=(io.BytesIO(good), "r"))
    assert "受領証は正しいものです。" in answer.text


def test_a_whole_year_is_checked_with_one_command(
    scene: Scene, sit: Sit, app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Own entries only; without network, hub or database; a swapped receipt inside is named."""
    first = scene.files(scene.hanako)
    scene.files(scene.hanako, report=first.report_id, kind="follow_up")
    scene.files(scene.rival_reader)
    sign(scene)
    archive = sit(scene.hanako).get("/receipts/2026/year.zip").data
    (tmp_path / "year.zip").write_bytes(archive)
    (tmp_path / "vkeys").write_bytes(app.test_client().get("/log/vkeys").data)
    command = ["log", "verify", str(tmp_path / "year.zip"), "--vkeys", str(tmp_path / "vkeys"), "--json"]
    monkey = pytest.MonkeyPatch()
    monkey.setattr("hub.cli.log_files.time.time", lambda: now(scene))
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert [it["parts"]["actor"]["organization"] for it in told["files"]] == [str(scene.aoba.id)] * len(told["files"])
    assert [it["parts"]["actor"]["action"] for it in told["files"]].count("report:version:file") == 2
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(tmp_path / "bent.zip", "w") as new:
        names = [name for name in old.namelist() if name != "README.txt"]
        for name in names:
            new.writestr(name, old.read(name).replace(b"\nindex ", b"\nindex 1", name == names[0]))
    assert main([*command[:2], str(tmp_path / "bent.zip"), *command[3:]]) == 1
    bad = [it["file"] for it in json.loads(capsys.readouterr().out)["files"] if not it["ok"]]
    assert bad == names[:1]
    monkey.undo()


def test_the_command_says_what_a_file_proves(
    scene: Scene,
    sit: Sit,
    app: Flask,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Words for people; a promise whose time is over is an alarm, with its receipt beside it it is not."""
    filed = scene.files(scene.hanako)
    sign(scene)
    sender = sit(scene.hanako)
    place = sender.get(f"/receipts/reports/{filed.report_id}/1/").request.path
    receipt, promise, vkeys = tmp_path / "r.tlog-proof", tmp_path / "p.promise", tmp_path / "vkeys"
    receipt.write_bytes(sender.get(f"{place}file").data)
    promise.write_bytes(sender.get(f"{place}promise").data)
    vkeys.write_bytes(app.test_client().get("/log/vkeys").data)
    monkeypatch.setattr("hub.cli.log_files.time.time", lambda: now(scene))
    trusting = ["--vkeys", str(vkeys)]
    assert main(["log", "verify", str(receipt), *trusting]) == 0
    assert "witnessed 0 of 0" in capsys.readouterr().out
    assert main(["log", "verify", str(receipt), *trusting, "--witnesses", "2"]) == 1
    assert "expected 2 witnesses, found 0" in capsys.readouterr().out
    assert main(["log", "verify", str(promise), *trusting]) == 0
    scene.world.advance(hours=1)
    assert main(["log", "verify", str(promise), *trusting]) == 1
    assert "the promise is evidence" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as both:
        both.write(receipt, "r")
        both.write(promise, "p")
    assert main(["log", "verify", str(tmp_path / "both.zip"), *trusting]) == 0
    assert main(["log", "verify", str(receipt)]) == 2
    assert "whom to believe must be said" in capsys.readouterr().err
    (tmp_path / "empty").write_text("# no key\n")
    (tmp_path / "odd").write_text("a+b+c\n")
    for odd in ("empty", "odd", "absent"):
        assert main(["log", "verify", str(receipt), "--vkeys", str(tmp_path / odd)]) == 2
