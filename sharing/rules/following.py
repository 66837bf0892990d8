"""Rule: which definitions go where the objects go that name them: those that say nothing of their own readers."""

import orjson


def follows_who_names_it(raw: bytes) -> bool:
    """Whether the readers of a definition are those of the objects that name it.

    One that is marked itself is held as its own marks say: who names it in something wider does not make it wider.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False  # its bytes were erased
    parts = value.get("granular_markings") or ()
    return not value.get("object_marking_refs") and not any("marking_ref" in each for each in parts)
