"""A mail server on a real socket: it takes mails, or behaves as mail servers do on their worse days."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "hub", "a password of the mail server"


@dataclass
class MailServer:
    """What it took, and how it answers."""

    port: int = 0
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """Recipient and mail, in the order of coming."""
    raw: list[bytes] = field(default_factory=list)
    to_recipients: list[str] = field(default_factory=list)
    """Answers to the next recipients; then 250."""
    to_mails: list[str] = field(default_factory=list)
    """Answers to the next mails; `hang` and `drop` say nothing."""
    signed_in: list[str] = field(default_factory=list)

    def taken(self) -> list[tuple[str, EmailMessage]]:
        """What came since this was last asked."""
        found, self.mails = self.mails, []
        return found

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Answer to a recipient."""
        answer = self.to_recipients.pop(0) if self.to_recipients else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Answer to a mail."""
        answer = self.to_mails.pop(0) if self.to_mails else "250 OK"
        if answer == "hang":
            await asyncio.sleep(60)
        if answer == "drop":
            server.transport.abort()
        if answer.startswith("250") or answer == "drop":  # a server that drops may have taken it all the same
            self.raw.append(envelope.content)
            message = message_from_bytes(envelope.content, policy=POLICY)
            assert isinstance(message, EmailMessage)
            self.mails += [(address, message) for address in envelope.rcpt_tos]
        if session.auth_data is not None:
            self.signed_in.append(session.auth_data.login.decode())
        return answer


def _is_user(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right, auth_data=data)


@contextmanager
def mail_server(*, certificate: Path | None = None, tls: bool = False) -> Iterator[MailServer]:
    """A mail server; with a certificate it takes mail only after STARTTLS and a sign-in, or speaks TLS at once."""
    kept = MailServer()
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    demands: dict[str, Any] = {}
    if context is not None and not tls:
        demands = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": _is_user,
        }
    controller = Controller(
        kept, hostname="127.0.0.1", port=0, ssl_context=context if tls else None, ready_timeout=20, **demands
    )
    controller.port = _free_port()
    controller.start()
    kept.port = controller.port
    try:
        yield kept
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def dripping_server() -> Iterator[int]:
    """A server that says one sign of its greeting each half second, for ever; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                while not over.wait(0.5):
                    connection.sendall(b"2")

    threading.Thread(target=drip, daemon=True).start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        over.set()
        listening.close()


def make_certificate(folder: Path, name: str = "127.0.0.1") -> Path:
    """A certificate of its own authority for a name, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of a test")])
    now = datetime.now(UTC)
    alternative: list[x509.GeneralName] = []
    try:
        alternative.append(x509.IPAddress(ip_address(name)))
    except ValueError:
        alternative.append(x509.DNSName(name))
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail-server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path
