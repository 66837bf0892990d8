"""The preview says what publishing does: the same tokens, for every label and every consent."""

from __future__ import annotations

import itertools

import pytest

from models.vocabulary import Form, Label
from sharing.audiences import load_sender
from sharing.errors import NotPermitted
from sharing.reports.preview import Access, Why, preview_audience
from sharing.reports.ranges import Consent, circle_of, decide_editions
from sharing.rules.policy import ReaderKind
from tests.sharing.reports.conftest import Scene


def test_the_preview_names_exactly_whom_publishing_reaches(scene: Scene):
    with scene.world.reading() as session:
        sender = load_sender(session, scene.aoba.id)
        for label, *ticks in itertools.product(Label, *[(False, True)] * 4):
            consent = Consent(*ticks)
            told = preview_audience(session, scene.hanako, label, consent, policy=scene.policy)
            circle = circle_of(scene.policy, sender, consent, label)
            later = decide_editions(scene.policy, sender, consent, label)
            assert {line.token for line in told.having(Access.ORIGINAL)} == set(circle)
            assert {line.token for line in told.having(Access.ANONYMISED)} == set(later.tokens(Form.ANONYMISED)) - set(
                circle
            )
            assert {line.token for line in told.having(Access.NAMED)} == set(later.tokens(Form.NAMED)) - set(circle)
            for line in told.having(Access.NONE):
                assert line.whys


def test_the_preview_says_why_not_and_how_many(scene: Scene):
    with scene.world.reading() as session:
        told = preview_audience(session, scene.hanako, Label.AMBER, Consent(), policy=scene.policy)
        with pytest.raises(NotPermitted):
            preview_audience(session, scene.colleague, Label.AMBER, Consent(), policy=scene.policy)
    lines = {line.reader: line for line in told.lines}
    assert lines[ReaderKind.NCO].whys == (Why.NOT_LISTED, Why.NO_CONSENT)
    assert lines[ReaderKind.COUNCIL].whys == (Why.NOT_LISTED,)
    assert lines[ReaderKind.PUBLIC].whys == (Why.LABEL,)
    assert lines[ReaderKind.SAME_SECTOR].organizations == 2
    assert lines[ReaderKind.SAME_SECTOR].name("ja") == "電力"
    assert lines[ReaderKind.OWN_SECRETARIAT].access is Access.ORIGINAL
    assert lines[ReaderKind.NAMED_ORGANIZATION].name("ja") == "青葉電力株式会社"
    assert lines[ReaderKind.MINISTRY].name("ja") == "経済産業省 電力担当"
