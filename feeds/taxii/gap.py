"""Rule: count and hash of the records of a range, by which a client sees whether it lost or doubled anything.

An extension of ours. Both sides build the hash alike from what a manifest tells: for each record, in the order of the
feed, `date_added`, id and version, separated by one blank and ended by a line feed, as UTF-8, under SHA-256.
"""

from collections.abc import Iterable
from hashlib import sha256

import orjson

from feeds.stix.timestamps import format_timestamp


class Tally:
    """Counts and hashes records as they come."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = sha256()

    def add(self, records: Iterable[tuple[str, str, str]]) -> None:
        """Take in records as `date_added`, id and version."""
        for date_added, stix_id, version in records:
            self._hash.update(f"{date_added} {stix_id} {version}\n".encode())
            self.count += 1

    @property
    def sha256(self) -> str:
        """The hash so far."""
        return self._hash.hexdigest()


def build_tally(tally: Tally, reached: int | None) -> bytes:
    """The answer; `reached` is the last position counted where the range was too long for one answer."""
    found: dict[str, object] = {"x_count": tally.count, "x_sha256": tally.sha256}
    if reached is not None:
        found |= {"x_more": True, "x_until": format_timestamp(reached)}
    return orjson.dumps(found)
