"""What was lost or rewritten is found by what witnesses have seen, and a real loss has a way out."""

from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select

from crypto.entry import parse_leaf
from crypto.tree_head import parse_checkpoint_text
from hub.cli import main
from hub.log.witness_client import Collector, find_larger_trees
from hub.process.lifetime import meet_witnesses
from hub.wiring import NotReady
from models.audit import AuditEntry
from models.vocabulary import Role, Tier
from sharing.audit.check.database import check_database
from sharing.audit.state import load_log_head
from sharing.errors import Conflict, Invalid, NotPermitted
from sharing.trail.losses import approve_loss, declare_loss, find_waiting
from tests.factory import PASSWORD, SEED, World
from tests.hub.witness.watching import Watchers, closing_nothing, grow, keep, newest, problems, put_back


def test_attack_3_a_restored_backup_does_not_start(little: World, watchers: Watchers, tmp_path: Path) -> None:
    """The witness holds more than the database: the words say what happened and what to do."""
    watchers.join(little, 2)
    grow(little, 3)
    keep(little, tmp_path / "backup")
    grow(little, 4)
    assert Collector(little.hub).collect() == 2
    put_back(little, tmp_path / "backup")
    with pytest.raises(NotReady) as refused:
        meet_witnesses(little.hub)
    (words, *_) = refused.value.problems
    assert len(refused.value.problems) == 2
    assert "an older backup was restored" in words
    assert "ceptoar-hub log recover" in words


def test_attack_2_a_rewritten_database_does_not_start(little: World, watchers: Watchers) -> None:
    """A row rewritten, the tree rebuilt and signed anew with the real keys: the witness holds another tree."""
    from crypto.merkle import Frontier, leaf_hash
    from models.audit import LogState, SignedCheckpoint

    watchers.join(little, 3)
    grow(little, 5)
    Collector(little.hub).collect()
    with little.hub.units.database.writing() as session:
        rows = list(session.execute(select(AuditEntry).order_by(AuditEntry.log_index)).scalars())
        rows[2].leaf = bytes(rows[2].leaf or b"")[:-2] + b"2}"
        rows[2].leaf_hash = leaf_hash(rows[2].leaf)
        state = session.execute(select(LogState)).scalar_one()
        state.frontier = Frontier().extend([bytes(row.leaf_hash or b"") for row in rows]).to_bytes()
        session.query(SignedCheckpoint).delete()
    assert len(find_larger_trees(little.hub)) == 3
    grow(little)
    assert Collector(little.hub).collect() == 0
    assert all("does not go on" in words or "another tree" in words for words in problems(little).values())


def test_two_hubs_of_one_origin_are_found(little: World, watchers: Watchers, tmp_path: Path) -> None:
    """A copy that was started beside the hub: whoever comes second is told, and does not start again."""
    watchers.join(little, 1)
    grow(little)
    keep(little, tmp_path / "copy")
    Collector(little.hub).collect()
    grow(little, 2)
    Collector(little.hub).collect()
    put_back(little, tmp_path / "copy")
    little.advance(hours=0.1)
    grow(little, 2)
    assert Collector(little.hub).collect() == 0
    assert "another hub signs under the same name" in problems(little)["w0.example"]
    assert "another tree" in find_larger_trees(little.hub)[0]


