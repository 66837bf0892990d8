"""What a collection takes, set by command: types, labels, strictness, and who posts."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from models.vocabulary import Label, Role
from sharing.rules.tokens import organization as organization_token
from tests.harness import processes
from tests.hub.taxii.conftest import Door, envelope, indicator


def change(door: Door, where: str, *words: str, check: bool = True) -> Any:
    data = str(door.world.hub.settings.data)
    env = processes.on_database(door.world.hub.settings.database_url)
    return processes.run("collection", "change", where, "--data", data, "--json", *words, env=env, check=check)


def posted(door: Door, where: str, *objects: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = door.poster.post(where, envelope(*objects)).json()
    return found


def test_types_labels_and_strictness(door: Door):
    """Each change counts at once, in every worker; refusals say what was expected and found."""
    where = door.collection("Rules", default_label=Label.GREEN)
    address = {"type": "ipv4-addr", "spec_version": "2.1", "id": f"ipv4-addr--{uuid4()}", "value": "192.0.2.9"}
    told = json.loads(change(door, where, "--type", "indicator", "--type", "report").stdout)
    assert told["types"] == ["indicator", "report"]
    found = posted(door, where, indicator(), address)
    assert (found["success_count"], found["failure_count"]) == (1, 1)
    assert found["failures"][0]["message"] == "/type: expected one of indicator, report, found ipv4-addr"
    change(door, where, "--any-type", "--highest-label", "TLP:GREEN", "--no-default-label")
    found = posted(door, where, address, indicator(Label.AMBER), indicator(labels=[]))
    assert [each["message"].partition(":")[0] for each in found["failures"]] == [
        "/object_marking_refs",
        "/object_marking_refs",
        "/labels",
    ]
    change(door, where, "--lenient", "--default-label", "TLP:CLEAR")
    found = posted(door, where, address, indicator(labels=[]))
    assert found["success_count"] == 2
    assert door.world.tags().count("collection:collection:change") >= 3


def test_only_coordinators_of_ceptoars(door: Door):
    """A writer of another kind keeps reading, and may write again once that is lifted."""
    operator = door.world.operator("Operator that posts")
    writers = ("secretariat:electricity", organization_token(operator.id))
    where = door.collection("Coordinators", default_label=Label.GREEN, writers=writers)
    client = door.client(door.world.person(operator, Role.REPORTER))
    assert client.get(f"collections/{where}/").json()["can_write"] is True
    change(door, where, "--ceptoar-only")
    assert client.get(f"collections/{where}/").json()["can_write"] is False
    assert client.post(where, envelope(indicator())).status_code == 403
    assert door.poster.post(where, envelope(indicator())).status_code == 202
    change(door, where, "--any-writer")
    assert client.post(where, envelope(indicator())).status_code == 202


def test_signatures_are_asked_for_and_no_more(door: Door):
    """Once made, a collection could not be told to; who began without had to begin anew under another id."""
    where = door.collection("Signed later", default_label=Label.GREEN)
    assert posted(door, where, indicator())["success_count"] == 1
    assert json.loads(change(door, where, "--needs-signature").stdout)["needs_signature"] is True
    (failure,) = posted(door, where, indicator())["failures"]
    assert failure["message"] == "expected a signed manifest of the post, found none"
    change(door, where, "--type", "indicator")
    assert posted(door, where, indicator())["failure_count"] == 1, "what was not named stays"
    change(door, where, "--signed-or-not")
    assert posted(door, where, indicator())["success_count"] == 1


def test_a_collection_is_made_with_its_rules(door: Door):
    """All of them at once: between two commands anybody could have posted anything."""
    data, ident = str(door.world.hub.settings.data), str(uuid4())
    env = processes.on_database(door.world.hub.settings.database_url)
    operator = door.world.operator("Operator with a collection")
    words = ("--id", ident, "--title", f"Rules at once {ident[:8]}", "--default-label", "TLP:GREEN")
    writers = ("--write", "secretariat:electricity", "--write", organization_token(operator.id))
    rules = ("--type", "indicator", "--ceptoar-only")
    told = processes.run("collection", "add", *words, *writers, *rules, "--data", data, "--json", env=env)
    assert (json.loads(told.stdout)["types"], json.loads(told.stdout)["ceptoar_only"]) == (["indicator"], True)
    address = {"type": "ipv4-addr", "spec_version": "2.1", "id": f"ipv4-addr--{uuid4()}", "value": "192.0.2.9"}
    found = posted(door, ident, indicator(), address)
    assert (found["success_count"], found["failure_count"]) == (1, 1)
    client = door.client(door.world.person(operator, Role.REPORTER))
    assert client.post(ident, envelope(indicator())).status_code == 403


def test_rules_that_cannot_be(door: Door):
    """Nothing is changed; one line says what was expected."""
    where = door.collection("Odd rules", highest_label=Label.GREEN)
    tags = door.world.tags()
    for words in (("--default-label", "TLP:RED"), ("--type", "No Type"), ("--type", "x" * 200)):
        done = change(door, where, *words, check=False)
        assert done.returncode == 2
        assert "expected" in done.stderr
    assert change(door, str(uuid4()), "--strict", check=False).returncode == 2
    assert door.world.tags() == tags
