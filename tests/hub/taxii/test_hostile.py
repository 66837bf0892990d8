"""Senders who mean harm: bounded time, words instead of failures, and everybody else is answered meanwhile."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest

from hub.process.serving import BLOCKING_THREADS
from hub.security.silent_senders import list_counts
from hub.security.slow_bodies import AT_ONCE
from models.vocabulary import Label, Role
from sharing.collections.access import load_collection
from tests.factory import World
from tests.harness import processes
from tests.hub.taxii.conftest import ROOT, TAXII, Client, envelope, indicator

COUNTED = pytest.mark.skipif(
    not hasattr(socket, "TCP_INFO"), reason="this system does not count what goes over a connection"
)
SOON = 8.0
"""Seconds in which others are answered, on a machine that is busy with other tests."""


class Target:
    """A served hub of one worker, with a poster."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        world = World(url, folder)
        person = world.person(world.secretariat("Secretariat"), Role.COORDINATOR)
        self.key = world.key(person)
        with world.reading() as session:
            self.ident = str(load_collection(session, world.reader(session, person), "electricity").collection.id)
        self.hub = processes.start_serve(
            folder / "hub-data", folder, "--workers", "1", env={**processes.on_database(url), **settings}
        )
        self.client = Client(self.hub.url, self.key)
        self.path = f"{ROOT}collections/{self.ident}/objects/"
        world.close()

    def line(self, raw: bytes) -> socket.socket:
        """Send bytes, and leave the connection open."""
        made = socket.create_connection(("127.0.0.1", self.hub.port), timeout=SOON)
        with suppress(ConnectionError):
            made.sendall(raw)
        return made

    def says(self, raw: bytes) -> bytes:
        """The first line of what is answered; nothing where the line is cut."""
        with self.line(raw) as made, suppress(ConnectionError):
            return made.recv(4096).split(b"\r\n", 1)[0]
        return b""

    def head(self, length: object, *, path: str = "", content_type: str = TAXII, more: str = "") -> bytes:
        """The head of a post."""
        return (
            f"POST {path or self.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.key}\r\nAccept: */*\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {length}\r\n{more}\r\n"
        ).encode()


@pytest.fixture
def target(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Target]:
    """A fresh target."""
    made = Target(sqlite_hub_url, tmp_path)
    yield made
    made.hub.kill()


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


