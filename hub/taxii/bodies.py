"""Holds how the body of a post is read: refused by what its headers say before a byte of it is taken."""

from typing import TYPE_CHECKING, Final

from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from feeds.taxii.media import is_posted_type
from hub.taxii.answers import Refused

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LIGHT: Final = 16 * 1024
"""Bytes of a post up to which it costs less to judge it than to ask who posts."""

CHUNK: Final = 1024 * 1024
"""Bytes read at a time from a body that does not say how long it is."""


def is_light(environ: "WSGIEnvironment", most: int) -> bool:
    """Whether the body is small and plain, by what its headers say."""
    stated: str = environ.get("CONTENT_LENGTH") or ""
    return (
        stated.isascii()
        and stated.isdigit()
        and len(stated) < 9
        and int(stated) <= min(LIGHT, most)
        and is_posted_type(environ.get("CONTENT_TYPE"))
        and environ.keys().isdisjoint(_FURTHER)
    )


_FURTHER: Final = ("HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING", "HTTP_IDEMPOTENCY_KEY")


def must_fit(body: bytes, most: int) -> bytes:
    """A body that was read before it was known how much is taken here.

    Raises:
        Refused: it is more (413).
    """
    if len(body) > most:
        raise Refused(413, because(Code.MOST_BYTES, most=most), found=str(len(body)))
    return body


def read_body(environ: "WSGIEnvironment", most: int) -> bytes:
    """The body, refused by what its headers say before a byte of it is read.

    Raises:
        Refused: another media type or an encoding (415), or more bytes than the API root says (413).
    """
    content_type = environ.get("CONTENT_TYPE")
    if not is_posted_type(content_type):
        raise Refused(415, because(Code.CONTENT_TYPE), found=content_type or "none")
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity")
    if encoding.strip().lower() not in {"", "identity"}:
        raise Refused(415, because(Code.CONTENT_ENCODING), found=encoding)
    if environ.get("HTTP_TRANSFER_ENCODING", "chunked").strip().lower() not in {"", "identity", "chunked"}:
        raise Refused(415, because(Code.TRANSFER_ENCODING))
    stated = environ.get("CONTENT_LENGTH") or ""
    if stated:
        if not (stated.isascii() and stated.isdigit()):
            raise Refused(400, because(Code.CONTENT_LENGTH))
        if len(stated) > 15 or int(stated) > most:
            raise Refused(413, because(Code.MOST_BYTES, most=most), found=stated)
        most = int(stated)
    stream = environ["wsgi.input"]
    parts: list[bytes] = []
    size = 0
    while size <= most:
        part = stream.read(min(CHUNK, most + 1 - size) if not stated else most - size)
        if not part:
            break
        parts.append(part)
        size += len(part)
    if size > most:
        raise Refused(413, because(Code.MOST_BYTES, most=most), found="more")
    if stated and size < most:
        raise Refused(400, because(Code.BODY_SHORT, most=most))
    return b"".join(parts)
