"""Rule: what an erasure entry allows to be missing."""

from collections.abc import Iterable

from crypto.verify_entry import StoredEntry


def read_erasure(entry: StoredEntry) -> Iterable[tuple[str, int]]:
    """The entries (shard, index) whose content may be gone; this hub erases nothing yet, so none."""
    del entry
    return ()
