"""The checks that we make on others: nothing is wrong with ours, each planted fault is found, and nothing stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from feeds.conformance.asking import CannotAsk, Login
from feeds.conformance.check import CHECKS, Outcome, Result
from feeds.conformance.report import as_rows
from feeds.conformance.run import Wish, run
from models.vocabulary import Label
from sharing.permissions import Permission
from tests.hub.taxii.conftest import Door, indicator
from tests.hub.taxii.faulty import faulty_server

RIGHT = Login.of("right", None)


def wrong(results: list[Result]) -> set[str]:
    return {each.check.number for each in results if each.outcome in {Outcome.FAULT, Outcome.WEAK}}


def test_our_own_server_has_no_fault(door: Door):
    """As a client that may write, as one that may only read; afterwards the collection is as it was."""
    where = door.collection("Conformance", default_label=Label.GREEN)
    kept = indicator()
    door.poster.add(where, kept)
    results = list(run(Wish(door.hub.url, Login.of(door.poster.key, None), write=True, collection=where)))
    told = [f"{each.check.number}: {each.seen}" for each in results if each.outcome is not Outcome.PASSED]
    assert {each.partition(":")[0] for each in told} == {"T-57", "T-48b"}, told
    answer = door.poster.get(f"collections/{where}/objects/", params={"match[version]": "all"})
    assert answer.json()["objects"] == [kept]
    door.poster.add(where, indicator(), indicator(), indicator())
    results = list(run(Wish(f"{door.hub.url}/taxii2/hub/", Login.of(door.member.key, None), collection=where)))
    assert wrong(results) == set()
    assert sum(each.outcome is Outcome.PASSED for each in results) > 30


@pytest.mark.parametrize("scope", [Permission.FEED_READ, Permission.FEED_PUBLISH, Permission.TRENDS_READ])
def test_a_key_that_may_do_one_thing_finds_no_false_fault(door: Door, scope: Permission):
    """With one that may write and not read it said that something was left, which had never been posted."""
    key = door.client(door.coordinator, scope).key
    wish = Wish(door.hub.url, Login.of(key, None), write=True)
    results = list(run(wish))
    assert [(each.check.number, each.seen) for each in results if each.outcome is Outcome.FAULT] == []
    assert {each.outcome for each in results} == {Outcome.PASSED, Outcome.SKIPPED}


@pytest.mark.parametrize("key", ["a\nb", "ключ"])
def test_a_key_of_other_signs_is_told_and_not_shown(key: str):
    """One with a line end from a file ended in an unexpected failure."""
    with faulty_server() as (url, _store), pytest.raises(CannotAsk, match="plain signs") as told:
        list(run(Wish(url, Login.of(key, None))))
    assert key not in str(told.value)


def test_a_right_server_has_none_either():
    """The one that stands for counterparties, without its faults."""
    with faulty_server() as (url, store):
        results = list(run(Wish(url, RIGHT, write=True)))
        assert {each.check.number: each.seen for each in results if each.outcome is not Outcome.PASSED} == {
            "T-57": "the address given is http"
        }
        assert store.rows == []


@pytest.mark.parametrize(
    ("fault", "numbers"),
    [
        ("needs the exact Accept", {"T-02", "T-03"}),
        ("takes any Accept", {"T-04"}),
        ("takes any body", {"T-06"}),
        ("no challenge", {"T-14"}),
        ("errors as a page", {"T-01", "T-14", "T-55"}),
        ("errors without title", {"T-55"}),
        ("empty lists", {"T-19"}),
        ("takes parameters twice", {"T-22b", "T-40"}),
        ("fails at odd times", {"T-23b"}),
        ("needs a fraction", {"T-23c"}),
        ("added_after is not strict", {"T-22", "T-24"}),
        ("next forgets", {"T-27"}),
        ("no next on manifest", {"T-26b"}),
        ("refuses unknown types", {"T-38b"}),
        ("pages skip", {"T-26", "T-27", "T-30"}),
        ("odd headers", {"T-31"}),
        ("wrong counts", {"T-45"}),
        ("changes objects", {"T-44b"}),
        ("deletes one version", {"T-53"}),
    ],
)
def test_a_planted_fault_is_found(fault: str, numbers: set[str]):
    """By the checks that it belongs to, and by no others; what could be deleted is gone."""
    with faulty_server(fault) as (url, store):
        results = list(run(Wish(url, RIGHT, write=True)))
        assert wrong(results) == numbers, [(each.check.number, each.seen) for each in results]
        assert all(each.curl for each in results if each.outcome in {Outcome.FAULT, Outcome.WEAK})
        assert store.rows == []


def test_what_the_specification_leaves_open_is_no_fault():
    """An error may come without a body."""
    with faulty_server("errors without a body") as (url, _store):
        assert wrong(list(run(Wish(url, RIGHT, write=True)))) == set()


def test_where_nothing_can_be_deleted_one_object_is_posted_and_told():
    """The checker says which id it had to leave, and posts no more."""
    with faulty_server("cannot delete") as (url, store):
        results = list(run(Wish(url, RIGHT, write=True)))
        assert wrong(results) == {"T-16", "T-53b"}
        (left,) = [each["id"] for _, each in store.rows]
        assert left in results[-1].seen


@pytest.mark.parametrize(
    ("url", "why"),
    [("ftp://hub.example", "http"), ("http://127.0.0.1:1", "an answer"), ("nonsense", "http")],
)
def test_what_is_no_server(url: str, why: str):
    """One sentence with what was expected."""
    with pytest.raises(CannotAsk, match=why):
        list(run(Wish(url)))


def test_a_wrong_key_is_told_at_once():
    """Not as thirty faults."""
    with faulty_server() as (url, _store), pytest.raises(CannotAsk, match="key"):
        list(run(Wish(url, Login.of("wrong", None))))


def test_numbers_are_unique():
    """A table with two lines of one number would confuse."""
    numbers = [each.number for each in CHECKS]
    assert len(set(numbers)) == len(numbers)
    assert all(each.clause and each.title for each in CHECKS)


def test_the_command_prints_json_and_junit_and_no_key(tmp_path: Path):
    """Exit code 1 where there are faults; the key is nowhere."""
    with faulty_server("no challenge") as (url, _store):
        junit = tmp_path / "junit.xml"
        command = [
            str(Path(sys.executable).parent / "ceptoar-hub"),
            "conformance",
            url,
            "--json",
            "--junit",
            str(junit),
        ]
        environment = {**os.environ, "CEPTOAR_HUB_KEY": "right"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert found["counts"]["fault"] == 1
    assert [each["check"] for each in found["checks"] if each["outcome"] == "fault"] == ["T-14"]
    suite = ET.parse(junit).getroot()
    assert (suite.get("failures"), suite.get("tests")) == ("1", str(len(found["checks"])))
    assert "Bearer right" not in done.stdout + junit.read_text()


def test_a_server_writes_on_no_terminal():
    """What it says of itself is shown in plain signs."""
    with faulty_server("writes on terminals") as (url, _store):
        command = [str(Path(sys.executable).parent / "ceptoar-hub"), "conformance", url]
        environment = {**os.environ, "CEPTOAR_HUB_KEY": "right", "FORCE_COLOR": "1"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1 and "gone" in done.stdout, done.stderr
    assert not set("\x1b\u202e") & set(done.stdout)


def test_a_server_whose_answers_are_no_resources_is_told_of_to_the_end():
    """Lists that are numbers, members that are missing: the checker ended with an error, and told nothing."""
    with faulty_server("misshapen") as (url, store):
        results = list(run(Wish(url, RIGHT, write=True)))
        assert store.rows == []
    assert len(results) > 40
    told = [each for each in results if "of the form" in each.seen]
    assert told
    assert all(each.outcome is Outcome.FAULT and each.curl for each in told)
    written = json.dumps(as_rows([Result(CHECKS[0], Outcome.FAULT, "\ud800")]), ensure_ascii=False)
    assert written.encode()


def test_the_key_goes_to_no_other_host():
    """A discovery that named an API root elsewhere got the key sent there, over plain http too."""
    with faulty_server() as (elsewhere, store), faulty_server(elsewhere=elsewhere) as (url, _store):
        with pytest.raises(CannotAsk, match="to which the key was given"):
            list(run(Wish(url, RIGHT)))
        assert store.asked == 0
