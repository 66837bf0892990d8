"""The witness: what it cosigns, what it refuses and why, and that it forgets nothing. Attacks as docs/witnesses.md."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto import keys
from crypto.checkpoint import sign_checkpoint, verify_checkpoint
from crypto.cosignature import WitnessKey, parse_answer, verify_cosignatures
from crypto.tree_head import Checkpoint
from hub.cli import main
from hub.witness.asking import build_request, checkpoint_path
from hub.witness.judging import Witness
from hub.witness.server import WitnessServer
from hub.witness.state import State
from tests.hub.witness.small_log import SmallLog

NOW = 1_800_000_000


@pytest.fixture
def log() -> SmallLog:
    """A log of ten entries."""
    made = SmallLog()
    made.grow(10)
    return made


@pytest.fixture(params=["ed25519", "ml-dsa-44"])
def witness(request: pytest.FixtureRequest, log: SmallLog, tmp_path: Path) -> Witness:
    """A witness that watches it, of either kind."""
    pem = keys.generate_ed25519() if request.param == "ed25519" else keys.generate_mldsa44()
    key = WitnessKey.from_pem(pem, "witness.water.example")
    return Witness(key, State(tmp_path / "state"), tuple(log.keys), lambda: NOW)


def test_what_only_grew_is_cosigned(log: SmallLog, witness: Witness) -> None:
    """From nothing, then from what was cosigned, again at the same size; shown with the log's signatures."""
    for old, new in ((0, 4), (4, 10), (10, 10)):
        answer = witness.add_checkpoint(log.asks(old, new))
        assert answer.status == 200
        found = parse_answer(answer.body, log.head(new).text, witness.key.verifying_key)
        assert found.seconds == NOW
    shown = witness.show(checkpoint_path(log.origin)).body
    assert verify_checkpoint(shown, [*log.keys, witness.key.verifying_key]) == log.head()
    assert len(verify_cosignatures(shown, [witness.key.verifying_key])) == 1
    assert witness.show(checkpoint_path("other.example/log/2026")).status == 404


@pytest.mark.parametrize(
    "bend",
    [
        lambda body: b"",
        lambda body: b"old 1\n",
        lambda body: body.replace(b"old 4", b"old 04"),
        lambda body: body.replace(b"old 4", b"old -4"),
        lambda body: body.replace(b"old 4", b"old 9223372036854775808"),
        lambda body: body.replace(b"old 4", b"new 4"),
        lambda body: body.replace(b"old 4\n", b"old 4\nnot base64\n"),
        lambda body: body.replace(b"old 4\n", b"old 4\n" + b"A" * 43 + b"=\n" * 64),
        lambda body: body.replace(b"\n", b"\r\n"),
        lambda body: body.replace(b"old 4", b"old 11"),
        lambda body: body + b"\n",
        lambda body: body[:-20],
        lambda body: body.replace(b"hub.example/log/2026\n10\n", b"hub.example/log/2026\n10\nextension\n"),
    ],
)
def test_another_form_is_400(log: SmallLog, witness: Witness, bend) -> None:  # type: ignore[no-untyped-def]
    """Nothing is guessed, and nothing is remembered."""
    witness.add_checkpoint(log.asks(0, 4))
    answer = witness.add_checkpoint(bend(log.asks(4)))
    assert (answer.status, witness.state.find(log.origin).size) == (400, 4)  # type: ignore[union-attr]


def test_another_log_is_404_and_the_next_year_is_not(log: SmallLog, witness: Witness) -> None:
    """A log that is cut by years goes on under the same keys; a shard is watched from its first entry on."""
    stranger = SmallLog("other.example/log/2026")
    stranger.grow(1)
    assert witness.add_checkpoint(stranger.asks(0)).status == 404
    odd = SmallLog("hub.example/log/next")
    odd.signers = log.signers
    assert witness.add_checkpoint(build_request(0, (), sign_checkpoint(odd.head(), log.signers))).status == 404
    for origin in ("hub.example/log/2027", "hub.example/log/2026-2"):
        following = SmallLog(origin)
        following.signers = [type(it)(origin, it.key) for it in log.signers]
        following.grow(3)
        assert witness.add_checkpoint(following.asks(0)).status == 200


