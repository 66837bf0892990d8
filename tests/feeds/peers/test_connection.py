"""The connection to a peer: a private CA, a pinned certificate, a proxy; a wrong one is told nothing."""

from __future__ import annotations

import ipaddress
import json
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from feeds.conformance.asking import CannotAsk
from feeds.conformance.run import Wish, run
from feeds.peers.addresses import parse_networks
from feeds.peers.connection import Access, PeerConnection, PeerError
from tests.feeds.peers.conftest import LOOPBACK, OddServer, odd

__all__ = ["odd"]

Key = ec.EllipticCurvePrivateKey
HERE = parse_networks(LOOPBACK)


def _signed(name: str, key: Key, issuer: str, by: Key, *, ca: bool) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(by, hashes.SHA256())
    )


class Secure:
    """A server behind TLS, whose certificate a private CA has signed."""

    def __init__(self, folder: Path, odd: Callable[..., OddServer]) -> None:
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca = _signed("Private CA", ca_key, "Private CA", ca_key, ca=True)
        own = _signed("peer.test", key, "Private CA", ca_key, ca=False)
        self.ca_file, pair = folder / "ca.pem", folder / "pair.pem"
        self.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        pair.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + own.public_bytes(serialization.Encoding.PEM)
        )
        self.pin = sha256(own.public_bytes(serialization.Encoding.DER)).hexdigest()
        self.server = odd(lambda _query, _number: (200, {}, b'{"objects":[]}'))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        self.server.server.socket = context.wrap_socket(self.server.server.socket, server_side=True)
        self.url = self.server.url.replace("http://", "https://")

    def asked(self, **more: Any) -> str:
        """What comes of asking; the words of the failure, or nothing."""
        connection = PeerConnection(Access(key="a secret", networks=HERE, **more))
        try:
            assert connection.get(self.url) == {"objects": []}
        except PeerError as error:
            return str(error)
        finally:
            connection.close()
        return ""


@pytest.fixture
def secure(tmp_path: Path, odd: Callable[..., OddServer], monkeypatch: pytest.MonkeyPatch) -> Secure:
    """A server with a certificate of its own CA."""
    monkeypatch.setattr("http.server.HTTPServer.handle_error", lambda *_: None, raising=False)
    return Secure(tmp_path, odd)


def test_a_private_ca_or_a_pinned_certificate_and_nothing_else(secure: Secure, tmp_path: Path):
    """Without either, with another CA, with another fingerprint: the failure says so, and the key was not sent."""
    assert "SSLError" in secure.asked()
    assert "SSLError" in secure.asked(pin="ab" * 32)
    assert "SSLError" in secure.asked(pin="ab" * 32, ca_file=str(secure.ca_file))
    assert secure.server.asked == []
    assert secure.asked(ca_file=str(secure.ca_file)) == ""
    assert secure.asked(pin=secure.pin) == ""
    assert [headers["Authorization"] for headers in secure.server.headers] == ["Bearer a secret"] * 2


class Proxy:
    """A proxy that notes what it is asked, forwards plain requests and opens tunnels."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.secrets: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._note(self)
                body = json.dumps({"objects": [], "by": "proxy"}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/taxii+json;version=2.1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_CONNECT(self) -> None:
                outer._note(self)
                host, _, port = self.path.rpartition(":")
                with socket.create_connection((host, int(port)), timeout=10) as other:
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.flush()
                    _join(self.connection, other)
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def _note(self, handler: BaseHTTPRequestHandler) -> None:
        self.lines.append(f"{handler.command} {handler.path}")
        self.secrets.append(handler.headers.get("Authorization"))


def _join(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while True:
            for ready in select.select([one, other], [], [], 10)[0]:
                data = ready.recv(65_536)
                if not data:
                    return
                (other if ready is one else one).sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy on a real socket."""
    made = Proxy()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_proxy_is_used_where_one_is_named_and_never_the_machines_own(
    secure: Secure, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
):
    """TLS goes through a tunnel, so that the proxy sees no key; the environment's proxy is not asked.

    Through a tunnel a wrong fingerprint was not noticed once, and the chain was not looked at either.
    """
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert secure.asked(ca_file=str(secure.ca_file)) == ""
    assert secure.asked(ca_file=str(secure.ca_file), proxy=proxy.url) == ""
    assert secure.asked(pin=secure.pin, proxy=proxy.url) == ""
    assert "SSLError" in secure.asked(pin="ab" * 32, proxy=proxy.url)
    place = secure.url.removeprefix("https://").partition("/")[0]
    assert proxy.lines == [f"CONNECT {place}"] * 3
    assert proxy.secrets == [None] * 3
    assert len(secure.server.asked) == 3
    connection = PeerConnection(Access(proxy=proxy.url, networks=()))
    assert connection.get("http://taxii.invalid/root/collections/1/objects/")["by"] == "proxy"
    connection.close()
    assert proxy.lines[-1] == "GET http://taxii.invalid/root/collections/1/objects/"


TYPE = b"Content-Type: application/taxii+json;version=2.1\r\n"
DRIPS = {
    "in its head": (b"HTTP/1.1 200 OK\r\n", b"X-Drip: drop\r\n"),
    "before its head": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "in a body of known length": (b"HTTP/1.1 200 OK\r\n" + TYPE + b"Content-Length: 9999\r\n\r\n", b" "),
    "in a body of no length": (b"HTTP/1.0 200 OK\r\n" + TYPE + b"\r\n{", b" "),
    "in one chunk": (b"HTTP/1.1 200 OK\r\n" + TYPE + b"Transfer-Encoding: chunked\r\n\r\nFFFF\r\n", b" "),
    "in many chunks": (b"HTTP/1.1 200 OK\r\n" + TYPE + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.fixture
def dripping(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that begins an answer and then sends a little every now and then; never long enough for a time-out."""
    first, drop = DRIPS[request.param]
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            with suppress(OSError), listening.accept()[0] as line:
                line.recv(65_536)
                line.sendall(first)
                while not ended.wait(0.05):
                    line.sendall(drop)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/taxii2/"
        ended.set()
        thread.join()


@pytest.mark.parametrize("dripping", DRIPS, indirect=True)
def test_who_drips_is_given_up(dripping: str, monkeypatch: pytest.MonkeyPatch):
    """Only small chunks were timed as a whole: in all else a byte now and then held a job's thread for ever."""
    monkeypatch.setattr("feeds.peers.connection.ANSWER_SECONDS", 0.5)
    connection = PeerConnection(Access(key="a secret", networks=HERE))
    began = time.monotonic()
    with pytest.raises(PeerError, match="longer than"), closing(connection):
        connection.get(dripping)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("dripping", ["in its head", "in a body of no length"], indirect=True)
def test_who_drips_is_given_up_by_the_checks_too(dripping: str, monkeypatch: pytest.MonkeyPatch):
    """`conformance` waited for ever."""
    monkeypatch.setattr("feeds.conformance.asking.LONGEST", 0.5)
    with pytest.raises(CannotAsk):
        list(run(Wish(dripping)))
