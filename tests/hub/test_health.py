"""The door of those who watch over the hub."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hub.fakes import frame_app


def test_the_process_lives(tmp_path: Path):
    """Whatever the database does."""
    app = frame_app(tmp_path)
    app.extensions["hub"].problems = ["no database"]
    assert app.test_client().get("/healthz").json == {"status": "ok"}


def test_ready_tells_why_not_to_watchers_only(tmp_path: Path):
    """A problem may name paths and versions."""
    app = frame_app(tmp_path)
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    app.extensions["hub"].problems = ["the schema is older than the program"]
    near = client.get("/readyz")
    assert (near.status_code, near.json) == (
        503,
        {"status": "not ready", "problems": ["the schema is older than the program"]},
    )
    far = client.get("/readyz", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert (far.status_code, far.json) == (503, {"status": "not ready"})


def test_a_check_that_fails_is_not_ready(tmp_path: Path):
    """An exception there must not look like health."""
    app = frame_app(tmp_path)
    app.extensions["hub"].problems = None
    app.extensions["hub"].ready = lambda: 1 / 0
    assert app.test_client().get("/readyz").status_code == 503


def test_metrics_count_by_route(tmp_path: Path):
    """Templates, known methods and statuses: a caller cannot add series."""
    client = frame_app(tmp_path).test_client()
    client.get("/patterns/fail/404")
    client.open("/patterns/fail/403", method="BREW")
    client.get("/a-secret-path")
    text = client.get("/metrics").text
    assert 'ceptoar_hub_requests_total{method="GET",route="/patterns/fail/<int:status>",status="404"} 1.0' in text
    assert "BREW" not in text
    assert "a-secret-path" not in text


@pytest.mark.parametrize(
    ("address", "headers"),
    [("203.0.113.9", {}), ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}), ("127.0.0.1", {"Forwarded": "for=x"})],
)
def test_metrics_are_for_watchers(tmp_path: Path, address: str, headers: dict[str, str]):
    """Counts tell of volumes that are hidden from readers; a proxy we were not told of does not make one a watcher."""
    client = frame_app(tmp_path).test_client()
    assert client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address}).status_code == 404


def test_a_trusted_proxy_names_the_caller(tmp_path: Path):
    """With one proxy of ours the last address it wrote is the caller's."""
    client = frame_app(tmp_path, trusted_proxies=1, metrics_from="198.51.100.0/24").test_client()
    watcher = client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    stranger = client.get("/metrics", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert (watcher.status_code, stranger.status_code) == (200, 404)
