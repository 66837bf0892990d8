"""Holds the reports of the last days, by hand, so that each demo account finds something waiting; and two exercises."""

from datetime import timedelta

from msgspec import Struct

from hub.demo.story import Waiting


class OpenReport(Struct, frozen=True):
    """A report still open. `follow_shares` places its follow-ups between noticed (0) and now (1)."""

    scenario: str
    sender: str
    age: timedelta
    waits_for: Waiting
    first_minutes: int = 70
    follow_shares: tuple[float, ...] = ()
    unnoticed_minutes: int = 12


class ExerciseReport(Struct, frozen=True):
    """A report written in an exercise; it enters no count."""

    scenario: str
    sender: str
    age: timedelta


OPEN_REPORTS = (
    OpenReport(
        "vpn-intrusion",
        "aonagi-power",
        timedelta(hours=44),
        Waiting.APPROVER,
        first_minutes=180,
        follow_shares=(0.55,),
        unnoticed_minutes=9000,
    ),
    OpenReport("phishing-imitation", "tokihara-power", timedelta(hours=7), Waiting.SECRETARIAT, unnoticed_minutes=400),
    OpenReport("telemetry-loss", "tokihara-water", timedelta(hours=5), Waiting.SECRETARIAT, first_minutes=50),
    OpenReport("login-flood", "zuiun-bank", timedelta(hours=30), Waiting.APPROVER, follow_shares=(0.5,)),
    OpenReport(
        "ransomware-office",
        "shioji-warehouse",
        timedelta(days=6),
        Waiting.REPORTER,
        first_minutes=150,
        follow_shares=(0.2, 0.65),
    ),
    OpenReport("mail-malware", "aonagi-hospital", timedelta(days=3), Waiting.REPORTER, first_minutes=120),
    OpenReport("near-scan", "kirimori-gen", timedelta(hours=20), Waiting.SECRETARIAT, first_minutes=200),
)

EXERCISES = (
    ExerciseReport("ransomware-office", "tokihara-power", timedelta(days=75)),
    ExerciseReport("ddos-single", "aonagi-bank", timedelta(days=24)),
)