def test_attack_2_history_is_rewritten_and_signed_with_the_real_keys(log: SmallLog, tmp_path: Path) -> None:
    """The log's own signatures are right, the tree is another: three of three witnesses refuse with 422."""
    watchers = [
        Witness(
            WitnessKey.from_pem(keys.generate_ed25519(), f"w{number}.example"),
            State(tmp_path / str(number)),
            tuple(log.keys),
            lambda: NOW,
        )
        for number in range(3)
    ]
    for each in watchers:
        assert each.add_checkpoint(log.asks(0)).status == 200
    log.leaves[3] = bytes(32)
    log.grow(2)
    for each in watchers:
        answer = each.add_checkpoint(log.asks(10))
        assert answer.status == 422
        assert "history was changed" in answer.reason
        assert each.state.find(log.origin).size == 10  # type: ignore[union-attr]


def test_attack_3_an_older_database_is_restored_and_goes_on(log: SmallLog, witness: Witness) -> None:
    """409 with the witness's size, whatever the log grew to; never 200 again for that shard's other history."""
    witness.add_checkpoint(log.asks(0))
    log.leaves = log.leaves[:6]
    answer = witness.add_checkpoint(log.asks(6))
    assert (answer.status, answer.body, answer.content_type) == (409, b"10\n", "text/x.tlog.size")
    assert "an old backup was restored" in answer.reason
    log.grow(9, "another history")
    assert witness.add_checkpoint(log.asks(6)).status == 409
    assert witness.add_checkpoint(log.asks(10)).status == 422


def test_attack_4_the_tail_is_cut_off(log: SmallLog, witness: Witness) -> None:
    """A shorter tree after a longer one."""
    witness.add_checkpoint(log.asks(0))
    answer = witness.add_checkpoint(log.asks(0, 9))
    assert (answer.status, answer.body) == (409, b"10\n")
    assert "a tree of 9 entries after one of 10" in answer.reason


