"""Rule: the anonymised form of a report: what it leaves out, and what in its texts still names the sender."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from sharing.reports.fields import ReportFields, texts_of, with_texts
from sharing.reports.further import anonymised, anonymised_states
from sharing.rules.spelling import SILENT, fold, simplified

SHORTEST_NAME: Final = 2
"""Shorter pieces of a name would be found everywhere."""
REMEMBERED: Final = 16_384
"""Names whose forms are worked out once: each text is searched for those of all members and their services."""

_LEGAL_FORMS: Final = (
    "株式会社", "有限会社", "合同会社", "合資会社", "合名会社", "相互会社", "一般社団法人", "公益社団法人",
    "一般財団法人", "公益財団法人", "独立行政法人", "地方独立行政法人", "国立大学法人", "学校法人", "医療法人社団",
    "医療法人財団", "医療法人", "社会福祉法人", "協同組合", "(株)", "(有)", "(一社)", "(公社)", "(一財)", "(公財)",
    "(独)", "(医)",
)  # fmt: skip
"""What stands before or after a Japanese name and is left out when people speak."""
_FOLDED_FORMS: Final = tuple(fold(form).plain for form in _LEGAL_FORMS)

_LEGAL_WORDS: Final = frozenset(
    {
        "co",
        "ltd",
        "inc",
        "corp",
        "corporation",
        "company",
        "limited",
        "kk",
        "llc",
        "gk",
        "plc",
        "the",
        "group",
        "holdings",
    }
)
"""The same in English."""


class Finding(Struct, frozen=True):
    """A place in a text that names the sender."""

    field: str
    found: str


def anonymise(fields: ReportFields, edited: Mapping[str, str], *, left_out: Iterable[str] = ()) -> ReportFields:
    """The content of the anonymised form: edited texts, no exact times but the day of noticing, no hint of consents.

    The day itself stays in `noticed_on`; whoever builds the form writes only that.
    """
    dropped = frozenset(left_out)
    return msgspec.structs.replace(
        with_texts(msgspec.structs.replace(fields, further=anonymised(fields.further)), edited),
        occurred_at=None,
        recovered_at=None,
        name_to_sector=False,
        states=anonymised_states(fields.states),
        indicators=tuple(each for each in fields.indicators if each.value not in dropped),
    )


def spoken_names(names: Iterable[str]) -> tuple[str, ...]:
    """Every form in which these names are written: in full, and without the legal form; longest first."""
    found = frozenset[str]().union(*map(_forms_of, names))
    return tuple(sorted((each for each in found if len(each) >= SHORTEST_NAME), key=lambda each: (-len(each), each)))


@lru_cache(maxsize=REMEMBERED)
def _forms_of(name: str) -> frozenset[str]:
    plain = _plain(name)
    return frozenset({plain, _without_legal_form(plain), _joined_words(name)})


@lru_cache(maxsize=REMEMBERED)
def bare_name(name: str) -> str:
    """A name as it is spoken, without its legal form, in the signs in which it is written."""
    spoken = unicodedata.normalize("NFKC", name)
    for form in _LEGAL_FORMS:
        spoken = spoken.replace(form, "")
    return spoken.strip()


def silent_ends(name: str) -> tuple[bool, bool]:
    """Whether the one spelling drops the first, and the last, sign of a name as it is spoken: 一宮, エナジー."""
    spoken = bare_name(name)
    return spoken[:1] in tuple(SILENT), spoken[-1:] in tuple(SILENT)


@lru_cache(maxsize=REMEMBERED)
def is_nearly_silent(name: str) -> bool:
    """Whether the one spelling leaves too little of a name to be found, as of 一関: that is looked for as it is."""
    return len(bare_name(name)) >= SHORTEST_NAME > len(_plain(bare_name(name)))


def find_names(fields: ReportFields, names: Sequence[str]) -> list[Finding]:
    """Where the texts and indicators still hold one of the names, however it is spaced, widened or capitalised."""
    spoken = spoken_names(names)
    texts = list(texts_of(fields).items())
    texts += [("indicators", each.value) for each in fields.indicators]
    return [Finding(field, name) for field, text in texts for name in _names_in(text, names, spoken)]


def find_names_in(text: str, names: Sequence[str]) -> list[str]:
    """Which of the names a single text still holds, however they are written."""
    return _names_in(text, names, spoken_names(names))


def _names_in(text: str, names: Sequence[str], spoken: Sequence[str]) -> list[str]:
    """The names as they are stored wherever they stand, then other forms as they stand in the text; none twice."""
    found = [name for name in dict.fromkeys(names) if name in text]
    folded = fold(text)
    for name in spoken:
        # A shorter form inside a longer one that was found already tells nothing new.
        if _holds(folded.plain, name, text) and not any(name in _plain(longer) for longer in found):
            begin = folded.plain.find(name)
            start, stop = folded.span(begin, begin + len(name), text)
            found.append(text[start:stop])
    return found


def _holds(plain: str, name: str, text: str) -> bool:
    if name not in plain:
        return False
    if len(name) > 4 or not name.isascii():
        return True
    # A short name in Latin letters must stand alone: "NEC" is not in "connect", but it is in "N.E.C.".
    spaced = simplified(text)
    signs = r"[\W_]*".join(map(re.escape, name))
    return re.search(rf"(?<![a-z]){signs}(?![a-z])", spaced) is not None


def _plain(text: str) -> str:
    """The one spelling, so that no width, blank or look-alike sign hides a name."""
    return fold(text).plain


def _without_legal_form(plain: str) -> str:
    for form in _FOLDED_FORMS:
        plain = plain.replace(form, "")
    return plain


def _joined_words(name: str) -> str:
    words = re.findall(r"[^\s.,&()]+", unicodedata.normalize("NFKC", name).casefold())
    return _without_legal_form(_plain("".join(word for word in words if word not in _LEGAL_WORDS)))
