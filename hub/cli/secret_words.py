"""A door: how commands are given what is secret: in a file or the environment, since others can read their words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from hub.cli.common import Refusal
from hub.cli.language import in_language
from hub.keys.keyfiles import SecretsError, read_password_file
from hub.settings import ENVIRONMENT_PREFIX
from hub.settings_reading import holds_password

_FILE = click.Path(path_type=Path, dir_okay=False)


def database_options(english: str, japanese: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The two ways to name a database in a command: its address, or a file that holds it."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        command = click.option(
            "--database-url-file",
            type=_FILE,
            help=in_language(
                "A file of mode 0600 with that address: one that holds a password.",
                "パスワードを含むアドレスを記したファイル（モード0600）。",
            ),
        )(command)
        return click.option("--database-url", help=in_language(english, japanese))(command)

    return decorate


def database_address(url: str | None, file: Path | None) -> str | None:
    """The address that was given, None where none was.

    Raises:
        Refusal: it was given twice, with a password among the words, or in a file that others can read.
    """
    if url is not None and file is not None:
        raise Refusal("expected --database-url or --database-url-file, found both. Leave one out.")
    if file is not None:
        try:
            return read_password_file(file)
        except SecretsError as error:
            raise Refusal(f"--database-url-file: {error}") from error
    if url is not None and holds_password(url):
        raise Refusal(
            "--database-url: expected an address without a password, found one with it: everybody on the machine can"
            " read the words of a command. Put the address into a file of mode 0600 and name it with"
            f" --database-url-file, or into the variable {ENVIRONMENT_PREFIX}DATABASE_URL; and change this password."
        )
    return url


def secret_given(name: str, file: Path | None, variable: str) -> str | None:
    """A secret that an option, its variable or a file gives; among the words it is taken, with a warning.

    Raises:
        Refusal: it was given twice, or in a file that others can read.
    """
    context = click.get_current_context()
    given: str | None = context.params[name]
    among_words = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    if file is not None:
        if among_words:
            raise Refusal(f"expected --{name} or --{name}-file, found both. Leave one out.")
        try:
            return read_password_file(file)
        except SecretsError as error:
            raise Refusal(f"--{name}-file: {error}") from error
    if given is not None and among_words:
        click.echo(
            in_language(
                f"warning: everybody on the machine can read --{name} while the command runs: use {variable} or"
                f" --{name}-file, and replace this one.",
                f"警告: --{name}の値は、実行中は同じ機械の誰にでも見えます。{variable}か--{name}-fileを使い、"
                "この値は取り替えてください。",
            ),
            err=True,
        )
    return given
