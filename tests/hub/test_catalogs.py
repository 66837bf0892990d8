"""Every text of the pages has its Japanese, every Japanese has its text, whichever group of pages it belongs to."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import hub
from feeds.codes import Code
from hub.i18n import CATALOGS, CatalogConflict, merge_catalogs, read_translations

HUB = Path(hub.__file__).parent
METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
KEYWORDS = dict(DEFAULT_KEYWORDS) | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
SLOT = re.compile(r"%\((\w+)\)[sd]|%%")

Text = tuple[str | None, str]


def texts_of_the_hub() -> dict[Text, str]:
    """(context, text) of everything marked for translation, and of the reasons that machines give, with its place."""
    found: dict[Text, str] = {}
    options = {"**/templates/**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}
    for name, line, message, _comments, context in extract_from_dir(
        HUB, method_map=METHODS, options_map=options, keywords=KEYWORDS
    ):
        text = message[0] if isinstance(message, tuple) else message
        if text:
            found.setdefault((context, text), f"hub/{name}:{line}")
    return found | {("reason", code.value): f"feeds/codes.py: {code.name}" for code in Code}


def entries() -> Iterator[tuple[Path, Text, tuple[str, ...], set[str]]]:
    """Each entry of each Japanese catalog: file, text, translations, flags."""
    for path in sorted((CATALOGS / "ja").glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale="ja", abort_invalid=True)
        for message in catalog:
            if message.id:
                text = message.id[0] if isinstance(message.id, tuple) else message.id
                strings = message.string if isinstance(message.string, tuple) else (message.string,)
                yield path, (message.context, text), tuple(map(str, strings)), set(message.flags)


def test_every_text_has_its_japanese():
    """A page never falls back to English for a Japanese reader."""
    translated = {text for _path, text, strings, flags in entries() if all(strings) and "fuzzy" not in flags}
    missing = [f"{place}: {text[1]!r}" for text, place in texts_of_the_hub().items() if text not in translated]
    assert not missing, "no Japanese in hub/translations/ja/<group>.po for:\n" + "\n".join(missing)


def test_no_catalog_entry_is_left_over():
    """What no page says any more is taken out of its catalog."""
    said = texts_of_the_hub()
    unused = [f"{path.name}: {text[1]!r}" for path, text, _strings, _flags in entries() if text not in said]
    assert not unused, "said nowhere in hub/:\n" + "\n".join(unused)


def test_one_text_has_one_translation():
    """Two groups of pages may both use a text only with the same Japanese."""
    merge_catalogs("ja")


def test_two_translations_are_refused(tmp_path):
    """Which of the two would be shown would depend on the names of files."""
    folder = tmp_path / "ja"
    folder.mkdir()
    for name, text in (("a", "送る"), ("b", "送信")):
        (folder / f"{name}.po").write_text(
            f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Send"\nmsgstr "{text}"\n'
        )
    with pytest.raises(CatalogConflict, match="Send"):
        merge_catalogs("ja", tmp_path)


def test_translations_keep_their_slots():
    """A name that the text fills in is filled in by the Japanese too; an unknown slot would be an error 500."""
    wrong = [
        f"{path.name}: {text[1]!r}"
        for path, text, strings, _flags in entries()
        for string in strings
        if set(SLOT.findall(string)) - set(SLOT.findall(text[1]))
        or set(SLOT.findall(text[1])) - set(SLOT.findall(string))
    ]
    assert not wrong, "other slots than the English:\n" + "\n".join(wrong)


def test_catalogs_are_read_from_their_text_form():
    """No compiled catalog stands between the file that people edit and the page."""
    assert read_translations("ja").gettext("Skip to the content") == "本文へ移動"
    assert read_translations("en").gettext("Skip to the content") == "Skip to the content"
