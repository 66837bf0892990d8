"""A door: which code does which kind of due row."""

from collections.abc import Mapping

from hub.wiring import Hub
from sharing import digests
from sharing.due import Handler


def handlers_of(hub: Hub) -> Mapping[str, Handler]:
    """The handlers of every kind of due row, by name. Who adds a kind names it here."""
    return {digests.DUE_KIND: digests.handle_due}
