"""Holds texts in both languages, for what is said below everything that knows who reads it."""

from typing import Any


class Both(str):
    """An English text, as logs and programs read it, that knows its Japanese."""

    __slots__ = ("japanese",)
    japanese: str

    def __new__(cls, english: str, japanese: str) -> "Both":
        """Say the same twice."""
        made = super().__new__(cls, english)
        made.japanese = japanese
        return made


def said_by(error: BaseException) -> str:
    """What an exception says, in both languages where it says so."""
    first: Any = error.args[0] if error.args else None
    return first if isinstance(first, Both) else str(error)
