"""Files on the disk: sealed, in parts or whole, whatever is cut, and never given out changed."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from uuid import uuid4

import pytest

from crypto.file_seal import CHUNK, RECORD, FileSealer
from hub.attachments.store import AttachmentFiles, Damaged
from sharing.errors import Conflict


@pytest.fixture
def files(tmp_path: Path) -> AttachmentFiles:
    return AttachmentFiles(tmp_path / "attachments", FileSealer(bytes(32)))


def place(folder: Path, ident: object) -> Path:
    return next((folder / "attachments").rglob(str(ident)))


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_written_whole_or_in_parts_it_reads_the_same(files: AttachmentFiles, tmp_path: Path, size: int) -> None:
    content, whole, parts = os.urandom(size), uuid4(), uuid4()
    new = files.open_new(whole)
    for at in range(0, size, 50_000):
        new.write(content[at : at + 50_000])
    new.finish()
    files.begin(parts)
    offset = 0
    for cut in (100, CHUNK + 5, CHUNK * 2, size):
        offset = files.append(parts, offset, size, io.BytesIO(content[offset : max(offset, min(cut, size))]))
        assert offset == files.arrived(parts, size)
        assert offset % CHUNK == 0 or offset == size
    while offset < size:
        offset = files.append(parts, offset, size, io.BytesIO(content[offset:]))
    for ident in (whole, parts):
        assert b"".join(files.read(ident, size)) == content
        assert files.problem(ident, size) == ""
        path = place(tmp_path, ident)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert content[:40] not in path.read_bytes() or size < 40
    assert stat.S_IMODE((tmp_path / "attachments").stat().st_mode) == 0o700
    assert set(files.ids()) == {whole, parts}


def test_a_cut_in_the_middle_of_a_chunk_loses_that_chunk_only(files: AttachmentFiles, tmp_path: Path) -> None:
    """The machine stops while a chunk is written: what is half there does not count, and is written over."""
    content, ident = os.urandom(3 * CHUNK), uuid4()
    files.begin(ident)
    files.append(ident, 0, len(content), io.BytesIO(content[: 2 * CHUNK]))
    os.truncate(place(tmp_path, ident), RECORD + 1234)
    assert files.arrived(ident, len(content)) == CHUNK
    with pytest.raises(Conflict, match=str(CHUNK)):
        files.append(ident, 2 * CHUNK, len(content), io.BytesIO(content[2 * CHUNK :]))
    assert files.append(ident, CHUNK, len(content), io.BytesIO(content[CHUNK:])) == len(content)
    assert b"".join(files.read(ident, len(content))) == content


def test_more_than_was_announced_is_not_read(files: AttachmentFiles) -> None:
    ident, source = uuid4(), io.BytesIO(b"x" * 500)
    files.begin(ident)
    assert files.append(ident, 0, 100, source) == 100
    assert source.tell() == 100
    assert b"".join(files.read(ident, 100)) == b"x" * 100


def test_two_parts_at_once(files: AttachmentFiles) -> None:
    """The second finds the first at work."""
    ident = uuid4()
    files.begin(ident)

    class Slow:
        def read(self, size: int, /) -> bytes:
            with pytest.raises(Conflict, match="just now"):
                files.append(ident, 0, 10, io.BytesIO(b"y" * 10))
            return b""

    assert files.append(ident, 0, 10, Slow()) == 0


def test_what_was_changed_is_not_given(files: AttachmentFiles, tmp_path: Path) -> None:
    content, ident = os.urandom(2 * CHUNK), uuid4()
    new = files.open_new(ident)
    new.write(content)
    new.finish()
    other = AttachmentFiles(tmp_path / "attachments", FileSealer(bytes([1]) * 32))
    assert "another key" in other.problem(ident, len(content))
    path = place(tmp_path, ident)
    path.write_bytes(path.read_bytes()[RECORD:] + path.read_bytes()[:RECORD])  # the chunks swapped
    with pytest.raises(Damaged):
        list(files.read(ident, len(content)))
    os.truncate(path, RECORD)
    assert "another size" in files.problem(ident, len(content))
    with pytest.raises(Damaged):
        list(files.read(ident, CHUNK))
    files.remove(ident)
    files.remove(ident)
    assert files.problem(ident, len(content)) == "missing"
    with pytest.raises(Damaged):
        files.arrived(ident, 5)
