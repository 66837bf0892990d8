"""What the tests of lines and of MISP share: where indicators come from, and what became of each line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

from feeds.files.indicators import Origin, Skipped
from feeds.stix.schema import validate
from models.vocabulary import Label
from tests.feeds.editions.mapping import read_pattern

ORIGIN = Origin(UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"), datetime(2026, 11, 20, tzinfo=UTC), Label.GREEN)


def said(found):
    """Kind, value and label of each line that became an indicator; None for the others."""
    answers = []
    for each in found:
        if isinstance(each, Skipped):
            answers.append(None)
            continue
        value = json.loads(each)
        assert validate(value) == ()
        pattern = read_pattern(value["pattern"])
        answers.append((pattern["kind"], pattern["value"], value["name"]))
    return answers
