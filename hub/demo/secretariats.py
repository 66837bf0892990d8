"""Operation of the demo: what secretariats did at their own pages: a call at night, a case, a shift, the board."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from hub.demo.calendar import TOKYO
from hub.demo.people import ident_of
from hub.demo.world import demo_id, organization
from models.vocabulary import CaseSource, ServiceState
from sharing.actor import Actor, Context
from sharing.board.statements import Said, say_state
from sharing.inbox.behalf import file_on_behalf
from sharing.inbox.calls import Caller
from sharing.inbox.cases import NewCase, register_case
from sharing.inbox.common_events import open_event
from sharing.inbox.shifts import hand_over
from sharing.inbox.triage import Handling, close_item, handle_report
from sharing.reports.codes import Codes
from sharing.reports.fields import parse_fields
from sharing.reports.means import Means

Do = Callable[[Session], None]

NIGHT: Final = "secretariat-electricity"
"""The secretariat whose night the demo tells."""

CLOSED_AFTER: Final = timedelta(days=45)
"""What was told to the end so long ago is put away."""

BOARD: Final = (
    ("secretariat-electricity", "", ServiceState.NORMAL, "支障なし", "会員からの定時連絡"),
    ("secretariat-electricity", "停電情報の配信", ServiceState.DEGRADED, "本日18時頃復旧の見込み", "会員からの続報"),
    ("secretariat-water", "", ServiceState.NORMAL, "支障なし", "会員からの定時連絡"),
    ("secretariat-gas", "", ServiceState.NORMAL, "支障なし", "会員からの定時連絡"),
    ("secretariat-bank", "インターネットバンキング", ServiceState.DEGRADED, "復旧時期は未定", "会員からの第一報"),
    ("secretariat-railway", "", ServiceState.NORMAL, "支障なし", "運行情報"),
    ("secretariat-logistics", "倉庫管理", ServiceState.STOPPED, "数日を要する見込み", "会員からの続報"),
)
"""Secretariat, service, state, forecast, source."""


def night_before(now: datetime) -> datetime:
    """Ten past two of the last night that is over."""
    local = now.astimezone(TOKYO).replace(hour=2, minute=10, second=0, microsecond=0)
    return local if local < now - timedelta(minutes=30) else local - timedelta(days=1)


def tell_secretariats(
    now: datetime, codes: Codes, means: Callable[[datetime], Means], actor: Callable[[str], Actor]
) -> Iterable[tuple[datetime, Do]]:
    """What happened when, in the order of the list; `how` gives operations on reports what they need."""
    night = night_before(now)
    yield night, _calling(night, codes, means, actor(NIGHT))
    yield night + timedelta(minutes=20), _handing_over(means(night).context, actor(NIGHT))
    heard = night - timedelta(days=2, hours=6)
    yield heard, _hearing(heard, codes, means(heard).context, actor(NIGHT))
    seen = now - timedelta(hours=26)
    yield seen, _naming(means(seen).context, actor("secretariat-bank"))
    for place, (secretariat, service, state, forecast, source) in enumerate(BOARD):
        at = now - timedelta(minutes=25 + 17 * place)
        said = Said(service, state.value, forecast, source, at, "TLP:GREEN")
        yield at, _saying(said, means(at), actor(secretariat))


def put_away(session: Session, actor: Actor, report_id: UUID, context: Context) -> None:
    """Close what was told to the end."""
    close_item(session, actor, report_id, "最終報を確認し、対応を終了。", context=context)


def take(session: Session, actor: Actor, report_id: UUID, context: Context) -> None:
    """Somebody of the secretariat has it, and waits for the sender."""
    wish = Handling(assign_to=actor.account_id, priority=1, tags="夜間体制", waiting_for="発信元の続報")
    handle_report(session, actor, report_id, wish, context=context)


def _calling(at: datetime, codes: Codes, means: Callable[[datetime], Means], actor: Actor) -> Do:
    given = {
        "event_type": "E30",
        "noticed_at": (at - timedelta(minutes=25)).isoformat(),
        "service_impact": "yes",
        "summary": "停電情報の配信が止まっている。原因は調査中。",
        "label": "TLP:AMBER",
    }
    caller = Caller(
        "当直 佐伯",
        "03-0000-0210",
        "1時45分頃から配信が更新されない。設備の停電は起きていない。担当者を呼び出し中で、2時間以内にもう一度電話する。",
    )

    def call(session: Session) -> None:
        file_on_behalf(
            session,
            actor,
            ident_of(organization("aonagi-power")),
            parse_fields(given, codes, at),
            caller,
            submission=demo_id("submission", "night-call"),
            means=means(at),
        )

    return call


def _handing_over(context: Context, actor: Actor) -> Do:
    text = (
        "2時10分に電話を1件代理登録しました（停電情報の配信）。\n"
        "先方は4時までに再度電話の予定です。なければ24時間窓口へかけてください。\n"
        "朝、発信元の確認が済んだかを見てください。"
    )

    def note(session: Session) -> None:
        hand_over(session, actor, text, context=context)

    return note


def _naming(context: Context, actor: Actor) -> Do:
    text = "国外の多数の送信元から公開サイトへの大量アクセス。金融のほか複数の分野で観測されている。"

    def name(session: Session) -> None:
        open_event(session, actor, "公開サイトへの大量アクセス（複数分野）", text, context=context)

    return name


def _hearing(at: datetime, codes: Codes, context: Context, actor: Actor) -> Do:
    new = NewCase(
        source=CaseSource.PRESS.value,
        source_detail="地方紙の電子版（朝）。事業者名の記載なし。",
        event_type="E41",
        service_impact="unknown",
        summary="検針の委託先でコンピューターウイルスの感染があったとの報道。",
        heard_at=at,
    )

    def hear(session: Session) -> None:
        register_case(session, actor, new, codes, context=context)

    return hear


def _saying(said: Said, means: Means, actor: Actor) -> Do:
    def say(session: Session) -> None:
        say_state(session, actor, said, context=means.context, policy=means.policy)

    return say
