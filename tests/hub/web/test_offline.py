"""The form for when the hub cannot be reached: one file that fetches nothing, and what it saved becomes a draft."""

from __future__ import annotations

import html
import io
import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from models.forms import liaison_form
from tests.hub.web.test_report_form import last_fields
from tests.hub.web.test_reports import FIVE, Stage, stage

__all__ = ["stage"]

URL = "/reports/offline-form/"


def sent(browser, document):
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return browser.send(URL, {"file": (io.BytesIO(raw), "report.json")})


def saved(version=None, **values):
    five = {name: [value] for name, value in FIVE.items()}
    return {"form": "liaison", "version": version or liaison_form().version, "values": five | values}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_file_stands_alone(stage: Stage, language: str):
    """Every field of the form, script and style inside and named by their hashes, no address of anything else."""
    text = stage.browser("hanako").get(f"{URL}file/{language}").text
    assert f'<html lang="{language}">' in text
    for tag in ("script", "style"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inside and text.count(f"<{tag}") == 1
        digest = b64encode(sha256(inside[1].encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;" in text or f"{tag}-src 'sha256-{digest}'" in text
    assert not re.search(r"""(?:src|href|action)=["'](?!#)""", text) and "://" not in text
    names = set(re.findall(r'name="([a-z_]+)', text))
    assert set(liaison_form().fields) <= names


def test_a_filled_form_becomes_a_draft_with_its_faults_beside_the_fields(stage: Stage):
    """Nothing that was typed is lost, whatever is wrong with it; what is right is filed as it stands."""
    hanako = stage.browser("hanako")
    hanako.get(URL)
    page = sent(hanako, saved(**{"users-low": ["x"], "users-how": ["exact"], "route": ["VPN装置"], "told": ["police"]}))
    assert page.request.path.startswith("/reports/drafts/") and stage.count() == 0
    assert 'href="#users"' in page.text and 'value="x"' in page.text and "VPN装置" in page.text
    draft = page.request.path
    versions = html.unescape(re.search(r'name="versions" value="([^"]*)"', page.text)[1])
    filed = hanako.send(draft, {**FIVE, "route": "VPN装置", "told": "police", "versions": versions})
    assert filed.status_code == 200 and stage.count() == 1
    assert last_fields(stage)["further"] == {"route": "VPN装置", "told": ["police"]}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_another_version_says_so_and_maps_what_it_can(stage: Stage, language: str):
    """What this version has no field for stands at the end of the course of events; what is no file of ours is said."""
    hanako = stage.browser("hanako", language)
    hanako.get(URL)
    page = sent(hanako, saved("2025-01", details=["経過。"], weather=["嵐"], event_type=["E99"]))
    assert "2025-01" in page.text and liaison_form().version in page.text
    assert "経過。" in page.text and "weather: 嵐" in page.text and 'href="#event_type"' in page.text
    for wrong in (b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, {"form": "other", "version": "1", "values": {}}):
        hanako.get(URL)
        assert sent(hanako, wrong).status_code == 422
    hanako.get(URL)
    empty = {**saved(), "values": {"label": ["TLP:AMBER"], "users-how": ["exact"], "details": [""]}}
    assert sent(hanako, empty).status_code == 422
    hanako.get(URL)
    assert sent(hanako, {**saved(), "values": {"x" * 200: ["y" * 300_000]}}).status_code == 422
    assert hanako.get(f"{URL}file/fr").status_code == 404
    assert stage.browser("office").get(URL).status_code == 403
