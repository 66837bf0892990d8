"""A door for those who watch over the hub: does the process live, may it be asked, what does it count."""

import ipaddress
from collections.abc import Sequence

import orjson
from flask import Blueprint, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from hub.logs import get_logger
from hub.web.frame.shell import current_hub

blueprint = Blueprint("health", __name__)

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
"""A proxy that we were not told of writes one of these; then the address we see is the proxy's, not the caller's."""
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""A caller may invent methods; each would become a series of its own."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The counts of one process.

    Each worker process counts for itself and answers with its own numbers; `process_start_time_seconds` and the
    sum over time tell them apart well enough for rates and for alarms.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self._requests = Counter("ceptoar_hub_requests", "Requests by route", names, registry=self.registry)
        self._seconds = Histogram(
            "ceptoar_hub_request_seconds", "Time to the answer", ("route",), buckets=BUCKETS, registry=self.registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; the route is the template, so that the labels stay few."""
        self._requests.labels(method if method in KNOWN_METHODS else "OTHER", route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def render(self) -> bytes:
        """The text format of Prometheus."""
        return generate_latest(self.registry)


@blueprint.get("/healthz")
def live() -> Response:
    """The process lives and answers; nothing else is looked at."""
    return Response(b'{"status":"ok"}', mimetype="application/json")


@blueprint.get("/readyz")
def ready() -> Response:
    """The database answers and its schema is the program's; why not is told only to those who watch."""
    try:
        problems: Sequence[str] = current_hub().ready()
    except Exception as error:  # whatever fails here means: do not send requests
        get_logger().warning("not_ready", exc_info=error)
        problems = ("the check itself failed; see the log",)
    answer: dict[str, object] = {"status": "not ready" if problems else "ready"}
    if problems and watcher_asks():
        answer["problems"] = list(problems)
    return Response(orjson.dumps(answer), 503 if problems else 200, mimetype="application/json")


@blueprint.get("/metrics")
def metrics() -> Response:
    """The counts of this process, for the networks in `metrics_from`: volumes tell of what is hidden."""
    if not watcher_asks():
        abort(404)
    counts: Metrics = current_app.extensions["metrics"]
    return Response(counts.render(), content_type=CONTENT_TYPE_LATEST)


def watcher_asks() -> bool:
    """Whether the caller's address is one of those that watch, and truly the caller's."""
    settings = current_hub().settings
    if not settings.trusted_proxies and any(name in request.headers for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return any(
        address.version == network.version and address in network
        for network in map(ipaddress.ip_network, settings.metrics_from)
    )
