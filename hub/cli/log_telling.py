"""A door: what `log verify` prints: for a person in words, for a program as JSON."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from msgspec import Struct

from crypto.verify import Finding, Report
from hub.cli.common import FOUND, OK, print_json, say
from hub.cli.language import in_language

SHOWN: Final = 20
"""Findings that are printed for a person; the rest is counted."""

Progress = Callable[[int], None]


class Outcome(Struct, frozen=True):
    """What a check came to."""

    report: Report
    findings: Sequence[Finding]
    trusted: bool
    waiting: int = 0
    cosigned: Mapping[str, str] | None = None
    """With a policy: shard → who cosigned its newest checkpoint, in words."""


def tell(outcome: Outcome, *, as_json: bool) -> int:
    """Print what a check came to, and the exit code that says it."""
    report, findings = outcome.report, outcome.findings
    if as_json:
        print_json(_as_document(outcome))
        return FOUND if findings else OK
    for shard in report.shards:
        say(f"{shard.shard}: {shard.size} entries, root {shard.root.hex()}, signed up to {shard.signed_size}")
    for name, words in (outcome.cosigned or {}).items():
        say(f"{name}: {words}")
    say(
        f"objects {report.objects}, bodies {report.bodies}, checkpoints {report.checkpoints}, waiting {outcome.waiting}"
    )
    for loss in report.losses:
        say(
            in_language(
                f"DECLARED LOST: entries {loss.first} to {loss.end - 1} of {loss.shard}; {loss.opened} says so.",
                f"消失が宣言された記録: {loss.shard}の{loss.first}から{loss.end - 1}（{loss.opened}に記載）。",
            )
        )
    if not outcome.trusted:
        say(
            in_language(
                "The keys came from the log itself: compare them (--vkey).",
                "検証鍵は相手から得たものです。--vkeyで照合してください。",
            )
        )
    for finding in findings[:SHOWN]:
        place = "" if finding.index is None else f" entry {finding.index}"
        say(f"WRONG {finding.shard}{place}: {finding.what}")
    more = max(0, len(findings) - SHOWN) + report.more_findings
    if more > 0:
        say(f"… and {more} more")
    say(
        in_language("SOMETHING IS WRONG", "異常があります")
        if findings
        else in_language("The log is whole.", "証跡に異常はありません。")
    )
    return FOUND if findings else OK


def _as_document(outcome: Outcome) -> dict[str, Any]:
    report, findings = outcome.report, outcome.findings
    first = findings[0] if findings else None
    return {
        "ok": not findings,
        "entries": report.entries,
        "objects": report.objects,
        "bodies": report.bodies,
        "checkpoints": report.checkpoints,
        "erased": len(report.erased),
        "waiting": outcome.waiting,
        "keys_given": outcome.trusted,
        "cosigned": outcome.cosigned,
        "lost": [{"shard": it.shard, "from": it.first, "before": it.end, "opened": it.opened} for it in report.losses],
        "shards": [
            {"shard": each.shard, "size": each.size, "root": each.root.hex(), "signed_size": each.signed_size}
            for each in report.shards
        ],
        "first_bad": None if first is None else {"shard": first.shard, "index": first.index, "what": first.what},
        "findings": [{"shard": it.shard, "index": it.index, "what": it.what} for it in findings[:1000]],
        "more_findings": report.more_findings + max(0, len(findings) - 1000),
    }


@contextmanager
def show_progress(total: int, *, quiet: bool, what: str = "") -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task(what or in_language("Verifying", "検証中"), total=total)
        yield lambda read: bar.advance(task, read)
