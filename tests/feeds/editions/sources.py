"""Editions of made-up reports: one that says all that a report can say, one that says the least, and a near miss."""

import dataclasses
from datetime import UTC, datetime, timedelta
from uuid import UUID

from feeds.editions.contents import build_companions, build_contents
from feeds.editions.source import Code, Consents, EditionSource, Handling, IndicatorSource, Party
from feeds.stix.writing import Object
from models.vocabulary import Form, Label, ReportKind

NOTICED = datetime(2026, 10, 5, 3, 20, 0, tzinfo=UTC)
FILED = NOTICED + timedelta(minutes=47, microseconds=123_457)
PUBLISHED = FILED + timedelta(days=2)

SENDER = Party(UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"), "みなと電力株式会社", "Minato Power")
PUBLISHER = Party(UUID("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"), "電力CEPTOAR事務局", "Electricity CEPTOAR Secretariat")

FULL = EditionSource(
    edition_uuid=UUID("cccccccc-cccc-4ccc-8ccc-cccccccccccc"),
    form=Form.ORIGINAL,
    label=Label.AMBER,
    kind=ReportKind.FOLLOW_UP,
    number=2,
    event_type=Code("E41", "マルウェア等の感染", "Malware infection"),
    noticed_at=NOTICED,
    service_impact="no",
    summary="監視制御系の保守端末でマルウェアを検知した。",
    sector=Code("electricity", "電力", "Electricity"),
    ceptoar=Code("electricity", "電力CEPTOAR", "Electricity CEPTOAR"),
    publisher=PUBLISHER,
    created=FILED,
    modified=PUBLISHED,
    sender=SENDER,
    reference="K7QM-4TX2-P",
    causes=("C101", "C203"),
    occurred_at=NOTICED - timedelta(hours=5),
    details="保守事業者のUSBメモリを経由した。\n\n影響は端末1台。",
    system_class="ot",
    affected_service="給電指令の補助系",
    affected_users="なし",
    recovery="partial",
    recovered_at=PUBLISHED,
    correction="停止は3時間ではなく5時間。",
    measures="端末を隔離した。",
    lessons="持込み媒体の検査を徹底する。",
    spillover_from="telecommunications",
    consents=Consents(nco=True, ministry=True),
    handling=Handling(not_for_publication=True),
    indicators=(
        IndicatorSource("sha256", "a" * 64, UUID("dddddddd-dddd-4ddd-8ddd-dddddddddddd")),
        IndicatorSource("domain-name", "c2.example.net"),
        IndicatorSource("url", "http://example.com/it's\\here"),
    ),
    further={
        "users": {"least": 2000, "most": 3000},
        "hours": {"about": 1.5},
        "told": ["police", "ppc"],
        "stages": [{"at": "2026-10-05T03:00:00Z", "note": "窓口を再開"}],
        "route": "VPN装置の弱点\n（既知）",
        "attack": "other",
    },
    states={"gbps": "unknown", "details": "investigating"},
)
LEAST = EditionSource(
    edition_uuid=UUID("eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee"),
    form=Form.ANONYMISED,
    label=Label.GREEN,
    kind=ReportKind.FIRST,
    number=1,
    event_type=Code("E30", "システム等の利用困難", "System hard or impossible to use"),
    noticed_at=None,
    service_impact="unknown",
    summary="受付システムが停止した。",
    sector=Code("medical", "医療", "Medical"),
    publisher=PUBLISHER,
    created=PUBLISHED,
    modified=PUBLISHED,
)
NEAR_MISS = dataclasses.replace(
    LEAST,
    kind=ReportKind.NEAR_MISS,
    event_type=Code("E00", "予兆・ヒヤリハット", "Sign or near miss"),
    exercise=True,
    language="en",
    label=Label.CLEAR,
    lessons="Check twice.",
    indicators=(IndicatorSource("ipv4-addr", "192.0.2.1"),),
)
SOURCES = {"full": FULL, "least": LEAST, "near miss, exercise, English": NEAR_MISS}


def build_edition(source: EditionSource) -> tuple[Object, ...]:
    """Every object of an edition: the incident first, contents before companions."""
    return build_contents(source) + build_companions(source)
