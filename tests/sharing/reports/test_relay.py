"""What of a report went on to government: directly by consent, by the CEPTOAR without a name, and its receipt."""

from __future__ import annotations

from typing import Any

import pytest

from models.collection import INBOX_FEED
from models.vocabulary import Form, Label
from sharing.actor import Actor
from sharing.disclosures import shown_of
from sharing.errors import NotPermitted, NotVisible
from sharing.inbox.relay import Relay, load_relay
from sharing.reading.question import Question
from tests.sharing.reports.conftest import Scene


def relay(scene: Scene, actor: Actor, filed: Any) -> Relay:
    with scene.world.reading() as session:
        return load_relay(session, actor, filed.report_id)


def opens(scene: Scene, actor: Actor) -> None:
    rows = scene.sees(actor)
    ids = Question(ids=tuple(row.stix_id for row in rows))
    scene.world.hub.disclosures.log(shown_of(actor, INBOX_FEED, rows, ids, what="feed", at=scene.world.now))
    scene.world.hub.disclosures.close()  # below AMBER it is written a moment later


def test_the_direct_route_by_consent(scene: Scene):
    """NCO by consent, the ministry section not; the sender sees the receipt, its secretariat only that it went."""
    filed = scene.files(scene.hanako, consent_nco=True)
    (line,) = relay(scene, scene.hanako, filed).lines
    assert (line.token, line.form, line.by_consent) == ("government:nco", Form.ORIGINAL, True)
    assert (line.tells_receipt, line.received_at) == (True, None)
    opens(scene, scene.nco)
    (line,) = relay(scene, scene.hanako, filed).lines
    assert line.received_at == scene.world.now
    (line,) = relay(scene, scene.office, filed).lines
    assert (line.tells_receipt, line.received_at) == (False, None)
    assert relay(scene, scene.hanako, scene.files(scene.hanako)).lines == ()


def test_the_route_by_the_ceptoar(scene: Scene):
    """An approved edition without the name: who published it, the secretariat, sees that it was opened."""
    filed = scene.files(scene.hanako)
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.CLEAR, only_anonymised=True))
    lines = relay(scene, scene.office, filed).lines
    assert {line.token for line in lines} == {"government:nco", "government:meti:electricity"}
    assert {(line.form, line.by_consent, line.received_at) for line in lines} == {(Form.ANONYMISED, False, None)}
    opens(scene, scene.section)
    received = {line.token: line.received_at for line in relay(scene, scene.office, filed).lines}
    assert received == {"government:nco": None, "government:meti:electricity": scene.world.now}


def test_a_version_at_red_is_told_to_nobody_else(scene: Scene):
    """The secretariat's page is the same whether the sender filed a RED version or not."""
    filed = scene.files(scene.hanako, consent_nco=True)
    before = relay(scene, scene.office, filed)
    scene.files(scene.hanako, report=filed.report_id, kind="follow_up", label="TLP:RED", consent_nco=True)
    after = relay(scene, scene.office, filed)
    assert after.lines == before.lines
    for stranger, wrong in ((scene.rival_reader, NotVisible), (scene.nco, NotVisible), (scene.auditor, NotPermitted)):
        with pytest.raises(wrong):
            relay(scene, stranger, filed)
