"""Any WSGI server can serve the hub: here the one that comes with Python."""

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.harness.ports import free_port
from tests.harness.processes import REPOSITORY, copy_new_hub, environment, is_ready, run

SERVER = """
import sys
from wsgiref.simple_server import make_server
from hub.wsgi import app
make_server("127.0.0.1", int(sys.argv[1]), app).serve_forever()
"""


def test_another_server_serves_the_hub_with_its_jobs(tmp_path: Path) -> None:
    """Pages, readiness, and the jobs that begin with the first request: the start is recorded and gets signed."""
    copy_new_hub(tmp_path / "data")
    port = free_port()
    env = environment({"CEPTOAR_HUB_DATA": str(tmp_path / "data"), "CEPTOAR_HUB_PORT": str(port)})
    with subprocess.Popen([sys.executable, "-c", SERVER, str(port)], cwd=REPOSITORY, env=env) as server:
        try:
            end = time.monotonic() + 60
            while not is_ready(f"http://127.0.0.1:{port}"):
                assert server.poll() is None
                assert time.monotonic() < end
                time.sleep(0.05)
            while True:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/log/checkpoint") as answer:
                    size = int(answer.read().split(b"\n")[1])
                if size >= 25 or time.monotonic() > end:
                    break
                time.sleep(0.2)
        finally:
            server.terminate()
    assert size == 25
    assert json.loads(run("log", "verify", "--data", str(tmp_path / "data"), "--json").stdout)["ok"]


def test_without_a_data_folder_it_says_what_is_missing() -> None:
    """The name of the variable stands in the failure."""
    done = subprocess.run(
        [sys.executable, "-c", "from hub.wsgi import app"],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "CEPTOAR_HUB_DATA" in done.stderr
