"""Large posts take turns in a worker, so that many at once need no more memory than one; small ones pass them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from feeds.intake.judging import Judge
from hub.taxii.posting import LARGE_POST
from models.vocabulary import Label
from tests.factory import World
from tests.hub.taxii.conftest import ROOT, TAXII, envelope, indicator, program_inside

WHERE = f"{ROOT}collections/electricity/objects/"


@pytest.fixture
def client(world: World) -> FlaskClient:
    """A poster, inside this process."""
    return program_inside(world)


class Watched:
    """Counts who judges at a time, and lets nobody end before it is told to."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.go = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, judge: Any, body: bytes, *rest: Any, **named: Any) -> Any:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        assert len(body) < LARGE_POST or self.go.wait(20)
        try:
            return _read(judge, body, *rest, **named)
        finally:
            with self._lock:
                self.now -= 1


_read = Judge.read


def test_large_posts_take_turns_and_small_ones_pass(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six large posts at once: one is judged at a time, a small one does not wait for it, all are taken."""
    watched = Watched()
    monkeypatch.setattr(Judge, "read", lambda *given, **named: watched(*given, **named))
    large = [envelope(indicator(Label.GREEN, description="長" * 100_000)) for _ in range(6)]
    assert min(map(len, large)) > LARGE_POST

    def post(body: bytes) -> int:
        return (
            client.application.test_client()
            .post(WHERE, data=body, content_type=TAXII, headers=dict(_headers(client)))
            .status_code
        )

    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(post, body) for body in large]
        while watched.now < 1:
            assert not watched.go.wait(0.01)
        assert post(envelope(indicator(Label.GREEN))) == 202
        watched.go.set()
        assert [each.result(60) for each in sent] == [202] * 6
    assert watched.most == 2  # one, and the small one beside them


def _headers(client: FlaskClient) -> Iterator[tuple[str, str]]:
    yield "Authorization", client.environ_base["HTTP_AUTHORIZATION"]
    yield "Accept", TAXII