def test_floods_bombs_and_wrong_lengths(target: Target):
    """Each refused in words or cut off, never a 500; the hub has not grown and goes on."""
    worker = psutil.Process(target.hub.process.pid).children(recursive=True)[0]
    before = worker.memory_info().rss
    started = time.monotonic()
    get = f"GET {ROOT} HTTP/1.1\r\nHost: x\r\n".encode()
    floods = [
        get + b"".join(b"X-%d: a\r\n" % number for number in range(5_000)) + b"\r\n",
        get + b"X-A: " + b"a" * 2_000_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    for raw in floods:
        assert target.says(raw)[9:12] in {b"431", b"414", b"400", b""}
    bomb = gzip.compress(b"0" * 30_000_000)
    assert b" 415 " in target.says(target.head(len(bomb), more="Content-Encoding: gzip\r\n") + bomb)
    chunked = target.head(5).replace(b"Content-Length: 5", b"Transfer-Encoding: chunked")
    whole = envelope(indicator(Label.GREEN))
    pieces = b"%x\r\n%s\r\n0\r\n\r\n" % (len(whole), whole)
    assert b" 202 " in target.says(chunked + pieces)
    assert b" 415 " in target.says(chunked.replace(b"chunked", b"gzip, chunked") + pieces)
    odd = [
        target.head("-5") + b"hello",
        target.head("5\r\nContent-Length: 6") + b"hello!",
        target.head("5, 5") + b"hello",
        target.head("0x5") + b"hello",
        target.head(10**30),
        target.head(5, more="Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
        chunked + b"ZZ\r\nhello\r\n0\r\n\r\n",
        chunked + b"-1\r\nhello\r\n0\r\n\r\n",
        chunked + b"ffffffffffffffffff\r\nhello",
        chunked + b"5;" + b"a" * 100_000 + b"\r\nhello\r\n0\r\n\r\n",
        chunked.replace(b"chunked", b"gzip, chunked") + b"0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 1_000 + b"\r\n\r\n",
    ]
    for raw in odd:
        assert target.says(raw)[9:10] in {b"4", b""}, raw[:300]
    ids = ",".join(f"indicator--{number}" for number in range(10_000))
    kinds = ",".join(f"x-{number}" for number in range(10_000))
    for query in (f"match[id]={ids}", f"match[type]={kinds}", "match[type]=" + "," * 10_000, "a&" * 10_000):
        connection = http.client.HTTPConnection("127.0.0.1", target.hub.port, timeout=SOON)
        connection.request("GET", f"{target.path}?{query}", headers={"Authorization": f"Bearer {target.key}"})
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status in {400, 414, 431}
        if answer.status == 400:
            assert "expected" in json.loads(said)["description"]
        connection.close()
    assert time.monotonic() - started < 10 * SOON
    assert target.client.get("collections/").status_code == 200
    assert worker.memory_info().rss - before < 60 * 1024 * 1024


def test_whoever_is_refused_unread_is_told_that_the_line_ends(target: Target):
    """The server underneath ends it without a word: the next request on it was lost. A body that is read keeps it."""
    good = envelope(indicator(Label.GREEN))
    form = "application/x-www-form-urlencoded"
    for method, path, kind, body, status, ends in (
        ("POST", target.path, TAXII, good, 202, False),
        ("POST", target.path, TAXII, b"{}", 400, False),
        ("POST", "/sign-in", form, b"username=x", 400, False),
        ("GET", target.path, TAXII, None, 200, False),
        ("POST", target.path, "text/plain", good, 415, True),
        ("POST", f"{ROOT}collections/nowhere/objects/", TAXII, good, 404, True),
        ("POST", f"{ROOT}nowhere/", TAXII, good, 404, True),
        ("PUT", target.path, TAXII, good, 405, True),
        ("GET", target.path, TAXII, good, 200, True),
        ("DELETE", target.path, TAXII, _chunked(good), 405, True),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", target.hub.port, timeout=SOON)
        headers = {"Authorization": f"Bearer {target.key}", "Content-Type": kind, "Accept": "*/*"}
        how = {"Transfer-Encoding": "chunked"} if method == "DELETE" else {}
        connection.request(method, path, body, headers | how)
        answer = connection.getresponse()
        answer.read()
        what = (method, path, kind)
        assert (answer.status, answer.getheader("Connection") == "close") == (status, ends), what
        for _ in range(2):  # the first after an end goes over a new line, which the library opens by itself
            connection.request("GET", f"{ROOT}collections/", headers=headers)
            again = connection.getresponse()
            assert again.status == 200 and again.read(), what
        connection.close()


def _chunked(body: bytes) -> bytes:
    """A body in one chunk, to be sent at once: who is answered before the last byte would find the line ended."""
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


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


def test_a_body_in_chunks_of_one_byte(target: Target):
    """As many chunks as bytes: taken, in time that grows with their number; strange ones fail nothing."""
    raw = envelope(*(indicator(Label.GREEN) for _ in range(30)))
    chunked = target.head(5).replace(b"Content-Length: 5", b"Transfer-Encoding: chunked")
    started = time.monotonic()
    assert b" 202 " in target.says(chunked + b"".join(b"1\r\n%c\r\n" % byte for byte in raw) + b"0\r\n\r\n")
    assert time.monotonic() - started < SOON
    strange = b"".join(b"1;%s\r\n%c\r\n" % (b"x" * 40, byte) for byte in raw[:2_000])
    assert target.says(chunked + strange + b"0\r\nX-Trailer: y\r\n\r\n")[9:10] in {b"4", b""}
    assert target.client.get("collections/").status_code == 200


def test_a_large_object_that_is_repeated_thousands_of_times(target: Target):
    """Each small one under its id and version had it read once more, with every writer of the hub waiting for hours."""
    large = indicator(Label.GREEN, x_pad=["x"] * 700_000)
    small = {key: each for key, each in large.items() if key != "x_pad"}
    for together in (True, False):
        first = [large] if together else []
        others = [{**small, "name": str(number)} for number in range(2_000)]
        started = time.monotonic()
        found = target.client.post(target.ident, envelope(*first, *others)).json()
        assert (found["success_count"], found["failure_count"]) == (len(first), 2_000)
        assert time.monotonic() - started < 2 * SOON


def test_thousands_of_versions_of_one_object(target: Target):
    """Each was held against all the others, when written and when read: its readers waited for minutes."""
    one = indicator(Label.GREEN)
    times = (f"2026-11-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.000Z" for n in range(8_000))
    body = envelope(*({**one, "modified": each} for each in times))
    path = f"collections/{target.ident}/objects/{one['id']}/"
    for words in ("posts", "posts again", "last", "first", "versions"):
        started = time.monotonic()
        if words.startswith("posts"):
            assert target.client.post(target.ident, body).json()["success_count"] == 8_000
        elif words == "versions":
            assert len(target.client.get(f"{path}versions/").json()["versions"]) == 1_000
        else:
            (found,) = target.client.get(path, params={"match[version]": words}).json()["objects"]
            assert found["modified"] == ("2026-11-01T02:13:19.000Z" if words == "last" else "2026-11-01T00:00:00.000Z")
        assert time.monotonic() - started < SOON, words


EXPLODING = (
    "(" * 20_000 + "[a:b = 1]" + ")" * 20_000,
    "[" + " OR ".join(["a:b = 'x'"] * 5_000) + "]",
    "[a:b MATCHES '" + "(a+)+" * 5_000 + "$']",
    "[a:b = 1]" + " WITHIN 1 SECONDS" * 5_000,
    "[a:b IN (" + "'x'," * 20_000 + "'x')]",
    "/*" * 45_000,
    "[a:b = '" + "\\'" * 40_000,
    "[" + "a" * 90_000 + ":b = 1]",
    "x" * 200_000,
)


def test_patterns_that_explode(target: Target):
    """Alone and by the hundred: each post is answered soon, with a warning or none, and is there afterwards."""
    for pattern in EXPLODING:
        started = time.monotonic()
        answer = target.client.post(target.ident, envelope(indicator(Label.GREEN, pattern=pattern)))
        assert (answer.status_code, answer.json()["success_count"]) == (202, 1), pattern[:40]
        assert time.monotonic() - started < SOON, pattern[:40]
    many = [
        indicator(Label.GREEN, pattern="(" * 60 + f"[a:b = {n}]" + " REPEATS 2 TIMES" * 50 + ")" * 60)
        for n in range(500)
    ]
    started = time.monotonic()
    assert target.client.post(target.ident, envelope(*many)).json()["success_count"] == 500
    assert time.monotonic() - started < SOON


FIFTY = 50_000_000
OBJECTS = 5_000


def test_bodies_of_fifty_megabytes_in_bounded_memory(target: Target):
    """Told or in chunks: a few times the body, 300 MB where this was written, and no more for the fourth.

    By then what the first two left to index was indexed beside one of them, which takes a body's worth too.
    """
    worker = psutil.Process(target.hub.process.pid).children(recursive=True)[0]
    before = peak(worker.pid)
    pad = "x" * (FIFTY // OBJECTS - len(envelope(indicator(Label.GREEN))))
    seen = []
    for chunked in (False, True, False, True):
        raw = envelope(*(indicator(Label.GREEN, x_pad=pad) for _ in range(OBJECTS)))
        assert len(raw) > FIFTY
        body = iter([raw[start : start + 1_000_000] for start in range(0, len(raw), 1_000_000)]) if chunked else raw
        connection = http.client.HTTPConnection("127.0.0.1", target.hub.port, timeout=300)
        headers = {"Authorization": f"Bearer {target.key}", "Content-Type": TAXII, "Accept": TAXII}
        connection.request("POST", target.path, body, headers, encode_chunked=False)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        assert (answer.status, said["success_count"]) == (202, OBJECTS)
        connection.close()
        seen.append(peak(worker.pid) - before)
    assert max(seen) < 8 * FIFTY and seen[-1] < seen[2] + FIFTY // 2


def peak(pid: int) -> int:
    """The most memory that a process has had at once."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


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
