"""A TAXII server with every fault that one can be told to have: it stands for counterparties in the tests.

Right as far as the checks look where no fault is named; each fault is one that servers in the field have shown.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

TAXII = "application/taxii+json;version=2.1"
COLLECTION = str(uuid.uuid4())
STATUSES = {400: "bad", 401: "login", 404: "absent", 405: "method", 406: "accept", 413: "large", 415: "type"}


class Answer(Exception):
    """An answer with a status; raised from wherever it is known."""

    def __init__(self, status: int, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.body = body if body is not None else {"title": STATUSES.get(status, "?"), "http_status": str(status)}
        self.headers = headers or {}


class Store:
    """Objects in the order in which they came."""

    def __init__(self, *faults: str) -> None:
        self.faults = frozenset(faults)
        self.rows: list[tuple[str, dict[str, Any]]] = []
        self.statuses: dict[str, dict[str, Any]] = {}
        self.elsewhere = ""
        self.asked = 0
        self.lock = threading.Lock()

    def has(self, fault: str) -> bool:
        """Whether the server was told to have this fault."""
        return fault in self.faults

    def add(self, objects: list[Any]) -> dict[str, Any]:
        """Take objects in; the status."""
        good: list[dict[str, str]] = []
        bad: list[dict[str, str]] = []
        with self.lock:
            for each in objects:
                detail = {"id": each["id"], "version": version_of(each)}
                if each["type"] == "indicator" and "pattern" not in each:
                    bad.append({**detail, "message": "expected a pattern"})
                    continue
                if not any((one["id"], version_of(one)) == tuple(detail.values()) for _, one in self.rows):
                    time.sleep(0.001)
                    kept = {**each, "spec_version": "2.0"} if self.has("changes objects") else each
                    self.rows.append((datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), kept))
                good.append(detail)
        status: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "status": "complete",
            "total_count": len(objects),
            "success_count": len(good),
            "failure_count": len(bad),
            "pending_count": 0,
        }
        status |= {name: each for name, each in (("successes", good), ("failures", bad)) if each}
        if self.has("wrong counts"):
            status["total_count"] += 1
        self.statuses[status["id"]] = status
        return status

    def find(self, query: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
        """The rows that the filters leave."""
        rows = self.rows
        if "match[id]" in query:
            rows = [row for row in rows if row[1]["id"] in query["match[id]"].split(",")]
        if "match[type]" in query:
            rows = [row for row in rows if row[1]["type"] in query["match[type]"].split(",")]
        if "added_after" in query:
            later = query["added_after"]
            rows = [row for row in rows if padded(row[0]) >= padded(later)]
            if not self.has("added_after is not strict"):
                rows = [row for row in rows if padded(row[0]) > padded(later)]
        return [row for row in rows if self._is_wanted(row[1], query.get("match[version]", "last").split(","))]

    def _is_wanted(self, one: dict[str, Any], versions: list[str]) -> bool:
        every = sorted(version_of(each) for _, each in self.rows if each["id"] == one["id"])
        mine = version_of(one)
        return (
            "all" in versions
            or ("last" in versions and mine == every[-1])
            or ("first" in versions and mine == every[0])
            or mine in versions
        )


def version_of(one: dict[str, Any]) -> str:
    """Its version; of an object without one, a constant."""
    return str(one.get("modified") or one.get("created") or "2026-01-01T00:00:00.000Z")


def padded(text: str) -> str:
    """A time that sorts as text."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return f"{whole}.{fraction:0<6}"