def test_the_way_out_of_a_real_loss_takes_two(little: World, watchers: Watchers, tmp_path: Path) -> None:
    """The next shard of the same year names the last witnessed checkpoint and what is lost; then all goes on."""
    hub_organization = little.organization(Tier.HUB, "Operator")
    one = little.person(hub_organization, Role.ADMINISTRATOR).account_id
    two = little.person(hub_organization, Role.ADMINISTRATOR).account_id
    assert one is not None
    assert two is not None
    watchers.join(little, 2)
    grow(little, 3)
    keep(little, tmp_path / "backup")
    with little.reading() as session:
        before = load_log_head(session)
    grow(little, 4)
    Collector(little.hub).collect()
    seen = newest(little)
    witnessed = parse_checkpoint_text(seen.split(b"\n\n")[0] + b"\n")
    put_back(little, tmp_path / "backup")
    context = little.context()
    with little.hub.units.database.writing() as session:
        with pytest.raises(Invalid):
            declare_loss(session, one, witnessed, " ", context=context)
        with pytest.raises(Conflict, match="nothing is lost"):
            declare_loss(session, one, before.checkpoint, "fire", context=context)
        declare_loss(session, one, witnessed, "fire", context=context)
        with pytest.raises(Conflict, match="waits already"):
            declare_loss(session, two, witnessed, "fire", context=context)
    now_us = little._now_us()
    with little.hub.units.database.writing() as session:
        with pytest.raises(NotPermitted, match="declared by two"):
            approve_loss(session, one, little.command(), now_us=now_us, context=context)
        done = approve_loss(session, two, little.command(), now_us=now_us, context=context)
    assert (done.shard, done.lost_from, done.lost_before) == ("2026-2", before.size, witnessed.size)
    with little.reading() as session:
        assert find_waiting(session) is None
        first = session.execute(select(AuditEntry).where(AuditEntry.shard == "2026-2")).scalar_one()
        assert parse_leaf(bytes(first.leaf or b"")).bridge == witnessed.text.decode()
    meet_witnesses(little.hub)  # starts again
    grow(little, 2)
    assert Collector(little.hub).collect() == 2
    assert set(problems(little).values()) == {""}
    with little.reading() as session:
        head = load_log_head(session)
        assert head.shard == "2026-2"
        found = [
            it for shard in ("2026", "2026-2") for it in little.hub.secrets.log_verifying_keys(f"hub.test/log/{shard}")
        ]
        checked = check_database(session, found, remembered=[seen])
    # The people of this world were written straight into their tables; of those the trail knows nothing.
    assert [each.what for each in checked.findings if "without an entry" not in each.what] == []
    assert [(it.shard, it.first, it.end) for it in checked.report.losses] == [("2026", before.size, witnessed.size)]
    little.advance(days=60)
    grow(little)
    with little.reading() as session:
        assert load_log_head(session).shard == "2027"


def test_the_command_recovers(
    little: World, watchers: Watchers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two administrators at the machine, each with password and code; nothing before the second."""
    organization = little.organization(Tier.HUB, "Operator")
    for name in ("ichiro", "jiro"):
        little.person(organization, Role.ADMINISTRATOR, username=name, password=True)
    clerk = little.person(little.organization(Tier.COUNCIL, "Council"), Role.COUNCIL, username="clerk", password=True)
    assert clerk.account_id
    watchers.join(little, 1)
    grow(little, 3)
    keep(little, tmp_path / "backup")
    grow(little, 4)
    Collector(little.hub).collect()
    put_back(little, tmp_path / "backup")
    monkeypatch.setattr("hub.cli.log_witness.opened", lambda _data: closing_nothing(little.hub))
    code = pyotp.TOTP(SEED).at(little.now)
    answers: list[str] = []
    monkeypatch.setattr("hub.cli.log_witness.click.prompt", lambda *_, **__: answers.pop(0))

    def run(*words: str, given: tuple[str, ...]) -> int:
        answers[:] = given
        return main(["log", "recover", "--data", str(tmp_path), *words])

    right = (PASSWORD, code)
    assert run("--reason", "fire", "--username", "clerk", given=right) == 2
    assert run("--reason", "fire", "--username", "ichiro", given=("wrong", code)) == 2
    assert run("--reason", "fire", "--username", "ichiro", given=right) == 0
    assert run("--approve", "--username", "ichiro", given=right) == 2
    assert run("--reason", "fire", "--approve", given=()) == 2
    assert run("--approve", "--username", "jiro", given=right) == 0
    with little.reading() as session:
        assert load_log_head(session).shard == "2026-2"
