"""Every text of the pages has its Japanese, every Japanese has its text, whichever group of pages it belongs to."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import hub
from feeds.reasons.codes import Code
from hub.i18n import CATALOGS, CatalogConflict, merge_catalogs, read_translations
from hub.web.words.trail import TAGS

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

INSTEAD = {
    r"又は": "または",
    r"インジケータ": "インディケータ",
    r"サーバ(?!ー|イ)": "サーバー",
    r"利用者名": "ユーザー名",
    r"監査者": "監査人",
    r"管理責任者": "利用管理者",
    r"共有ルール": "共有方針",
    r"構成員|構成組織": "会員",
    r"貴事務局": "自事務局",
    r"取下げ(?=ら|る|て|た)": "取り下げ",
    r"引上げ": "共有範囲を狭める、ラベルを厳しくする",
    r"回収": "取下げ・使用停止依頼",
    r"領収書": "受領証",
    r"開示台帳": "提供・閲覧記録",
    r"証人": "第三者検証者",
    r"第1報": "第一報",
    r"原本": "原文",
    r"(?<!インフラサービス)(?<!大規模)大規模障害対応": "大規模重要インフラサービス障害対応時",
}
"""What pages once said, or might say, for something that has another name with the people who use them."""
JAPANESE = "[\u3040-\u30ff\u4e00-\u9fff、。・「」]"
NARROW = re.compile(rf"\((?={JAPANESE})|{JAPANESE}\(|{JAPANESE}:(?=\s|$|%)")


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
    return found | {("reason", code.value): f"feeds/reasons/codes.py: {code.name}" for code in Code}


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


def said_in_japanese() -> Iterator[tuple[str, str]]:
    """Each Japanese text of the pages and of the commands, with its place."""
    for path, _text, strings, _flags in entries():
        for string in strings:
            yield path.name, SLOT.sub("%", string)
    for path in sorted((HUB / "cli").glob("*.py")):
        for line in path.read_text().splitlines():
            yield path.name, line


def test_japanese_has_one_word_for_one_thing():
    """The word of the field stands on every page: a reader who meets a second one looks for a second thing."""
    wrong = [
        f"{place}: {said!r} says {found[0]}, expected {wanted}"
        for place, said in said_in_japanese()
        for pattern, wanted in INSTEAD.items()
        if (found := re.search(pattern, said))
    ]
    assert not wrong, "\n".join(wrong)


def test_japanese_pages_use_japanese_signs():
    """Brackets and colons between Japanese signs are as wide as these."""
    wrong = [
        f"{path.name}: {string!r}"
        for path, _text, strings, _flags in entries()
        for string in strings
        if NARROW.search(SLOT.sub("%", string))
    ]
    assert not wrong, "brackets or colons of the Latin script:\n" + "\n".join(wrong)


def test_a_word_that_is_to_be_confirmed_says_so():
    """The page of the witnesses tells that their Japanese name is a proposal; no official text has one."""
    lead = next(strings[0] for _path, text, strings, _flags in entries() if text[1].startswith("A witness is a small"))
    assert "「第三者検証者」という名称は案です（要確認）" in lead


def test_entries_of_the_trail_are_named_alike():
    """A list of what happened reads as one list: every name says what was done, none is a sentence."""
    japanese = read_translations("ja")
    names = [japanese.gettext(str(tag)) for tag in TAGS.values()]
    assert len(names) > 100
    assert all(re.search(JAPANESE, name) or name.isupper() for name in names)
    sentences = [name for name in names if name[-1] in "たすいる。"]
    assert not sentences, f"expected names, found sentences: {sentences}"


def test_one_of_something_is_not_told_as_many():
    """ "1 organizations": where one is possible the text has both forms; here only limits and what begins at two."""
    many = re.compile(r"%\((?:count|num|number|total|size)\)s (?!of\b|business\b)[a-z]+s\b")
    told = {text for context, text in texts_of_the_hub() if context != "reason" and many.search(text)}
    assert told == {
        "%(count)s bytes",
        "A report takes at most %(count)s files.",
        "at most %(number)s characters",
        "%(count)s days",
        "%(count)s days ago",
        "The exact data (STIX 2.1, %(count)s objects)",
        "%(total)s reports and posted objects were looked at. %(gaining)s objects gain readers, %(losing)s lose some.",
        "All %(total)s versions of reports were tried;"
        " of %(changed)s originals and editions the readers would have been others.",
        "%(examined)s of %(total)s reports and posted objects so far. Load this page again to see how far it is.",
        "%(examined)s of %(total)s versions so far. Load this page again to see how far it is.",
        "Witnesses of %(shard)s, which has %(size)s entries",
        "%(size)s entries of %(shard)s",
    }


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
