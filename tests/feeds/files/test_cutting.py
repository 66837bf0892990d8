"""Objects are cut out of a stream byte for byte, whatever its size."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.files import bundles
from feeds.files.bundles import FileError, split_objects

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just("objects"), each, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4) | st.just("objects"), JSON, max_size=3), max_size=4)


class Dripping(io.BytesIO):
    """Gives a few bytes at a time, however many are asked for."""

    def __init__(self, raw: bytes, size: int) -> None:
        super().__init__(raw)
        self.size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.size)


@settings(max_examples=300, deadline=None)
@given(
    OBJECTS, st.dictionaries(st.sampled_from(["type", "id", "x"]), JSON, max_size=3), st.integers(1, 9), st.booleans()
)
def test_objects_come_out_byte_for_byte(objects, beside, size, indented):
    """Whatever stands in them and beside them, and wherever the pieces are cut."""
    document = {**beside, "objects": objects, "y": {"objects": [{"no": 1}]}}
    raw = json.dumps(document, indent=1 if indented else None, ensure_ascii=not indented).encode()
    found = list(split_objects(Dripping(raw, size)))
    assert [json.loads(each) for each in found] == objects
    assert all(each in raw for each in found)


@given(st.dictionaries(st.text(max_size=3).filter(lambda name: name != "objects"), JSON, max_size=3), st.integers(1, 9))
def test_a_document_without_objects_is_one_object(value, size):
    raw = json.dumps(value).encode()
    assert list(split_objects(Dripping(raw, size))) == [raw]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"5",
        b"{",
        b'{"objects":[{"a":1}',
        b'{"objects":[{"a":1} 5]}',
        b'{"objects":[5,{"a":1}]}',
        b'{"objects":[[{"a":1}]]}',
        b'{"objects":[]} {"objects":[]}',
        b'{"a":"',
        b"}",
        b'{"objects":[{"a":1}]}x',
        b'{"objects":[{"a":1}]},',
        b'{"objects":[{"a":1}]}\n    "more"',
        b'{"a":1}\x00',
        b'{"objects":[{"a":1}],"x":2,"objects":[{"a":2}]}',
    ],
)
def test_files_in_which_nothing_can_be_told_apart(raw):
    for size in (3, 1_000):
        with pytest.raises(FileError):
            list(split_objects(Dripping(raw, size)))


def test_blanks_around_a_document_are_nothing():
    """Of what stands after a document nothing would be read, so it is refused; blanks are nothing to be read."""
    assert list(split_objects(Dripping(b' \n{"objects":[{"a":1}]}  \r\n\t ', 3))) == [b'{"a":1}']


def test_memory_stays_small_and_one_huge_object_is_refused(monkeypatch):
    monkeypatch.setattr(bundles, "LARGEST_OBJECT", 1_000)
    monkeypatch.setattr(bundles, "CHUNK", 100)
    many = b'{"objects":[' + b",".join(b'{"a":"%d"}' % n for n in range(5_000)) + b"]}"
    assert len(list(split_objects(io.BytesIO(many)))) == 5_000
    with pytest.raises(FileError):
        list(split_objects(io.BytesIO(b'{"objects":[{"a":"' + b"x" * 5_000 + b'"}]}')))
