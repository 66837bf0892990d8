"""Rule: how a report of the demo is shared: its label, who is listed, the consents, what the secretariat proposed."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

from hub.demo.scenarios import Scenario
from hub.demo.story import DemoProposal, Story, Version
from hub.demo.world import DemoOrganization, section
from models.vocabulary import Label, ProposalState

STRICT_CHANCE = 0.1
RED_CHANCE = 0.015
KEEPS_OWN_LABEL_CHANCE = 0.8
REFUSED_CHANCE = 0.13
CLEAR_CHANCE = 0.3
FIT_FOR_EVERYBODY = frozenset({"phishing-imitation", "ddos-campaign", "near-phishing-stopped", "mail-campaign"})
"""Scenarios of which an edition for the public is useful."""

_PROPOSED_CHANCE = {Label.RED: 0.0, Label.AMBER_STRICT: 0.2, Label.AMBER: 0.45}
_REFUSALS = (
    "設備と時期の組合せから特定されるおそれがあるため、今回は見送りたい。",
    "関係先との協議が済んでいないため、現時点では共有範囲を広げられない。",
    "報道への対応が続いているため、落ち着いてから改めて判断したい。",
)
_REFUSALS_BY_TYPE = {
    "E10": ("対象者への問合せ対応が続いているため、セプター内にとどめてほしい。",),
    "E41": ("警察への相談が続いているため、終了してから改めて判断したい。",),
    "E43": ("警察への相談が続いているため、終了してから改めて判断したい。",),
}
_APPROVALS = (
    None,
    None,
    "匿名を条件に承認する。",
    "教訓の部分は広く使ってほしい。",
    "システムの名称を一般名にした版で承認する。",
)


def choose_label(rng: random.Random, scenario: Scenario, *, plain: bool) -> Label:
    """The label the sender filed at: AMBER for most."""
    drawn = rng.random()
    if plain:
        return Label.AMBER
    if scenario.label is not None and drawn < KEEPS_OWN_LABEL_CHANCE:
        return scenario.label
    if drawn < RED_CHANCE and scenario.event_type != "E00":
        return Label.RED
    return Label.AMBER_STRICT if drawn < RED_CHANCE + STRICT_CHANCE else Label.AMBER


def choose_flags(rng: random.Random, scenario: Scenario, label: Label, campaign: str | None) -> dict[str, bool]:
    """The consents and handling conditions of the form."""
    return {
        "consent_nco": label is not Label.RED and rng.random() < 0.9,
        "consent_ministry": label is not Label.RED and rng.random() < 0.95,
        "consent_foreign": bool(campaign) and bool(scenario.indicators) and rng.random() < 0.4,
        "name_to_sector": rng.random() < 0.06,
        "not_for_publication": rng.random() < 0.35,
        "not_for_supervision": rng.random() < 0.25,
    }


def list_audiences(
    rng: random.Random, sender: DemoOrganization, label: Label, flags: dict[str, bool], scenario: Scenario
) -> tuple[str, ...]:
    """The audiences the sender named, as tokens."""
    listed = [f"secretariat:{sender.ceptoar}"]
    if label is Label.RED:
        return tuple(listed)
    ministry = section(sender.sector or "").ministry
    if flags["consent_ministry"]:
        listed.append(f"government:{ministry}:{sender.sector}")
    if flags["consent_nco"]:
        listed.append("government:nco")
    if label is Label.AMBER and rng.random() < 0.25:
        listed.append(f"ceptoar:{sender.ceptoar}")
    if label is Label.AMBER and rng.random() < 0.12:
        listed.append("council")
    if scenario.spillover_from == "electricity":
        listed.append("secretariat:electricity")
    if scenario.spillover_from == "telecommunications":
        listed.append("secretariat:telecom")
    if flags["consent_foreign"]:
        listed.append("foreign")
    return tuple(dict.fromkeys(listed))


def propose(
    rng: random.Random,
    scenario: Scenario,
    versions: tuple[Version, ...],
    label: Label,
    *,
    campaign: str | None,
    now: datetime,
) -> DemoProposal | None:
    """The proposal of the secretariat for a closed report, answered, or None. Campaigns are shared early."""
    chance = _PROPOSED_CHANCE[label]
    if label is not Label.RED and campaign:
        chance = 0.85
    elif scenario.event_type == "E00":
        chance = max(chance, 0.75)
    if rng.random() >= chance:
        return None
    version = 0 if campaign else len(versions) - 1
    filed_at = versions[version].filed_at
    pace = timedelta(minutes=rng.randint(20, 90)) if campaign else timedelta(hours=rng.randint(3, 60))
    proposed_at = filed_at + min(pace, (now - filed_at) * 0.3)
    answered_at = proposed_at + min(pace * rng.uniform(0.4, 1.2), (now - proposed_at) * 0.5)
    refused = rng.random() < REFUSED_CHANCE
    wide = scenario.key in FIT_FOR_EVERYBODY and rng.random() < CLEAR_CHANCE
    return DemoProposal(
        version=version,
        label=Label.CLEAR if wide else Label.GREEN,
        state=ProposalState.REFUSED if refused else ProposalState.APPROVED,
        proposed_at=_whole_minute(proposed_at),
        answered_at=_whole_minute(answered_at),
        answer_ja=rng.choice(_REFUSALS_BY_TYPE.get(scenario.event_type, _REFUSALS) if refused else _APPROVALS),
    )


def propose_waiting(story: Story, now: datetime) -> Story:
    """The same report with a proposal that its sender has not answered yet."""
    last = len(story.versions) - 1
    filed_at = story.versions[last].filed_at
    proposed_at = _whole_minute(filed_at + (now - filed_at) * 0.4)
    waiting = DemoProposal(last, Label.GREEN, ProposalState.WAITING, proposed_at, None, None)
    return replace(story, proposal=waiting)


def _whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
