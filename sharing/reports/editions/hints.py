"""Rule: what in the texts of an edition may give the sender away: found, named by kind, and proposed to be replaced.

Nothing is ever removed here: a person looks at each place and decides. What is found comes from a dictionary of names,
and from patterns; a text without any hint may still give somebody away, which only people who know the field can see.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Final

from msgspec import Struct

from sharing.reports.editions import telling_patterns
from sharing.reports.editions.redaction import bare_name, is_nearly_silent, silent_ends, spoken_names
from sharing.rules.spelling import SILENT, fold


class HintKind(StrEnum):
    """What a piece of text is, as far as a program can tell."""

    ORGANIZATION = "organization"
    SERVICE = "service"
    PERSON = "person"
    MAIL = "mail"
    PHONE = "phone"
    ADDRESS = "address"
    AREA = "area"
    HOST = "host"
    ACCOUNT = "account"
    SERIAL = "serial"
    USERS = "users"
    TIME = "time"


@dataclass(frozen=True)
class KnownName:
    """A name of the hub's own dictionary: every way of writing it, and what is proposed in its place."""

    kind: HintKind
    names: tuple[str, ...]
    instead: str


class Hint(Struct, frozen=True):
    """A piece of a text that may give the sender away, and what is proposed in its place."""

    field: str
    kind: HintKind
    begin: int
    end: int
    found: str
    instead: str

    @property
    def key(self) -> str:
        """What a form sends back where somebody takes the proposal: the place and the very words."""
        return f"{self.begin}:{self.end}:{self.found}"


_SILENT_SIGNS: Final = SILENT + "\uff70"
"""As they stand in a text, the half-width mark too."""
MOST_HINTS: Final = 200
"""Hints of one text; a text with more is a list of machines or customers, and nobody ticks them one by one."""


@cache
def _patterns() -> tuple[tuple[HintKind, re.Pattern[str]], ...]:
    """Made at the first edition: a start would wait for them."""
    return tuple((HintKind(kind), re.compile(pattern)) for kind, pattern in telling_patterns.PATTERNS)


_INSTEAD_JA: Final[Mapping[HintKind, str]] = {
    HintKind.ORGANIZATION: "（事業者名）",
    HintKind.SERVICE: "（サービス名）",
    HintKind.PERSON: "（担当者）",
    HintKind.MAIL: "（メールアドレス）",
    HintKind.PHONE: "（電話番号）",
    HintKind.ADDRESS: "（所在地）",
    HintKind.AREA: "（地域）",
    HintKind.HOST: "（機器）",
    HintKind.ACCOUNT: "（アカウント）",
    HintKind.SERIAL: "（製品番号）",
    HintKind.USERS: "（利用者数）",
    HintKind.TIME: "（時刻）",
}
_INSTEAD_EN: Final[Mapping[HintKind, str]] = {
    HintKind.ORGANIZATION: "(operator)",
    HintKind.SERVICE: "(service)",
    HintKind.PERSON: "(person)",
    HintKind.MAIL: "(mail address)",
    HintKind.PHONE: "(telephone number)",
    HintKind.ADDRESS: "(address)",
    HintKind.AREA: "(area)",
    HintKind.HOST: "(machine)",
    HintKind.ACCOUNT: "(account)",
    HintKind.SERIAL: "(serial number)",
    HintKind.USERS: "(number of users)",
    HintKind.TIME: "(time)",
}
_JAPANESE: Final = re.compile(r"[ぁ-んァ-ヴ一-龥]")

_SECTOR_WORDS: Final = tuple(
    sorted(
        (
            *(
                "電力",
                "電気",
                "水道",
                "銀行",
                "信用金庫",
                "信託",
                "証券",
                "生命",
                "生命保険",
                "損害保険",
                "保険",
                "瓦斯",
                "ガス",
            ),
            *(
                "鉄道",
                "電鉄",
                "交通",
                "航空",
                "空港",
                "港湾",
                "運輸",
                "物流",
                "通運",
                "病院",
                "医療センター",
                "放送",
                "テレビ",
            ),
            *("通信", "ネットワーク", "石油", "化学", "カード", "クレジット", "市役所", "県庁", "企業団", "事業団"),
            *("ホールディングス", "グループ"),
        ),
        key=len,
        reverse=True,
    )
)
"""What people leave out of a name in a second mention: 青葉電力 becomes 青葉."""


def short_forms(name: str) -> tuple[str, ...]:
    """Common short forms of a name: without the word of its trade, the first word, the initials."""
    bare = re.sub(r"^(?:株式会社|一般社団法人|医療法人|独立行政法人)\s*|\s*株式会社$", "", name.strip())
    found = [bare.removesuffix(word) for word in _SECTOR_WORDS if bare.endswith(word)][:1]
    words = re.findall(r"[A-Za-z]+", name)
    if len(words) > 1:
        found += [words[0], "".join(word[0] for word in words).upper()]
    return tuple(each for each in found if len(each) >= (4 if each.isascii() and not each.isupper() else 2))


