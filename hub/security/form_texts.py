"""Texts of forms are UTF-8 or refused: what was guessed or replaced would be filed as if somebody had written it."""

from typing import IO, Any, Final
from urllib.parse import parse_qsl

from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser, MultiPartParser

_LOSSLESS: Final = "latin-1"
"""Each byte becomes one character and comes back: the parser of parts replaces what it cannot decode, unasked."""


class NotUtf8(BadRequest):
    """A form holds bytes that are no UTF-8."""


class _Parts(MultiPartParser):
    """Reads a part as bytes whatever charset it claims; `StrictFormParser` makes texts of them."""

    def get_part_charset(self, headers: Headers) -> str:
        """Never the claimed one: pages are sent in UTF-8, and so are the forms in them."""
        return _LOSSLESS


class StrictFormParser(FormDataParser):
    """As Werkzeug's, which writes `%82` or `\N{REPLACEMENT CHARACTER}` where it cannot read."""

    def _parse_urlencoded(self, stream: IO[bytes], mimetype: str, length: int | None, options: dict[str, str]) -> Any:
        try:
            fields = parse_qsl(stream.read().decode(), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            raise NotUtf8 from None
        return stream, self.cls(fields), self.cls()

    def _parse_multipart(self, stream: IO[bytes], mimetype: str, length: int | None, options: dict[str, str]) -> Any:
        boundary = options.get("boundary", "").encode("ascii")
        if not boundary:
            raise ValueError("a form in parts without a boundary")
        parser = _Parts(self.stream_factory, self.max_form_memory_size, self.cls, max_form_parts=self.max_form_parts)
        form, files = parser.parse(stream, boundary, length)
        try:
            fields = [(name, text.encode(_LOSSLESS).decode()) for name, text in form.items(multi=True)]
        except UnicodeDecodeError:
            raise NotUtf8 from None
        return stream, self.cls(fields), files
