"""Events of MISP: what is for detection becomes indicators, no wider than the event says."""

from __future__ import annotations

import json

import pytest

from feeds.files.bundles import FileError
from feeds.files.indicators import Origin
from feeds.files.misp import of_misp
from feeds.stix.markings import label_of
from models.vocabulary import Label
from tests.feeds.files.lines import ORIGIN, said
from tests.hub.taxii.conftest import indicator

EVENT = {
    "Event": {
        "info": "OSINT - campaign",
        "Tag": [{"name": "tlp:green"}],
        "Attribute": [
            {"type": "ip-dst", "value": "192.0.2.7", "to_ids": True, "timestamp": "1790000000"},
            {"type": "domain", "value": "evil.example", "to_ids": True, "Tag": [{"name": "tlp:red"}]},
            {"type": "comment", "value": "text", "to_ids": True},
            {"type": "url", "value": "http://a.example/", "to_ids": False},
        ],
        "Object": [{"Attribute": [{"type": "sha256", "value": "b" * 64, "to_ids": True}]}],
    }
}


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: [e], lambda e: {"response": [e]}])
def test_a_misp_event(wrap):
    """Attributes for detection become indicators at the strictest of their labels; the rest is counted as left out."""
    found = list(of_misp(json.dumps(wrap(EVENT)).encode(), ORIGIN))
    assert said(found) == [
        ("ipv4-addr", "192.0.2.7", "OSINT - campaign"),
        ("domain-name", "evil.example", "OSINT - campaign"),
        None,
        None,
        ("sha256", "b" * 64, "OSINT - campaign"),
    ]
    made = [json.loads(each) for each in found if isinstance(each, bytes)]
    assert made[0]["object_marking_refs"] == indicator(Label.GREEN)["object_marking_refs"]
    assert made[1]["object_marking_refs"] == indicator(Label.RED)["object_marking_refs"]
    assert made[0]["valid_from"].startswith("2026-09-21T")


EVENT_LINE = {"type": "ip-dst", "value": "192.0.2.7", "to_ids": True}


def labelled(event, attribute=None, *, label=None, default=None):
    """The label of the one indicator of an event; nothing where it states none."""
    lines = {"Attribute": [{**EVENT_LINE, **attribute}]} if attribute is not None else {}
    raw = json.dumps({"Event": {"info": "x", **event, **lines}}).encode()
    (made,) = of_misp(raw, Origin(ORIGIN.organization_id, ORIGIN.at, label, default))
    assert isinstance(made, bytes)
    return label_of(tuple(json.loads(made).get("object_marking_refs", ()))).label


GREEN_TAG = {"Tag": [{"name": "tlp:green"}]}
NARROW = {
    "nothing is said": ({}, {}, None),
    "this organization": ({"distribution": "0"}, {}, Label.AMBER_STRICT),
    "this organization, tagged green": ({"distribution": "0", **GREEN_TAG}, {}, Label.AMBER_STRICT),
    "this community": ({"distribution": 1, **GREEN_TAG}, {}, Label.AMBER),
    "a sharing group": ({"distribution": "4", **GREEN_TAG}, {}, Label.AMBER_STRICT),
    "connected communities, tagged clear": (
        {"distribution": "2", "Tag": [{"name": "tlp:clear"}]},
        {"distribution": "5"},
        Label.GREEN,
    ),
    "all, tagged clear": ({"distribution": "3", "Tag": [{"name": "TLP:CLEAR"}]}, {}, Label.CLEAR),
    "no such distribution": ({"distribution": "9", **GREEN_TAG}, {}, Label.AMBER_STRICT),
    "an attribute narrower": ({"distribution": "3", **GREEN_TAG}, {"distribution": "0"}, Label.AMBER_STRICT),
    "an attribute wider": ({"distribution": "0", **GREEN_TAG}, {"distribution": "3"}, Label.AMBER_STRICT),
    "a label that nobody knows": ({"Tag": [{"name": "tlp:green"}, {"name": "tlp:ex:chr"}]}, {}, Label.AMBER_STRICT),
    "tags in their other form": ({"EventTag": [{"Tag": {"name": "tlp:red"}}]}, {}, Label.RED),
}


@pytest.mark.parametrize("event, attribute, label", NARROW.values(), ids=NARROW)
def test_a_misp_event_goes_no_wider_than_it_says(event, attribute, label):
    """Distributions were not looked at: what was for one organization went out at the label of the collection."""
    assert labelled(event, attribute) is label


def test_objects_and_wishes_go_no_wider_either():
    """Attributes in objects are as narrow as these; `--label` is for what says nothing."""
    kept = {"distribution": "0", "Attribute": [EVENT_LINE]}
    assert labelled({"distribution": "3", **GREEN_TAG, "Object": [kept]}) is Label.AMBER_STRICT
    assert labelled({"distribution": "0"}, {}, label=Label.GREEN) is Label.AMBER_STRICT
    assert labelled({"distribution": "3"}, {}, label=Label.GREEN) is Label.GREEN


def test_a_misp_distribution_is_never_wider_than_the_collections_default():
    """Connected communities are GREEN at most; where the collection takes the unlabelled as AMBER, so is this."""
    assert labelled({"distribution": "2"}, {}, default=Label.AMBER) is Label.AMBER
    assert labelled({"distribution": "2"}, {}, default=Label.CLEAR) is Label.GREEN
    assert labelled({"distribution": "2"}, {}) is Label.AMBER_STRICT
    assert labelled({"distribution": "3"}, {}, default=Label.AMBER) is None


def test_what_was_deleted_in_misp_and_what_is_no_text_stays_out():
    """Deleted attributes became indicators; half of a surrogate pair ended the import with an error."""
    gone = [{**EVENT_LINE, "deleted": deleted} for deleted in (True, "1")]
    event = {"info": "x", "Attribute": gone, "Object": [{"deleted": True, "Attribute": [EVENT_LINE]}]}
    odd = {"info": "\ud800", "Attribute": [EVENT_LINE, {**EVENT_LINE, "value": "192.0.2.8", "deleted": False}]}
    found = [*of_misp(json.dumps([{"Event": event}, {"Event": odd}]).encode(), ORIGIN)]
    assert [str(each) for each in found[:3]] == ["deleted there"] * 3
    assert all("surrogate" in str(each) for each in found[3:]) and len(found) == 5


@pytest.mark.parametrize("raw", [b"", b"5", b"{}", b'{"Event":5}', b"[[]]", b"[" * 100_000])
def test_what_is_no_misp_event(raw):
    with pytest.raises(FileError):
        list(of_misp(raw, ORIGIN))
