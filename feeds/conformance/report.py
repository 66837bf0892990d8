"""Rule: the results of a run as JSON and as JUnit, for programs that keep them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from feeds.conformance.check import Outcome, Result


def as_rows(results: Sequence[Result]) -> list[dict[str, Any]]:
    """One row a check."""
    return [
        {
            "check": each.check.number,
            "clause": each.check.clause,
            "title": each.check.title,
            "level": each.check.level.value,
            "outcome": each.outcome.value,
            "seen": _printable(each.seen),
            "curl": _printable(each.curl),
        }
        for each in results
    ]


def counts(results: Sequence[Result]) -> dict[str, int]:
    """How many checks had each outcome."""
    found = Counter(each.outcome for each in results)
    return {outcome.value: found[outcome] for outcome in Outcome}


def as_junit(results: Sequence[Result], url: str) -> str:
    """JUnit: faults are failures; weaknesses pass and say so."""
    counted = counts(results)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuite name={quoteattr(f'TAXII 2.1 of {url}')} tests={quoteattr(str(len(results)))}"
        f" failures={quoteattr(str(counted['fault']))} skipped={quoteattr(str(counted['skipped']))}>",
    ]
    for each in results:
        name = quoteattr(f"{each.check.number} {each.check.title}")
        lines.append(f"  <testcase classname={quoteattr('taxii.' + each.check.level.value)} name={name}>")
        told = escape(_printable(f"{each.seen}\n{each.curl}"))
        match each.outcome:
            case Outcome.FAULT:
                lines.append(f"    <failure message={quoteattr(_printable(each.seen))}>{told}</failure>")
            case Outcome.SKIPPED:
                lines.append(f"    <skipped message={quoteattr(_printable(each.seen))}/>")
            case _:
                lines.append(f"    <system-out>{told}</system-out>")
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>", ""])


def _printable(text: str) -> str:
    """What XML and UTF-8 may hold: some of it is what the server said."""
    return "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text)
