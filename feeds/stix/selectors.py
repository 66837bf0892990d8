"""Rule: selectors of granular markings, and whether they lead to something in the object (STIX 2.1 §7.2.3)."""

from collections.abc import Iterator
from typing import Any


def unresolved(value: dict[str, Any]) -> Iterator[str]:
    """Give the JSON pointers of selectors that lead nowhere; ill-typed entries are the schema's matter."""
    granular = value.get("granular_markings")
    if not isinstance(granular, list):
        return
    for place, marking in enumerate(granular):
        chosen = marking.get("selectors") if isinstance(marking, dict) else None
        if not isinstance(chosen, list):
            continue
        for number, selector in enumerate(chosen):
            if isinstance(selector, str) and not resolves(value, selector):
                yield f"/granular_markings/{place}/selectors/{number}"


def resolves(value: dict[str, Any], selector: str) -> bool:
    """Tell whether a selector leads to a property or item of the object."""
    node: Any = value
    for step in selector.split("."):
        if step.startswith("[") and step.endswith("]") and step[1:-1].isdecimal():
            index = int(step[1:-1]) if len(step) < 12 else -1
            if not isinstance(node, list) or not 0 <= index < len(node):
                return False
            node = node[index]
        elif isinstance(node, dict) and step in node:
            node = node[step]
        else:
            return False
    return True
