"""A door: which code does which kind of due row."""

from collections.abc import Mapping

from hub.wiring import Hub
from sharing import digests, policies
from sharing.due import Handler
from sharing.reports import recall_answers, recall_notices


def handlers_of(hub: Hub) -> Mapping[str, Handler]:
    """The handlers of every kind of due row, by name. Who adds a kind names it here."""
    return {
        digests.DUE_KIND: digests.handle_due,
        policies.DUE_KIND: policies.handle_trial,
        recall_notices.DUE_KIND: recall_answers.handle_reminder,
    }
