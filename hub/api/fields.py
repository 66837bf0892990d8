"""Holds the fields of which requests and answers are described; each says in the document what it means."""

from typing import Any, Final
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate
from webargs.fields import DelimitedList

from feeds.errors import TimestampError
from feeds.stix.timestamps import format_timestamp, parse_timestamp
from hub.api.asking import words
from models.vocabulary import Label

LABELS: Final = [label.value for label in Label]
_LATEST: Final = 253_402_300_799_999_999
"""The last microsecond of the year 9999."""
_DIGITS: Final = 18
"""Digits of a number in an address; all of them fit 64 bits."""


def text(about: str, example: Any = None, *, longest: int | None = None, **more: Any) -> fields.String:
    """A text."""
    bounds = validate.Length(max=longest, error=words("too-long", f"at most {longest} characters"))
    return fields.String(
        metadata=_about(about, example),
        error_messages=_messages("not-a-text", "a text"),
        validate=bounds if longest else None,
        **more,
    )


def one_of(about: str, listed: list[str], example: Any = None, **more: Any) -> fields.String:
    """A word of a closed list."""
    check = validate.OneOf(listed, error=words("unknown-code", "one of " + ", ".join(listed)))
    return fields.String(
        metadata=_about(about, example), error_messages=_messages("not-a-text", "a text"), validate=check, **more
    )


def numbers(about: str, example: Any = None, **more: Any) -> fields.List[Any]:
    """A list of whole numbers."""
    return fields.List(fields.Integer(), metadata=_about(about, example), **more)


def flag(about: str, example: Any = None, **more: Any) -> fields.Field[Any]:
    """True or false, and nothing that only looks like it."""
    return _Flag(metadata=_about(about, example), error_messages=_messages("not-a-flag", "true or false"), **more)


def number(
    about: str, example: Any = None, *, least: int | None = None, most: int | None = None, **more: Any
) -> fields.Integer:
    """A whole number, strictly: in a body 1.0, "1" and true are none."""
    check = None
    if least is not None or most is not None:
        check = validate.Range(least, most, error=words("out-of-range", f"a whole number from {least} to {most}"))
    return _Whole(
        metadata=_about(about, example),
        error_messages=_messages("not-a-number", "a whole number"),
        validate=check,
        **more,
    )


def ident(about: str, example: Any = None, **more: Any) -> fields.Field[Any]:
    """A UUID in its usual form."""
    return _Ident(metadata=_about(about, example), error_messages=_messages("not-an-id", "a UUID"), **more)


def digest(about: str, example: Any = None, **more: Any) -> fields.String:
    """A SHA-256 in hexadecimal digits."""
    expected = "64 hexadecimal digits"
    wrong = words("not-a-digest", expected)
    check = [validate.Length(64, 64, error=wrong), validate.Regexp("^[0-9a-f]{64}$", error=wrong)]
    return fields.String(
        metadata=_about(about, example), error_messages=_messages("not-a-text", expected), validate=check, **more
    )


def position(about: str, example: Any = "2026-11-20T03:00:00.000001Z", **more: Any) -> fields.Field[Any]:
    """A position of the feed, written as a time in UTC with six digits."""
    expected = "a UTC time like 2026-11-20T03:00:00.000000Z"
    metadata = {**_about(about, example), "format": "date-time"}
    return _Position(metadata=metadata, error_messages=_messages("not-a-time", expected), **more)


def moment(about: str, example: Any = "2026-11-20T03:00:00.000000Z", **more: Any) -> fields.Field[Any]:
    """A time of the clock in UTC."""
    return _Moment(metadata={**_about(about, example), "format": "date-time"}, **more)


def label(about: str, example: Any = "TLP:AMBER", **more: Any) -> fields.String:
    """A TLP 2.0 label; never translated."""
    return one_of(about, LABELS, example, **more)


def values(inner: Any, about: str, *, most: int, example: Any = None, **more: Any) -> Any:
    """Several values of one parameter, between commas."""
    check = validate.Length(1, most, error=words("too-many", f"1 to {most} values"))
    return DelimitedList(inner, metadata=_about(about, example), validate=check, **more)


def part(schema: Any, **more: Any) -> fields.Nested:
    """An object inside."""
    return fields.Nested(schema, **more)


def parts(schema: Any, **more: Any) -> fields.List[Any]:
    """A list of objects."""
    return fields.List(fields.Nested(schema), **more)


def texts(about: str, example: Any = None, **more: Any) -> fields.List[Any]:
    """A list of texts."""
    inner = fields.String(error_messages=_messages("not-a-text", "a text"))
    wrong = _messages("not-a-list", "a list")
    return fields.List(inner, metadata=_about(about, example), error_messages=wrong, **more)


class said(fields.Raw):
    """A value that the operation itself judges, so that this door and the pages find the same faults."""

    def __init__(
        self, about: str, example: Any = None, *, kind: str = "string", answered: bool = False, **more: Any
    ) -> None:
        """With `answered` it is one of ours, which is always there; else null says the same as nothing."""
        if "enum" in more and not answered:
            more["enum"] = [*more["enum"], None]  # "nullable" alone does not add null to a closed list
        metadata = {**_about(about, example), "type": kind, **more}
        super().__init__(metadata=metadata, allow_none=not answered, required=answered)


def schema(name: str, members: dict[str, Any]) -> type[Schema]:
    """A schema whose name stands in the document."""
    return Schema.from_dict(members, name=name)


def _about(about: str, example: Any) -> dict[str, Any]:
    return {"description": about} if example is None else {"description": about, "example": example}


def _messages(code: str, expected: str) -> dict[str, Any]:
    wrong = words(code, expected)
    missing = words("missing", expected)
    return {"required": missing, "null": wrong, "invalid": wrong, "invalid_utf8": wrong, "too_large": wrong}


class _Flag(fields.Boolean):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class _Whole(fields.Integer):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and not self.strict:
            if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
                raise self.make_error("invalid", input=value)
        elif not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return int(value)


class _Ident(fields.UUID):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> UUID:
        try:
            found = UUID(value)
        except (TypeError, ValueError, AttributeError):
            raise ValidationError(self.error_messages["invalid"]) from None
        if str(found) != value.lower():
            raise ValidationError(self.error_messages["invalid"])
        return found


class _Position(fields.String):
    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else format_timestamp(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return min(max(parse_timestamp(value), 0), _LATEST)
        except TimestampError:
            raise ValidationError(self.error_messages["invalid"]) from None


class _Moment(fields.String):
    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.isoformat(timespec="microseconds").replace("+00:00", "Z")
