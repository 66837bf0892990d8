"""Holds the logs: JSON lines on standard error, without bodies, addresses' queries, tokens or secrets."""

import logging
import secrets
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, BinaryIO, Protocol

import orjson

from hub.process.loading import without

with without("rich", "colorama"):  # for colours in a terminal, which JSON lines have not; they slow every start
    import structlog
    from structlog.typing import EventDict, WrappedLogger

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
REMOVED = "[removed]"
SECRET_WORDS = ("password", "secret", "token", "authorization", "cookie", "body", "query", "passphrase", "seed", "totp")
"""A field whose name contains one of these is never written, whoever logs it."""
MAX_FRAMES = 30
"""The innermost frames of a failure tell where it happened; the rest is the framework."""


class Sink(Protocol):
    """Where lines go."""

    def write(self, line: bytes, /) -> Any:
        """Take one line."""

    def flush(self) -> None:
        """Pass it on."""


class StandardError:
    """Standard error as it is at the moment of writing; tests and supervisors replace it."""

    def write(self, line: bytes, /) -> None:
        """Write bytes, through the text layer where there is no other."""
        stream = sys.stderr
        buffer: BinaryIO | None = getattr(stream, "buffer", None)
        if buffer is not None:
            buffer.write(line)
        else:
            stream.write(line.decode("utf-8", "replace"))

    def flush(self) -> None:
        """Pass on what was written."""
        sys.stderr.flush()


class LineLogger:
    """Takes finished lines from structlog; all levels go the same way."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def msg(self, line: bytes) -> None:
        """Write one line at once, so that lines of several threads do not mix."""
        self._sink.write(line + b"\n")
        self._sink.flush()

    debug = info = warning = error = critical = exception = log = msg


_access_line = LineLogger(StandardError())


def log_request(method: str, route: str, status: int, seconds: float) -> None:
    """One line for one request; written directly, since structlog would cost a small poll a third of its time."""
    line = {
        "event": "request",
        "level": "info",
        "time": datetime.now(UTC),
        "request_id": REQUEST_ID.get(),
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 2),
    }
    _access_line.msg(orjson.dumps(line, option=orjson.OPT_UTC_Z))


def new_request_id() -> str:
    """A short name for one request, read aloud on the telephone; random, so it counts nothing."""
    return secrets.token_hex(5)


def configure_logs(sink: Sink | None = None, *, level: int = logging.INFO) -> None:
    """Send our logs and those of libraries to one stream as JSON lines."""
    global _access_line  # noqa: PLW0603  one process, one log
    target = sink if sink is not None else StandardError()
    _access_line = LineLogger(target)
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        add_request_id,
        shorten_failure,
        remove_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: LineLogger(target),
        cache_logger_on_first_use=False,
    )
    handler = LibraryHandler(target)
    handler.setLevel(logging.WARNING)
    root = logging.getLogger()
    # Handlers that a test runner or a supervisor added stay; ours is added once.
    root.handlers[:] = [other for other in root.handlers if not isinstance(other, LibraryHandler)]
    root.addHandler(handler)
    root.setLevel(logging.WARNING)


class LibraryHandler(logging.Handler):
    """Writes what libraries log: who and how bad, and the template of the message without its arguments.

    Arguments may hold addresses with queries or values of a statement; the template cannot.
    """

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._line = LineLogger(sink)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        line: dict[str, Any] = {
            "event": "library",
            "library": record.name,
            "message": str(record.msg)[:300] if record.args else record.name,
            "level": record.levelname.lower(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= describe_failure(record.exc_info[1])
        self._line.msg(_dumps(line))


def _dumps(value: Any, **_: Any) -> bytes:
    return orjson.dumps(value, default=str)


def add_request_id(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Name the request that a line belongs to."""
    request_id = REQUEST_ID.get()
    if request_id is not None:
        event.setdefault("request_id", request_id)
    return event


def remove_secrets(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """The last net under those who log too much."""
    for name in event:
        lowered = name.lower()
        if any(word in lowered for word in SECRET_WORDS):
            event[name] = REMOVED
    return event


def shorten_failure(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Replace an exception by its kind and place; its message may quote a body or a statement's values."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event.update(describe_failure(error))
    return event


def describe_failure(error: BaseException) -> dict[str, Any]:
    """The kinds of a failure and of what caused it, and where it happened."""
    kinds = [type(error).__name__]
    cause = error.__cause__ or error.__context__
    while cause is not None and len(kinds) < 5:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    return {"failure": kinds, "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def get_logger() -> Any:
    """The logger that every module of the hub uses; safe from the first line on."""
    if not structlog.is_configured():
        configure_logs()
    return structlog.get_logger()
