"""What documents tell people to type is there: each command of `ceptoar-hub`, with each of its options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hub.cli import cli

HOUSE = Path(__file__).parents[2]
DOCUMENTS = [HOUSE / "README.md", HOUSE / "README.ja.md", *sorted((HOUSE / "docs").glob("*.md"))]
COMMAND = re.compile(
    r"(?<![-./\w])(?:\S*/)?(?<!-u )ceptoar-hub "
    r"(?P<words>(?!ceptoar-hub|promise v)[a-z][a-z|-]*(?: [a-z][a-z|-]*)*)(?P<rest>[^`\n#]*)"
)
ROW = re.compile(r"`([^`]+)`")
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")


def commands_of(document: Path) -> Iterator[tuple[str, str]]:
    """Each command that the document spells out in code, with the rest of its line."""
    text = document.read_text(encoding="utf-8").replace("\\\n", " ")
    code = [*re.findall(r"```(?:sh|console)?\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`\n]+)`", text)]
    for piece in code:
        for line in piece.splitlines():
            for found in COMMAND.finditer(line):
                yield found["words"], found["rest"]


def resolve(words: list[str]) -> click.Command:
    """The command that these words name; what follows its name is arguments."""
    command: click.Command = cli
    context = click.Context(cli)
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(context, word)
        assert found is not None, f"{command.name} has no command {word}"
        command = found
    return command


def every_command(command: click.Command, name: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Each command that does something, with its full name."""
    if not isinstance(command, click.Group):
        yield " ".join(name), command
        return
    context = click.Context(command)
    for word in command.list_commands(context):
        found = command.get_command(context, word)
        assert found is not None
        yield from every_command(found, (*name, word))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_each_command_in_a_document_is_there(document: Path):
    """A command or an option that moved on leaves the reader of its document with an error."""
    for words, rest in commands_of(document):
        first, *others = words.split()
        for name in first.split("|"):
            command = resolve([name, *(word.split("|")[0] for word in others)])
            known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
            missing = [option for option in OPTION.findall(rest) if option not in known | {"--help"}]
            assert not missing, f"{document.name}: {words} has no {missing}"


def test_the_table_of_commands_is_true():
    """The page for administrators lists commands without the program's name; those are held to it too."""
    page = (HOUSE / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = page.partition("| Command | Does |")[2].partition("\n\n")[0].splitlines()[2:]
    told: set[str] = set()
    group = ""
    for row in rows:
        for index, piece in enumerate(ROW.findall(row.split(" | ")[0])):
            words = re.findall(r"^[a-z][a-z-]*(?: [a-z][a-z-]*)*", piece)[0].split()
            group = words[0] if index == 0 or words[0] in cli.list_commands(click.Context(cli)) else group
            command = resolve(words if words[0] == group else [group, *words])
            assert not isinstance(command, click.Group), f"{piece} names no command"
            known = {option for each in command.params for option in each.opts}
            assert set(OPTION.findall(piece)) <= known, f"{piece}: expected some of {sorted(known)}"
            told.add(group)
    assert len(told) > 10


def test_each_command_speaks_to_programs_and_to_people():
    """`--json` for programs, but for those that write nothing but JSON; a sentence of help for people."""
    commands = dict(every_command(cli))
    assert {"init", "serve", "demo", "doctor", "log verify"} <= set(commands)
    for group in ("db", "org", "account", "key", "collection", "report", "digest"):
        assert any(name.startswith(f"{group} ") for name in commands)
    dumb = {name for name, each in commands.items() if not any("--json" in option.opts for option in each.params)}
    assert dumb == {"export", "codelist show", "key sign"}
    assert [name for name, each in commands.items() if not each.get_short_help_str()] == []