def test_attack_5_two_views_of_one_size_and_the_pair_is_evidence(
    log: SmallLog, witness: Witness, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever was shown the one does not sign the other, and both notes prove to anybody that the log forked."""
    witness.add_checkpoint(log.asks(0))
    log.leaves[9] = bytes(32)
    answer = witness.add_checkpoint(log.asks(10))
    assert (answer.status, answer.body) == (409, b"10\n")
    assert "a fork" in answer.reason
    (tmp_path / "folder").mkdir()
    witness.state.path.rename(tmp_path / "folder" / "witness.state")
    assert main(["witness", "status", "--data", str(tmp_path / "folder"), "--evidence", str(tmp_path / "out")]) == 1
    assert "a fork" in capsys.readouterr().out
    pair = [verify_checkpoint(path.read_bytes(), log.keys) for path in (tmp_path / "out").iterdir()]
    assert len({head.size for head in pair}) == 1
    assert len({head.root for head in pair}) == 2


def test_attack_6_a_foreign_key_signs(log: SmallLog, witness: Witness) -> None:
    """403; and so is a note under one of the log's two keys alone."""
    stranger = SmallLog(log.origin)
    stranger.leaves = list(log.leaves)
    assert witness.add_checkpoint(stranger.asks(0)).status == 403
    for one in log.signers:
        answer = witness.add_checkpoint(build_request(0, (), sign_checkpoint(log.head(), [one])))
        assert answer.status == 403
    assert witness.state.find(log.origin) is None
    assert [it.status for it in witness.state.list_refusals()] == [403, 403, 403]


def test_attack_7_requests_race_and_the_state_never_goes_back(log: SmallLog, witness: Witness) -> None:
    """Of many requests from one size one wins; no answer was given for a tree smaller than what is remembered."""
    witness.add_checkpoint(log.asks(0, 4))
    bodies = {size: log.asks(4, size) for size in range(5, 11)}
    answered: dict[int, int] = {}
    start = threading.Barrier(len(bodies))

    def ask(size: int) -> None:
        start.wait()
        answered[size] = witness.add_checkpoint(bodies[size]).status

    racers = [threading.Thread(target=ask, args=(size,)) for size in bodies]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    won = [size for size, status in answered.items() if status == 200]
    assert len(won) == 1
    assert witness.state.find(log.origin).size == won[0]  # type: ignore[union-attr]
    assert sorted(answered.values()) == [200, 409, 409, 409, 409, 409]


def test_a_clock_that_jumps_back_a_day_takes_no_word_back(log: SmallLog, witness: Witness) -> None:
    """The time in a cosignature never falls for a log."""
    witness.add_checkpoint(log.asks(0, 4))
    earlier = Witness(witness.key, witness.state, witness.logs, lambda: NOW - 86_400)
    found = parse_answer(earlier.add_checkpoint(log.asks(4)).body, log.head().text, witness.key.verifying_key)
    assert found.seconds == NOW


def test_a_witness_that_cannot_remember_does_not_sign(log: SmallLog, witness: Witness) -> None:
    """A locked or full disk: no cosignature leaves."""
    server = WitnessServer(("127.0.0.1", 0), witness, quiet=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    blocker = sqlite3.connect(witness.state.path)
    blocker.execute("DROP TABLE logs")
    blocker.commit()
    try:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{server.url}/add-checkpoint", log.asks(0), timeout=5)
        assert refused.value.code == 503
        assert b"does not sign" in refused.value.read()
    finally:
        blocker.close()
        server.shutdown()
        server.server_close()


@pytest.fixture
def running(log: SmallLog, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """The command itself, as its operator runs it."""
    data, vkeys = tmp_path / "w", tmp_path / "vkeys"
    vkeys.write_text("".join(f"{key.vkey}\n" for key in log.keys))
    command = [sys.executable, "-c", "import sys, hub.cli; sys.exit(hub.cli.main())", "witness"]
    subprocess.run([*command, "make", "--data", str(data), "--name", "w.example"], check=True, capture_output=True)
    serve = [*command, "serve", "--data", str(data), "--log-vkeys", str(vkeys), "--port", "0", "--json"]
    process = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    yield process, json.loads(process.stdout.readline())["url"], serve
    process.kill()
    process.wait()


def test_attack_7_kill_9_between_two_answers(
    log: SmallLog, running: tuple[subprocess.Popen[str], str, list[str]]
) -> None:
    """What was answered is remembered by the process that comes after; a rollback is refused as before."""
    process, url, serve = running
    log.grow(40)
    known = 0
    for size in range(5, 45, 5):
        with urllib.request.urlopen(f"{url}/add-checkpoint", log.asks(known, size), timeout=5) as answer:
            assert answer.status == 200
        known = size
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    again = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert again.stdout is not None
    url = json.loads(again.stdout.readline())["url"]
    try:
        with urllib.request.urlopen(url + checkpoint_path(log.origin), timeout=5) as shown:
            assert verify_checkpoint(shown.read(), log.keys) == log.head(40)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{url}/add-checkpoint", log.asks(5, 30), timeout=5)
        assert (refused.value.code, refused.value.read()) == (409, b"40\n")
        assert refused.value.headers["Content-Type"] == "text/x.tlog.size"
    finally:
        again.terminate()
        assert again.wait(timeout=10) == 0


def test_the_command_refuses_what_would_make_it_useless(
    log: SmallLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second make, a lost memory, a key that others read, a file without log keys: each in words."""
    data, vkeys = tmp_path / "w", tmp_path / "vkeys"
    vkeys.write_text("".join(f"{key.vkey}\n" for key in log.keys))
    assert main(["witness", "make", "--data", str(data), "--name", "w.example", "--algorithm", "ml-dsa-44"]) == 0
    assert main(["witness", "make", "--data", str(data), "--name", "w.example"]) == 2
    assert main(["witness", "make", "--data", str(tmp_path / "x"), "--name", "a b"]) == 2
    serve = ["witness", "serve", "--data", str(data), "--log-vkeys", str(vkeys), "--port", "0"]
    (data / "witness.state").unlink()
    assert main(serve) == 2
    assert "A witness without memory can be lied to" in capsys.readouterr().err
    (data / "witness.pem").chmod(0o644)
    assert main(serve) == 2
    assert "chmod 600" in capsys.readouterr().err
    (data / "witness.pem").chmod(0o600)
    vkeys.write_text(WitnessKey.from_pem(keys.generate_ed25519(), "w.example").verifying_key.vkey)
    assert main(serve) == 2
    assert "expected a key of a log" in capsys.readouterr().err


def test_an_empty_log_may_be_cosigned(log: SmallLog, witness: Witness) -> None:
    """Size 0 has one root."""
    empty = Checkpoint(log.origin, 0, SmallLog().head().root)
    assert witness.add_checkpoint(build_request(0, (), sign_checkpoint(empty, log.signers))).status == 200
    assert witness.add_checkpoint(log.asks(0)).status == 200
