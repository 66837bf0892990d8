"""Holds the words of the code lists that ship with the hub, for pages that ask no database, such as those of errors."""

from functools import cache

from hub.i18n import current_language
from models.codelists import CodeItem, load_codelists


def shipped_word(list_name: str, code: str) -> str:
    """What a code is called in the reader's language; one that no list of ours holds stands for itself."""
    item = _items(list_name).get(code)
    if item is None:
        return code
    return item.ja if current_language() == "ja" else item.en


@cache
def _items(list_name: str) -> dict[str, CodeItem]:
    return {item.code: item for each in load_codelists() if each.list == list_name for item in each.items}
