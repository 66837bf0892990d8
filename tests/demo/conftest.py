"""The stories of the demo, told at several moments."""

import re
from datetime import UTC, datetime

import pytest

from hub.demo.stories import Story, build_stories

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
JAPANESE = re.compile(r"[\u0020-\u007e\u3000-\u30ff\u4e00-\u9fff\u3400-\u4dbf\uff00-\uffef\n～〜…・×％]*")
MOMENTS = [
    NOW,
    datetime(2026, 9, 30, 15, 40, tzinfo=UTC),
    datetime(2027, 3, 31, 14, 59, tzinfo=UTC),
    datetime(2026, 7, 2, 0, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
    datetime(2027, 5, 12, 6, 30, tzinfo=UTC),
]


@pytest.fixture(scope="module", params=MOMENTS, ids=lambda moment: moment.strftime("%Y-%m-%d"))
def now(request: pytest.FixtureRequest) -> datetime:
    return request.param


@pytest.fixture(scope="module")
def stories(now: datetime) -> tuple[Story, ...]:
    return build_stories(now)


@pytest.fixture(scope="module")
def live(stories: tuple[Story, ...]) -> list[Story]:
    return [story for story in stories if not story.exercise]
