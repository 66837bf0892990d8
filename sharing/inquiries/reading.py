"""Rule: what the log of disclosures says of questions that somebody was shown.

It names no edition: by the hour at which an answer is read, the ledger of the edition would tell its sender who asked.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.disclosures import Shown


def shown_inquiries(actor: Actor, labels: Sequence[Label], what: str, at: datetime) -> list[Shown]:
    """One line for questions under these labels; none where there are none."""
    if not labels:
        return []
    highest = Label.strictest(*labels).rank
    filters = json.dumps({"what": what}, separators=(",", ":"))
    return [Shown(actor, INBOX_FEED, None, 0, 0, len(labels), highest, filters, at)]
