"""Papers: what they say, under which label, for whom, and that nothing written by anybody is more than a text there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest

from hub.paper import press as presses
from hub.paper.fonts import find_font
from hub.paper.press import NoFont, Press, PressBusy, TooLong
from hub.paper.sheet import LABEL_COLOURS, LONGEST, Entry, Part, Sheet
from hub.web.frame.file_names import labelled_name
from hub.web.papers import pages as paper
from hub.web.reading import digests, feed
from models.vocabulary import Label
from sharing.audit.tags import Tag
from tests.factory import World
from tests.hub.web.report_tools import application
from tests.hub.web.test_common_forms import DDOS
from tests.hub.web.test_reports import Stage

NEEDS_FONT = pytest.mark.skipif(find_font(None) is None, reason="needs a Japanese font: make test-deps")
WILD = '#panic("x") *a* _b_ $x$ `c` <d> @e \\u{41} //f /*g*/ #import "@preview/x:1.0.0": y\n= h\n#read("/etc/passwd")'
SHEET = Sheet(
    language="ja",
    kind="第一報",
    title="停電",
    label=Label.AMBER_STRICT,
    at=datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
    printed="印刷：花子",
    reference="K7QM-4TX2-P",
    marks=["【訓練】"],
)


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path):
    world = World(sqlite_hub_url, tmp_path)
    yield Stage(world, application(world, paper, feed, digests))
    world.close()


def pages_of(raw: bytes) -> list[str]:
    with pypdfium2.PdfDocument(raw) as document:
        found = []
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            found.append(text.get_text_range().replace("\r\n", "\n"))
            text.close()
            page.close()
    return found


def colours_of(raw: bytes, from_top: int = 10) -> set[tuple[int, int, int]]:
    """The colours on the first page, in a strip of two centimetres at the right of the top, where the label stands."""
    with pypdfium2.PdfDocument(raw) as document:
        page = document[0]
        bitmap = page.render(scale=3, rev_byteorder=True)
        raw_pixels, stride, width = bytes(bitmap.buffer), bitmap.stride, bitmap.width
        channels = bitmap.n_channels
        found = {
            tuple(raw_pixels[y * stride + x * channels : y * stride + x * channels + 3])
            for y in range(round(from_top / 297 * bitmap.height), round((from_top + 20) / 297 * bitmap.height))
            for x in range(width * 2 // 3, width)
        }
        bitmap.close()
        page.close()
    return found  # type: ignore[return-value]


@NEEDS_FONT
@pytest.mark.parametrize("label", list(Label))
def test_a_label_stands_on_each_page_as_first_says(label: Label):
    """Top and bottom, at the right, on black, in the exact colour."""
    raw = Press(None).set_paper(replace(SHEET, label=label, parts=[Part(texts=["長い文。" * 1400])]))
    pages = pages_of(raw)
    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        assert len(re.findall(re.escape(label.value) + r"(?!\+)", text)) == 2, "at top and bottom"
        assert f"{number} / {len(pages)}" in text
        assert all(each in text for each in ("K7QM-4TX2-P", "印刷：花子", "【訓練】"))
    wanted = LABEL_COLOURS[label].lstrip("#")
    seen = colours_of(raw)
    assert (0, 0, 0) in seen and tuple(bytes.fromhex(wanted)) in seen


@NEEDS_FONT
def test_a_text_is_a_text():
    """Markup, imports and files in a report are signs on paper; what cannot be seen or shown is named."""
    hidden = "前\u202e後\x07\U0001f600\U000e0041\u9fff終"
    hashed = "d2" * 64
    parts = [
        Part(heading=WILD, facts=[(WILD, WILD), ("見えない", hidden), ("値", hashed)], texts=[WILD]),
        Part(entries=[Entry(title=WILD, label="TLP:GREEN", text=WILD, small=WILD)]),
    ]
    sheet = replace(SHEET, title=WILD, kind=WILD, notes=[WILD], printed=WILD, parts=parts, handling=(WILD, [WILD]))
    text = "".join(pages_of(Press(None).set_paper(sheet)))
    plain = re.sub(r"\s", "", text)
    for line in WILD.split("\n"):
        assert plain.count(re.sub(r"\s", "", line)) >= 10
    assert "前[U+202E]後[U+0007][U+1F600]" in plain and "[U+9FFF]終" in plain
    assert hashed in plain, "a long value breaks, and stays whole when it is copied"


@NEEDS_FONT
def test_the_same_paper_has_the_same_bytes():
    one, other = Press(None).set_paper(SHEET), Press(None).set_paper(replace(SHEET))
    assert one == other and b"pdfaid:part" in one


def test_without_a_font_no_boxes(tmp_path: Path):
    """None is guessed: not where there is none, not where the one that is named has no Japanese."""
    with pytest.raises(NoFont):
        Press(tmp_path / "none.ttf").set_paper(SHEET)
    latin = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if latin is not None:
        with pytest.raises(NoFont):
            Press(latin).set_paper(SHEET)


@NEEDS_FONT
def test_a_paper_has_its_limits(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(TooLong):
        Press(None).set_paper(replace(SHEET, parts=[Part(texts=["長" * LONGEST])]))
    monkeypatch.setattr(presses, "SECONDS", 0.001)
    with pytest.raises(PressBusy):
        Press(None).set_paper(SHEET)


@NEEDS_FONT
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_report_its_form_and_its_receipt_on_paper(stage: Stage, language: str):
    """The sender's own; each download stands in the trail under the report."""
    hanako, url = stage.filed(**{**DDOS, "not_for_publication": "1"})
    hanako.client.set_cookie("ceptoar_language", language)
    links = re.findall(r'href="([^"]+\.pdf)"', hanako.get(url).text + hanako.get(f"{url}authorities/").text)
    links += re.findall(r'href="([^"]+\.pdf)"', hanako.get(f"{url}receipt/1").text)
    assert f"{url}versions/1.pdf" in links and f"{url}receipt/1.pdf" in links and len(set(links)) == 5
    for link in sorted(set(links)):
        before = len(stage.world.tags())
        answer = hanako.client.get(link)
        assert answer.status_code == 200 and answer.mimetype == "application/pdf", link
        name = answer.headers["Content-Disposition"]
        assert re.search(r'filename="TLP-AMBER_2026-11-20_[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z][a-z0-9-]*\.pdf"', name)
        assert stage.world.tags()[before:] == [Tag.EXPORT.value]
        text = "".join(pages_of(answer.data))
        assert "TLP:AMBER" in text and "hanako" in text and "予約サイト" in text
        if "common-form" in link:
            assert "暫定・要確認" in text
        if "versions" in link:
            assert "198.51.100.7" in text and ("公表" in text if language == "ja" else "made public" in text)


