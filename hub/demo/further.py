"""Rule: what a report of the demo says besides: how it was noticed, what it meant, who was told, what helped.

Drawn apart from the story itself, so that nothing else of the year changes with it.
"""

import random
from datetime import datetime, timedelta
from typing import Any, Final

from models.vocabulary import ReportKind

FILLED_CHANCE: Final = 0.6
"""How often a desk fills in more than the five fields and its account."""

_INTENT: Final = frozenset({"E10", "E20", "E41", "E42", "E43"})
_NOTICED: Final = ("monitoring", "monitoring", "staff", "customer", "contractor")
_AREAS: Final = ("一部の地域", "全域", "一部の拠点", "窓口とウェブ受付", "社内のみ")
_TOLD: Final = (
    "所管省庁の担当室へ電話で第一報。書面は後日提出する。",
    "所管省庁の担当室へ電子メールで提出済み。受付番号は通知待ち。",
    "所管省庁へ速報を提出。警察のサイバー担当にも相談している。",
)
_PREVENTION: Final = (
    "手順書を改め、四半期ごとの訓練に加えた。",
    "監視の項目を見直し、夜間の連絡先を一覧にした。",
    "委託先との契約に、障害時の連絡時間を明記した。",
    "設定変更は二人で確認し、戻し方を先に書くこととした。",
)
_HELPED: Final = (
    "平時に作っていた連絡先の一覧が、夜間の呼出しで役に立った。",
    "セプター内で共有されていた前の事例の切り分け手順をそのまま使えた。",
    "保全しておいた通信の記録から、影響の範囲を早く絞り込めた。",
    "委託先の当直が現地で電源の状態を確かめてくれた。",
)
_STAGES: Final = ("代替手段での受付を開始", "一部の機能を再開", "全ての機能を再開")
_ROUTES: Final = {
    "ransomware": "更新前のVPN装置からの侵入とみられる。管理者の認証情報が使われた記録がある。",
    "ddos": "多数の送信元からの通信により、回線と受付の処理能力が使い切られた。",
    "other": "調査中。記録を保全し、専門の事業者に解析を依頼している。",
}
_NEIGHBOURS: Final = {
    "electricity": ["telecommunications", "water"],
    "telecommunications": ["finance", "government-services"],
    "water": ["medical"],
    "gas": ["electricity"],
    "finance": ["credit"],
    "logistics": ["medical"],
}
"""Sectors that feel it when this one fails."""


def attack_of(scenario: str, event_type: str, causes: tuple[str, ...]) -> str | None:
    """The kind of attack that a scenario is; None where it is none."""
    if scenario.startswith("ransomware"):
        return "ransomware"
    if "ddos" in scenario or "flood" in scenario:
        return "ddos"
    return "other" if event_type in _INTENT or causes[0].startswith("C1") else None


def say_more(
    key: str,
    kind: ReportKind,
    fields: dict[str, Any],
    *,
    scenario: str,
    sector: str,
    system: str,
    site: str,
) -> dict[str, Any]:
    """The further fields of one version and their states; empty where this desk leaves them."""
    rng = random.Random(f"further/{key}")  # noqa: S311
    if rng.random() >= FILLED_CHANCE:
        return {}
    noticed, area, level, details = (rng.choice(words) for words in (_NOTICED, _AREAS, ("yes", "no"), _TOLD))
    hit = fields["service_impact"] == "yes"
    attack = attack_of(scenario, fields["event_type"], tuple(fields["causes"]))
    further: dict[str, Any] = {"noticed_by": noticed, "safety": "no"}
    if kind is ReportKind.NEAR_MISS:
        return {"further": further | {"helped": rng.choice(_HELPED), "prevention": rng.choice(_PREVENTION)}}
    further |= {"system_name": system, "place": site, "area": area}
    known = level if kind is ReportKind.FINAL else "investigating"
    further["service_level"] = known if hit else "no"
    further["may_spread"] = "investigating" if attack else "no"
    if hit and sector in _NEIGHBOURS:
        further["spillover_to"] = _NEIGHBOURS[sector]
    if attack:
        further |= {"attack": attack, "route": _ROUTES[attack]}
        further |= {"ransom_types": ["encryption", "demand"]} if attack == "ransomware" else {}
    told = ["ministry", "police"] if attack else ["ministry"]
    further |= {"told": told, "told_details": details} if hit or attack else {"told": ["none"]}
    if kind is ReportKind.FINAL:
        return {"further": further | _ended(rng, fields, hit=hit)}
    states = {"users": "investigating", "hours": "investigating"} if hit else {}
    return {"further": further, "states": states}


def _ended(rng: random.Random, fields: dict[str, Any], *, hit: bool) -> dict[str, Any]:
    """What is known at the end."""
    began, recovered = fields["occurred_at"] or fields["noticed_at"], fields["recovered_at"]
    told: dict[str, Any] = {
        "prevention": rng.choice(_PREVENTION),
        "helped": rng.choice(_HELPED),
        "publication": rng.choice(("done", "none")) if hit else "none",
        "may_spread": "no",
    }
    if told["publication"] == "done":
        told["publication_where"] = "自社のウェブサイト"
    if hit and recovered is not None and recovered > began:
        least = rng.choice((20, 120, 800, 3_000, 12_000))
        told["users"] = {"least": least, "most": least * rng.choice((2, 3))}
        told["hours"] = round((recovered - began) / timedelta(hours=1), 1)
        told["stages"] = [{"at": at.isoformat(), "note": note} for at, note in _stages(rng, began, recovered)]
    return told


def _stages(rng: random.Random, began: datetime, recovered: datetime) -> list[tuple[datetime, str]]:
    """How it came back, step by step, the last with the recovery itself."""
    shares = sorted(rng.uniform(0.3, 0.9) for _ in _STAGES[:-1])
    moments = [began + (recovered - began) * share for share in shares]
    return [(at.replace(second=0, microsecond=0), note) for at, note in zip(moments, _STAGES, strict=False)] + [
        (recovered, _STAGES[-1])
    ]
