"""Holds how a file of a report leaves: as a download, logged before its first byte, a sample only under a lock.

Its name begins with its label, as that of every labelled file that leaves the hub.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID

from flask import Response

from crypto.encoding import encode_base64
from hub.logs import get_logger
from hub.wiring import Hub
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.attachments.reading import AttachmentView, shown_attachment
from sharing.attachments.uploads import UploadView
from sharing.errors import Busy, Conflict

SAMPLE_PASSWORD: Final = "infected"  # noqa: S105  it protects nothing: it keeps scanners and mail from biting
"""With it everybody in the trade locks samples."""
MEDIA_TYPE: Final = "application/octet-stream"
"""Whatever it is: no browser shows it."""
ZIP: Final = "application/zip"
_SANDBOX: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
_MODE: Final = 0o100600


def give(hub: Hub, actor: Actor, view: AttachmentView) -> Response:
    """The answer with a file.

    Raises:
        Conflict: the scan has not let it through.
        Busy: it cannot be logged or read, so it is not given.
    """
    if not view.is_given:
        raise Conflict("this file was not let through by the scan")
    _must_be_whole(hub, view.id, view.size)
    hub.disclosures.log(shown_attachment(actor, view, hub.clock()))
    return _answer(hub, view, view.label, view.sha256)


def give_case_file(hub: Hub, view: UploadView) -> Response:
    """The answer with a file of a case, to the secretariat that keeps it: nobody else's word is disclosed by it.

    Raises:
        Busy: it cannot be read, so it is not given.
    """
    _must_be_whole(hub, view.id, view.size)
    return _answer(hub, view, Label.AMBER_STRICT, view.sha256 or b"")


def _must_be_whole(hub: Hub, ident: UUID, size: int) -> None:
    problem = hub.attachments.problem(ident, size)
    if problem:
        get_logger().error("attachment_damaged", file=str(ident), why=problem)
        raise Busy("this file cannot be read now; tell the administrator of the hub")


def _answer(hub: Hub, view: AttachmentView | UploadView, of: Label, sha256: bytes) -> Response:
    parts = hub.attachments.read(view.id, view.size)
    label = of.value.replace(":", "-")
    if view.sample:
        answer = Response(_locked(view.name, parts, view.put_at), mimetype=ZIP)
        answer.headers["Content-Disposition"] = disposition(
            f"{label}_{view.name}.zip", f"{label}_sample-{view.id.hex[:8]}.zip"
        )
    else:
        answer = Response(parts, mimetype=MEDIA_TYPE)
        answer.headers["Content-Disposition"] = disposition(
            f"{label}_{view.name}", f"{label}_attachment-{view.id.hex[:8]}"
        )
        answer.headers["Content-Length"] = str(view.size)
        answer.headers["Repr-Digest"] = f"sha-256=:{encode_base64(sha256)}:"
    answer.headers["Content-Security-Policy"] = _SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def disposition(name: str, plain: str) -> str:
    """A download under this name (RFC 6266); what reads only ASCII gets the plain one."""
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _locked(name: str, parts: Iterable[bytes], at: datetime) -> Iterator[bytes]:
    """A ZIP locked with AES-256 that holds the file under its name."""
    from stream_zip import ZIP_32, stream_zip  # noqa: PLC0415  samples are rare, and its ciphers slow a start

    yield from stream_zip([(name, at, _MODE, ZIP_32, parts)], password=SAMPLE_PASSWORD)
