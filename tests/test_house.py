"""What must stay true of the house itself: its packages, what is shipped, what lies where, what no file may hold."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.harness.source import parsed

HOUSE = Path(__file__).parents[1]
PACKAGES = ("crypto", "models", "sharing", "feeds", "hub")
TOP_LEVEL = {
    *PACKAGES,
    *("tests", "docs", "requirements", ".ci"),
    *(
        "setup.cfg",
        "pyproject.toml",
        "Makefile",
        "LICENSE",
        "README.md",
        "README.ja.md",
        ".gitignore",
        ".gitattributes",
    ),
}
TARGETS = ("run", "test", "test-deps", "check", "bench", "leaks", "help")
"""What docs and people rely on that `make` understands."""

FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.$}/-])/(?:root|work|home/\w+|Users/\w+)/"),
    "a package registry": re.compile(r"\b(?:py" + r"pi\.org|python" + r"hosted\.org|registry\.npm" + r"js\.org)\b"),
}


def tracked(*under: str) -> list[Path]:
    """Return the files that belong to the project, as git knows them, and that exist at this moment."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *under]
    listed = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in sorted(set(listed.split("\0"))) if name and (HOUSE / name).is_file()]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory) -> set[str]:
    """The names in the wheel, built without network from the project's own files."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in tracked():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HOUSE / path, source / path)
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, str(target)], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = target.glob("ceptoar_hub-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_five_packages_with_their_data(shipped):
    """A template or code list left behind would break an installed hub and no hub run from the tree."""
    own = {name for name in shipped if ".dist-info/" not in name}
    assert own == {path.as_posix() for path in tracked(*PACKAGES)}


def test_the_wheel_holds_the_licence_and_the_command(shipped):
    """One command, under the licence that the project gives."""
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in shipped)
    assert any(name.endswith(".dist-info/entry_points.txt") for name in shipped)


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_else_owns_the_name(package):
    """The names are short and common: a dependency with one of them would hide ours, or we its."""
    assert importlib.metadata.packages_distributions().get(package) == ["ceptoar-hub"]
    assert Path(str(importlib.import_module(package).__file__)).parent == HOUSE / package


def test_the_arrows_point_one_way():
    """setup.cfg says what may import what."""
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(lint), "--no-cache"], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


BELOW_RULES = {"rules", "errors", "permissions"}


def test_rules_know_no_operation():
    """A rule that asks an operation is no longer decided by what it is given."""
    found = {
        f"{path}: {each.module}"
        for path in tracked("sharing/rules", "sharing/permissions.py", "sharing/errors.py")
        if path.suffix == ".py"
        for each in ast.walk(parsed((HOUSE / path).read_text(encoding="utf-8")))
        if isinstance(each, ast.ImportFrom) and (each.module or "").startswith("sharing.")
        if str(each.module).split(".")[1] not in BELOW_RULES
    }
    assert found == set()


def test_the_top_level_is_fixed():
    """Who looks for something finds it in one of few places."""
    assert {path.parts[0] for path in tracked()} <= TOP_LEVEL


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    """The project works in any folder, with any package index."""
    found = [
        f"{path}:{number}"
        for path in tracked()
        for number, line in enumerate(
            (HOUSE / path).read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if FORBIDDEN[what].search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("cd /ro" + "ot/notes", "a path of one machine"),
        ('"/ho' + 'me/somebody/hub"', "a path of one machine"),
        ("https://py" + "pi.org/simple", "a package registry"),
    ],
)
def test_the_forbidden_is_recognized(line, what):
    """A pattern that finds nothing would forbid nothing."""
    assert FORBIDDEN[what].search(line)


def test_every_module_says_what_it_is():
    """The first line of a module is where a reader starts."""
    silent = [
        str(path)
        for path in tracked(*PACKAGES, "tests")
        if path.suffix == ".py"
        and (text := (HOUSE / path).read_text(encoding="utf-8")).strip()
        and not ast.get_docstring(parsed(text))
    ]
    assert silent == []


FETCHED = {"uuid1", "uuid4", "urandom", "token_bytes", "token_hex", "token_urlsafe", "utcnow", "time_ns", "monotonic"}
"""What fetches the time or chance; `now` and `today` of datetime and `time` of time are looked for by their owner."""
GIVEN = {("sharing/units.py", "datetime.now(UTC)")}
"""The clock of a hub unless another is passed in."""


def fetches(source: str) -> list[str]:
    """The calls in a module that fetch the time or chance instead of taking what is given."""
    calls = [each for each in ast.walk(parsed(source)) if isinstance(each, ast.Call)]
    named = [(ast.unparse(each), ast.unparse(each.func)) for each in calls]
    owned = ("datetime.now", "date.today", "time.time")
    return [
        call
        for call, function in named
        if function.rpartition(".")[2] in FETCHED or function.endswith(owned) or function.startswith("random.")
    ]


def test_time_and_chance_are_passed_in():
    """Who fetches them cannot be tested at the turn of a year, and no two worlds of it are alike."""
    found = [
        (path.as_posix(), call)
        for path in tracked("crypto", "models", "sharing")
        if path.suffix == ".py" and "migrations" not in path.parts
        for call in fetches((HOUSE / path).read_text(encoding="utf-8"))
    ]
    assert set(found) == GIVEN
    assert fetches("import uuid\nx = uuid.uuid4()\ny = random.choice([1])\nz = datetime.now()") != []


def test_the_map_shows_every_room():
    """A folder that the page on architecture does not name, or names where there is none, sends a newcomer astray."""
    page = (HOUSE / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_/]+)`", page.partition("## The rooms")[2].partition("\n## ")[0]))
    modules = [path for path in tracked(*PACKAGES) if path.suffix == ".py" and path.name != "__init__.py"]
    rooms = {path.parent for path in modules if len(path.parts) > 2}
    hidden = [room for room in rooms if room.as_posix() not in named and room.name not in named]
    astray = named - {room.name for room in rooms} - {name for name in named if (HOUSE / name).is_dir()}
    assert (hidden, astray) == ([], set())


def test_the_index_names_every_document():
    """A page that no other leads to is read by nobody."""
    index = (HOUSE / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in tracked("docs") if path.suffix == ".md" and len(path.parts) == 2} - {"README.md"}
    assert [page for page in sorted(pages) if f"({page})" not in index] == []


def test_the_index_of_decisions_says_what_they_are_called():
    """Each with the number and the title that its page bears, in the order of the numbers."""
    folder = HOUSE / "docs" / "decisions"
    lines = []
    for path in sorted(folder.glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").partition("\n")[0]
        number, _, words = title.removeprefix("# ").partition(". ")
        assert number == str(int(path.name[:4])), title
        lines.append(f"| {number} | [{words}]({path.name}) |")
    assert (folder / "README.md").read_text(encoding="utf-8").splitlines()[-len(lines) :] == lines


def test_paths_in_documents_lead_somewhere():
    """Code moves; a page or module that goes on naming the old place misleads. Decisions are held to it too."""
    path_like = re.compile(r"`((?:crypto|models|sharing|feeds|hub|tests|docs)/[\w/.-]+)`")
    broken = [
        f"{path}: {named}"
        for path in tracked("docs", "README.md", "README.ja.md", "tests", *PACKAGES)
        if path.suffix in {".md", ".py"}
        for named in path_like.findall((HOUSE / path).read_text(encoding="utf-8"))
        if not (HOUSE / named).exists()
    ]
    assert broken == []


NO_MODULE = {"hub.toml", "hub.sqlite3"}
"""Files of a data folder, which look like names of modules."""


def leads_somewhere(name: str) -> bool:
    """Whether a dotted name is that of a package, a module, or of what a module defines."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        place = HOUSE.joinpath(*parts[:count])
        module = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
        if module.is_file():
            return count == len(parts) or parts[count] in defined(module.read_text(encoding="utf-8"))
    return False


