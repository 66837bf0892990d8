"""Editions as STIX: valid for every judge, the same bytes each time, and silent about a hidden sender."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest
import stix2
import stix2patterns.validator
import stix2validator
import stix2validator.validator
from hypothesis import given
from hypothesis import strategies as st

from feeds.editions.contents import build_companions, build_contents
from feeds.editions.source import Consents, IndicatorSource
from feeds.errors import EditionError
from feeds.stix.explain import headline
from feeds.stix.extension import EVENT, IMPACT, INCIDENT_CORE, LIAISON
from feeds.stix.facts import facts_of
from feeds.stix.markings import label_of
from feeds.stix.parse import Limits, split_envelope
from feeds.stix.schema import validate
from feeds.stix.writing import PATTERN_PATHS, pattern_of, to_bytes
from models.vocabulary import Form, Label, ReportKind
from tests.feeds.editions.sources import FILED, FULL, LEAST, NEAR_MISS, PUBLISHED, SENDER, SOURCES, build_edition
from tests.feeds.stix.samples import OASIS_MISSING, oasis_folder

each_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


@each_source
@pytest.mark.parametrize("kind", ReportKind)
def test_every_object_passes_our_own_judge(source, kind):
    for value in build_edition(dataclasses.replace(source, kind=kind)):
        assert validate(orjson.loads(to_bytes(value))) == (), value["type"]


@each_source
def test_every_object_passes_stix2(source):
    for value in build_edition(source):
        stix2.parse(value, allow_custom=True, version="2.1")


@pytest.fixture
def oasis(tmp_path, monkeypatch):
    """Put the OASIS schemas where stix2-validator looks for those that its package lacks."""
    folder = oasis_folder()
    if folder is None:
        pytest.skip(OASIS_MISSING)
    (tmp_path / "schemas-2.1").symlink_to(folder)
    monkeypatch.setattr(stix2validator.validator, "__file__", str(tmp_path / "validator.py"))


@each_source
def test_every_object_passes_the_oasis_validator(source, oasis):
    options = stix2validator.ValidationOptions(version="2.1", silent=True)
    for value in build_edition(source):
        answer = stix2validator.validate_instance(orjson.loads(to_bytes(value)), options)
        errors = [error.message for error in answer.errors]
        assert answer.is_valid, (value["type"], errors)


def test_the_oasis_validator_does_refuse(oasis):
    broken = dict(build_edition(LEAST)[0], name=5)
    assert not stix2validator.validate_instance(
        broken, stix2validator.ValidationOptions(version="2.1", silent=True)
    ).is_valid


@each_source
def test_the_same_source_gives_the_same_bytes(source):
    again = dataclasses.replace(source)
    assert [to_bytes(value) for value in build_edition(source)] == [to_bytes(value) for value in build_edition(again)]


@each_source
def test_the_bytes_pass_the_door(source):
    written = [to_bytes(value) for value in build_edition(source)]
    body = b'{"objects":[' + b",".join(written) + b"]}"
    found = split_envelope(body, Limits())
    assert [each.raw for each in found] == written
    assert all(each.problem is None for each in found)


@each_source
def test_contents_bear_the_label_and_companions_none_of_their_own(source):
    for value in build_contents(source):
        assert label_of(facts_of(value).marking_refs).label == source.label
    for value in build_companions(source):
        assert facts_of(value).marking_refs == ()


@each_source
def test_whatever_is_named_is_there(source):
    made = build_edition(source)
    ids = [value["id"] for value in made]
    assert len(set(ids)) == len(ids)
    facts = [facts_of(value) for value in made]
    named = {ref for each in facts for ref in (*each.refs, *each.definition_refs, each.created_by_ref) if ref}
    published_by_others = {INCIDENT_CORE, EVENT, IMPACT, "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"}
    assert named - set(ids) <= published_by_others


def test_the_incident_comes_first_and_tells_the_form():
    incident, *_ = build_edition(FULL)
    assert incident["id"] == "incident--cccccccc-cccc-4ccc-8ccc-cccccccccccc"
    assert incident["name"] == "電力：マルウェア等の感染（第2報）"
    assert (incident["created"], incident["modified"]) == ("2026-10-05T04:07:00.123457Z", "2026-10-07T04:07:00.123457Z")
    core, ours = incident["extensions"][INCIDENT_CORE], incident["extensions"][LIAISON]
    assert (core["determination"], core["investigation_status"]) == ("suspected", "open")
    assert (ours["report_kind"], ours["report_number"], ours["event_type"]) == ("follow_up", 2, "E41")
    assert (ours["causes"], ours["spillover_from"]) == (["C101", "C203"], "telecommunications")
    assert ours["consents"] == {"nco": True, "ministry": True, "foreign": False, "police": False}
    assert (ours["not_for_publication"], ours["not_for_supervision"], ours["exercise"]) == (True, False, False)
    assert ours["noticed_at"] == "2026-10-05T03:20:00.000000Z"


def test_an_anonymised_edition_does_not_say_whom_the_sender_lets_it_be_passed_on_to():
    incident, *_ = build_edition(dataclasses.replace(LEAST, consents=Consents(nco=True)))
    assert "consents" not in incident["extensions"][LIAISON]


def test_the_types_of_a_full_edition():
    assert [value["type"] for value in build_contents(FULL)] == [
        "incident",
        "identity",
        "event",
        "impact",
        *["indicator", "relationship"] * 3,
        "note",
        "language-content",
    ]
    assert [value["type"] for value in build_companions(FULL)] == [
        "identity",
        "marking-definition",
        "extension-definition",
        "identity",
    ]


def test_the_other_language_carries_the_title():
    content = build_contents(FULL)[-1]
    assert content["contents"] == {"en": {"name": "Electricity: Malware infection (report no. 2)"}}
    assert content["object_modified"] == build_contents(FULL)[0]["modified"]
    english = build_contents(NEAR_MISS)
    assert english[0]["name"] == "[EXERCISE] Medical: Sign or near miss (near miss)"
    assert english[-1]["contents"] == {"ja": {"name": "【訓練】医療：予兆・ヒヤリハット"}}


def test_an_exercise_is_marked_on_what_may_travel_alone():
    for value in build_contents(NEAR_MISS):
        if value["type"] in {"incident", "event", "impact", "indicator"}:
            assert value["labels"] == ["exercise"]
    assert build_contents(NEAR_MISS)[0]["extensions"][LIAISON]["exercise"] is True


# The sender ----------------------------------------------------------------------------------------------------------


def test_an_anonymised_edition_cannot_be_given_a_sender():
    with pytest.raises(EditionError):
        dataclasses.replace(FULL, form=Form.ANONYMISED)


def test_an_anonymised_edition_says_nothing_of_the_sender():
    """Two reports that differ only in who sent them, when and under which number give the same bytes."""
    shown = dataclasses.replace(
        FULL,
        form=Form.ANONYMISED,
        edition_uuid=UUID("ffffffff-ffff-4fff-8fff-ffffffffffff"),
        sender=None,
        reference=None,
        created=PUBLISHED,
        indicators=tuple(IndicatorSource(each.kind, each.value) for each in FULL.indicators),
    )
    written = b"".join(to_bytes(value) for value in build_edition(shown))
    hidden = [
        *[str(SENDER.uuid), SENDER.name_ja, SENDER.name_en, FULL.reference, str(FULL.edition_uuid), "sender_ref"],
        *["2026-10-05T04:07:00", str(FULL.indicators[0].uuid)],
    ]
    for secret in hidden:
        assert secret.encode() not in written
    ids = {value["id"] for value in build_contents(shown)}
    assert not ids & {value["id"] for value in build_contents(FULL)}


def test_a_named_edition_names_the_sender_once_per_label():
    incident, sender, *_ = build_contents(FULL)
    assert incident["extensions"][LIAISON]["sender_ref"] == sender["id"]
    assert (sender["name"], sender["description"]) == (SENDER.name_ja, SENDER.name_en)
    wider = build_contents(dataclasses.replace(FULL, form=Form.NAMED, label=Label.GREEN))[1]
    assert wider["id"] != sender["id"]
    other_report = dataclasses.replace(FULL, edition_uuid=UUID("ffffffff-ffff-4fff-8fff-ffffffffffff"), language="en")
    assert to_bytes(build_contents(other_report)[1]) == to_bytes(sender)


def test_companions_are_the_same_in_every_edition():
    """One version of an id must not exist with two contents."""
    assert build_companions(FULL)[0] == build_companions(NEAR_MISS)[0]
    assert build_companions(FULL)[2:] == build_companions(NEAR_MISS)[2:]


# What cannot be built ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "fr"},
        {"modified": FILED - timedelta(seconds=1)},
        {"noticed_at": datetime(2026, 10, 5, 3, 20, tzinfo=UTC).replace(tzinfo=None)},
    ],
)
def test_sources_that_are_refused(changes):
    with pytest.raises(EditionError):
        dataclasses.replace(FULL, **changes)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_texts_that_cannot_be_written(text):
    with pytest.raises(EditionError):
        to_bytes(build_edition(dataclasses.replace(LEAST, summary=text))[0])


def test_a_text_about_the_nul_character_can_be_written():
    written = to_bytes(build_edition(dataclasses.replace(LEAST, summary="送信値に\\u0000を含む"))[0])
    assert orjson.loads(written)["description"] == "送信値に\\u0000を含む"


def test_an_unknown_kind_of_indicator():
    with pytest.raises(EditionError):
        pattern_of("phone", "0")


@pytest.mark.parametrize(
    "kind, value, pattern",
    [
        ("ipv4-addr", "192.0.2.1", "[ipv4-addr:value = '192.0.2.1']"),
        ("url", "http://x/it's", "[url:value = 'http://x/it\\'s']"),
        ("url", "c:\\x", "[url:value = 'c:\\\\x']"),
        ("url", "\\'] OR [url:value = 'y", "[url:value = '\\\\\\'] OR [url:value = \\'y']"),
        ("md5", "0" * 32, f"[file:hashes.MD5 = '{'0' * 32}']"),
        ("sha1", "0" * 40, f"[file:hashes.'SHA-1' = '{'0' * 40}']"),
        ("sha256", "0" * 64, f"[file:hashes.'SHA-256' = '{'0' * 64}']"),
        ("windows-registry-key", "HKLM\\a\\b", "[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\\\a\\\\b']"),
        ("windows-registry-key", "HKEY_USERS\\HKU", "[windows-registry-key:key = 'HKEY_USERS\\\\HKU']"),
    ],
)
def test_patterns(kind, value, pattern):
    """A registry key begins with its whole hive: cut short as people write it, it matched nothing."""
    assert pattern_of(kind, value) == pattern


@given(st.sampled_from(["url", "domain-name", "email-addr"]), st.text(st.characters(codec="utf-8"), max_size=12))
def test_no_value_breaks_out_of_its_pattern(kind, value):
    pattern = pattern_of(kind, value)
    assert stix2patterns.validator.run_validator(pattern, "2.1") == []
    tree = stix2.pattern_visitor.create_pattern_object(pattern, version="2.1")
    assert isinstance(tree, stix2.ObservationExpression)
    # The library keeps the escapes of a string.
    assert re.sub(r"\\(.)", r"\1", tree.operand.rhs.value) == value


@pytest.mark.parametrize("kind", PATTERN_PATHS)
def test_every_kind_gives_a_pattern_that_parses(kind):
    value = {"md5": "0" * 32, "sha1": "0" * 40, "sha256": "0" * 64}.get(kind, "192.0.2.1")
    assert stix2patterns.validator.run_validator(pattern_of(kind, value), "2.1") == []


# Reading back --------------------------------------------------------------------------------------------------------


def test_names_of_codes_stand_beside_them_for_whoever_has_no_list():
    ours = build_edition(FULL)[0]["extensions"][LIAISON]
    assert ours["event_type_names"] == {"ja": "マルウェア等の感染", "en": "Malware infection"}
    assert ours["sector_names"] == {"ja": "電力", "en": "Electricity"}


def test_a_page_reads_back_what_was_built():
    said = headline(orjson.loads(to_bytes(build_edition(FULL)[0])))
    assert (said.type, said.title, said.language) == ("incident", "電力：マルウェア等の感染（第2報）", "ja")
    assert said.summary == FULL.summary
    assert not said.exercise
    report = said.report
    assert (report.kind, report.number, report.event_type, report.causes) == ("follow_up", 2, "E41", ("C101", "C203"))
    assert (report.sector, report.ceptoar, report.system_class) == ("electricity", "electricity", "ot")
    assert (report.service_impact, report.recovery, report.reference) == ("no", "partial", "K7QM-4TX2-P")


def test_a_page_shows_the_exercise_and_the_pattern():
    said = [headline(value) for value in build_contents(NEAR_MISS)]
    assert said[0].exercise
    indicator = next(each for each in said if each.type == "indicator")
    assert (indicator.title, indicator.patterns, indicator.exercise) == (
        "192.0.2.1",
        ("[ipv4-addr:value = '192.0.2.1']",),
        True,
    )
