"""A door: the way to the mail server (RFC 5321), with one limit of time for all that a mail takes.

What a server answers is never kept: it may hold addresses or texts. Only its three digits are, and at which step.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Final

from hub.keys.keyfiles import SecretsError, read_password_file
from hub.settings import Settings
from sharing.mails.outcomes import Failure

PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
"""Where a mail server mostly listens, by how the way is protected (RFC 6409, RFC 8314)."""

GRACE_SECONDS: Final = 2
"""A single wait may last so much longer than all may: then it is the clock that says that the time is over."""

PARTING_SECONDS: Final = 5
"""So long a server may take to say good-bye; the mail has been taken by then."""


class NotSent(Exception):
    """The mail server did not take a mail, or it is not known whether it did."""

    def __init__(self, failure: Failure, *, is_of_server: bool = True) -> None:
        self.failure = failure
        self.is_of_server = is_of_server
        """The next mail would fare no better."""
        super().__init__(failure.words)


def send(settings: Settings, message: EmailMessage) -> None:
    """Give one mail to the mail server; returns when it has taken it.

    Raises:
        NotSent: it did not, or it is not known whether it did.
    """
    with _time_limit(settings.smtp_seconds) as clock, _connected(settings, clock) as server:
        _protect(settings, server, clock)
        _sign_in(settings, server, clock)
        _give(server, message, clock)


class _Clock:
    """Cuts a connection off: a server that answers a little now and then would let no single wait end."""

    server: "smtplib.SMTP | None" = None
    has_rung = False

    def cut(self) -> None:
        self.has_rung = True
        sock = getattr(self.server, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class _Plain(smtplib.SMTP):
    """Known to the clock before it connects."""

    def __init__(self, clock: _Clock, host: str, port: int, name: str, seconds: int) -> None:
        clock.server = self
        super().__init__(host, port, local_hostname=name, timeout=seconds)


class _Tls(smtplib.SMTP_SSL):
    """The same, protected from the first byte."""

    def __init__(self, clock: _Clock, host: str, port: int, name: str, seconds: int) -> None:
        clock.server = self
        context = ssl.create_default_context()
        super().__init__(host, port, local_hostname=name, timeout=seconds, context=context)


@contextmanager
def _time_limit(seconds: int) -> Iterator[_Clock]:
    clock = _Clock()
    timer = threading.Timer(seconds, clock.cut)
    timer.daemon = True
    timer.start()
    try:
        yield clock
    finally:
        timer.cancel()


@contextmanager
def _connected(settings: Settings, clock: _Clock) -> Iterator[smtplib.SMTP]:
    kind = _Tls if settings.smtp_security == "tls" else _Plain
    port = settings.smtp_port or PORTS[settings.smtp_security]
    # The name that a server is told is not this machine's: nobody has to know that.
    name = settings.mail_from.partition("@")[2]
    with _step("connecting", clock):
        server = kind(clock, settings.smtp_host, port, name, settings.smtp_seconds + GRACE_SECONDS)
    try:
        yield server
        if server.sock is not None:
            server.sock.settimeout(PARTING_SECONDS)
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
    finally:
        server.close()


def _protect(settings: Settings, server: smtplib.SMTP, clock: _Clock) -> None:
    with _step("greeting", clock):
        server.ehlo_or_helo_if_needed()
    if settings.smtp_security == "starttls":
        with _step("STARTTLS", clock):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()


def _sign_in(settings: Settings, server: smtplib.SMTP, clock: _Clock) -> None:
    """By one mechanism, so that a wrong password is tried once: PLAIN (RFC 4616) where it is offered; TLS is around."""
    if settings.smtp_password_file is None:
        return
    with _step("signing in", clock):
        server.user, server.password = settings.smtp_user, read_password_file(settings.smtp_password_file)
        if "PLAIN" in server.esmtp_features.get("auth", "").upper().split():
            server.auth("PLAIN", server.auth_plain)
        else:
            server.login(server.user, server.password)


def _give(server: smtplib.SMTP, message: EmailMessage, clock: _Clock) -> None:
    sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    try:
        with _step("sending", clock):
            server.send_message(message, from_addr=sender, to_addrs=[recipient])
    except smtplib.SMTPRecipientsRefused as error:
        ((code, _said),) = error.recipients.values()
        raise _refused("the recipient", code) from error
    except smtplib.SMTPDataError as error:
        raise _refused("the mail", error.smtp_code) from error


def _refused(what: str, code: int) -> NotSent:
    """RFC 5321 4.2.1: 5yz is permanent, with 4yz it may be otherwise later."""
    return NotSent(Failure(f"refused {what} ({code})", for_good=500 <= code < 600), is_of_server=False)


@contextmanager
def _step(name: str, clock: _Clock) -> Iterator[None]:
    """What fails for the server or the settings, and for no mail of its own, is tried again: somebody will mend it."""
    try:
        yield
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
        raise
    except (OSError, smtplib.SMTPException, SecretsError) as error:
        words = _WORDS[TimeoutError] if clock.has_rung else _words(error)
        raise NotSent(Failure(f"{name}: {words}", for_good=False)) from error


_WORDS: Final[Mapping[type[Exception], str]] = {
    smtplib.SMTPNotSupportedError: "the server offers no such thing",
    ssl.SSLCertVerificationError: "the server's certificate is not valid for it",
    ssl.SSLError: "the server speaks no TLS as it should",
    SecretsError: "the password file cannot be used",
    TimeoutError: "no answer in time",
}
"""The first that fits."""


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"refused ({error.smtp_code})"
    return next((words for kind, words in _WORDS.items() if isinstance(error, kind)), "no connection, or it was cut")
