"""Report fields and STIX: the table, the builder, the reader, the documentation and the published schema agree."""

import dataclasses
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import orjson
import pytest
import stix2validator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.editions.contents import build_contents
from feeds.editions.happening import AVAILABILITY, EVENT_TYPES
from feeds.editions.source import Code, Consents, Handling, IndicatorSource
from feeds.stix.extension import LIAISON, SCHEMA_PATH, VERSION, liaison_definition
from feeds.stix.schema import validate
from feeds.stix.writing import pattern_of, to_bytes
from models.forms import InAnonymised, liaison_form
from models.vocabulary import Form, Label, ReportKind
from sharing.reports.fields import FIELDS
from sharing.reports.further import anonymised
from tests.feeds.editions.mapping import NOT_WRITTEN, PLACES, find, read_pattern, read_report
from tests.feeds.editions.sources import FULL, LEAST, NOTICED, SENDER, SOURCES, build_edition
from tests.feeds.editions.test_contents import oasis

__all__ = ["oasis"]

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "feeds/stix/schemas/liaison_form" / f"{VERSION}.json").read_text(encoding="utf-8"))
JUDGE = jsonschema.Draft202012Validator(SCHEMA)

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
LINES = TEXTS.map(lambda text: text.replace("\n", " ").replace("\r", " "))
MOMENTS = st.integers(-500_000, 500_000).map(lambda seconds: NOTICED + timedelta(seconds=seconds))
CODES = st.sampled_from(["E00", "E10", "E20", "E30", "E41", "E42", "E43", "E49"]).map(
    lambda code: Code(code, "類型", "type")
)


@st.composite
def editions(draw):
    """Editions of every kind and form, with any of their fields."""
    form = draw(st.sampled_from(Form))
    anonymised_form = form is Form.ANONYMISED
    further = draw(
        st.sampled_from([{}, dict(FULL.further), {"technical": draw(TEXTS.filter(bool)), "gbps": {"exact": 0.5}}])
    )
    maybe = st.none() | MOMENTS
    return dataclasses.replace(
        LEAST,
        form=form,
        label=draw(st.sampled_from(Label)),
        kind=draw(st.sampled_from(ReportKind)),
        number=draw(st.integers(1, 30)),
        event_type=draw(CODES),
        service_impact=draw(st.sampled_from(["yes", "no", "unknown"])),
        summary=draw(LINES.filter(str.strip)),
        details=draw(TEXTS),
        sender=None if anonymised_form else SENDER,
        reference=None if anonymised_form else "K7QM-4TX2-P",
        noticed_at=None if anonymised_form else draw(MOMENTS),
        noticed_on=date(2026, 10, 5),
        occurred_at=None if anonymised_form else draw(maybe),
        recovered_at=None if anonymised_form else draw(maybe),
        causes=tuple(draw(st.lists(st.sampled_from(["C101", "C203", "C305"]), unique=True))),
        system_class=draw(st.sampled_from([None, "it", "ot", "both", "unknown"])),
        recovery=draw(st.sampled_from([None, "none", "partial", "full", "unknown"])),
        affected_service=draw(LINES),
        affected_users=draw(LINES),
        correction=draw(TEXTS),
        measures=draw(TEXTS),
        lessons=draw(TEXTS),
        spillover_from=draw(st.sampled_from([None, "telecommunications"])),
        consents=Consents(*(draw(st.booleans()) for _ in range(4))),
        handling=Handling(draw(st.booleans()), draw(st.booleans())),
        exercise=draw(st.booleans()),
        language=draw(st.sampled_from(["ja", "en"])),
        indicators=draw(st.sampled_from([(), FULL.indicators])),
        further=anonymised(further) if anonymised_form else further,
        states={} if anonymised_form else draw(st.sampled_from([{}, FULL.states])),
    )


def test_every_field_of_a_report_has_its_place():
    assert PLACES.keys() | NOT_WRITTEN == FIELDS
    assert not PLACES.keys() & NOT_WRITTEN


def test_the_documentation_shows_the_table_of_the_code():
    text = (ROOT / "docs/stix.md").read_text(encoding="utf-8")
    table = text.partition("## Where each field stands")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE))
    assert rows == {name: ", ".join(f"`{place}`" for place in places) for name, places in PLACES.items()}


def test_the_documentation_names_the_words_of_oasis():
    text = (ROOT / "docs/stix.md").read_text(encoding="utf-8")
    for code, word in EVENT_TYPES.items():
        assert f"{code} `{word}`" in text
    assert "near miss 0, no 5, yes 30" in text
    assert AVAILABILITY == {"no": 5, "yes": 30}


@pytest.mark.parametrize("name", PLACES)
def test_a_full_report_fills_every_place(name):
    """Also the places that are not read back: a place that nothing fills would be a promise only."""
    full = dataclasses.replace(FULL, event_type=Code("E30", "a", "b"), exercise=True)
    made = build_contents(full)
    for place in PLACES[name]:
        found = [find(value, place.path) for value in made if value["type"] == place.type]
        assert any(each is not None for each in found), place


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_report_reads_back(source):
    said = read_report([orjson.loads(to_bytes(value)) for value in build_edition(source)])
    _agrees(said, source)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(editions())
def test_any_report_is_valid_for_every_judge_and_reads_back(source):
    made = [orjson.loads(to_bytes(value)) for value in build_edition(source)]
    for value in made:
        assert validate(value) == (), value["type"]
    assert list(JUDGE.iter_errors(made[0]["extensions"][LIAISON])) == []
    _agrees(read_report(made), source)


