"""Builds the list in `docs/reasons.md` from the table of codes: `python -m feeds.reasons.page` writes it anew."""

import re
from pathlib import Path
from typing import Final

from feeds.reasons.codes import Code

PAGE: Final = Path(__file__).parents[2] / "docs" / "reasons.md"
BEGIN: Final = "<!-- begin: written by python -m feeds.reasons.page -->"
END: Final = "<!-- end -->"

_SLOT: Final = re.compile(r"%\((\w+)\)s")


def written() -> str:
    """The page with its list as the table has it."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    return "\n".join([before + BEGIN, "| Code | Sentence |", "|---|---|", *map(_row, Code), END + after])


def _row(code: Code) -> str:
    sentence = _SLOT.sub(r"*\1*", code.value).replace("|", "\\|")
    return f"| `{code.word}` | {sentence} |"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
