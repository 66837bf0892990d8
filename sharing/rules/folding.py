"""Rule: how text is folded before it is searched: width, case, old characters, blanks inside Japanese, defanged dots.

What is indexed, what is asked and what is compared at the end go through the same folding, so that they cannot differ.
"""

import re
import unicodedata
from functools import cache
from typing import Final

_OLD_TO_NEW: Final = {
    "髙": "高", "﨑": "崎", "嵜": "崎", "邊": "辺", "邉": "辺", "齋": "斎", "齊": "斉", "濵": "浜", "濱": "浜",
    "澤": "沢", "德": "徳", "𠮷": "吉", "桒": "桑", "國": "国", "廣": "広", "眞": "真", "龍": "竜", "惠": "恵",
    "條": "条", "櫻": "桜", "應": "応", "會": "会", "學": "学", "縣": "県", "鐵": "鉄", "驛": "駅", "發": "発",
    "變": "変", "壓": "圧", "氣": "気", "灣": "湾", "檢": "検", "險": "険", "廳": "庁", "總": "総", "藥": "薬",
    "醫": "医", "鹽": "塩", "鹼": "鹸", "嶋": "島", "嶌": "島", "槇": "槙", "曾": "曽", "瀨": "瀬", "瀧": "滝",
    "祿": "禄", "靑": "青", "黑": "黒", "淸": "清", "傳": "伝", "實": "実", "寶": "宝", "榮": "栄", "圓": "円",
    "關": "関", "觀": "観", "舊": "旧", "區": "区", "號": "号", "爲": "為", "處": "処", "據": "拠", "對": "対",
    "體": "体", "數": "数", "廢": "廃", "顏": "顔", "戶": "戸", "邨": "村", "峯": "峰", "埜": "野", "渕": "淵",
    "渊": "淵", "舘": "館", "凜": "凛", "遙": "遥", "堯": "尭", "籠": "篭", "礒": "磯", "莊": "荘", "壽": "寿",
    "雜": "雑", "輕": "軽",
}  # fmt: skip
"""Characters that names and old texts write otherwise than new ones; NFKC leaves them apart."""

_TABLE: Final = str.maketrans(_OLD_TO_NEW)

_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u200b-\u200f\u2060\ufeff\u202a-\u202e]")
"""Variation selectors (異体字) and marks that nobody sees."""

_DEFANGED: Final = ((re.compile(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]"), "."), (re.compile(r"\bhxxp"), "http"))
_HYPHENS: Final = re.compile("[‐‑‒–—―−]")

JAPANESE: Final = "々〆〇ぁ-ゖァ-ヺーヽヾ㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
"""What Japanese words are written in, as the inside of a character class."""

_LONG_END: Final = re.compile("(?<=[ァ-ヺー]{2})ー(?![ァ-ヺー])")
"""The long mark at the end of a word in katakana, which some write and others leave out: サーバー, サーバ."""


@cache
def _blank_inside() -> re.Pattern[str]:
    """Ranges this wide take milliseconds to compile."""
    return re.compile(f"(?<=[{JAPANESE}]) | (?=[{JAPANESE}])")


def fold(text: str) -> str:
    """The text as it is compared; Japanese words lose the blanks around them, other words keep one."""
    if text.isascii():
        folded = text.lower()
        if "[" in folded or "hxxp" in folded or "(.)" in folded or "{.}" in folded:
            folded = _refang(folded)
        return " ".join(folded.split())
    folded = unicodedata.normalize("NFKC", _SELECTORS.sub("", text)).casefold().translate(_TABLE)
    folded = _refang(_HYPHENS.sub("-", folded))
    # Each run of blanks is made one first: to try where in a long run it ends would take its length squared.
    return _blank_inside().sub("", " ".join(_LONG_END.sub("", folded).split()))


def _refang(folded: str) -> str:
    """Addresses that were made harmless, as they were."""
    for pattern, instead in _DEFANGED:
        folded = pattern.sub(instead, folded)
    return folded
