"""A door: the witness over HTTP, with nothing but the standard library; a TLS proxy stands in front of it."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from hub.witness.asking import MOST_BYTES
from hub.witness.judging import Answer, Witness

PATIENCE_SECONDS: Final = 10
"""Who says nothing for so long is hung up on."""


class WitnessServer(ThreadingHTTPServer):
    """Answers each request in a thread of its own."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], witness: Witness, *, quiet: bool = False) -> None:
        super().__init__(address, WitnessHandler)
        self.witness = witness
        self.quiet = quiet

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"


class WitnessHandler(BaseHTTPRequestHandler):
    """`POST /add-checkpoint`, `GET /<sha256(origin)>/checkpoint`, and a word for people at `/`."""

    protocol_version = "HTTP/1.1"
    server_version = "ceptoar-hub-witness"
    sys_version = ""
    timeout = PATIENCE_SECONDS
    server: WitnessServer

    def do_POST(self) -> None:
        """A checkpoint to cosign."""
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self._answer(Answer(404, b"expected /add-checkpoint\n"), close=True)
        elif not (length.isascii() and length.isdigit()):
            self._answer(Answer(411, b"expected a Content-Length\n"), close=True)
        elif len(length) > 9 or int(length) > MOST_BYTES:
            self._answer(Answer(413, b"expected at most %d bytes\n" % MOST_BYTES), close=True)
        else:
            self._answer(self._safely(self.rfile.read(int(length))))

    def do_GET(self) -> None:
        """What was last cosigned."""
        witness = self.server.witness
        self._answer(witness.describe() if self.path == "/" else witness.show(self.path))

    def _safely(self, body: bytes) -> Answer:
        try:
            return self.server.witness.add_checkpoint(body)
        except Exception as error:  # a full disk must not look like an answer
            return Answer(503, b"the witness cannot remember, so it does not sign\n", reason=type(error).__name__)

    def _answer(self, answer: Answer, *, close: bool = False) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        if answer.reason:
            self.send_header("Reason", "".join(sign if " " <= sign <= "~" else "?" for sign in answer.reason[:400]))
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(answer.body)
        if answer.reason and not self.server.quiet:
            sys.stderr.write(f"refused {answer.status}: {answer.reason}\n")

    def log_message(self, format: str, *args: object) -> None:
        """Refusals are told by `_answer`; the rest is not worth a line."""