def misshapen(body: dict[str, Any]) -> dict[str, Any]:
    """A resource whose members are not what they should be."""
    items = [{"id": each["id"]} for each in body.get("objects", ()) if "date_added" in each]
    changed: dict[str, Any] = {"objects": items} if items else {}
    changed |= dict.fromkeys({"versions", "media_types", "max_content_length", "title"} & body.keys(), 1.5)
    return {**body, **changed}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    store: Store
    protocol_version = "HTTP/1.1"

    def log_message(self, *words: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Read."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Add objects."""
        self._answer(self._post)

    def do_DELETE(self) -> None:
        """Delete an object."""
        self._answer(self._delete)

    def do_PUT(self) -> None:
        """Stands nowhere in the specification."""
        self._body()
        self._answer(lambda: (_ for _ in ()).throw(Answer(405)))

    def _answer(self, work: Any) -> None:
        try:
            self._enter()
            body, headers = work()
            status = 202 if self.command == "POST" else 200
        except Answer as answer:
            status, body, headers = answer.status, answer.body, answer.headers
        except Exception:
            status, body, headers = 500, {"title": "failed", "http_status": "500"}, {}
        if status >= 400 and self.store.has("writes on terminals"):
            body = {"title": "x", "http_status": "\x1b[2J\u202egone"}
        if status >= 400 and self.store.has("errors without title"):
            body = {"description": "something"}
        if self.store.has("misshapen") and self.command == "GET":
            body = misshapen(body)
        raw = b"" if status >= 400 and self.store.has("errors without a body") else json.dumps(body).encode()
        kind = TAXII
        if status >= 400 and self.store.has("errors as a page"):
            raw, kind = b"<html>error</html>", "text/html"
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(raw)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def _enter(self) -> None:
        self.store.asked += 1
        if self.headers.get("Authorization") != "Bearer right":
            raise Answer(401, headers={} if self.store.has("no challenge") else {"WWW-Authenticate": "Bearer"})
        accepted = (self.headers.get("Accept") or "*/*").replace(" ", "")
        if self.store.has("needs the exact Accept"):
            fine = accepted == TAXII
        elif self.store.has("takes any Accept"):
            fine = True
        else:
            fine = any(
                each.startswith(("application/taxii+json", "*/*")) and "version=9.9" not in each
                for each in accepted.split(",")
            )
        if not fine:
            raise Answer(406)

    def _get(self) -> tuple[dict[str, Any], dict[str, str]]:
        parts = urlsplit(self.path)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = dict(pairs)
        if len(query) != len(pairs) and not self.store.has("takes parameters twice"):
            raise Answer(400)
        match [each for each in unquote(parts.path).split("/") if each]:
            case ["taxii2"]:
                root = f"{self.store.elsewhere}/api/"
                return {"title": "x", "default": root, "api_roots": [root]}, {}
            case ["api"]:
                return {"title": "x", "versions": [TAXII], "max_content_length": 10_000}, {}
            case ["api", "status", ident] if ident in self.store.statuses:
                return self.store.statuses[ident], {}
            case ["api", "collections"]:
                return {"collections": [self._collection()]}, {}
            case ["api", "collections", ident] if ident == COLLECTION:
                return self._collection(), {}
            case ["api", "collections", ident, what] if ident == COLLECTION and what in {"objects", "manifest"}:
                return self._page(query, what)
            case ["api", "collections", ident, "objects", name, *tail] if ident == COLLECTION:
                if not any(each["id"] == name for _, each in self.store.rows):
                    raise Answer(404)
                if tail:
                    query["match[version]"] = "all"
                return self._page({**query, "match[id]": name}, "versions" if tail else "objects")
        raise Answer(404)

    def _collection(self) -> dict[str, Any]:
        kinds = ["application/stix+json;version=2.1"]
        return {"id": COLLECTION, "title": "x", "can_read": True, "can_write": True, "media_types": kinds}

    def _page(self, query: dict[str, str], what: str) -> tuple[dict[str, Any], dict[str, str]]:
        if "next" in query:
            try:
                place, before = json.loads(bytes.fromhex(query["next"]))
            except ValueError:
                raise Answer(400) from None
            query = {**({} if self.store.has("next forgets") else before), **query}
        else:
            place = 0
        self._check(query)
        rows = self.store.find(query)
        limit = int(query.get("limit", "100"))
        page = rows[place : place + limit]
        found: dict[str, Any] = {}
        if place + limit < len(rows):
            found["more"] = True
            before = {name: value for name, value in query.items() if name != "next"}
            if not (what == "manifest" and self.store.has("no next on manifest")):
                step = limit + 1 if self.store.has("pages skip") else limit
                found["next"] = json.dumps([place + step, before]).encode().hex()
        headers = {}
        if page:
            found[what if what == "versions" else "objects"] = [self._item(row, what) for row in page]
            last = "undefined" if self.store.has("odd headers") else page[-1][0]
            headers = {"X-TAXII-Date-Added-First": page[0][0], "X-TAXII-Date-Added-Last": last}
        elif self.store.has("empty lists"):
            found["objects"] = []
        return found, headers

    def _check(self, query: dict[str, str]) -> None:
        if not query.get("limit", "1").isdigit() or int(query.get("limit", "1")) < 1:
            raise Answer(400)
        if query.get("match[type]", "").startswith("x-") and self.store.has("refuses unknown types"):
            raise Answer(400)
        if "added_after" in query:
            text = query["added_after"]
            try:
                datetime.fromisoformat(text)
            except ValueError:
                raise (Answer(500) if self.store.has("fails at odd times") else Answer(400)) from None
            if not text.endswith("Z"):
                raise Answer(400)
            if self.store.has("needs a fraction") and "." not in text:
                raise Answer(400)
        for version in query.get("match[version]", "last").split(","):
            if version not in {"all", "last", "first"}:
                try:
                    datetime.fromisoformat(version)
                except ValueError:
                    raise Answer(400) from None
            if version == "all" and "," in query["match[version]"]:
                raise Answer(400)

    @staticmethod
    def _item(row: tuple[str, dict[str, Any]], what: str) -> Any:
        added, one = row
        if what == "versions":
            return version_of(one)
        if what == "manifest":
            kind = "application/stix+json;version=2.1"
            return {"id": one["id"], "date_added": added, "version": version_of(one), "media_type": kind}
        return one

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _post(self) -> tuple[dict[str, Any], dict[str, str]]:
        body = self._body()
        kind = self.headers.get("Content-Type", "").replace(" ", "")
        if kind.partition(";")[0] != "application/taxii+json" and not self.store.has("takes any body"):
            raise Answer(415)
        if len(body) > 10_000 and b"[[" not in body:
            raise Answer(413)
        try:
            objects = json.loads(body)["objects"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Answer(400) from None
        return self.store.add(objects), {}

    def _delete(self) -> tuple[dict[str, Any], dict[str, str]]:
        if self.store.has("cannot delete"):
            raise Answer(405)
        name = unquote(urlsplit(self.path).path).split("/")[-2]
        mine = [row for row in self.store.rows if row[1]["id"] == name]
        if not mine:
            raise Answer(404)
        gone = mine[-1:] if self.store.has("deletes one version") else mine
        self.store.rows = [row for row in self.store.rows if row not in gone]
        return {}, {}


@contextmanager
def faulty_server(*faults: str, elsewhere: str = "") -> Iterator[tuple[str, Store]]:
    """A server with these faults, until the block ends: its address, and what it holds.

    `elsewhere` is where it says that its API root is, where not with itself.
    """
    store = Store(*faults)
    store.elsewhere = elsewhere
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"store": store}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
