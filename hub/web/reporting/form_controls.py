"""Rule: what stands in the controls of a report's form, and how what was filled in elsewhere is laid over it."""

from collections.abc import Mapping, Sequence
from typing import Final

from wtforms import BooleanField, SelectMultipleField

from hub.web.reporting.further_form import Typed
from hub.web.reporting.report_form import ReportForm
from models.vocabulary import Label

Controls = dict[str, list[str]]

_OF_THE_HUB: Final = frozenset({"submission", "kind", "correction", "exercise"})
"""Controls that a further version does not take over from the one before."""
_TOGETHER: Final = (("-how", "-low", "-high"), ("-at", "-note"))
"""Controls that say one thing together: where one was filled in, none of the others is left from before."""


def controls_of(form: ReportForm) -> Controls:
    """What stands in a form that was made from a version of a report."""
    found: Controls = {}
    for field in form:
        if field.name in _OF_THE_HUB:
            continue
        if isinstance(field, SelectMultipleField):
            found[field.name] = list(field.data or [])
        elif isinstance(field, BooleanField):
            found[field.name] = ["y"] if field.data else []
        else:
            found[field.name] = [str(field.data or "")]
    for name, typed in form.further.fields.items():
        found |= _typed(name, typed)
    found |= {f"{name}-state": [state] for name, state in form.further.states.items()}
    return {name: values for name, values in found.items() if any(values)}


def _typed(name: str, typed: Typed) -> Controls:
    kind = typed.asked.type
    if kind == "codes":
        return {name: list(typed.values)}
    if kind == "number":
        return {f"{name}-how": [typed.how], f"{name}-low": [typed.low], f"{name}-high": [typed.high]}
    if kind == "stages":
        times, notes = [at for at, _ in typed.stages], [note for _, note in typed.stages]
        return {f"{name}-at": times, f"{name}-note": notes}
    return {name: [typed.value]}


def laid_over(before: Mapping[str, Sequence[str]], given: Mapping[str, Sequence[str]]) -> Controls:
    """What was filled in over what stood before; what was left empty stays, and a label never becomes wider by it."""
    gone: set[str] = set()
    for name in given:
        gone |= {f"{name}-state"}
        for parts in _TOGETHER:
            stem = next((name.removesuffix(part) for part in parts if name.endswith(part)), None)
            if stem is not None and any(given.get(stem + part, [""])[0] for part in parts if part != "-how"):
                gone |= {stem + part for part in parts}
    kept = {name: list(values) for name, values in before.items() if name not in gone or name in given}
    merged = kept | {name: list(values) for name, values in given.items() if not _is_empty_how(name, given)}
    merged["label"] = [_strictest(before.get("label", ()), given.get("label", ()))]
    return merged


def _is_empty_how(name: str, given: Mapping[str, Sequence[str]]) -> bool:
    """How a number is meant, where there is no number: so the form stands when it is opened."""
    if not name.endswith("-how") or given[name][0] not in {"exact", "about", "between"}:
        return False
    stem = name.removesuffix("-how")
    return not any(given.get(stem + part, [""])[0] for part in ("-low", "-high"))


def _strictest(*given: Sequence[str]) -> str:
    labels = [Label(each) for values in given for each in values if each in set(Label)]
    return Label.strictest(*labels).value if labels else Label.AMBER.value
