"""The form for when the hub cannot be reached: one file that fetches nothing, and what it saved becomes a draft."""

from __future__ import annotations

import html
import io
import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from hub.web.reporting.form_controls import laid_over
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


def test_a_follow_up_begins_with_the_last_version(stage: Stage):
    """What the file leaves empty stands as before, what it says takes its place, and no label becomes wider by it."""
    hanako = stage.browser("hanako")
    hanako.get("/reports/new")
    first = {**FIVE, "label": "TLP:AMBER+STRICT", "users-how": "about", "users-low": "300", "hours-state": "unknown"}
    first |= {"route": "VPN装置", "consent_nco": "y"}
    assert hanako.send("/reports/new", first).status_code == 200 and stage.count() == 1
    (reference,) = set(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b", hanako.page)) - {"K7QM-4TX2-P"}
    filled = saved(
        kind=["final"],
        of_reference=[f" {reference.lower().replace('-', ' ')} "],
        **{"users-how": ["between"], "users-low": ["400"], "users-high": ["500"], "details": ["復旧した。"]},
    )
    hanako.get(URL)
    page = sent(hanako, filled)
    assert page.request.path.startswith("/reports/drafts/") and reference in page.text
    assert re.search(r'value="final"[^>]*checked|checked[^>]*value="final"', page.text)
    versions = html.unescape(re.search(r'name="versions" value="([^"]*)"', page.text)[1])
    assert json.loads(versions).keys() >= {"route", "users-low", "users-high", "details", "consent_nco"}
    assert 'value="VPN装置"' in page.text or "VPN装置" in page.text
    chosen = re.search(r'<input(?=[^>]*name="label")(?=[^>]*checked)[^>]*value="([^"]*)"', page.text)
    assert chosen and html.unescape(chosen[1]) == "TLP:AMBER+STRICT"
    for wrong in ("K7QM-4TX2-P", "nonsense", ""):
        hanako.get(URL)
        refused = sent(hanako, saved(kind=["follow_up"], of_reference=[wrong]))
        assert refused.status_code == 422
    rival = stage.browser("rival")
    rival.get(URL)
    hidden = sent(rival, saved(kind=["follow_up"], of_reference=[reference]))
    rival.get(URL)
    absent = sent(rival, saved(kind=["follow_up"], of_reference=["K7QM-4TX2-P"]))
    assert hidden.status_code == absent.status_code == 422


def test_what_is_laid_over_takes_its_groups_with_it():
    """A number is replaced as a whole, a state by a value, and how a number is meant says nothing alone."""
    before = {"label": ["TLP:RED"], "users-how": ["about"], "users-low": ["3"], "hours-state": ["unknown"]}
    given = {"label": ["TLP:AMBER"], "users-high": ["9"], "users-low": ["4"], "hours": ["2"], "cost-how": ["exact"]}
    assert laid_over(before, given) == {
        "label": ["TLP:RED"],
        "users-high": ["9"],
        "users-low": ["4"],
        "hours": ["2"],
    }
