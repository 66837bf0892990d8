"""The commands `import` and `export`: what goes in comes out, byte for byte, for whoever may see it, and is logged."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from feeds.files.importing import BATCH
from feeds.stix.markings import TLP1_NAMES, TLP2_IDS
from feeds.stix.schema import validate
from models.audit import Disclosure
from models.session import upgrade
from models.vocabulary import Label, Role
from sharing.audit.tags import Tag
from tests.factory import World
from tests.feeds.files.test_misp import EVENT
from tests.harness import processes
from tests.hub.taxii.conftest import indicator


@pytest.fixture
def hub(tmp_path: Path):
    """A hub with a secretariat that posts and a member that reads, and how to call it as either."""
    url = f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    upgrade(url)
    world = World(url, tmp_path, start=datetime.now(UTC))
    office = world.person(world.secretariat("電力セプター事務局"), Role.COORDINATOR, username="office")
    member = world.person(world.operator("青葉電力株式会社"), Role.READER, username="member")
    keys = {"office": world.key(office), "member": world.key(member)}
    data = ["--data", str(tmp_path / "hub-data")]

    def run(who: str, *words: str, check: bool = True, **more: str):
        env = {**processes.on_database(url), "CEPTOAR_HUB_KEY": keys[who], **more}
        return processes.run(*words, *data, env=env, check=check)

    yield world, run
    world.close()


def test_what_went_in_comes_out_for_whoever_may_see_it(hub, tmp_path: Path):
    world, run = hub
    old = next(marking for marking, name in TLP1_NAMES.items() if name == "GREEN")
    objects = [indicator(object_marking_refs=[old]), indicator(Label.AMBER), indicator(Label.RED)]
    raws = [json.dumps(each, indent=1).encode() for each in objects]
    file = tmp_path / "in.json"
    file.write_bytes(b'{"type":"bundle","id":"bundle--1","objects":[' + b" , ".join(raws) + b"]}")
    words = ("import", str(file), "--collection", "electricity", "--json")
    first, second = (json.loads(run("office", *words).stdout) for _ in range(2))
    assert (first["published"], first["refused"]) == (3, 0)
    assert (second["published"], second["repeated"]) == (0, 3)
    refused = run("member", *words, check=False)
    assert refused.returncode == 2 and refused.stdout == ""
    seen = {}
    for who in ("office", "member"):
        out = tmp_path / f"{who}.json"
        run(who, "export", "--out", str(out))
        written = out.read_bytes()
        bundle = json.loads(written)
        seen[who] = [each["id"] for each in bundle["objects"] if each["type"] == "indicator"]
        assert all(raw in written for raw, each in zip(raws, objects, strict=True) if each["id"] in seen[who])
        named = {ref for each in bundle["objects"] for ref in each.get("object_marking_refs", ())}
        assert named <= {each["id"] for each in bundle["objects"]}, "of TLP 1.0 the definitions were left out"
        assert [problem for each in bundle["objects"] for problem in validate(each)] == []
    assert seen == {"office": [each["id"] for each in objects[:2]], "member": [objects[0]["id"]]}
    assert world.tags().count(Tag.EXPORT) == 2
    with world.reading() as session:
        filters = [row.filters for row in session.execute(select(Disclosure)).scalars()]
    assert sum('"export"' in each for each in filters) == 2


def test_refusals_in_the_language_of_the_terminal(hub, tmp_path: Path):
    """For people; a program is told the same in English wherever it runs."""
    _, run = hub
    bad = {**indicator(Label.GREEN), "created": "yesterday"}
    file = tmp_path / "in.json"
    file.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": [bad]}))
    words = ("import", str(file), "--collection", "electricity")
    told = run("office", *words, check=False, LC_ALL="ja_JP.UTF-8")
    assert told.returncode == 1 and f"{bad['id']}: " in told.stderr
    assert "expected" not in told.stderr and "実際は「yesterday」" in told.stderr
    (reason,) = json.loads(run("office", *words, "--json", check=False, LC_ALL="ja_JP.UTF-8").stdout)["reasons"]
    assert reason.startswith(bad["id"]) and "expected" in reason


def test_nothing_unreadable_goes_in_and_no_empty_list_comes_out(hub, tmp_path: Path):
    """Names in Shift-JIS were published as signs that nobody can read; a bundle of nothing held an empty list."""
    _, run = hub
    table = tmp_path / "table.csv"
    table.write_bytes("value,name\n192.0.2.1,変電所\n".encode("cp932"))
    told = run("office", "import", str(table), "--collection", "electricity", check=False)
    assert told.returncode == 2 and "UTF-8" in told.stderr and "Traceback" not in told.stderr
    nothing = json.loads(run("office", "export").stdout)
    assert nothing.keys() == {"type", "id"}
    table.write_bytes("value,name\n192.0.2.1,変電所\n".encode("utf-8-sig"))
    run("office", "import", str(table), "--collection", "electricity", "--label", "TLP:GREEN")
    assert "変電所" in {each.get("name") for each in json.loads(run("office", "export").stdout)["objects"]}


def test_a_bundle_with_a_byte_order_mark(hub, tmp_path: Path):
    """As some editors write it; nothing of such a file was read."""
    _, run = hub
    file = tmp_path / "in.json"
    file.write_text(json.dumps({"objects": [indicator(Label.GREEN)]}), encoding="utf-8-sig")
    done = json.loads(run("office", "import", str(file), "--collection", "electricity", "--json").stdout)
    assert (done["published"], done["refused"]) == (1, 0)


def test_lists_tables_and_misp_feeds(hub, tmp_path: Path):
    _, run = hub
    (tmp_path / "list.txt").write_text("192.0.2.1\nnonsense\n")
    (tmp_path / "table.csv").write_text("value,tlp\nevil.example,green\n")
    feed = tmp_path / "feed"
    feed.mkdir()
    ident = "11111111-1111-4111-8111-111111111111"
    (feed / "manifest.json").write_text(json.dumps({ident: {}, "../../etc/passwd": {}}))
    (feed / f"{ident}.json").write_text(json.dumps(EVENT))
    found = {}
    for name in ("list.txt", "table.csv", "feed"):
        words = ("import", str(tmp_path / name), "--collection", "electricity", "--label", "TLP:GREEN", "--json")
        done = json.loads(run("office", *words).stdout)
        found[name] = (done["published"], done["skipped"], done["refused"])
    assert found == {"list.txt": (1, 1, 0), "table.csv": (1, 0, 0), "feed": (3, 2, 0)}
    wrong = run("office", "import", str(tmp_path / "nothing.json"), "--collection", "electricity", check=False)
    assert wrong.returncode == 2 and "found none" in wrong.stderr
    broken = tmp_path / "broken.json"
    broken.write_text('{"objects":[{"a":')
    assert "expected" in run("office", "import", str(broken), "--collection", "electricity", check=False).stderr


def test_an_import_that_was_cut_goes_on_only_as_it_began(hub, tmp_path: Path):
    """With another label, or for another organization, it went on in the middle too: the first half was lost."""
    _, run = hub
    table = tmp_path / "table.csv"
    rows = [f"10.0.{number // 256}.{number % 256}" for number in range(BATCH)]
    table.write_text("\n".join(["value", *rows, "x" * 200_000]))
    words = ("import", str(table), "--collection", "electricity", "--label")
    for label in ("TLP:GREEN", "TLP:GREEN", "TLP:AMBER"):
        assert "expected a CSV with" in run("office", *words, label, check=False).stderr
    bundle = json.loads(run("office", "export", "--type", "indicator").stdout)["objects"]
    labels = Counter(ref for each in bundle if each["type"] == "indicator" for ref in each["object_marking_refs"])
    assert labels == {TLP2_IDS[Label.GREEN]: BATCH, TLP2_IDS[Label.AMBER]: BATCH}


def test_who_exports_is_told_what_states_no_label(hub, tmp_path: Path):
    """Those objects have their label from the collection alone: elsewhere they could be taken for anything."""
    _, run = hub
    file = tmp_path / "in.json"
    objects = [indicator(None), indicator(None), indicator(Label.GREEN)]
    file.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}))
    run("office", "import", str(file), "--collection", "electricity")
    done = run("office", "export")
    assert len(json.loads(done.stdout)["objects"]) >= 3
    assert "2 objects state no label; here they are TLP:AMBER+STRICT" in done.stderr
    told = run("office", "export", LANG="ja_JP.UTF-8").stderr
    assert "TLPのないオブジェクトが2件あります。ここではTLP:AMBER+STRICTです" in told
    assert "state no label" not in run("member", "export").stderr
