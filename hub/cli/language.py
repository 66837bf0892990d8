"""Rule: the language of a command's words, by LC_ALL, LC_MESSAGES and LANG, as other commands of the system do."""

import os

from models.bilingual import Both


def speaks_japanese() -> bool:
    """Whether the caller's terminal asks for Japanese."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if asked := os.environ.get(name):
            return asked.lower().startswith("ja")
    return False


def in_language(english: str, japanese: str) -> str:
    """The words in the caller's language."""
    return japanese if speaks_japanese() else english


def spoken(text: str) -> str:
    """A text in the caller's language, where it was said in both."""
    return text.japanese if isinstance(text, Both) and speaks_japanese() else str(text)
