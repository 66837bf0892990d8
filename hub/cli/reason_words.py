"""Holds what commands say of a refusal or a failure: in the language of the terminal, as far as it has codes."""

from typing import Any

from feeds.reasons.codes import Code
from feeds.reasons.reason import join, read_written
from hub.cli.language import in_language
from sharing.exchange.told import Told


def said(why: Told) -> str:
    """The reason for a person. What another server said in words of its own stays as it is."""
    reasons = read_written(why.codes)
    return join(reasons, _say) if reasons else why.text


def spoken(row: dict[str, Any], codes: str | None) -> dict[str, Any]:
    """A row for a person, with its `failure` in the language of the terminal."""
    return {**row, "failure": said(Told(row["failure"], codes))}


def _say(code: Code) -> str:
    return in_language(code.value, _in_japanese(code))


def _in_japanese(code: Code) -> str:
    from hub.i18n import read_translations  # noqa: PLC0415  only who is refused something waits for the catalog

    return str(read_translations("ja").upgettext("reason", code.value))
