"""The commands `peer` and `push`: keys stand in the environment alone, numbers come out, failures say what to do."""

import json
from pathlib import Path

from models.session import upgrade
from models.vocabulary import Label, Role, Tier
from sharing.exchange.pushes import agree_push
from tests.factory import World
from tests.feeds.peers.conftest import OddServer, odd
from tests.feeds.peers.other_hub import answer
from tests.feeds.peers.takers import Taker, taker
from tests.harness import processes
from tests.hub.taxii.conftest import indicator

__all__ = ["odd", "taker"]


def test_a_peer_from_adding_to_its_end(tmp_path: Path, odd):
    """Add, pull, list, check, end; each in a process of its own."""
    url = f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    upgrade(url)
    world = World(url, tmp_path)
    abroad = world.organization(Tier.FOREIGN, "Sharing centre abroad")
    env = {**processes.on_database(url), "CEPTOAR_HUB_PEER_NETWORKS": "127.0.0.0/8", "CEPTOAR_HUB_PEER_KEY": "secret-1"}
    data = ["--data", str(tmp_path / "hub-data"), "--json"]
    one, date = indicator(Label.GREEN), "2026-11-20T00:00:00.000001Z"
    records = [{"id": each["id"], "date_added": date, "version": each["modified"]} for each in (one, indicator())]
    says = {"objects": answer(one, last=date), "manifest": answer(*records), "x_tally": (404, {}, b"")}
    server: OddServer = odd(lambda _query, _number: says[server.paths[-1].split("/")[-2]])
    words = ("--organization", str(abroad.id), "--collection", "electricity", "--let-on", "TLP:GREEN")
    added = json.loads(processes.run("peer", "add", "abroad", server.url, *words, *data, env=env).stdout)
    pulled = json.loads(processes.run("peer", "pull", "abroad", *data, env=env).stdout)
    checked = processes.run("peer", "check", "abroad", *data, env=env, check=False)
    assert checked.returncode == 1
    assert json.loads(checked.stdout) == {
        "name": "abroad",
        "records": 2,
        "missing": 1,
        "first_missing": date,
        "counted": None,
    }
    assert one["id"] not in checked.stdout
    says["manifest"] = answer(records[0])
    assert processes.run("peer", "check", "abroad", *data, env=env).returncode == 0
    says["manifest"] = (401, {}, b"")
    unasked = processes.run("peer", "check", "abroad", *data, env=env, check=False)
    assert unasked.returncode == 2 and "401" in unasked.stderr
    assert (added["name"], pulled["published"], pulled["failure"]) == ("abroad", 1, "")
    assert server.headers[0]["Authorization"] == "Bearer secret-1"
    (listed,) = json.loads(processes.run("peer", "list", *data, env=env).stdout)
    assert listed["read_up_to"] == date
    assert listed["pulled_at"] and not listed["failure"]
    shut = processes.run("peer", "pull", "abroad", *data, env={**env, "CEPTOAR_HUB_PEER_NETWORKS": ""}, check=False)
    assert shut.returncode == 1 and "peer_networks" in json.loads(shut.stdout)["failure"]
    in_japanese = {**env, "CEPTOAR_HUB_PEER_NETWORKS": "", "LC_ALL": "ja_JP.UTF-8"}
    for words_of_people in (("pull", "abroad"), ("list",)):
        said = processes.run("peer", *words_of_people, *data[:-1], env=in_japanese, check=False).stdout
        assert "許可するネットワークは設定peer_networksで" in said and "The address" not in said
    processes.run("peer", "end", "abroad", *data, env=env)
    assert processes.run("peer", "pull", "abroad", *data, env=env, check=False).returncode == 2
    wrong = processes.run("peer", "add", "two", "nonsense", *words, *data, env=env, check=False)
    assert "url: expected" in wrong.stderr
    world.close()
    assert b"secret-1" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_sending_from_adding_to_its_end(tmp_path: Path, taker: Taker):
    """Add, list, run (which waits for the organization), end; the key is nowhere in the clear."""
    url = f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    upgrade(url)
    world = World(url, tmp_path)
    target = world.operator("Aoba")
    env = {**processes.on_database(url), "CEPTOAR_HUB_PEER_NETWORKS": "127.0.0.0/8", "CEPTOAR_HUB_PEER_KEY": "secret-2"}
    data = ["--data", str(tmp_path / "hub-data"), "--json"]
    words = ("--organization", str(target.id), "--highest", "TLP:AMBER", "--type", "indicator")
    assert json.loads(processes.run("push", "add", "aoba", taker.url, *words, *data, env=env).stdout)["name"] == "aoba"
    (listed,) = json.loads(processes.run("push", "list", *data, env=env).stdout)
    assert (listed["state"], listed["highest"], listed["types"]) == (
        "waits for its organization",
        "TLP:AMBER",
        ["indicator"],
    )
    waits = processes.run("push", "run", "aoba", *data, env=env, check=False)
    assert waits.returncode == 1 and "agree" in json.loads(waits.stdout)["failure"]
    reader = world.person(target, Role.READER)
    with world.writing() as session:
        agree_push(session, reader, "aoba", context=world.context())
    ran = json.loads(processes.run("push", "run", "aoba", *data, env=env).stdout)
    assert (ran["sent"], ran["failure"]) == (0, "")
    processes.run("push", "end", "aoba", *data, env=env)
    assert processes.run("push", "run", "aoba", *data, env=env, check=False).returncode == 2
    world.close()
    assert b"secret-2" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