def defined(source: str) -> set[str]:
    """What stands in a module under a name of its own."""
    found = set()
    for each in parsed(source).body:
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        found |= {name.id for target in targets if target for name in ast.walk(target) if isinstance(name, ast.Name)}
        found.add(getattr(each, "name", ""))
    return found


def test_modules_that_are_spoken_of_exist():
    """In documents and in what modules say of each other: a name that leads nowhere costs its reader an hour."""
    dotted = re.compile(rf"`((?:{'|'.join(PACKAGES)}|tests)(?:\.\w+)+)`")
    astray = [
        f"{path}: {named}"
        for path in tracked("docs", "README.md", "README.ja.md", "tests", *PACKAGES)
        if path.suffix in {".md", ".py"}
        for named in dotted.findall((HOUSE / path).read_text(encoding="utf-8"))
        if named not in NO_MODULE and not leads_somewhere(named)
    ]
    assert astray == []
    assert leads_somewhere("sharing.publications.publish") and leads_somewhere("feeds.stix")
    assert not leads_somewhere("sharing.publications.burn") and not leads_somewhere("sharing.nowhere")


def test_make_offers_what_is_promised():
    """`make help` lists each target once, with a sentence."""
    done = subprocess.run(["make", "help"], cwd=HOUSE, capture_output=True, text=True, check=True)
    listed = re.findall(r"^  ([a-z-]+) +\S.*$", done.stdout, re.MULTILINE)
    assert set(TARGETS) <= set(listed)
    assert len(listed) == len(set(listed))


def test_both_readmes_offer_the_same():
    """Same headings, same commands, same links (each may link to the other, and shows pictures in its language)."""
    english, japanese = ((HOUSE / name).read_text(encoding="utf-8") for name in ("README.md", "README.ja.md"))

    def shape(text: str) -> tuple[int, list[str], list[str]]:
        links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("README")]
        return (
            len(re.findall(r"^#+ ", text, re.MULTILINE)),
            re.findall(r"`make [^`]+`|^make \w+", text, re.MULTILINE),
            [re.sub(r"-(?:en|ja)\.png$", ".png", link) for link in links],
        )

    assert shape(english) == shape(japanese)


def test_links_between_documents_lead_somewhere():
    """A document that names another by a wrong path sends its reader away."""
    broken = [
        f"{path}: {link}"
        for path in tracked()
        if path.suffix == ".md"
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", (HOUSE / path).read_text(encoding="utf-8"))
        if "://" not in link and not (HOUSE / path.parent / link).exists()
    ]
    assert broken == []
