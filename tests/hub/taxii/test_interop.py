"""The filters of the interoperability tests (T-41), over the wire: each kind, combinations, pages, and refusals."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.stix.markings import TLP1_NAMES, TLP2_IDS
from models.vocabulary import Label
from sharing.rules.matching import Match, passes
from tests.hub.taxii.conftest import Door, indicator
from tests.hub.taxii.tools import ids, manifest_of, objects_of

AMBER_1 = next(marking for marking, name in TLP1_NAMES.items() if name == "AMBER")


def shouted(ident: str) -> str:
    """An id with its UUID in capitals, which is the same UUID."""
    kind, _, number = ident.partition("--")
    return f"{kind}--{number.upper()}"


HASH = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.fixture(scope="module")
def shelf(door: Door) -> tuple[str, dict[str, str]]:
    """A collection with an object for each kind of filter; names to ids."""
    where = door.collection("Interop", default_label=Label.GREEN, lenient=True)
    report = indicator()
    objects = {
        "sure": indicator(confidence=90, labels=["malicious", "c2"], indicator_types=["malicious-activity"]),
        "unsure": indicator(confidence=15, name="変電所", revoked=True),
        "amber": indicator(object_marking_refs=[AMBER_1]),
        "file": {
            "type": "file",
            "spec_version": "2.1",
            "id": f"file--{uuid4()}",
            "hashes": {"MD5": HASH},
            "name": 'a "quoted" name\\',
        },
        "traffic": {
            "type": "network-traffic",
            "spec_version": "2.1",
            "id": f"network-traffic--{uuid4()}",
            "src_ref": f"ipv4-addr--{uuid4()}",
            "dst_port": 443,
            "protocols": ["tcp"],
        },
        "linked": {
            "type": "relationship",
            "spec_version": "2.1",
            "id": f"relationship--{uuid4()}",
            "created": "2026-11-05T00:00:00.000Z",
            "modified": "2026-11-05T12:00:00.000Z",
            "relationship_type": "related-to",
            "source_ref": report["id"],
            "target_ref": f"malware--{uuid4()}",
        },
        "sourced": indicator(external_references=[{"source_name": "nvd", "external_id": "CVE-2026-1"}]),
        "report": report,
    }
    door.poster.add(where, *objects.values())
    return where, {name: each["id"] for name, each in objects.items()}


CASES: list[tuple[dict[str, str], set[str]]] = [
    ({"confidence": "90"}, {"sure"}),
    ({"confidence": "90,15"}, {"sure", "unsure"}),
    ({"confidence-gte": "50"}, {"sure"}),
    ({"confidence-lte": "50"}, {"unsure"}),
    ({"confidence-gte": "10", "confidence-lte": "50"}, {"unsure"}),
    ({"labels": "c2"}, {"sure"}),
    ({"labels": "c2,other"}, {"sure"}),
    ({"indicator_types": "malicious-activity"}, {"sure"}),
    ({"name": "変電所"}, {"unsure"}),
    ({"revoked": "true"}, {"unsure"}),
    ({"revoked": "false", "type": "indicator"}, {"sure", "amber", "sourced", "report"}),
    ({"tlp": "amber"}, {"amber"}),
    ({"tlp": "green", "type": "indicator"}, {"sure", "unsure", "sourced", "report"}),
    ({"tlp": "white,clear"}, set()),
    ({"tlp": "AMBER,amber strict"}, {"amber"}),
    ({"confidence-gte": "9999999999"}, set()),
    ({"MD5": HASH}, {"file"}),
    ({"SHA-256": HASH}, set()),
    ({"name": 'a "quoted" name\\'}, {"file"}),
    ({"dst_port": "443"}, {"traffic"}),
    ({"dst_port-gte": "444"}, set()),
    ({"relationship_type": "related-to"}, {"linked"}),
    ({"source_name": "nvd"}, {"sourced"}),
    ({"external_id": "CVE-2026-1", "source_name": "nvd"}, {"sourced"}),
    ({"external_id": "CVE-2026-2", "source_name": "nvd"}, set()),
    ({"modified-gte": "2026-11-05T00:00:00Z"}, {"linked"}),
    ({"modified-lte": "2026-11-05T11:59:59.999Z", "type": "relationship"}, set()),
]


def test_t41_labels_in_capitals_are_found(door: Door):
    """T-41: what intake holds as AMBER was no answer to who asked for AMBER, where its id stood in capitals."""
    where = door.collection("Interop capitals", default_label=Label.AMBER)
    amber = shouted(TLP2_IDS[Label.AMBER])
    whole = indicator(object_marking_refs=[amber])
    part = indicator(None, granular_markings=[{"marking_ref": amber, "selectors": ["name"]}], name="n")
    plain = indicator(object_marking_refs=[shouted(TLP2_IDS[Label.GREEN])])
    door.poster.add(where, whole, part, plain)
    found = door.poster.get(objects_of(where), params={"match[tlp]": "amber", "match[type]": "indicator"})
    assert ids(found) == [whole["id"], part["id"]]
    assert ids(door.poster.get(objects_of(where), params={"match[tlp]": "green"})) == [plain["id"]]


@pytest.mark.parametrize(("filters", "names"), CASES)
def test_t41_filters(door: Door, shelf: tuple[str, dict[str, str]], filters: dict[str, str], names: set[str]):
    """T-41: commas are or, several filters are and; objects and manifest alike."""
    where, idents = shelf
    params = {f"match[{name}]": value for name, value in filters.items()}
    wanted = [ident for name, ident in idents.items() if name in names]
    assert ids(door.poster.get(objects_of(where), params=params)) == wanted
    assert ids(door.poster.get(manifest_of(where), params=params)) == wanted


def test_t41_what_refers_to_an_object(door: Door, shelf: tuple[str, dict[str, str]]):
    """T-41: relationships-all, by any property that ends in _ref or _refs."""
    where, idents = shelf
    params = {"match[relationships-all]": idents["report"]}
    assert ids(door.poster.get(objects_of(where), params=params)) == [idents["linked"]]


def test_t41_pages_carry_the_filters(door: Door):
    """T-41 with T-27: `next` alone goes on with the filters; others beside it are refused."""
    where = door.collection("Interop pages", default_label=Label.GREEN)
    wanted = [indicator(confidence=n % 2) for n in range(40)]
    door.poster.add(where, *wanted)
    pages = list(door.poster.pages(objects_of(where), limit=6, **{"match[confidence]": "1"}))
    assert [each for page in pages for each in ids(page)] == [each["id"] for each in wanted if each["confidence"]]
    token = pages[0].json()["next"]
    refused = door.poster.get(objects_of(where), params={"next": token, "match[confidence]": "0"})
    assert refused.status_code == 400


def test_t41_the_ledger_names_what_was_let_through(door: Door):
    """T-41: a reader who filtered is on record for what it was given, and for nothing else."""
    where = door.collection("Interop ledger", default_label=Label.AMBER)
    one, other = indicator(Label.AMBER, confidence=1), indicator(Label.AMBER, confidence=2)
    door.poster.add(where, one, other)
    door.poster.get(objects_of(where), params={"match[confidence]": "1"})
    with door.world.reading() as session:
        from sqlalchemy import text

        filters = session.execute(text("SELECT filters FROM disclosures ORDER BY id DESC LIMIT 1")).scalar_one()
    assert json.loads(filters)["ids"] == [one["id"]]


@pytest.mark.parametrize(
    "query",
    [
        {"match[tlp]": "purple"},
        {"match[confidence-gte]": "many"},
        {"match[confidence-gte]": "1,2"},
        {"match[modified-gte]": "yesterday"},
        {"match[labels]": ""},
        {"match[labels]": ",".join("x" * 3 for _ in range(501))},
        {f"match[{name}]": ",".join(f"{name}-{n}" for n in range(300)) for name in ("name", "value")},
        {
            f"match[{name}]": "x"
            for name in [
                "name",
                "value",
                "labels",
                "region",
                "result",
                "context",
                "pattern",
                "aliases",
                "roles",
                "sectors",
                "subject",
            ]
        },
    ],
)
def test_t41_refusals(door: Door, query: dict[str, str]):
    """T-41: 400 with what was expected: values that cannot be, too many values in one or together, too many filters."""
    answer = door.poster.get(objects_of(door.open), params=query)
    assert answer.status_code == 400
    assert "expected" in answer.json()["description"]


TEXTS = st.text(max_size=8) | st.sampled_from(["a", "true", "1", "1.0", 'q"', "back\\slash", "日本", "a/b"])
VALUES = st.recursive(
    TEXTS | st.integers(-5, 5) | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "x_ref", "deep"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    value=st.dictionaries(st.sampled_from(["name", "x_ref", "deep", "object_marking_refs"]), VALUES, max_size=4),
    how=st.sampled_from(["top", "anywhere", "marking", "refers"]),
    values=st.lists(TEXTS.filter(bool), min_size=1, max_size=12),
    escaped=st.booleans(),
)
def test_the_short_cut_never_decides_otherwise(value: Any, how: str, values: list[str], escaped: bool):
    """Looking for bytes first gives what parsing gives, however the text is written."""
    from sharing.rules import matching

    match = Match(how, "name", tuple(values))
    body = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    try:
        body.decode()
    except UnicodeDecodeError:
        return
    parsed = json.loads(body)
    assert passes((match,))(body) == matching._TESTS[how](parsed, "name", matching.Wanted.of(match))


def test_tlp_names_are_those_of_the_labels():
    """Each label has its short name, and the older WHITE is CLEAR."""
    from feeds.taxii import interop

    assert set(interop._TLP) == {"clear", "white", "green", "amber", "amber+strict", "red"}
    assert all(TLP2_IDS[label] in interop._TLP[label.value[4:].lower()] for label in Label)
