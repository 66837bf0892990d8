"""The page that says how to connect a tool: what it says to type works, and every tool that we know of is named."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess

import pytest

from hub.app import create_app
from models.vocabulary import Label, Role
from tests.hub.reading.tools import Reading
from tests.hub.taxii.conftest import Door, indicator

CODE = re.compile(r"<code[^>]*>(.*?)</code>", re.DOTALL)
KNOWN = ("Microsoft Sentinel", "OpenCTI", "MISP", "Splunk", "IBM QRadar", "Cortex XSOAR", "EclecticIQ")


@pytest.mark.parametrize(("language", "untried"), [("ja", "未確認"), ("en", "not tried")])
def test_what_the_page_says_to_type_works(door: Door, language: str, untried: str):
    """Its lines of curl with one's own key, its addresses and ids; and each tool with whether it was tried."""
    person = door.world.person(door.secretariat, Role.COORDINATOR)
    key = door.client(person).key
    one = indicator(Label.GREEN)
    door.poster.add(door.open, one)
    app = create_app(door.world.hub)
    page = Reading(app, door.world, person, language).get("/connect/").text
    base = door.world.hub.settings.base_url
    said = [html.unescape(each) for each in CODE.findall(page)]
    lines = [each.replace(base, door.hub.url).replace("chk_…", key) for each in said if "curl " in each]
    assert len(lines) == 2 and {f"{base}/taxii2/", f"{base}/taxii2/hub/", door.open} <= set(said)
    for name in KNOWN:
        assert name in page
    assert page.count(untried) >= len(KNOWN)
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    listed, read = (_typed(line, key) for line in lines)
    assert door.open in {each["id"] for each in listed["collections"]}
    assert read["objects"] and len(read["objects"]) <= 10


def _typed(line: str, key: str) -> dict[str, list[dict[str, str]]]:
    """What a shell answers to a line of the page; the second takes the key from the first."""
    typed = line if line.startswith("KEY=") else f"KEY={key}; {line}"
    done = subprocess.run(["bash", "-c", typed], capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
    return found