def find_hints(texts: Mapping[str, str], known: Sequence[KnownName], *, keep: Iterable[str] = ()) -> tuple[Hint, ...]:
    """Every place of the texts that may give somebody away, in order; never two that overlap.

    `keep` are values that the edition names on purpose, such as its indicators.
    """
    kept = frozenset(keep)
    spoken = [(each, spoken_names(each.names)) for each in known]
    found: list[Hint] = []
    for field, text in texts.items():
        hints = [*_named(field, text, spoken), *_patterned(field, text)]
        hints.sort(key=lambda each: (each.begin, -each.end))
        last = 0
        taken = 0
        for hint in hints:
            if hint.begin >= last and hint.found not in kept and taken < MOST_HINTS:
                found.append(hint)
                last, taken = hint.end, taken + 1
    return tuple(found)


def take_hints(text: str, hints: Iterable[Hint], taken: Iterable[str]) -> str:
    """The text with what is proposed in place of each hint that somebody took; one of another text changes nothing."""
    wanted = frozenset(taken)
    for hint in sorted(hints, key=lambda each: each.begin, reverse=True):
        if hint.key in wanted and text[hint.begin : hint.end] == hint.found:
            text = text[: hint.begin] + hint.instead + text[hint.end :]
    return text


def pieces(text: str, hints: Sequence[Hint]) -> tuple[tuple[str, Hint | None], ...]:
    """The text cut at its hints, so that a page can mark each where it stands."""
    cuts = [(0, 0, None), *((each.begin, each.end, each) for each in hints), (len(text), len(text), None)]
    made: list[tuple[str, Hint | None]] = []
    for (_, before, _hint), (begin, end, hint) in pairwise(cuts):
        made += [(text[before:begin], None), (text[begin:end], hint)]
    return tuple((piece, hint) for piece, hint in made if piece)


def _named(field: str, text: str, spoken: Sequence[tuple[KnownName, tuple[str, ...]]]) -> list[Hint]:
    folded = fold(text)
    found: list[Hint] = []
    for known, names in spoken:
        for name in names:
            begin = folded.plain.find(name)
            while begin >= 0:
                end = begin + len(name)
                start, stop = _with_silent_ends(text, folded.span(begin, end, text), known.names)
                if _stands_alone(text, start, stop, name):
                    found.append(Hint(field, known.kind, start, stop, text[start:stop], known.instead))
                begin = folded.plain.find(name, end)
        for name in filter(is_nearly_silent, known.names):
            for match in re.finditer(re.escape(bare_name(name)), text):
                found.append(Hint(field, known.kind, match.start(), match.end(), match[0], known.instead))
    return found


def _with_silent_ends(text: str, place: tuple[int, int], names: Sequence[str]) -> tuple[int, int]:
    """The place with what a name begins or ends with and the one spelling drops; left there, it would tell of it."""
    start, stop = place
    ends = [silent_ends(name) for name in names]
    if any(first for first, _ in ends):
        start = len(text[:start].rstrip(_SILENT_SIGNS))
    if any(last for _, last in ends):
        stop = len(text) - len(text[stop:].lstrip(_SILENT_SIGNS))
    return start, stop


def _stands_alone(text: str, start: int, stop: int, name: str) -> bool:
    """A word in Latin letters is one only where no further Latin letters touch it."""
    if not name.isascii():
        return True
    before, after = text[start - 1 : start], text[stop : stop + 1]
    return not (_is_latin(before) or _is_latin(after))


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


def _patterned(field: str, text: str) -> list[Hint]:
    japanese = _JAPANESE.search(text) is not None
    return [
        Hint(field, kind, match.start(), match.end(), match.group(), _instead(kind, match.group(), japanese=japanese))
        for kind, pattern in _patterns()
        for match in pattern.finditer(text)
    ]


def _instead(kind: HintKind, found: str, *, japanese: bool) -> str:
    words = (_INSTEAD_JA if japanese else _INSTEAD_EN)[kind]
    return (_magnitude(found, japanese=japanese) or words) if kind is HintKind.USERS else words


_POWERS: Final = {"百": 100, "千": 1_000, "万": 10_000, "億": 100_000_000}
_MAGNITUDES_JA: Final = ("数", "数十", "数百", "数千", "数万", "数十万", "数百万", "数千万")
_MAGNITUDES_EN: Final = (
    "several", "tens of", "hundreds of", "thousands of", "tens of thousands of", "hundreds of thousands of",
    "millions of", "tens of millions of",
)  # fmt: skip
_WIDE: Final = str.maketrans("０１２３４５６７８９", "0123456789", ",，")
_NUMBER: Final = re.compile(
    r"(?:約|およそ|延べ)?(?P<digits>\d{1,12})(?P<powers>[百千万億]*)(?P<rest>\d*)\s*(?P<unit>\D*)"
)


def _magnitude(found: str, *, japanese: bool) -> str:
    """A number of people by its size alone: 1,240世帯 becomes 数千世帯; nothing where the number cannot be read."""
    number = _NUMBER.fullmatch(found.translate(_WIDE))
    if number is None:
        return ""
    value = int(number["digits"])
    for sign in number["powers"]:
        value *= _POWERS[sign]
    power = len(str(value)) - 1
    if japanese:
        return f"{_MAGNITUDES_JA[min(power, len(_MAGNITUDES_JA) - 1)]}{number['unit']}"
    return f"{_MAGNITUDES_EN[min(power, len(_MAGNITUDES_EN) - 1)]} {number['unit']}"