@NEEDS_FONT
def test_who_may_not_see_it_gets_no_paper(stage: Stage):
    """Absent and hidden alike; RED leaves as no file, not even for its sender."""
    hanako, url = stage.filed()
    papers = ("versions/1.pdf", "receipt/1.pdf", "common-form/ddos.pdf")
    for stranger in ("rival", "water"):
        browser = stage.browser(stranger)
        assert {browser.client.get(f"{url}{each}").status_code for each in papers} == {404}
    assert "（ファイルで）" not in hanako.get(f"/ledger{url}").text
    assert stage.browser("office").client.get(f"{url}versions/1.pdf").status_code == 200
    assert "（ファイルで）" in hanako.get(f"/ledger{url}").text, "its sender sees that it was taken away"
    assert stage.browser("office").get(f"{url}receipt/1.pdf").status_code == 404
    assert hanako.get(f"{url}versions/2.pdf").status_code == 404
    hanako, url = stage.filed(label="TLP:RED")
    assert {hanako.client.get(f"{url}{each}").status_code for each in papers} == {404}
    assert ".pdf" not in hanako.get(url).text + hanako.get(f"{url}receipt/1").text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_hub_without_a_font_says_so(stage: Stage, language: str):
    """On the page instead of the link, and in words where somebody asks all the same; no failure, nothing recorded."""
    stage.world.hub.__dict__["press"] = Press(Path("/nowhere/font.ttf"))
    hanako, url = stage.filed()
    hanako.client.set_cookie("ceptoar_language", language)
    words = "日本語フォントがありません" if language == "ja" else "no Japanese font"
    for each in ("", "authorities/", "receipt/1"):
        assert words in hanako.get(f"{url}{each}").text
        assert ".pdf" not in hanako.page
    before = stage.world.tags()
    answer = hanako.get(f"{url}versions/1.pdf")
    assert answer.status_code == 409 and "fonts-noto-cjk" in answer.text
    assert stage.world.tags() == before


@NEEDS_FONT
def test_many_signs_that_the_font_lacks():
    """A geta stands for each where they are many, and heaps of accents are no failure; the top of the paper says it."""
    emoji = "".join(chr(0x1F300 + number % 400) for number in range(1_200))
    heap = "a" + "\u0301" * 40 + "\u0489" * 40
    text = "".join(pages_of(Press(None).set_paper(replace(SHEET, parts=[Part(texts=[f"前{emoji}後", heap])]))))
    plain = re.sub(r"\s", "", text)
    assert "〓=[U+" in plain and plain.count("〓") > 1_200 and "後" in plain
    alone = "".join(pages_of(Press(None).set_paper(replace(SHEET, parts=[Part(texts=[heap])]))))
    assert "[U+0489]" in re.sub(r"\s", "", alone)


def test_a_name_of_a_file_is_safe_in_a_header(stage: Stage):
    """What a file is may have been said by somebody else's object."""
    with stage.app.app_context():
        name = labelled_name(Label.AMBER_STRICT, stage.world.now, 'x"\r\nSet-Cookie: a=b/../電力' + "y" * 200, "pdf")
        assert labelled_name(Label.CLEAR, stage.world.now, "電力", "pdf") == "TLP-CLEAR_2026-11-20_paper.pdf"
    assert re.fullmatch(r"TLP-AMBER\+STRICT_2026-11-20_xSet-Cookieab\.\.y{80,100}\.pdf", name)
