"""A whole log checked at once: its entries alone, in portions, then all that holds them together."""

from collections.abc import Iterable, Sequence
from itertools import islice

from crypto.keys import VerifyingKey
from crypto.verify import Report, verify_runs
from crypto.verify_entry import StoredEntry
from crypto.verify_run import ErasureReader, Run, check_run

PORTION = 512
"""Entries that are checked together; a log of a few more makes two runs."""


def verify_log(
    entries: Iterable[StoredEntry],
    checkpoints: Iterable[bytes],
    keys: Sequence[VerifyingKey],
    *,
    required: int = 1,
    read_erasure: ErasureReader | None = None,
    remembered: Iterable[bytes] = (),
) -> Report:
    """Check a log; with `read_erasure`, what is missing must be allowed by an erasure entry."""

    def runs() -> Iterable[Run]:
        waiting = iter(entries)
        while portion := list(islice(waiting, PORTION)):
            yield from check_run(portion, read_erasure)

    erasures = read_erasure is not None
    return verify_runs(runs(), checkpoints, keys, required=required, erasures=erasures, remembered=remembered)