def _agrees(said, source):
    """What was read is what was written; what was not said is absent."""
    exact = {
        "kind": source.kind.value,
        "event_type": source.event_type.code,
        "service_impact": source.service_impact,
        "summary": source.summary.partition("\n\n")[0],
        "label": source.label.value,
        "causes": list(source.causes),
        "system_class": source.system_class,
        "affected_service": source.affected_service,
        "affected_users": source.affected_users,
        "recovery": source.recovery,
        "correction": source.correction,
        "measures": source.measures,
        "lessons": source.lessons,
        "spillover_from": source.spillover_from,
        "details": source.details,
        "not_for_publication": source.handling.not_for_publication,
        "not_for_supervision": source.handling.not_for_supervision,
        "exercise": source.exercise,
        "indicators": [{"kind": each.kind, "value": each.value} for each in source.indicators],
        "further": dict(source.further),
        "states": dict(source.states),
    }
    if source.form is not Form.ANONYMISED:
        exact |= {
            f"consent_{name}": getattr(source.consents, name) for name in ("nco", "ministry", "foreign", "police")
        }
    moments = {name: getattr(source, name) for name in ("noticed_at", "occurred_at", "recovered_at")}
    expected = {name: value for name, value in exact.items() if value not in (None, "", [], {})}
    assert {name: value for name, value in said.items() if name not in moments} == expected
    read = {name: datetime.fromisoformat(said[name]).astimezone(UTC) if name in said else None for name in moments}
    assert read == moments


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(source=editions())
def _oasis_accepts(source):
    options = stix2validator.ValidationOptions(version="2.1", silent=True)
    for value in build_edition(source):
        answer = stix2validator.validate_instance(orjson.loads(to_bytes(value)), options)
        assert answer.is_valid, (value["type"], [error.message for error in answer.errors])


def test_any_report_passes_the_oasis_validator(oasis):
    _oasis_accepts()


@pytest.mark.parametrize("kind, value", [("url", "http://x/it's\\"), ("sha1", "0" * 40), ("domain-name", "x.example")])
def test_a_pattern_of_ours_reads_back(kind, value):
    assert read_pattern(pattern_of(kind, value)) == {"kind": kind, "value": value}


@pytest.mark.parametrize(
    "pattern",
    [
        None,
        5,
        "",
        "[url:value LIKE 'x']",
        "[url:value = 'x' OR url:value = 'y']",
        "[url:value = 'x'] FOLLOWEDBY [url:value = 'y']",
        "[process:name = 'x']",
    ],
)
def test_other_patterns_are_no_indicators_of_a_report(pattern):
    assert read_pattern(pattern) is None


@settings(deadline=None)  # a busy machine is no fault of the reader
@given(st.recursive(st.none() | st.booleans() | TEXTS, lambda each: st.lists(each) | st.dictionaries(TEXTS, each)))
def test_reading_trusts_nothing(junk):
    read_report([{"type": "incident", "extensions": {LIAISON: junk}, "description": junk, "object_marking_refs": junk}])
    read_report([{"type": "incident", "extensions": junk}, {"type": "indicator", "pattern": junk}, {"type": junk}])


def test_the_schema_is_the_one_that_the_definition_names():
    assert SCHEMA_PATH in liaison_definition()["schema"]
    assert SCHEMA["$id"].endswith(VERSION)


def test_the_schema_refuses_what_an_anonymised_edition_drops():
    """The published schema and the form definition name the same fields."""
    dropped = {name for name, each in liaison_form().fields.items() if each.anonymised is InAnonymised.DROP}
    then = SCHEMA["then"]["properties"]
    assert set(then["further"]["propertyNames"]["not"]["enum"]) == dropped
    assert set(then["states"]["propertyNames"]["not"]["enum"]) == dropped


def test_a_database_that_orders_names_anew_changes_no_byte():
    """PostgreSQL gives objects back in an order of its own."""
    other = dataclasses.replace(FULL, further=dict(reversed(FULL.further.items())))
    assert to_bytes(build_contents(other)[0]) == to_bytes(build_contents(FULL)[0])


@pytest.mark.parametrize("name", ["sender_ref", "reference", "consents", "noticed_at", "occurred_at", "recovered_at"])
def test_the_schema_refuses_the_sender_in_an_anonymised_edition(name):
    ours = build_contents(dataclasses.replace(FULL, noticed_on=date(2026, 10, 5)))[0]["extensions"][LIAISON]
    assert JUDGE.is_valid(ours)
    hidden = {key: value for key, value in ours.items() if key in SCHEMA["required"]} | {"form": "anonymised"}
    assert JUDGE.is_valid(hidden)
    assert not JUDGE.is_valid(hidden | {name: ours[name]})


def test_an_event_and_its_impact_name_nobody():
    """They repeat what the anonymised incident says, under ids that no other edition shares."""
    shown = [value for value in build_contents(LEAST) if value["type"] in {"event", "impact"}]
    assert [value["type"] for value in shown] == ["event"]
    assert not {"start_time", "end_time", "description"} & shown[0].keys()
    other = dataclasses.replace(LEAST, edition_uuid=FULL.edition_uuid)
    assert shown[0]["id"] not in {value["id"] for value in build_contents(other)}


def test_an_indicator_source_keeps_its_kind():
    assert read_pattern(pattern_of(*dataclasses.astuple(IndicatorSource("md5", "0" * 32))[:2])) == {
        "kind": "md5",
        "value": "0" * 32,
    }
