"""What is looked for in texts is looked for in one go, however long they are and whatever they repeat.

A look that tries each place to the end of the text would not come back from these in hours, which the guard against
tests that hang finds; one that takes as long as the text is ends within a second or two.
"""

from collections.abc import Callable

import pytest

from sharing.reports.editions.hints import HintKind, KnownName, find_hints, short_forms
from sharing.reports.editions.redaction import find_names_in
from sharing.reports.pasted import find_pasted
from sharing.rules.folding import fold
from sharing.rules.mentions import list_ids, list_references
from sharing.rules.search_terms import terms_of

LENGTH = 100_000
NAME = "青凪電力株式会社"
KNOWN = KnownName(HintKind.ORGANIZATION, short_forms(NAME), "（事業者名）")
LOOKS: dict[str, Callable[[str], object]] = {
    "hints": lambda text: find_hints({"details": text}, [KNOWN]),
    "names": lambda text: find_names_in(text, [NAME]),
    "pasted": find_pasted,
    "folded": fold,
    "terms": lambda text: terms_of([text], in_parts=True),
    "ids": lambda text: list(list_ids(text)),
    "references": lambda text: list(list_references(text)),
}
REPEATED = (
    *("1", "１", "1,", "1.", "0-", "1:", "約1", "1人"),
    *(" ", "\u3000", "あ\u3000", "\n", "\t"),
    *("a", "a.", "a@", "a-", "a/", "-", "http://", "hxxp[:]//", "[.]", "\\", "f" * 31),
    *("ー", "ア", "アー", "株式会社", "東京", "市", "〒1", "機番", "S/N:", "K7QM-", "indicator--", "CVE-"),
)


@pytest.mark.parametrize("look", LOOKS)
def test_a_text_of_any_kind_is_looked_through_in_one_go(look: str):
    """Pages of digits, of blanks, of beginnings of something."""
    for repeated in REPEATED:
        text = repeated * (LENGTH // len(repeated))
        LOOKS[look](text)


def test_blanks_inside_japanese_go_and_others_stay_one():
    """However many there are."""
    assert fold("  停\u3000\u3000 電  a \n\n b\u3000です ") == "停電a bです"


def test_a_number_of_users_is_a_hint_beside_a_page_of_digits():
    """What is bounded is how long a number may be, not where it stands."""
    hints = find_hints({"details": "7" * 5_000 + " 約1,240世帯が停電"}, [])
    assert [(each.kind, each.found) for each in hints] == [(HintKind.USERS, "約1,240世帯")]
