"""Servers of others, as the package index has them, in an environment of their own (`make others`), on real sockets."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.harness.ports import LOOPBACK, free_port

ENVIRONMENT = Path(sys.prefix) / "others"
ENABLE = "servers and clients of others are not here: make others"
"""Why a test that needs them is skipped, and what to do."""

TAXII = "application/taxii+json;version=2.1"
USER, PASSWORD = "user", "pass"
READY_SECONDS = 60.0
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"

_SERVE = "from werkzeug.serving import run_simple; run_simple('127.0.0.1', int(sys.argv[1]), app, threaded=True)"
_MEDALLION = f"import sys; from medallion import load_app; app = load_app(sys.argv[2]); {_SERVE}"
# 0.9.3 fails at each answer that holds a UUID (its issue 243): the answers are written as its next version does.
_OPENTAXII = f"""
import json, sys, types
import opentaxii.taxii2.http as http
http.json = types.SimpleNamespace(dumps=lambda value: json.dumps(value, default=str))
from opentaxii.http import app
{_SERVE}
"""
_OPENTAXII_DATA = """
from opentaxii.http import app
with app.app_context():
    api = app.taxii_server.servers.taxii2.persistence.api
    root = api.get_api_roots()[0]
    made = api.add_collection(api_root_id=root.id, title="tests", alias="tests")
    print(root.id, made.id)
"""


def find_python() -> Path | None:
    """The Python of that environment, where it was made whole."""
    found = ENVIRONMENT / "bin" / "python"
    return found if found.exists() and (ENVIRONMENT / ".made").exists() else None


@dataclass(frozen=True)
class Server:
    """A server of others, with one collection that may be read and written."""

    root: str
    collection: str
    login: str
    """The word before the key in `Authorization`."""
    key: str
    user: str
    """The user name, where the key is the password of Basic."""

    @property
    def url(self) -> str:
        """The address of its collection."""
        return f"{self.root}collections/{self.collection}/"

    def ask(self, path: str, body: bytes | None = None) -> Any:
        """Ask below the collection, or post there; the answer's value."""
        key = base64.b64encode(f"{self.user}:{self.key}".encode()).decode() if self.user else self.key
        headers = {"Authorization": f"{self.login} {key}", "Accept": TAXII}
        if body is not None:
            headers["Content-Type"] = TAXII
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def ids(self) -> list[str]:
        """The ids of what it holds, in its order."""
        return [each["id"] for each in self.ask("manifest/?limit=1000").get("objects", [])]


@contextmanager
def medallion(folder: Path) -> Iterator[Server]:
    """A medallion that keeps everything in memory."""
    port = free_port()
    root = f"http://{LOOPBACK}:{port}/api1/"
    collection = {
        "id": COLLECTION,
        "title": "tests",
        "can_read": True,
        "can_write": True,
        "objects": [],
        "manifest": [],
    }
    held = {"media_types": ["application/stix+json;version=2.1"], "objects": [], "manifest": []}
    about = {"title": "tests", "versions": [TAXII], "max_content_length": 104_857_600}
    data = {
        "/discovery": {"title": "tests", "default": root, "api_roots": [root]},
        "api1": {"information": about, "status": [], "collections": [collection | held]},
    }
    (folder / "data.json").write_text(json.dumps(data))
    backend = {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend"}
    settings = {
        "backend": backend | {"filename": str(folder / "data.json")},
        "users": {USER: PASSWORD},
        "taxii": {"max_page_size": 1_000},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    with _running(folder, port, _MEDALLION, str(port), str(folder / "settings.json")):
        yield Server(root, COLLECTION, "Basic", PASSWORD, USER)


@contextmanager
def opentaxii(folder: Path) -> Iterator[Server]:
    """An OpenTAXII on SQLite."""
    port = free_port()
    sql = {"create_tables": True}
    settings = {
        "domain": f"{LOOPBACK}:{port}",
        "support_basic_auth": True,
        "auth_api": {
            "class": "opentaxii.auth.sqldb.SQLDatabaseAPI",
            "parameters": {**sql, "db_connection": f"sqlite:///{folder}/auth.db", "secret": "tests-" * 8},
        },
        "taxii1": None,
        "taxii2": {
            "title": "tests",
            "public_discovery": True,
            "allow_custom_properties": True,
            "max_content_length": 104_857_600,
            "persistence_api": {
                "class": "opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI",
                "parameters": {**sql, "db_connection": f"sqlite:///{folder}/data.db"},
            },
        },
        "logging": {"opentaxii": "warning", "root": "warning"},
    }
    (folder / "settings.yml").write_text(json.dumps(settings))  # JSON is YAML
    env = {"OPENTAXII_CONFIG": str(folder / "settings.yml")}
    said = _command(folder, env, "opentaxii-create-account", "--username", USER, "--password", PASSWORD)
    _command(folder, env, "opentaxii-update-account", "-u", USER, "-f", "admin", "-v", "yes")
    _command(folder, env, "opentaxii-add-api-root", "-t", "tests", "--default")
    root, collection = _command(folder, env, "python", "-c", _OPENTAXII_DATA).split()[-2:]
    with _running(folder, port, _OPENTAXII, str(port), env=env):
        yield Server(f"http://{LOOPBACK}:{port}/taxii2/{root}/", collection, "Bearer", said.split()[-1], "")


SERVERS = {"medallion": medallion, "opentaxii": opentaxii}


def run_client(program: str, *given: Any, trust: Path | None = None) -> dict[str, Any]:
    """Run a client of others: the program finds what it is `given`, and leaves what it found in `said`."""
    whole = f"import json, sys\ngiven, said = json.load(sys.stdin), {{}}\n{program}\nprint(json.dumps(said))"
    python = find_python()
    assert python is not None, ENABLE
    env = {} if trust is None else {"REQUESTS_CA_BUNDLE": str(trust)}
    done = subprocess.run(
        [str(python), "-c", whole],
        input=json.dumps(given, default=str),
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=READY_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _command(folder: Path, env: dict[str, str], name: str, *words: str) -> str:
    command = [str(ENVIRONMENT / "bin" / name), *words]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def _running(folder: Path, port: int, program: str, *words: str, env: dict[str, str] | None = None) -> Iterator[None]:
    with (folder / "said.log").open("wb") as said:
        command = [str(ENVIRONMENT / "bin" / "python"), "-c", program, *words]
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=said, stderr=subprocess.STDOUT)
        try:
            _wait(process, port, folder)
            yield
        finally:
            process.terminate()
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://{LOOPBACK}:{port}/taxii2/", timeout=5).close()
        except urllib.error.HTTPError:
            return  # it answers; without a key it has nothing to say
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"expected a server that answers, found: {(folder / 'said.log').read_text()[-2000:]}")
