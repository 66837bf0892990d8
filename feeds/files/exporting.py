"""Operation: everything that one reader may see of a feed, as a bundle with the markings that its objects name."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from feeds.stix.facts import facts_of
from feeds.stix.markings import TLP1_NAMES, TLP2_IDS, tlp1_marking_definition, tlp_marking_definition
from models.vocabulary import Label
from sharing.publishing.nouns import DEFINITIONS
from sharing.readers import Reader
from sharing.reading.grants import Row
from sharing.reading.page import page
from sharing.reading.question import Question

PAGE: Final = 1_000
HIGHEST: Final = Label.AMBER_STRICT
"""RED is for the persons who were named, on its page; no file holds it."""
_PUBLISHED: Final = (*map(tlp_marking_definition, TLP2_IDS), *map(tlp1_marking_definition, TLP1_NAMES))
"""The definitions of the labels, which nobody need have posted here."""
_BEGIN: Final = b',"objects":['
"""Comes with the first object: STIX knows no empty list."""


def export_bundle(
    session: Session,
    reader: Reader,
    feed: int,
    question: Question,
    *,
    ident: UUID,
    sealer: CursorSealer,
    log: Callable[[Sequence[Row], Question], None],
    unmarked: "Counter[Label]",
) -> Iterator[bytes]:
    """The pieces of a bundle. What a piece holds was logged before the piece is given.

    `unmarked` counts the objects that have their label from here alone, and state none where the bundle is read.

    Raises:
        Busy: it could not be logged; what came before is no whole bundle.
    """
    yield b'{"type":"bundle","id":"bundle--' + str(ident).encode() + b'"'
    token, first = None, True
    seen: set[str] = set()
    named: set[str] = set()
    while True:
        found = page(session, reader, feed, question, limit=PAGE, token=token, sealer=sealer)
        log(found.rows, found.question)
        for row in found.rows:
            facts = facts_of(orjson.loads(row.body))
            seen.add(row.stix_id)
            named.update(facts.definition_refs)
            if not facts.marking_refs and facts.type not in DEFINITIONS:
                unmarked[Label.of_rank(row.label)] += 1
            yield (_BEGIN if first else b",\n") + row.body
            first = False
        token = found.next
        if token is None:
            break
    for definition in _PUBLISHED:
        if definition["id"] in named - seen:
            yield (_BEGIN if first else b",\n") + orjson.dumps(definition)
            first = False
    yield b"}\n" if first else b"]}\n"
