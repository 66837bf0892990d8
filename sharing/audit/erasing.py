"""Rule: what an erasure entry allows to be missing."""

import json
from collections.abc import Iterable

from crypto.verify_entry import StoredEntry


def read_erasure(entry: StoredEntry) -> Iterable[tuple[str, int]]:
    """The entries (shard, index) whose content may be gone, as the decision of an erasure entry names them."""
    kept = (entry.parts or {}).get("decision")
    if kept is None or kept[1] is None:
        return ()
    decision = json.loads(kept[1])
    named = decision.get("erased") if isinstance(decision, dict) else None
    return [(str(shard), int(index)) for shard, index in named] if isinstance(named, list) else ()
