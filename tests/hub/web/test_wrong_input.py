"""Whatever somebody types: clear words at the field, the text stays, nothing is filed, and never a failure."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from models.codelist import CodeItem
from models.organization import Organization
from tests.hub.web.test_report_form import last_fields
from tests.hub.web.test_reports import FIVE, Stage, stage

__all__ = ["stage"]

KEPT = "経過の文はそのまま残る。"
WRONG = (
    ({"occurred_at": "2026-11-20T10:00", "recovered_at": "2026-11-20T09:00"}, "recovered_at"),
    ({"occurred_at": "2026-11-20T11:30"}, "noticed_at"),
    ({"noticed_at": "2026-12-31T00:00"}, "noticed_at"),
    ({"noticed_at": "1926-11-20T11:00"}, "noticed_at"),
    ({"noticed_at": "令和8年11月20日"}, "noticed_at"),
    ({"noticed_at": "9999-99-99T99:99"}, "noticed_at"),
    ({"occurred_at": "2026-11-20T10:00", "expected_at": "2026-11-20T09:00"}, "expected_at"),
    ({"users-how": "exact", "users-low": "-5"}, "users"),
    ({"users-how": "exact", "users-low": "9" * 400}, "users"),
    ({"users-how": "between", "users-low": "30", "users-high": "3"}, "users"),
    ({"hours-how": "exact", "hours-low": "NaN"}, "hours"),
    ({"hours-how": "exact", "hours-low": "1e999"}, "hours"),
    ({"measures": "あ" * 100_000}, "measures"),
    ({"summary": "🚨" * 401}, "summary"),
    ({"lessons": "前\x07後"}, "lessons"),
    ({"affected_service": "予約\u202e確認"}, "affected_service"),
    ({"indicators": "これは指標ではない"}, "indicators"),
    ({"event_type": "E99"}, "event_type"),
    ({"service_impact": "perhaps"}, "service_impact"),
    ({"label": "TLP:PINK"}, "label"),
    ({"stages-at": ["2026-11-20T11:00"], "stages-note": [""]}, "stages"),
    ({"lists": ["00000000-0000-4000-8000-000000000000"]}, "lists"),
)
"""What is typed, and the field at which it is said."""


@pytest.mark.parametrize("language", ["ja", "en"])
def test_wrong_input_is_said_at_its_field_and_nothing_is_lost(stage: Stage, language: str):
    """Times, numbers, lengths, signs, codes: each alone, so that each is seen by itself."""
    hanako = stage.browser("hanako", language)
    hanako.get("/reports/new")
    for given, field in WRONG:
        answer = hanako.send("/reports/new", {**FIVE, "details": KEPT, **given})
        assert answer.status_code == 422, given
        assert f'href="#{field}' in answer.text and KEPT in answer.text, (given, field)
        typed = next((each for each in given.values() if isinstance(each, str) and len(each) < 100), "")
        assert field in {"event_type", "label", "service_impact", "noticed_at"} or typed in html.unescape(answer.text)
    assert stage.count() == 0


@pytest.mark.parametrize(
    ("language", "choose", "fill"),
    [
        ("ja", "選択してください。", "入力してください。"),
        ("en", "Please choose one.", "Please fill this in."),
    ],
)
def test_what_was_not_chosen_asks_for_a_choice(stage: Stage, language: str, choose: str, fill: str):
    """Nobody can fill in a list or a row of buttons."""
    hanako = stage.browser("hanako", language)
    hanako.get("/reports/new")
    summary = (
        html.unescape(hanako.send("/reports/new", {"do": "file"}).text)
        .partition("error-summary")[2]
        .partition("</ul>")[0]
    )
    said = dict(re.findall(r'href="#([a-z_]+)[^"]*">[^<]*?(?:：|: )([^<]*)</a>', summary))
    assert said["event_type"] == said["service_impact"] == choose
    assert said["noticed_at"] == said["summary"] == fill
    assert stage.count() == 0


def test_rare_signs_and_formulas_are_a_text_like_any_other(stage: Stage):
    """Variants of characters, emoji, what a spreadsheet would calculate: filed as typed, shown as typed."""
    text = "葛\U000e0100城市の𠮷野さん🚨 =HYPERLINK(1) <b>太字</b>"
    hanako, url = stage.filed(summary=text, details=text)
    assert last_fields(stage)["summary"] == text
    assert text in html.unescape(hanako.get(url).text) and "<b>太字" not in hanako.page


def test_what_changes_while_somebody_types_is_said(stage: Stage):
    """A code is retired and the organization renamed while the form is open: asked about, kept, filed under the new."""
    hanako = stage.browser("hanako")
    hanako.get("/reports/new")
    with stage.world.writing() as session:
        session.execute(update(CodeItem).where(CodeItem.code == FIVE["event_type"]).values(retired=True))
        session.execute(
            update(Organization).where(Organization.id == stage.aoba.id).values(name_ja="新青葉電力株式会社")
        )
    refused = hanako.send("/reports/new", {**FIVE, "details": KEPT})
    assert refused.status_code == 422 and 'href="#event_type"' in refused.text and KEPT in refused.text
    assert "この選択肢は使われなくなりました" in refused.text
    other = hanako.send("/reports/new", {**FIVE, "details": KEPT, "event_type": "E41"})
    assert other.status_code == 200 and stage.count() == 1
    assert "新青葉電力株式会社" in stage.browser("office").get("/secretariat/").text


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("kind", ["urlencoded", "urlencoded, raw", "parts", "parts that claim another charset"])
def test_a_form_that_is_not_utf_8_is_refused(stage: Stage, language: str, kind: str):
    """Shift_JIS was filed as `%82%A0`, and in parts as signs of replacement: as if the reporter had written that."""
    hanako = stage.browser("hanako", language)
    hanako.get("/reports/new")
    fields = {**hanako.hidden(), **FIVE, "summary": "SUMMARY"}
    sent = "あい".encode("cp932")
    if kind.startswith("urlencoded"):
        spelt = sent if "raw" in kind else b"".join(b"%%%02x" % byte for byte in sent)
        body, content_type = urlencode(fields).encode().replace(b"SUMMARY", spelt), "application/x-www-form-urlencoded"
    else:
        claim = "\r\nContent-Type: text/plain; charset=iso-8859-1" if "claim" in kind else ""
        parts = [
            f'--b\r\nContent-Disposition: form-data; name="{name}"{claim}\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        body, content_type = (
            ("".join(parts) + "--b--\r\n").encode().replace(b"SUMMARY", sent),
            "multipart/form-data; boundary=b",
        )
    answer = hanako.client.post(
        "/reports/new", data=body, content_type=content_type, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 400
    assert {"ja": "UTF-8以外の文字コード", "en": "another character encoding than UTF-8"}[language] in answer.text
    assert stage.count() == 0


def test_a_form_in_parts_keeps_every_sign(stage: Stage):
    """Read as bytes first, then as UTF-8: rare signs, and a percent sign that only looks like an encoding, stay."""
    text = "葛\U000e0100城市🚨 %82%A0 café"
    hanako = stage.browser("hanako")
    hanako.get("/reports/new")
    fields = {**hanako.hidden(), **FIVE, "summary": text}
    answer = hanako.client.post(
        "/reports/new",
        data=fields,
        content_type="multipart/form-data",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 303
    assert last_fields(stage)["summary"] == text
