"""Senders who mean harm: bounded time, words instead of failures, and everybody else is answered meanwhile."""

from __future__ import annotations

import gzip
import http.client
import json
import time
from pathlib import Path

import psutil

from models.vocabulary import Label
from tests.hub.taxii.conftest import ROOT, TAXII, envelope, indicator
from tests.hub.taxii.hostile import SOON, Target, target

__all__ = ["target"]


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
