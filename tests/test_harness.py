"""The ground itself: databases are real, fresh and separate; pins are pins; all outcomes are counted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.conftest import _longest_first
from tests.harness import machine, pins, postgres, processes
from tests.harness.ports import free_port
from tests.harness.postgres import Server, fresh_database


def test_each_test_has_an_empty_database_of_its_own(empty_database_url):
    """What one test writes the next must not find: the same table can be made once per test on each kind."""
    engine = create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (value INTEGER)"))
        connection.execute(text("INSERT INTO mine VALUES (1)"))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM mine")).scalar_one() == 1
    engine.dispose()


def test_a_migrated_database_has_tables(database_url):
    """The template was migrated, and its copy can be written to."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert engine.dialect.has_table(connection, "alembic_version")
    engine.dispose()


@pytest.mark.postgres
def test_a_copy_does_not_see_its_twin(postgres_server: Server):
    """Two databases of one server share no table, and a dropped one is gone even with somebody connected."""
    with fresh_database(postgres_server) as one, fresh_database(postgres_server) as other:
        first, second = create_engine(one), create_engine(other)
        with first.begin() as connection:
            connection.execute(text("CREATE TABLE only_here (value INTEGER)"))
        with second.connect() as connection:
            assert not second.dialect.has_table(connection, "only_here")
        held = postgres_server.connect(one.rsplit("/", 1)[1])
        held.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        held.execute("SELECT 1")
    held.close()
    with pytest.raises(psycopg.OperationalError):
        postgres_server.connect(one.rsplit("/", 1)[1])
    first.dispose()
    second.dispose()


def test_the_server_demands_its_password(postgres_server: Server):
    """The server listens on the loopback address, where other users of the machine are too."""
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=postgres_server.port, user="hub", password="wrong", dbname="postgres")


def test_free_ports_are_free():
    """Two questions in a row give ports that can be had."""
    assert {free_port(), free_port()}.isdisjoint({0})


@pytest.mark.parametrize(
    ("wanted", "pinned", "said"),
    [
        ("flask\n", "", "expected a hashed pin of flask, found none"),
        ("flask\n", "flask==3.1.3\n", "expected a hashed pin of flask, found none"),
        (
            "cryptography>=50\n",
            "cryptography==49.0.0 \\\n    --hash=sha256:00\n",
            "expected cryptography>=50, found 49.0.0",
        ),
    ],
)
def test_a_requirement_without_its_pin_is_named(wanted, pinned, said):
    """An entry that is absent, has no hash, or is not what was asked for."""
    assert pins.faults(wanted, pinned) == [said]


def test_a_pinned_requirement_is_accepted():
    """Names are compared as the package index compares them, markers and extras aside."""
    pinned = "psycopg-binary==3.3.9 ; implementation_name != 'pypy' \\\n    --hash=sha256:00\n"
    assert pins.faults("Psycopg_Binary[pool]>=3\n# a remark\n-c other.txt\n", pinned) == []


OUTCOMES = """
import pytest

def test_good(): pass

@pytest.mark.parametrize("value", [1, 2])
def test_bad(value): assert not value

@pytest.mark.skip(reason="the moon is not here: make test-deps")
def test_absent(): pass

@pytest.fixture
def leaves_a_mess():
    yield
    raise RuntimeError("teardown")

def test_passes_then_fails_to_clear_up(leaves_a_mess): pass
"""


def closing(folder: Path, *words: str) -> tuple[int, list[str]]:
    """Run the tests of a folder as `make test` does; return the exit code and the lines said."""
    command = [
        sys.executable,
        "-m",
        "tests.harness.run",
        "-c",
        "/dev/null",
        "--rootdir",
        str(folder),
        str(folder),
        *words,
    ]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("words", [(), ("-n", "2")])
def test_the_last_line_counts_every_test_once(tmp_path, words):
    """A test that passes and then fails in its teardown has failed; a file that cannot be read has failed too."""
    (tmp_path / "test_outcomes.py").write_text(OUTCOMES)
    (tmp_path / "test_broken.py").write_text("import a_module_that_is_not_there")
    code, lines = closing(tmp_path, "--continue-on-collection-errors", *words)
    assert lines[-1] == "1 passed, 4 failed, 1 skipped"
    assert code == 1


def test_what_is_skipped_is_said_loudly_with_what_enables_it(tmp_path):
    """A run that skips still ends well, and nobody can overlook what it did not try."""
    (tmp_path / "test_outcomes.py").write_text(OUTCOMES)
    code, lines = closing(tmp_path, "-k", "good or absent")
    assert lines[-1] == "1 passed, 0 failed, 1 skipped"
    assert any("1 tests were SKIPPED" in line for line in lines)
    assert any("`make test-deps`" in line for line in lines)
    assert code == 0


BUSY = """
import subprocess, sys
from tests.harness import spent

WORK = "import time\\nwhile time.process_time() < 0.6: pass"

def test_works(): exec(WORK)

def test_lets_a_child_work(): subprocess.run([sys.executable, "-c", WORK], check=True)
"""
IDLE = """
import time

def test_waits(): time.sleep(0.6)
"""
CLOCKED = """
from tests.harness import spent

def pytest_configure(config):
    config.pluginmanager.register(spent.Clock())
"""


