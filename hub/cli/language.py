"""Rule: the language of a command's words, by LC_ALL, LC_MESSAGES and LANG, as other commands of the system do."""

import os
from collections.abc import Mapping


def speaks_japanese(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the caller's terminal asks for Japanese."""
    environ = os.environ if environ is None else environ
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return environ[name].lower().startswith("ja")
    return False


def in_language(english: str, japanese: str) -> str:
    """The words in the caller's language."""
    return japanese if speaks_japanese() else english
