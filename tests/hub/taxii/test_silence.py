"""Senders who fall silent, or send a byte now and then: they hold nobody up, and are cut."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from hub.process.serving import BLOCKING_THREADS
from hub.security.silent_senders import list_counts
from hub.security.slow_bodies import AT_ONCE
from models.vocabulary import Label
from tests.hub.taxii.conftest import ROOT, envelope, indicator
from tests.hub.taxii.hostile import SOON, Target, target

__all__ = ["target"]


COUNTED = pytest.mark.skipif(
    not hasattr(socket, "TCP_INFO"), reason="this system does not count what goes over a connection"
)


def test_slow_bodies_hold_half_of_the_threads_at_most(target: Target):
    """More senders than threads dribble: reading goes on, a post is told to come back, afterwards all is as before."""
    assert AT_ONCE <= BLOCKING_THREADS // 2
    with ExitStack() as lines:
        form = target.head(5_000, path="/sign-in", content_type="application/x-www-form-urlencoded")
        for number in range(BLOCKING_THREADS + 4):
            lines.enter_context(target.line((target.head(100_000) if number % 2 else form) + b"{"))
        time.sleep(PAUSE)
        started = time.monotonic()
        for _ in range(3):
            assert target.client.get("collections/").status_code == 200
        refused = target.client.post(target.ident, envelope(indicator(Label.GREEN)))
        assert refused.status_code == 503 and "again" in refused.json()["description"]
        assert int(refused.headers["Retry-After"]) > 0
        assert time.monotonic() - started < SOON
    ends = time.monotonic() + SOON
    while target.client.post(target.ident, envelope(indicator(Label.GREEN))).status_code != 202:
        assert time.monotonic() < ends
        time.sleep(0.1)


@COUNTED
def test_who_falls_silent_in_a_body_is_cut(hub_url: str, tmp_path: Path):
    """All places are taken by senders who say no more, or a byte now and then: they end, and who sends is served."""
    impatient = Target(hub_url, tmp_path, CEPTOAR_HUB_SILENT_SECONDS="1")
    try:
        with ExitStack() as lines:
            heads = [
                impatient.head(100_000),
                impatient.head(5).replace(b"Content-Length: 5", b"Transfer-Encoding: chunked"),
            ]
            silent = [lines.enter_context(impatient.line(heads[number % 2] + b"{")) for number in range(AT_ONCE)]
            ends = time.monotonic() + 10 * SOON
            while silent:
                assert time.monotonic() < ends, f"expected all silent senders cut, found {len(silent)} still there"
                time.sleep(0.2)
                assert impatient.client.get("collections/").status_code == 200
                silent = [each for number, each in enumerate(silent) if _is_open(each, dribbles=number % 4 == 0)]
            assert impatient.client.post(impatient.ident, envelope(indicator(Label.GREEN))).status_code == 202
            raw = envelope(indicator(Label.GREEN, name="x" * 700_000))
            steady = lines.enter_context(impatient.line(impatient.head(len(raw))))
            for start in range(0, len(raw), 100_000):
                steady.sendall(raw[start : start + 100_000])
                time.sleep(0.3)
            assert b" 202 " in steady.recv(4096)
    finally:
        impatient.hub.kill()


@COUNTED
def test_who_takes_nothing_of_a_large_answer_is_cut(sqlite_hub_url: str, tmp_path: Path):
    """What each had not taken stayed in memory as long as it liked; who takes it slowly gets all of it."""
    impatient = Target(sqlite_hub_url, tmp_path, CEPTOAR_HUB_SILENT_SECONDS="2")
    try:
        for _ in range(2):
            large = [indicator(Label.GREEN, name="x" * 2_000_000) for _ in range(4)]
            assert impatient.client.post(impatient.ident, envelope(*large)).status_code == 202
        ask = impatient.head(0).replace(b"POST", b"GET").replace(b"Content-Length: 0\r\n", b"")
        with ExitStack() as lines:
            idle = lines.enter_context(impatient.line(ask.replace(b"/objects/", b"/")))
            assert b" 200 " in _small(idle)
            stuck = [lines.enter_context(impatient.line(ask)) for _ in range(3)]
            steady = lines.enter_context(impatient.line(ask))
            taken = 0
            while taken < 16_000_000 and (part := steady.recv(100_000)):
                taken += len(part)
                time.sleep(0.03)
            assert taken >= 16_000_000
            time.sleep(6)
            for each in stuck:
                assert _left(each) < 16_000_000
            idle.sendall(ask.replace(b"/objects/", b"/"))
            assert b" 200 " in _small(idle)
    finally:
        impatient.hub.kill()


def _small(line: socket.socket) -> bytes:
    """One small answer, whole."""
    came = b""
    while not came.endswith(b"}"):
        part = line.recv(4096)
        assert part, came
        came += part
    return came


def _left(line: socket.socket) -> int:
    """How much still comes of an answer that was not taken."""
    came = 0
    line.settimeout(SOON)
    with suppress(ConnectionError):
        while part := line.recv(1_000_000):
            came += len(part)
    return came


def _is_open(line: socket.socket, *, dribbles: bool) -> bool:
    """Whether the other end still waits for more."""
    line.setblocking(False)
    try:
        if dribbles:
            line.send(b" ")
        return not (b"HTTP/1.1 4" in (said := line.recv(4096)) or said == b"")
    except BlockingIOError:
        return True
    except OSError:
        return False


PAUSE = 1.0
"""Until those who were too many have been told so."""
HEADERS_SECONDS = 30.0
"""So long the server waits for the end of a head."""


@pytest.mark.slow
def test_slow_heads_hold_nobody_up_and_are_cut(target: Target):
    """Five times as many senders as threads never end their head: others are answered, and the senders are cut."""
    with ExitStack() as lines:
        half = f"GET {ROOT} HTTP/1.1\r\nHost: x\r\nX-Slow: ".encode()
        slow = [lines.enter_context(target.line(half)) for _ in range(5 * BLOCKING_THREADS)]
        started = time.monotonic()
        for _ in range(3):
            assert target.client.get("collections/").status_code == 200
        assert target.client.post(target.ident, envelope(indicator(Label.GREEN))).status_code == 202
        assert time.monotonic() - started < SOON
        ends = time.monotonic() + HEADERS_SECONDS + 2 * SOON
        while slow:
            assert time.monotonic() < ends, f"expected all slow heads cut, found {len(slow)} still there"
            time.sleep(0.5)
            slow = [each for number, each in enumerate(slow) if _is_open(each, dribbles=number % 2 == 0)]
        assert target.client.get("collections/").status_code == 200


@COUNTED
def test_only_connections_at_the_port_of_the_body_count():
    """Not those that the hub itself opened to the same machine, such as to its database, however silent they are."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as ours:
        theirs, _ = server.accept()
        with theirs:
            theirs.sendall(b"12345")
            ours.sendall(b"123")
            port = server.getsockname()[1]
            time.sleep(0.2)
            (count,) = list_counts(frozenset({("127.0.0.1", port)})).values()
            assert (count.received, count.sent) == (3, 5)
            assert list_counts(frozenset({("127.0.0.2", port), ("127.0.0.1", 1)})) == {}
