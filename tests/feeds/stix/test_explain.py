"""A few readable facts of any object, also of one that a lenient collection took."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.stix.explain import SUMMARY_LIMIT, TITLE_LIMIT, headline
from feeds.stix.extension import LIAISON

SAID = {
    "malware": (
        {
            "type": "malware",
            "name": "KageLoader",
            "description": "亜種",
            "malware_types": ["rat"],
            "is_family": False,
        },
        ("KageLoader", "亜種", (("malware_types", "rat"), ("is_family", "false"))),
    ),
    "identity": (
        {
            "type": "identity",
            "name": "みなと電力",
            "identity_class": "organization",
            "sectors": ["energy", "gas"],
        },
        ("みなと電力", "", (("identity_class", "organization"), ("sectors", "energy, gas"))),
    ),
    "relationship": (
        {"type": "relationship", "relationship_type": "uses", "source_ref": "malware--1", "target_ref": "tool--2"},
        (
            "malware uses tool",
            "",
            (("relationship_type", "uses"), ("source_ref", "malware--1"), ("target_ref", "tool--2")),
        ),
    ),
    "note": ({"type": "note", "abstract": "教訓", "content": "検査を徹底する。"}, ("教訓", "検査を徹底する。", ())),
    "unnamed": ({"type": "grouping", "id": "grouping--1"}, ("grouping--1", "", ())),
    "statement": (
        {"type": "marking-definition", "id": "marking-definition--1", "definition": {"statement": "© 2026"}},
        ("marking-definition--1", "© 2026", ()),
    ),
    "paragraphs of others stay": (
        {"type": "incident", "name": "n", "description": "one\n\ntwo"},
        ("n", "one\n\ntwo", ()),
    ),
    "nothing": ({}, ("?", "", ())),
}


@pytest.mark.parametrize("value, said", SAID.values(), ids=SAID)
def test_headlines(value, said):
    found = headline(value)
    assert (found.title, found.summary, found.details) == said
    assert found.report is None


def test_an_observable_shows_its_value():
    found = headline({"type": "domain-name", "value": "c2.example.net"})
    assert (found.title, found.patterns) == ("c2.example.net", ("c2.example.net",))


def test_long_texts_are_cut():
    found = headline({"type": "report", "name": "n" * 5_000, "description": "d" * 50_000})
    assert (len(found.title), len(found.summary)) == (TITLE_LIMIT, SUMMARY_LIMIT)


def test_revoked():
    assert headline({"type": "tool", "revoked": True}).revoked


ANY = st.recursive(
    st.sampled_from([None, True, 5, 0.5, "", "text", "incident", "indicator"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["ja", "statement"]), inner, max_size=2)
    ),
    max_leaves=5,
)
NAMES = ["type", "name", "labels", "description", "pattern", "value", "definition", "source_ref", "count", "is_family"]
OURS = ["event_type", "states", "report_number", "causes", "exercise"]


@given(
    st.dictionaries(st.sampled_from(NAMES), ANY, max_size=6),
    ANY | st.fixed_dictionaries({LIAISON: ANY | st.dictionaries(st.sampled_from(OURS), ANY, max_size=4)}),
)
def test_anything_gets_a_headline(value, extensions):
    found = headline(value | {"extensions": extensions})
    assert all(isinstance(text, str) for text in (found.type, found.title, found.summary, *found.patterns))
    assert found.report is None or all(isinstance(name, str) for name in found.report.states.values())
