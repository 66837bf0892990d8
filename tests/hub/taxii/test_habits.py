"""The habits of known clients (`docs/taxii.md`, “Connect a tool”), replayed as the raw requests that they send.

Products themselves cannot be run here; what they do on the wire is known from their sources and their users' reports.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from uuid import UUID

import pytest
import requests

from models.vocabulary import Label
from tests.hub.taxii.conftest import ROOT, Door, envelope, indicator

SPACED = "application/taxii+json; version=2.1"


class Raw:
    """Requests with the headers of one product and nothing besides."""

    def __init__(self, door: Door, **headers: str) -> None:
        self.base = door.hub.url
        self.headers = headers

    def get(self, path: str) -> requests.Response:
        """GET of a path as it is written."""
        answer = requests.get(urljoin(self.base, path), headers=self.headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer


def bearer(door: Door) -> dict[str, str]:
    return {"Authorization": f"Bearer {door.poster.key}"}


def basic(door: Door) -> dict[str, str]:
    word = base64.b64encode(f"coordinator:{door.poster.key}".encode()).decode()
    return {"Authorization": f"Basic {word}"}


@pytest.fixture
def filled(door: Door) -> tuple[str, list[str]]:
    """A collection with a few pages of objects, and their ids in order."""
    where = door.collection("Habits", default_label=Label.GREEN)
    return where, door.poster.add(where, *(indicator() for _ in range(11)))


def test_opencti_drops_added_after_and_polls_with_its_own_clock(door: Door, filled: tuple[str, list[str]]):
    """Root by the last part of its path, collections by title, `next` alone, then the time at which it had begun."""
    where, ids = filled
    raw = Raw(door, Accept="application/taxii+json;version=2.1", **basic(door))
    (root,) = [each for each in raw.get("/taxii2/").json()["api_roots"] if each.rstrip("/").split("/")[-1] == "hub"]
    listed = raw.get(f"{root}collections/").json()["collections"]
    (title,) = [each["title"] for each in listed if each["id"] == where]
    assert sum(each["title"] == title for each in listed) == 1 and "." not in title
    began = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    path, got = f"{root}collections/{where}/objects/?limit=4&added_after={began}", []
    for _ in range(10):
        page = raw.get(path).json()
        got += [each["id"] for each in page["objects"]]
        if not page.get("more"):
            break
        path = f"{root}collections/{where}/objects/?limit=4&next={quote(page['next'], safe='')}"
    assert got == ids
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert "objects" not in raw.get(f"{root}collections/{where}/objects/?added_after={now}").json()


def test_opencti_posts_bundles(door: Door, filled: tuple[str, list[str]]):
    """`taxii-post`: a bundle as STIX, a blank in each media type; it reads `id` of every object of the answer."""
    one = indicator()
    bundle = {"type": "bundle", "id": f"bundle--{one['id'][11:]}", "objects": [one]}
    answer = requests.post(
        f"{door.hub.url}{ROOT}collections/{filled[0]}/objects/",
        data=json.dumps(bundle),
        headers={**bearer(door), "Content-Type": "application/stix+json; version=2.1", "Accept": SPACED},
        timeout=60,
    )
    assert answer.status_code == 202 and [each["id"] for each in answer.json()["successes"]] == [one["id"]]


def test_sentinel_logs_in_with_basic_and_wants_ids_of_version_4(door: Door, filled: tuple[str, list[str]]):
    """It asks for the root with and without its slash, and only then for the collection."""
    where, ids = filled
    raw = Raw(door, Accept="application/vnd.oasis.taxii+json; version=2.0, " + SPACED, **basic(door))
    assert raw.get("/taxii2/hub").json()["versions"] == raw.get("/taxii2/hub/").json()["versions"]
    listed = raw.get(f"{ROOT}collections").json()["collections"]
    assert {UUID(each["id"]).version for each in listed} == {4}
    page = raw.get(f"{ROOT}collections/{where}/objects?added_after=2020-01-01T00:00:00.000Z").json()
    assert [each["id"] for each in page["objects"]] == ids


def test_minemeld_continues_after_modified(door: Door, filled: tuple[str, list[str]]):
    """The last `modified` as `added_after`: older than any date here, so it reads again and misses nothing."""
    where, ids = filled
    raw = Raw(door, Accept="*/*", **basic(door))
    last = raw.get(f"{ROOT}collections/{where}/objects/").json()["objects"][-1]["modified"]
    again = raw.get(f"{ROOT}collections/{where}/objects/?added_after={last}").json()["objects"]
    assert [each["id"] for each in again] == ids


def test_eclecticiq_reads_the_headers_strictly(door: Door, filled: tuple[str, list[str]]):
    """Six digits and Z; the last of a page is where the next one begins, whatever the page's size."""
    where, ids = filled
    raw, after, got = Raw(door, Accept=SPACED, **basic(door)), "1970-01-01T00:00:00.000000Z", []
    for limit in (1, 5, 3, 100):
        answer = raw.get(f"{ROOT}collections/{where}/objects/?added_after={after}&limit={limit}")
        got += [each["id"] for each in answer.json()["objects"]]
        dates = [answer.headers[f"X-TAXII-Date-Added-{which}"] for which in ("First", "Last")]
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", each) for each in dates)
        assert after < dates[0] <= dates[1]
        after = dates[1]
    assert got == ids


