"""Labels as FIRST and OASIS published them, and how markings of an object are read."""

import itertools

import pytest

from feeds.stix.markings import TLP1_NAMES, TLP2_EXTENSION, TLP2_IDS, label_of, tlp_marking_definition
from models.vocabulary import Label

WHITE, GREEN1, AMBER1, RED1 = TLP1_NAMES
STATEMENT = "marking-definition--0e5d5bd5-8a0b-4c3f-a3c9-7f6f1ab0d2b1"


@pytest.mark.parametrize("label", Label)
def test_each_label_of_tlp_2_is_read_back(label):
    reading = label_of((TLP2_IDS[label],))
    assert (reading.label, reading.decided_by, reading.notes, reading.unknown) == (label, TLP2_IDS[label], (), ())


@pytest.mark.parametrize(
    "marking, label, note",
    [
        (WHITE, Label.CLEAR, "TLP 1.0 WHITE read as TLP:CLEAR"),
        (GREEN1, Label.GREEN, "TLP 1.0 GREEN read as TLP:GREEN"),
        (AMBER1, Label.AMBER, "TLP 1.0 AMBER read as TLP:AMBER"),
        (RED1, Label.RED, "TLP 1.0 RED read as TLP:RED"),
    ],
)
def test_tlp_1_is_read_and_said(marking, label, note):
    """The old AMBER allowed sharing with clients: it must not become AMBER+STRICT."""
    reading = label_of((marking,))
    assert (reading.label, [str(each) for each in reading.notes]) == (label, [note])


def test_no_marking_is_no_label():
    reading = label_of(())
    assert (reading.label, reading.decided_by, reading.unknown) == (None, None, ())


def test_unknown_markings_give_no_label_and_are_listed_once():
    assert label_of((STATEMENT, STATEMENT)).label is None
    reading = label_of((STATEMENT, TLP2_IDS[Label.CLEAR], STATEMENT))
    assert (reading.label, reading.unknown) == (Label.CLEAR, (STATEMENT,))


ALL = (*TLP2_IDS.values(), *TLP1_NAMES)


@pytest.mark.parametrize("pair", list(itertools.permutations(ALL, 2)))
def test_of_two_labels_the_stricter_applies_in_either_order(pair):
    first, second = (label_of((each,)) for each in pair)
    both = label_of(pair)
    assert both.label == Label.strictest(first.label, second.label)
    assert both.decided_by in pair
    assert label_of((both.decided_by,)).label == both.label
    assert any("the strictest applies" in str(note) for note in both.notes) == (first.label != second.label)


def test_the_same_label_twice_is_decided_by_tlp_2():
    assert label_of((AMBER1, TLP2_IDS[Label.AMBER])).decided_by == TLP2_IDS[Label.AMBER]


def test_the_published_marking_definition():
    assert tlp_marking_definition(Label.AMBER_STRICT) == {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        "created": "2022-10-01T00:00:00.000Z",
        "name": "TLP:AMBER+STRICT",
        "extensions": {TLP2_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": "amber+strict"}},
    }


@pytest.mark.parametrize("label, name", [*zip(Label, ["clear", "green", "amber", "amber+strict", "red"], strict=True)])
def test_every_label_has_its_definition(label, name):
    made = tlp_marking_definition(label)
    assert (made["name"], made["extensions"][TLP2_EXTENSION]["tlp_2_0"]) == (str(label), name)
    assert label_of((made["id"],)).label == label
