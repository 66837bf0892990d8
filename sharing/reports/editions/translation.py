"""Rule: the title and summary of an edition in the other language, as the secretariat writes them."""

from typing import Final

from msgspec import Struct

from models.moments import EPOCH
from sharing.errors import Fault, Invalid
from sharing.reports.checks import Checker, shown
from sharing.reports.codes import Codes

TITLE_LIMIT: Final = 200
"""Characters of a title; lists show one line."""
SUMMARY_LIMIT: Final = 2_000
"""Characters of a summary in another language: the whole is read in the first."""
LANGUAGES: Final = ("en", "ja")
OTHER_TEXTS: Final = ("other_title", "other_summary")
"""What doors call the two."""


class Translation(Struct, frozen=True):
    """A title and a summary, and the language that they are in."""

    language: str
    title: str
    summary: str

    @property
    def texts(self) -> dict[str, str]:
        """The two by the names that doors use."""
        return {"other_title": self.title, "other_summary": self.summary}


def read_translation(language: str, title: str, summary: str) -> Translation | None:
    """Read what was typed; None where nothing was.

    Raises:
        Invalid: only one of the two, too long, with characters that a text must not have, or no language of ours.
    """
    check = Checker({"other_title": title, "other_summary": summary}, Codes({}), EPOCH)
    said = bool(title.strip() or summary.strip())
    read = (
        check.text("other_title", TITLE_LIMIT, lines=False, needed=said),
        check.text("other_summary", SUMMARY_LIMIT, lines=True, needed=said),
    )
    if said and language not in LANGUAGES:
        check.faults.append(Fault("other_language", "unknown-code", "one of " + ", ".join(LANGUAGES), shown(language)))
    if check.faults:
        raise Invalid(*check.faults)
    return Translation(language, *read) if said else None
