"""No anonymised form holds its sender's name, id, reference or exact times, whatever the report says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from feeds.editions.builder import StixEditions
from models.vocabulary import Form, Label, ReportKind
from sharing.reports.codes import Named
from sharing.reports.editions.builder import EditionRequest, NamedOrganization
from sharing.reports.editions.redaction import anonymise, find_names
from sharing.reports.fields import JAPAN, Indicator, ReportFields

BUILDER = StixEditions(b"k" * 32)
PUBLISHER = NamedOrganization(UUID(int=7), "電力セプター事務局", "Electricity CEPTOAR")
NAMES = st.sampled_from(
    [
        ("株式会社青葉電力", "Aoba Power Co., Ltd."),
        ("みどり銀行", "Midori Bank"),
        ("朱鷺原テレビ株式会社", "Tokihara Television"),
        ("一般社団法人　清流水道", "Seiryu Water"),
        ("ＮＥＣＴ", "NECT"),
    ]
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def _texts(draw: st.DrawFn, names: tuple[str, str]) -> str:
    """A text that may hold a spelling of the name."""
    ja, en = names
    spellings = st.sampled_from(
        [ja, en, en.upper(), ja.replace("株式会社", "（株）"), ja.replace("株式会社", ""), " ".join(ja), "別の会社"]
    )
    around = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
    return draw(around) + draw(st.one_of(st.just(""), spellings)) + draw(around)


@st.composite
def _reports(draw: st.DrawFn) -> tuple[ReportFields, NamedOrganization, str]:
    names = draw(NAMES)
    text = _texts(names)
    noticed = draw(MOMENTS)
    fields = ReportFields(
        event_type="E30",
        noticed_at=noticed,
        service_impact="yes",
        summary=draw(text).strip() or "停止",
        label=Label.AMBER,
        kind=draw(st.sampled_from(ReportKind)),
        details=draw(text),
        affected_service=draw(text),
        affected_users=draw(text),
        measures=draw(text),
        lessons=draw(text),
        occurred_at=noticed - timedelta(minutes=7),
        recovered_at=noticed + timedelta(minutes=91),
        consent_nco=draw(st.booleans()),
        name_to_sector=draw(st.booleans()),
        exercise=draw(st.booleans()),
        indicators=tuple(draw(st.lists(st.just(Indicator("domain-name", "example.com")), max_size=1))),
    )
    return fields, NamedOrganization(draw(st.uuids(version=4)), *names), "K7QM-4TX2-P"


def _build(fields: ReportFields, report_id: UUID, form: Form, sender: NamedOrganization | None, reference: str | None):
    later = datetime(2026, 11, 20, tzinfo=UTC)
    request = EditionRequest(
        report_id=report_id,
        form=form,
        label=Label.GREEN,
        number=1,
        fields=fields,
        event_type=Named("E30", "システム等の利用困難", "System hard or impossible to use"),
        sector=Named("electricity", "電力", "Electricity"),
        ceptoar=Named("electricity", "電力", "Electricity"),
        publisher=PUBLISHER,
        created=later,
        modified=later,
        sender=sender,
        reference=reference,
    )
    return BUILDER.build(request)


@given(_reports(), st.uuids(version=4))
def test_no_anonymised_bytes_tell_who_sent_them(report, report_id):
    fields, sender, reference = report
    names = [sender.ja, sender.en, reference, str(sender.id), str(report_id)]
    content = anonymise(fields, {})
    assume(not find_names(content, names))
    told = b"\n".join(each.raw for each in _build(content, report_id, Form.ANONYMISED, None, None))
    for secret in (*names, sender.id.hex, report_id.hex):
        assert secret.encode() not in told
    for moment in (fields.noticed_at, fields.occurred_at, fields.recovered_at):
        assert moment.strftime("%H:%M:%S").encode() not in told or moment.strftime("%H:%M:%S") == "00:00:00"
    assert fields.noticed_at.astimezone(JAPAN).date().isoformat().encode() in told
    original = _build(fields, report_id, Form.ORIGINAL, sender, reference)
    shared = {each.stix_id for each in original if not each.is_companion} & {
        each.stix_id for each in _build(content, report_id, Form.ANONYMISED, None, None) if not each.is_companion
    }
    assert not shared


@given(NAMES, st.data())
def test_a_name_is_found_however_it_is_written(names, data):
    ja, en = names
    plain = ja.replace("株式会社", "").replace("一般社団法人", "").strip()
    spelled = data.draw(
        st.sampled_from(
            [ja, en, en.upper(), en.lower(), plain, "・".join(plain), "　".join(plain), f"（株）{plain}", f"{plain}㈱"]
        )
    )
    before, after = data.draw(st.sampled_from([("", ""), ("本日、", "の件"), ("(", ")"), ("「", "」")]))
    fields = ReportFields(
        event_type="E30",
        noticed_at=datetime(2026, 11, 1, tzinfo=UTC),
        service_impact="no",
        summary="停止",
        label=Label.AMBER,
        lessons=f"{before}{spelled}{after}",
    )
    assert [each.field for each in find_names(fields, [ja, en])][:1] == ["lessons"]


def test_a_short_latin_name_is_not_found_inside_other_words():
    fields = ReportFields(
        event_type="E30",
        noticed_at=datetime(2026, 11, 1, tzinfo=UTC),
        service_impact="no",
        summary="connected to the line",
        label=Label.AMBER,
    )
    assert find_names(fields, ["NECT"]) == []


def test_everything_built_is_described_from_its_bytes_alone():
    """An approval reads the stored bytes back; it must find what the proposal knew."""
    fields = ReportFields(
        event_type="E30",
        noticed_at=datetime(2026, 11, 1, tzinfo=UTC),
        service_impact="no",
        summary="停止",
        label=Label.AMBER,
        details="詳細",
        lessons="教訓",
        indicators=(Indicator("url", "https://example.com/a"),),
    )
    built = _build(fields, UUID(int=1), Form.ORIGINAL, PUBLISHER, "K7QM-4TX2-P")
    assert [BUILDER.describe(each.raw) for each in built] == list(built)
    assert [each.is_main for each in built] == [True] + [False] * (len(built) - 1)
    assert built[0].title == "停止"
    assert built[0].stix_id == BUILDER.main_id(UUID(int=1), Form.ORIGINAL)
    assert replace(built[0], raw=b"") != built[0]