@pytest.mark.parametrize("words", [(), ("-n", "2")])
def test_what_the_tests_cost_is_told_by_file(tmp_path, words):
    """Work counts, a child's too, wherever the test ran; waiting does not."""
    (tmp_path / "within").mkdir()
    files = {"conftest": CLOCKED, "test_busy": BUSY, "within/conftest": "", "within/test_idle": IDLE}
    for name, content in files.items():
        (tmp_path / f"{name}.py").write_text(content)
    _, lines = closing(tmp_path, *words)
    told = {words[-1]: words for line in lines if len(words := line.split()) == 6}
    assert told["test_busy.py"][4] == "2"
    assert int(told["test_busy.py"][0]) >= 1
    assert told["within/test_idle.py"] == ["0", "s", "1", "s", "1", "within/test_idle.py"]


class Named(str):
    """Stands for a test: its name begins with the mark that it has."""

    def get_closest_marker(self, name: str) -> bool:
        return self.startswith(name)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_process_begins_with_its_share_of_the_longest(workers: int):
    """As work is stolen later from the ends, each begins with an equal part in one piece; nothing is lost."""
    tests = [*(Named(f"short {n}") for n in range(6)), *(Named(f"slow {n}") for n in range(5))]
    ordered = _longest_first(tests, workers)
    assert sorted(ordered) == sorted(tests)
    shares, given = [], 0
    for worker in range(workers):
        size = (len(ordered) - given) // (workers - worker)
        shares.append(ordered[given : given + size])
        given += size
    counts = [sum(test.startswith("slow") for test in share) for share in shares]
    assert max(counts) - min(counts) <= 1
    for share, count in zip(shares, counts, strict=True):
        assert all(test.startswith("slow") for test in share[:count])
        places = [int(test.split()[1]) for test in share[count:]]
        assert places == sorted(places), "the rest stays in its order"


def test_a_run_without_any_test_is_no_success(tmp_path):
    """A misspelt marker must not look like a pass."""
    (tmp_path / "test_outcomes.py").write_text(OUTCOMES)
    code, lines = closing(tmp_path, "-k", "nothing_is_called_so")
    assert lines[-1] == "0 passed, 1 failed"
    assert code == 1


@pytest.mark.postgres
def test_a_killed_run_leaves_no_server_behind(tmp_path_factory):
    """Runs are killed by impatient people; the guardian then stops the server and removes the folder."""
    folder = Path(tmp_path_factory.mktemp("killed")) / "run"
    folder.mkdir()
    owner = subprocess.Popen(["sleep", "600"])
    server = postgres.start(postgres.shared.folder() / "to-be-orphaned")
    command = [sys.executable, "-m", "tests.harness.guardian", str(owner.pid), str(folder), server.data]
    with subprocess.Popen(command, cwd=Path(__file__).parents[1]) as guardian:
        server.connect().close()
        owner.kill()
        owner.wait()
        assert guardian.wait(30) == 0
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        server.connect()


def test_the_newest_postgres_is_taken(monkeypatch, tmp_path):
    """9.6 is older than 15, although it sorts after it as a word."""
    for version in ("9.6", "15", "17"):
        programs = tmp_path / version / "bin"
        programs.mkdir(parents=True)
        for name in ("initdb", "pg_ctl"):
            (programs / name).touch()
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(machine, "POSTGRES_FOLDERS", (f"{tmp_path}/*/bin",))
    found = machine.find_postgres()
    assert found is not None
    assert found.parent.name == "17"


def test_without_apt_it_says_what_to_do(monkeypatch, capsys):
    """On a system with other packages a person must learn their names, and nothing may be tried."""
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    assert machine.install(machine.NEEDS) is False
    assert "postgresql-server" in capsys.readouterr().err


STAND_IN = """
import http.server, json, os, subprocess, sys

words = sys.argv[1:]
if "--refuse" in words:
    sys.exit("the key file is missing")
if "--orphan" in words:
    subprocess.Popen(["sleep", "60"])

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

server = http.server.HTTPServer(("127.0.0.1", int(words[words.index("--port") + 1])), Ready)
print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
server.serve_forever()
"""
"""Behaves as the hub promises towards whoever starts it, so that the starting itself is tested."""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Put the stand-in where the hub would be."""
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN)
    monkeypatch.setattr(processes, "command", lambda: [sys.executable, str(script)])


@pytest.mark.usefixtures("stand_in")
def test_a_process_is_ready_when_given_and_gone_when_stopped(serve, serve_demo, tmp_path):
    """Both ways to start: a chosen port, and the port that the process announces."""
    hub, demo = serve(tmp_path), serve_demo("--empty")
    assert processes.is_ready(hub.url)
    assert processes.is_ready(demo.announced["url"])
    hub.stop()
    demo.kill()
    assert not processes.is_ready(hub.url)
    assert not processes.is_ready(demo.announced["url"])


@pytest.mark.usefixtures("stand_in")
def test_a_process_that_refuses_to_start_is_quoted(serve, tmp_path):
    """Who debugs a failed start needs the words of the process, at once and not after a minute."""
    with pytest.raises(processes.NotReady, match="exit code 1:\nthe key file is missing"):
        serve(tmp_path, "--refuse")


@pytest.mark.usefixtures("stand_in")
def test_a_worker_left_behind_is_told(serve, tmp_path):
    """A stop that leaves workers running is no stop: they would hold the port and the database."""
    hub = serve(tmp_path, "--orphan")
    with pytest.raises(AssertionError, match="found 1 alive"):
        hub.stop()