def test_the_library_of_splunk_and_others_strips_zeros(door: Door, filled: tuple[str, list[str]]):
    """taxii2-client: every parameter escaped, zeros of the fraction gone, `limit` again beside `next`."""
    where, ids = filled
    raw = Raw(
        door, Accept="application/taxii+json;version=2.1", **{"User-Agent": "taxii2-client/2.3.0", **bearer(door)}
    )
    path = f"{ROOT}collections/{where}/objects/?match%5Bversion%5D=all&limit=6"
    first = raw.get(path)
    second = raw.get(f"{path}&next={quote(first.json()['next'], safe='')}")
    got = [each["id"] for page in (first, second) for each in page.json()["objects"]]
    assert got == ids
    last = second.headers["X-TAXII-Date-Added-Last"].rstrip("Z").rstrip("0").rstrip(".") + "Z"
    assert raw.get(f"{ROOT}collections/{where}/objects/?added_after={quote(last, safe='')}").content == b"{}"


def test_who_polls_the_status_below_the_collection(door: Door, filled: tuple[str, list[str]]):
    """taxii2-client asks at `../../status/<id>/`, seen from the collection; lists are as long as their counts say."""
    where, _ = filled
    body: dict[str, Any] = door.poster.post(where, envelope(indicator(), {"type": "indicator"})).json()
    address = urljoin(f"{door.hub.url}{ROOT}collections/{where}/", f"../../status/{body['id']}/")
    assert urlsplit(address).path.startswith(f"{ROOT}status/")
    said = Raw(door, Accept="application/taxii+json;version=2.1", **bearer(door)).get(address).json()
    assert said == body
    assert (len(said["successes"]), len(said["failures"])) == (said["success_count"], said["failure_count"]) == (1, 1)


@pytest.mark.parametrize("agent", ["", "QRadar TAXII Client", "Cortex XSOAR", "ThreatQ", "curl/8.5.0"])
def test_those_that_are_strict_and_closed(door: Door, filled: tuple[str, list[str]], agent: str):
    """QRadar, Cortex, ThreatQ: Basic, the version fixed, all the way from discovery, whatever their name."""
    where, ids = filled
    raw = Raw(door, Accept="application/taxii+json;version=2.1", **{"User-Agent": agent, **basic(door)})
    found = raw.get("/taxii2/").json()
    assert found["default"] in found["api_roots"]
    assert "application/taxii+json;version=2.1" in raw.get(found["default"]).json()["versions"]
    one = raw.get(f"{found['default']}collections/{where}/").json()
    assert one["can_read"] and "application/stix+json;version=2.1" in one["media_types"]
    page = raw.get(f"{found['default']}collections/{where}/objects/?match[type]=indicator&limit=100")
    assert [each["id"] for each in page.json()["objects"]] == ids
    assert page.headers["Content-Type"] == "application/taxii+json;version=2.1"
